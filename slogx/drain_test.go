package slogx_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// The ways in which a handler can be drained and flushed.
type (
	drains        struct{ logs }
	drainsWith    struct{ logs }
	flushesOnly   struct{ logs }
	flushesWith   struct{ logs }
	drainsNothing struct{ logs }
)

// logs is a handler that says in j what becomes of it.
type logs struct {
	slog.Handler
	j    *journal
	name string
}

func (h logs) say(what string) error {
	h.j.add("%s %s", h.name, what)
	return nil
}

func (h drains) Drain() error                         { return h.say("drain") }
func (h drains) Flush() error                         { return h.say("flush") }
func (h drainsWith) Drain(ctx context.Context) error  { return h.say("drain " + bounded(ctx)) }
func (h drainsWith) Flush(ctx context.Context) error  { return h.say("flush " + bounded(ctx)) }
func (h flushesOnly) Flush() error                    { return h.say("flush") }
func (h flushesOnly) Close() error                    { return h.say("close") }
func (h flushesWith) Flush(ctx context.Context) error { return h.say("flush " + bounded(ctx)) }
func (h drainsNothing) Close() error                  { return h.say("close") }

func bounded(ctx context.Context) string {
	if _, ok := ctx.Deadline(); ok {
		return "in time"
	}
	return "at leisure"
}

// Drain takes Drain where there is one, else Flush; Close and Shutdown drain.
func TestDrain(t *testing.T) {
	j := &journal{}
	of := func(name string) logs { return logs{slogx.NewNullHandler(), j, name} }
	tree := slogx.Fanout(drains{of("a")}, drainsWith{of("b")}, flushesOnly{of("c")}, flushesWith{of("d")}, drainsNothing{of("e")})
	for _, tt := range []struct {
		verb string
		do   func(slog.Handler) error
		want string
	}{
		{"Drain", slogx.Drain, "a drain, b drain at leisure, c flush, d flush at leisure"},
		{"Flush", slogx.Flush, "a flush, b flush at leisure, c flush, d flush at leisure"},
		{"Close", slogx.Close, "a drain, b drain at leisure, c flush, d flush at leisure, c close, e close"},
	} {
		if err := tt.do(tree); err != nil {
			t.Errorf("%s: %v", tt.verb, err)
		}
		if got := strings.Join(j.take(), ", "); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.verb, got, tt.want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if err := slogx.Shutdown(ctx, tree); err != nil {
		t.Error(err)
	}
	if got, want := strings.Join(j.take(), ", "), "a drain, b drain in time, c flush, c close, d flush in time, e close"; got != want {
		t.Errorf("Shutdown: %s, want %s", got, want)
	}
}

// What goes wrong is returned with who did it, and the others are drained all the same.
func TestDrainThatFails(t *testing.T) {
	j := &journal{}
	broken := errors.New("broken")
	err := slogx.Drain(slogx.Fanout(fails{slogx.NewNullHandler(), broken}, fails{slogx.NewNullHandler(), nil}, drains{logs{slogx.NewNullHandler(), j, "a"}}))
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "panic: Drain") || strings.Count(err.Error(), "slogx: Drain: slogx_test.fails: ") != 2 {
		t.Error(err)
	}
	if got := strings.Join(j.take(), ", "); got != "a drain" {
		t.Error(got)
	}
	if err := slogx.Drain(nil); err != nil {
		t.Error(err)
	}
}

type fails struct {
	slog.Handler
	err error
}

func (h fails) Drain() error {
	if h.err == nil {
		panic("Drain")
	}
	return h.err
}

// syncs is a stream that can only be synced.
type syncs struct {
	bytes.Buffer
	n int
}

func (s *syncs) Sync() error { s.n++; return nil }

// A stream is flushed by Drain, but not synced; a file is left alone.
func TestDrainOfAStream(t *testing.T) {
	w := &syncs{}
	h := slogx.NewStreamHandler(w, nil)
	handle(t, h, "m")
	if err := slogx.Drain(h); err != nil || w.n != 0 {
		t.Errorf("%v, synced %d times", err, w.n)
	}
	if err := slogx.Flush(h); err != nil || w.n != 1 {
		t.Errorf("%v, synced %d times", err, w.n)
	}
	f, errs := newFile(t, t.TempDir()+"/log", slogx.FileOptions{})
	if err := errors.Join(f.Drain(), f.Flush(), f.Close(), f.Drain()); err != nil || len(errs.Take()) != 0 {
		t.Error(err)
	}
}
