package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
)

//go:embed testdata/app.py
var app []byte

//go:embed testdata/recorded
var recorded []byte

// python runs app.py, or sends what it once sent if there is no Python.
func python(ctx context.Context, out io.Writer, to *net.TCPAddr) error {
	program, err := exec.LookPath("python3")
	if err != nil {
		fmt.Fprintln(out, "no python3: sending what it once sent")
		return replay(ctx, to)
	}
	fmt.Fprintln(out, "python3 runs app.py")
	cmd := exec.CommandContext(ctx, program, "-", to.IP.String(), strconv.Itoa(to.Port))
	cmd.Stdin = bytes.NewReader(app)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	return cmd.Run()
}

func replay(ctx context.Context, to *net.TCPAddr) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", to.String())
	if err != nil {
		return err
	}
	_, err = conn.Write(recorded)
	return errors.Join(err, conn.Close())
}
