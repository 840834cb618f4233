package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// Close and Shutdown end within the deadline, and their error says exactly how many records did not make it.
func TestAsyncCloseWithADeadTarget(t *testing.T) {
	for _, tt := range []struct {
		name   string
		close  func(h *AsyncHandler) error
		after  time.Duration
		logged int
		passes int // before the target dies
	}{
		{"Close", (*AsyncHandler).Close, time.Minute, 1000, 0},
		{"Close in the middle", (*AsyncHandler).Close, time.Minute, 1000, 77},
		{"the last one", (*AsyncHandler).Close, time.Minute, 1000, 999},
		{"Shutdown", shutdown(time.Second), time.Second, 500, 300},
		{"a deadline that is over", shutdown(-1), 0, 10, 0},
		{"nil context", func(h *AsyncHandler) error { return h.Shutdown(noContext) }, time.Minute, 10, 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sink := newGate(t)
				n := 0
				h := newAsync(t, handlerFunc(func(ctx context.Context, r slog.Record) error {
					if n++; n <= tt.passes {
						return sink.recorder.Handle(ctx, r)
					}
					return sink.Handle(ctx, r)
				}), AsyncOptions{CloseTimeout: time.Minute})
				handle(t, h, numbers(1, tt.logged)...)
				<-sink.entered
				began := time.Now()
				err := tt.close(h)
				wantErr(t, err, context.DeadlineExceeded)
				wantEqual(t, time.Since(began), tt.after)
				left := tt.logged - tt.passes
				if !strings.Contains(fmt.Sprint(err), fmt.Sprintf("closed with %d records not handled", left)) {
					t.Errorf("%v, want %d", err, left)
				}
				s := h.Stats()
				wantEqual(t, s, Stats{Handled: int64(tt.logged), Delivered: int64(tt.passes), Waiting: int64(left), Bytes: s.Bytes})
				must(t, h.Close())
				sink.open()
				synctest.Wait() // the goroutine ends by itself
				wantEqual(t, len(sink.messages()), tt.passes+1)
				wantEqual(t, h.Stats().Waiting, int64(left)-1)
			})
		})
	}
}

func shutdown(d time.Duration) func(h *AsyncHandler) error {
	return func(h *AsyncHandler) error {
		ctx, cancel := context.WithTimeout(context.Background(), d)
		defer cancel()
		return h.Shutdown(ctx)
	}
}

// Handle meets Close: its record comes out, or is an error. Neither does it ever start a goroutine after Close.
func TestAsyncHandleMeetsClose(t *testing.T) {
	for round := range 500 {
		out := &recorder{}
		h := Async(out, &AsyncOptions{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, Capacity: 4, CloseTimeout: time.Minute, RingOptions: RingOptions{BlockTimeout: -1}})
		var in atomic.Int64
		var wg sync.WaitGroup
		start := make(chan struct{})
		for range 4 {
			wg.Go(func() {
				<-start
				for range round%5 + 1 {
					switch err := h.Handle(context.Background(), info("m")); {
					case err == nil:
						in.Add(1)
					case !errors.Is(err, slogx.ErrClosed):
						t.Error(err)
					}
				}
			})
		}
		for range 2 {
			wg.Go(func() {
				<-start
				must(t, h.Close())
				if h.started.Load() && !h.listener.running.ended() {
					t.Error("Close has not waited")
				}
			})
		}
		close(start)
		testkit.Within(t, wg.Wait)
		if got := out.count(); got != int(in.Load()) {
			t.Fatalf("%d records were taken, %d came out", in.Load(), got)
		}
	}
}

// Close waits for the one that is on the way, as long as its context allows.
func TestAsyncCloseTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newGate(t)
		h := newAsync(t, sink, AsyncOptions{})
		handle(t, h, "1")
		first := make(chan error, 1)
		go func() { first <- h.Close() }()
		synctest.Wait()
		wantErr(t, shutdown(time.Second)(h), context.DeadlineExceeded)
		second := make(chan error, 1)
		go func() { second <- h.Close() }()
		synctest.Wait()
		if len(second) != 0 {
			t.Error("Close does not wait")
		}
		sink.open()
		must(t, <-first)
		must(t, <-second)
		must(t, h.Close())
	})
}

// A target that closes the very handler cannot be waited for.
func TestAsyncCloseFromInside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h *AsyncHandler
		var errs []error
		out := &recorder{}
		h = newAsync(t, handlerFunc(func(ctx context.Context, r slog.Record) error {
			if r.Message == "1" {
				errs = append(errs, h.Close(), h.Close())
			}
			return out.Handle(ctx, r)
		}), AsyncOptions{})
		handle(t, h, "1", "2", "3")
		time.Sleep(time.Second)
		synctest.Wait()
		wantErr(t, errs[0], reentry.ErrInside)
		wantEqual(t, errs[1], nil)
		wantEqual(t, out.messages(), []string{"1", "2", "3"})
		if !h.listener.running.ended() {
			t.Error("the goroutine is still there")
		}
	})
}

// slogx.Close drains and closes the tree, the target after the AsyncHandler.
func TestAsyncInATree(t *testing.T) {
	target := &closes{}
	h := newAsync(t, target, AsyncOptions{})
	tree := slogx.Fanout(h.WithGroup("g"), h, h.WithAttrs([]slog.Attr{slog.Int("a", 1)}))
	handle(t, tree, numbers(1, 100)...)
	must(t, slogx.Close(tree))
	if target.closed != 1 || target.early || target.count() != 300 {
		t.Errorf("closed %d times, %d records, too early: %v", target.closed, target.count(), target.early)
	}
	wantErr(t, Async(target, &AsyncOptions{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}}).Close(), nil)
}

// closes is a target that can be closed.
type closes struct {
	recorder
	closed int
	early  bool // it was given a record afterwards
}

func (h *closes) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h *closes) WithGroup(string) slog.Handler      { return h }

func (h *closes) Handle(ctx context.Context, r slog.Record) error {
	h.early = h.early || h.closed > 0
	return h.recorder.Handle(ctx, r)
}

func (h *closes) Close() error {
	h.closed++
	return nil
}

// slogx.Shutdown has its deadline with a dead target, too.
func TestAsyncShutdownOfATree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newGate(t)
		h := newAsync(t, sink, AsyncOptions{CloseTimeout: time.Hour})
		handle(t, h, "1", "2")
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		began := time.Now()
		wantErr(t, slogx.Shutdown(ctx, h), context.DeadlineExceeded)
		wantEqual(t, time.Since(began), time.Second)
		sink.open()
		synctest.Wait()
	})
}

// Drops that the stream has not been told of come out with Close.
func TestAsyncCloseTellsOfDrops(t *testing.T) {
	sink := newGate(t)
	h := newAsync(t, sink, AsyncOptions{Capacity: 2, RingOptions: RingOptions{Policy: DropNewest}})
	handle(t, h, "1")
	<-sink.entered
	handle(t, h, "2")
	for range 5 {
		wantErr(t, h.Handle(context.Background(), info("m")), ErrFull)
	}
	time.AfterFunc(time.Millisecond, sink.open)
	must(t, h.Close())
	wantEqual(t, sink.messages(), []string{"1", "2", DropMessage})
	if n := droppedIn(t, sink.records[2]); n != 5 {
		t.Errorf("told of %d", n)
	}
}

// Of records that were dropped, and of which the target was never told, Close's error has the number too.
func TestAsyncCloseSaysWhatWasDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newGate(t)
		h := newAsync(t, sink, AsyncOptions{Capacity: 4, RingOptions: RingOptions{Policy: DropNewest}, CloseTimeout: time.Minute})
		for _, msg := range numbers(1, 10) {
			_ = h.Handle(t.Context(), info(msg))
		}
		<-sink.entered
		dropped, waiting := h.Stats().Dropped, h.Stats().Waiting
		want := fmt.Sprintf("closed with %d records not handled, and %d dropped before", waiting, dropped)
		if err := h.Close(); dropped == 0 || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%v, want %q", err, want)
		}
		sink.open()
		synctest.Wait()
	})
}
