package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// TestAlone: all records arrive, whether Python is there or not.
func TestAlone(t *testing.T) {
	who := "python3 runs app.py\n"
	if _, err := exec.LookPath("python3"); err != nil {
		who = "no python3: "
	}
	alone(t, who)
	t.Setenv("PATH", t.TempDir())
	alone(t, "no python3: ")
}

func alone(t *testing.T, who string) {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), nil, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		who, "received 57 records, refused 0\n", "shop.log ", "shop.log.1 ",
		`"level":"ERROR"`, `"msg":"order 49 cannot be shipped"`, `"name":"shop.orders"`,
		`"exc_text":"Traceback (most recent call last):\n  File \"<stdin>\", line 17, in <module>\n`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
}

// TestListen: what any program sends lands in the folder.
func TestListen(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-listen", "127.0.0.1:0", "-dir", dir}, w)
		w.CloseWithError(io.EOF)
		ended <- err
	}()
	lines := bufio.NewScanner(r)
	if !lines.Scan() {
		t.Fatal("no output")
	}
	address, _ := strings.CutPrefix(lines.Text(), "serving ")
	to, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if err := replay(t.Context(), to); err != nil {
		t.Error(err)
	}
	arrived := func() bool {
		files, err := filepath.Glob(filepath.Join(dir, "shop.log*"))
		return err == nil && len(files) >= 3
	}
	for deadline := time.Now().Add(30 * time.Second); !arrived(); <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing arrives")
		}
	}
	cancel()
	rest := ""
	for lines.Scan() {
		rest += lines.Text() + "\n"
	}
	if err := <-ended; err != nil || !strings.Contains(rest, "received 57 records, refused 0\n") {
		t.Errorf("%v:\n%s", err, rest)
	}
}

func TestMistakes(t *testing.T) {
	for _, args := range [][]string{{"argument"}, {"-listen", "127.0.0.1:99999"}} {
		if err := run(t.Context(), args, io.Discard); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
