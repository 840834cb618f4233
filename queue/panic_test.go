package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

// goOn recovers what f panics with.
func goOn(f func()) (p any) {
	defer func() { p = recover() }()
	f()
	return nil
}

func TestFlushOnPanic(t *testing.T) {
	errMine := errors.New("mine")
	for _, tt := range []struct {
		f       func()
		want    any
		flushed int64
	}{
		{func() {}, nil, -1},
		{func() { panic("broken") }, "broken", 2},
		{func() { panic(errMine) }, errMine, 2},
		{func() {
			defer func() { panic("second") }()
			panic("first")
		}, "second", 2},
		{func() {
			defer func() { _ = recover() }()
			panic("recovered")
		}, nil, -1},
	} {
		target := &flushes{}
		target.flushed.Store(-1)
		h := newAsync(t, target, AsyncOptions{})
		p := goOn(func() {
			defer FlushOnPanic(slogx.Fanout(h))
			handle(t, h, "1", "2")
			tt.f()
		})
		if p != tt.want || target.flushed.Load() != tt.flushed {
			t.Errorf("panic %v, want %v; flushed at %d records", p, tt.want, target.flushed.Load())
		}
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer FlushOnPanic(slogx.NewNullHandler())
		runtime.Goexit()
	}()
	<-ended
}

// A dead target holds the panic up for 5 s at most.
func TestFlushOnPanicGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newGate(t)
		h := newAsync(t, sink, AsyncOptions{})
		began := time.Now()
		p := goOn(func() {
			defer FlushOnPanic(h)
			handle(t, h, "1")
			panic("broken")
		})
		if p != "broken" || time.Since(began) != 5*time.Second {
			t.Errorf("panic %v after %v", p, time.Since(began))
		}
		sink.open()
		must(t, h.Close())
	})
}

func init() {
	children["panic"] = func() {
		h := Async(rotate.NewHandler(os.Args[1], nil), nil)
		defer FlushOnPanic(h)
		logger := slog.New(h)
		for n := range 1000 {
			logger.LogAttrs(context.Background(), slog.LevelInfo, "record", slog.Int("n", n))
		}
		panic("broken on purpose")
	}
}

// A process that panics has everything in its file, and still dies of the panic, with the place of it.
func TestFlushOnPanicOfAProcess(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	out, err := children.Command(t, "panic", name).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 {
		t.Errorf("%v", err)
	}
	for _, want := range []string{"panic: broken on purpose", "panic_test.go:"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in %q", want, out)
		}
	}
	content, err := os.ReadFile(name)
	must(t, err)
	all := bytes.Split(bytes.TrimSuffix(content, []byte("\n")), []byte("\n"))
	if len(all) != 1000 {
		t.Fatalf("%d records", len(all))
	}
	for n, line := range all {
		if !bytes.HasSuffix(line, fmt.Appendf(nil, " n=%d", n)) {
			t.Errorf("%q", line)
		}
	}
}
