package queue

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

func TestChan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := make(chan slog.Record, 2)
		q := Chan(ch)
		must(t, q.Enqueue(ended(), info("1"))) // there is room
		ch <- info("2")                        // by somebody else
		errMine := errors.New("mine")
		ctx, cancel := context.WithTimeoutCause(context.Background(), time.Second, errMine)
		defer cancel()
		began := time.Now()
		wantErr(t, q.Enqueue(ctx, info("3")), errMine)
		if time.Since(began) != time.Second {
			t.Errorf("it takes %v", time.Since(began))
		}
		wantEqual(t, empty(t, q), []string{"1", "2"})
		_, err := q.Dequeue(ctx)
		wantErr(t, err, errMine)

		got := make(chan string)
		go func() {
			r, _ := q.Dequeue(noContext)
			got <- r.Message
		}()
		must(t, q.Enqueue(noContext, info("4")))
		wantEqual(t, <-got, "4")
	})
}

func TestChanClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := make(chan slog.Record, 1)
		q := Chan(ch)
		must(t, q.Enqueue(context.Background(), info("1")))
		waiting := make(chan error)
		go func() { waiting <- q.Enqueue(context.Background(), info("2")) }()
		synctest.Wait()
		must(t, q.Close())
		must(t, q.Close())
		wantErr(t, <-waiting, slogx.ErrClosed)
		wantErr(t, q.Enqueue(context.Background(), info("3")), slogx.ErrClosed)
		wantEqual(t, empty(t, q), []string{"1"})
		if _, err := q.Dequeue(context.Background()); err != io.EOF { //nolint:errorlint // as Queue says
			t.Error(err)
		}
		ch <- info("4") // it is still open
		wantEqual(t, empty(t, q), []string{"4"})
	})
}

// Somebody else closes the channel: that is the end, and no panic.
func TestChanClosedByOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := make(chan slog.Record, 1)
		q := Chan(ch)
		must(t, q.Enqueue(context.Background(), info("1")))
		waiting := make(chan error)
		go func() { waiting <- q.Enqueue(context.Background(), info("2")) }()
		synctest.Wait()
		close(ch)
		wantErr(t, <-waiting, slogx.ErrClosed)
		wantErr(t, q.Enqueue(context.Background(), info("3")), slogx.ErrClosed)
		wantEqual(t, empty(t, q), []string{"1"})
		if _, err := q.Dequeue(context.Background()); err != io.EOF { //nolint:errorlint // as Queue says
			t.Error(err)
		}
		must(t, q.Close())
	})
}

// A record meets Close: it is refused, or comes out before the end.
func TestChanEnqueueMeetsClose(t *testing.T) {
	for range 500 {
		ch := make(chan slog.Record, 100)
		q := Chan(ch)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for q.Enqueue(context.Background(), record(0, "m")) == nil {
				}
			})
		}
		consumed := make(chan struct{})
		go func() {
			defer close(consumed)
			for {
				if _, err := q.Dequeue(context.Background()); err != nil {
					return
				}
			}
		}()
		runtime.Gosched()
		must(t, q.Close())
		testkit.Within(t, func() { <-consumed })
		testkit.Within(t, wg.Wait)
		if n := len(ch); n != 0 {
			t.Fatalf("%d records were taken and did not come out", n)
		}
	}
}

// The Listener's goroutine never waits for itself: a handler that logs into its own full channel loses that record soon,
// of which the ErrorHandler is told.
func TestHandlerThatLogsIntoItsFullChan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := Chan(make(chan slog.Record, 1))
		var got testkit.ErrorLog
		h := NewHandler(q, &Options{Options: slogx.Options{ErrorHandler: got.Handle}})
		out := &recorder{}
		l := NewListener(q, &ListenerOptions{ErrorHandler: testkit.NoErrors(t)}, handlerFunc(func(ctx context.Context, r slog.Record) error {
			if r.Message == "1" {
				must(t, h.Handle(ctx, info("2")))
				wantErr(t, h.Handle(ctx, info("3")), reentry.ErrInside)
				got.Want(t, "full")
			}
			return out.Handle(ctx, r)
		}))
		must(t, l.Start())
		began := time.Now()
		handle(t, h, "1")
		time.Sleep(time.Second)
		wantEqual(t, out.messages(), []string{"1", "2"})
		stop(t, l)
		if took := time.Since(began); took != time.Second {
			t.Errorf("it takes %v", took)
		}
	})
}

// A producer that waits for long is none of the Listener's, and gets in.
func TestChanWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := Chan(make(chan slog.Record))
		waiting := make(chan error)
		go func() { waiting <- q.Enqueue(noContext, info("1")) }()
		time.Sleep(time.Hour)
		wantEqual(t, empty(t, q), []string{"1"})
		must(t, <-waiting)
	})
}
