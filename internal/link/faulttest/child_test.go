//go:build linux

package faulttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// child is another process of this program, which obeys orders.
type child struct {
	process *exec.Cmd
	stdin   io.WriteCloser
	orders  *json.Encoder
	reports *json.Decoder
	stderr  bytes.Buffer
}

// spawn starts a child; start starts its process, if there is something special about that.
func spawn(t *testing.T, role string, start func(*exec.Cmd) error) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{process: exec.Command(self)}
	c.process.Env = append(os.Environ(), roleVariable+"="+role)
	c.process.Stderr = &c.stderr
	stdin, err := c.process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := c.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stdin, c.orders, c.reports = stdin, json.NewEncoder(stdin), json.NewDecoder(stdout)
	if err := start(c.process); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.stdin.Close() // ends it
		hangs := time.AfterFunc(patience, func() { _ = c.process.Process.Kill() })
		defer hangs.Stop()
		if err := c.process.Wait(); err != nil || c.stderr.Len() > 0 {
			t.Errorf("the %s's process: %v\n%s", role, err, c.stderr.String())
		}
	})
	return c
}

// order has the child do something, and waits for its report.
func (c *child) order(t *testing.T, order, report any) {
	t.Helper()
	hangs := time.AfterFunc(2*patience, func() { _ = c.process.Process.Kill() })
	defer hangs.Stop()
	if err := c.orders.Encode(order); err != nil {
		t.Fatalf("%+v: %v", order, err)
	}
	if err := c.reports.Decode(report); err != nil {
		t.Fatalf("%+v: no report: %v", order, err)
	}
}

// obey is what a child does until its standard input ends.
func obey[Order, Report any](s interface{ do(o Order) Report }) {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var o Order
		err := in.Decode(&o)
		if err == io.EOF {
			return
		}
		if err == nil {
			err = out.Encode(s.do(o))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
