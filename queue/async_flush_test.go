package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

// flushes is a target that counts its Flush and its Drain, and remembers how many records it had by then.
type flushes struct {
	recorder
	flushed, drained atomic.Int64
	err              error
	hang             chan struct{} // nil: it does not
}

func (h *flushes) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h *flushes) WithGroup(string) slog.Handler      { return h }

func (h *flushes) Flush() error {
	h.flushed.Store(int64(h.count()))
	if h.hang != nil {
		<-h.hang
	}
	return h.err
}

func (h *flushes) Drain() error {
	h.drained.Store(int64(h.count()))
	return h.err
}

// Flush and Drain wait for what was logged before, and then flush or drain the target.
func TestAsyncFlush(t *testing.T) {
	target := &flushes{}
	h := newAsync(t, target, AsyncOptions{})
	must(t, h.Flush(context.Background())) // nothing has been logged
	for n := 100; n <= 500; n += 100 {
		handle(t, h, numbers(1, 100)...)
		must(t, h.Flush(noContext))
		if got := target.flushed.Load(); got != int64(n) {
			t.Errorf("flushed at %d records, want %d", got, n)
		}
	}
	handle(t, h, "1")
	must(t, h.WithGroup("g").(*AsyncHandler).Drain(context.Background()))
	if got := target.drained.Load(); got != 501 || target.flushed.Load() != 500 {
		t.Errorf("drained at %d records, flushed at %d", got, target.flushed.Load())
	}
	handle(t, h, "2")
	must(t, slogx.Flush(h))
	must(t, h.Close())
	must(t, h.Flush(context.Background())) // nothing is left
	if got := target.flushed.Load(); got != 502 {
		t.Errorf("flushed at %d records", got)
	}
}

// Flush ends with its context, or after CloseTimeout, whatever holds it up; and what it waited for still comes out.
func TestAsyncFlushGivesUp(t *testing.T) {
	for _, tt := range []struct {
		name  string
		ctx   func() (context.Context, context.CancelFunc)
		after time.Duration
		want  error
	}{
		{"nothing", background, time.Minute, context.DeadlineExceeded},
		{"deadline", deadline(time.Second), time.Second, context.DeadlineExceeded},
		{"a later deadline", deadline(time.Hour), time.Hour, context.DeadlineExceeded},
		{"canceled", func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(2*time.Second, cancel)
			return ctx, cancel
		}, 2 * time.Second, context.Canceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sink := newGate(t)
				h := newAsync(t, sink, AsyncOptions{CloseTimeout: time.Minute})
				handle(t, h, "1", "2", "3")
				<-sink.entered
				ctx, cancel := tt.ctx()
				defer cancel()
				began := time.Now()
				err := h.Flush(ctx)
				wantErr(t, err, tt.want)
				if !strings.Contains(fmt.Sprint(err), "3 records wait") {
					t.Errorf("%v", err)
				}
				wantEqual(t, time.Since(began), tt.after)
				sink.open()
				must(t, h.Flush(context.Background()))
				wantEqual(t, sink.messages(), []string{"1", "2", "3"})
			})
		})
	}
	t.Run("the target's Flush hangs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			target := &flushes{hang: make(chan struct{})}
			h := newAsync(t, target, AsyncOptions{CloseTimeout: time.Minute})
			handle(t, h, "1")
			began := time.Now()
			wantErr(t, h.Flush(context.Background()), context.DeadlineExceeded)
			wantEqual(t, time.Since(began), time.Minute)
			close(target.hang)
			must(t, h.Flush(context.Background()))
		})
	})
}

// What the target says to Flush is the caller's, and nobody else's.
func TestAsyncFlushErrors(t *testing.T) {
	errMine := errors.New("mine")
	h := newAsync(t, &flushes{err: errMine}, AsyncOptions{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}})
	wantErr(t, h.Flush(context.Background()), errMine)
	wantErr(t, h.Drain(context.Background()), errMine)
	h = newAsync(t, drains{&recorder{}, func() error { panic("Drain") }}, AsyncOptions{})
	if err := h.Drain(context.Background()); err == nil || !strings.Contains(err.Error(), "panic: Drain") {
		t.Error(err)
	}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		h := newAsync(t, drains{&recorder{}, func() error { runtime.Goexit(); return nil }}, AsyncOptions{})
		wantErr(t, h.Drain(context.Background()), errGoexit)
		if took := time.Since(began); took != 0 {
			t.Errorf("it takes %v", took)
		}
	})
}

// A target that flushes the very handler cannot be waited for; it is told so soon.
func TestAsyncFlushFromInside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h *AsyncHandler
		var errs []error
		h = newAsync(t, handlerFunc(func(ctx context.Context, _ slog.Record) error {
			errs = append(errs, h.Flush(ctx), h.Drain(ctx), slogx.Flush(h))
			return nil
		}), AsyncOptions{})
		began := time.Now()
		handle(t, h, "1")
		must(t, h.Close())
		for _, err := range errs {
			wantErr(t, err, reentry.ErrInside)
		}
		if took := time.Since(began); len(errs) != 3 || took > 3*suspicion+lingerStep {
			t.Errorf("%d times, it takes %v", len(errs), took)
		}
	})
}

// FlushLevel: when Handle returns a severe record is out, and so is all that was logged before, and no buffer holds it.
func TestFlushLevel(t *testing.T) {
	for name, tt := range map[string]struct {
		level  slog.Leveler
		waits  slog.Level
		others bool // a record below it waits, too
	}{
		"Error":           {slog.LevelError, slog.LevelError, false},
		"LevelVar, Info":  {new(slog.LevelVar), slog.LevelInfo, false},
		"one that panics": {panics{}, slog.LevelInfo, true},
	} {
		t.Run(name, func(t *testing.T) {
			target := &flushes{}
			h := newAsync(t, target, AsyncOptions{FlushLevel: tt.level})
			for n := int64(2); n < 40; n += 2 {
				must(t, h.Handle(context.Background(), record(tt.waits-1, "m")))
				if tt.others && target.drained.Load() != n-1 {
					t.Errorf("%d records, want %d", target.drained.Load(), n-1)
				}
				must(t, h.Handle(context.Background(), record(tt.waits, "m")))
				if got := target.drained.Load(); got != n {
					t.Errorf("%d records, want %d", got, n)
				}
			}
		})
	}
}

// A severe record waits for a dead target as long as CloseTimeout, and no longer; its error says so and is told of.
func TestFlushLevelAndADeadTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got testkit.ErrorLog
		sink := newGate(t)
		h := newAsync(t, sink, AsyncOptions{
			Options:    slogx.Options{ErrorHandler: got.Handle},
			FlushLevel: slog.LevelError, CloseTimeout: 3 * time.Second,
		})
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // of a request that was given up; its errors matter all the same
		began := time.Now()
		wantErr(t, h.Handle(ctx, record(slog.LevelError, "1")), context.DeadlineExceeded)
		wantEqual(t, time.Since(began), 3*time.Second)
		wantEqual(t, got.Messages(), []string{"1"})
		got.Want(t, "1 records wait")
		sink.open()
		must(t, h.Close())
		wantEqual(t, sink.messages(), []string{"1"})
	})
}

// Severe records of many goroutines at a time.
func TestFlushLevelOfMany(t *testing.T) {
	out := &recorder{}
	h := newAsync(t, out, AsyncOptions{FlushLevel: slog.LevelInfo})
	var wg sync.WaitGroup
	for p := range 8 {
		wg.Go(func() {
			for n := range 50 {
				msg := fmt.Sprint(p, " ", n)
				handle(t, h, msg)
				if all := out.messages(); !slices.Contains(all, msg) {
					t.Errorf("%q is not out", msg)
				}
			}
		})
	}
	testkit.Within(t, wg.Wait)
}

// In the middle of a buffered file, too, a severe record is there when Handle returns.
func TestFlushLevelOfABufferedFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	file := rotate.NewHandler(name, &rotate.Options{
		Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, BufferSize: 1 << 20, FlushInterval: time.Hour, FlushLevel: slogx.LevelEmergency,
	})
	h := newAsync(t, file, AsyncOptions{FlushLevel: slog.LevelError})
	handle(t, h, "1", "2")
	must(t, h.Handle(context.Background(), record(slog.LevelError, "3")))
	content, err := os.ReadFile(name)
	must(t, err)
	wantEqual(t, string(content), line("1")+line("2")+"level=ERROR msg=3\n")
	must(t, slogx.Close(h))
}
