package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// foreign is a Queue that does as it is told. Its slice makes it one that cannot be compared.
type foreign struct {
	enqueue func(context.Context, slog.Record) error
	dequeue func(context.Context) (slog.Record, error)
	close   func() error
	_       []int
}

func (q foreign) Enqueue(ctx context.Context, r slog.Record) error { return q.enqueue(ctx, r) }
func (q foreign) Dequeue(ctx context.Context) (slog.Record, error) { return q.dequeue(ctx) }
func (q foreign) Close() error                                     { return q.close() }

// What goes wrong in Enqueue is the error of the record, and the ErrorHandler's, once.
func TestQueueThatTakesNothing(t *testing.T) {
	for name, f := range map[string]func() error{
		"broken":        func() error { return errors.New("broken") },
		"panic: broken": func() error { panic("broken") },
	} {
		var got testkit.ErrorLog
		h := NewHandler(foreign{enqueue: func(context.Context, slog.Record) error { return f() }},
			&Options{Options: slogx.Options{ErrorHandler: got.Handle}})
		for range 2 {
			if err := h.Handle(noContext, info("m")); err == nil || err.Error() != name {
				t.Errorf("%s: error %v", name, err)
			}
			wantEqual(t, got.Messages(), []string{"m"})
			got.Want(t, name)
		}
	}
}

// A queue that is full tells those who take records out, and no ErrorHandler.
func TestQueueThatIsFull(t *testing.T) {
	h := NewHandler(foreign{enqueue: func(context.Context, slog.Record) error { return ErrFull }},
		&Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}})
	wantErr(t, h.Handle(context.Background(), info("m")), ErrFull)
}

func TestHandlerCloses(t *testing.T) {
	errMine := errors.New("mine")
	h := NewHandler(foreign{close: func() error { return errMine }}, nil)
	wantErr(t, h.Close(), errMine)
	wantErr(t, slogx.Close(h.WithGroup("g")), errMine)
	h = NewHandler(foreign{close: func() error { panic("broken") }}, nil)
	if err := h.Close(); err == nil || err.Error() != "panic: broken" {
		t.Error(err)
	}
	q := NewRing(1, nil)
	var got testkit.ErrorLog
	h = NewHandler(q, &Options{Options: slogx.Options{ErrorHandler: got.Handle}})
	must(t, slogx.Close(slogx.Fanout(h, h.WithGroup("g"), h.WithAttrs([]slog.Attr{slog.Int("a", 1)}))))
	wantErr(t, h.Handle(context.Background(), info("m")), slogx.ErrClosed)
	got.Want(t, "closed")
	if h.WithGroup("g").(*Handler).Sink() != h.Sink() {
		t.Error("another sink")
	}
}

// A queue that gives errors for a while is asked once a second, and told of each time.
func TestQueueThatRecovers(t *testing.T) {
	for name, f := range map[string]func() error{
		"broken":                    func() error { return errors.New("broken") },
		"panic: broken":             func() error { panic("broken") },
		"connection: EOF":           func() error { return fmt.Errorf("connection: %w", io.EOF) },
		"context deadline exceeded": func() error { return context.DeadlineExceeded },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				inner := NewRing(10, nil)
				var got testkit.ErrorLog
				out := &recorder{}
				l := NewListener(foreign{dequeue: func(ctx context.Context) (slog.Record, error) {
					if time.Since(began) < 3500*time.Millisecond {
						return slog.Record{}, f()
					}
					return inner.Dequeue(ctx)
				}}, &ListenerOptions{ErrorHandler: got.Handle}, out)
				enqueue(t, inner, "1", "2")
				must(t, l.Start())
				time.Sleep(10 * time.Second)
				wantEqual(t, out.messages(), []string{"1", "2"})
				errs := got.Take()
				if len(errs) != 4 || errs[0].Error() != name {
					t.Errorf("told %d times: %q", len(errs), errs)
				}
				stop(t, l)
			})
		})
	}
}

// A queue that fails does not hold Stop up.
func TestStopWhileAQueueFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewListener(foreign{dequeue: func(context.Context) (slog.Record, error) {
			return slog.Record{}, errors.New("broken")
		}}, &ListenerOptions{ErrorHandler: slogx.IgnoreErrors}, &recorder{})
		must(t, l.Start())
		time.Sleep(1500 * time.Millisecond)
		began := time.Now()
		stop(t, l)
		if took := time.Since(began); took != 0 {
			t.Errorf("it takes %v", took)
		}
	})
}

// A queue that does not heed its context holds up Stop no longer than its own.
func TestStopWhileAQueueHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		back := make(chan struct{})
		l := NewListener(foreign{dequeue: func(context.Context) (slog.Record, error) {
			<-back
			return info("late"), nil
		}}, nil, &recorder{})
		must(t, l.Start())
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		wantErr(t, l.Stop(ctx), context.DeadlineExceeded)
		close(back)
		synctest.Wait()
	})
}

// Into a queue that may lead to another process everything goes with the record, resolved and copied.
func TestForeignQueueGetsWholeRecords(t *testing.T) {
	ch := make(chan slog.Record, 1)
	list := []int{1, 2}
	h := NewHandler(Chan(ch), nil).WithAttrs([]slog.Attr{slog.Any("list", list)}).WithGroup("g").WithGroup("h")
	r := info("m")
	user := &valuer{"before"}
	r.AddAttrs(slog.Any("user", user), slog.Any("list", list))
	must(t, h.Handle(context.Background(), r))
	list[0], user.name = 9, "after"
	got := <-ch
	var text strings.Builder
	must(t, slogx.Text(&text, nil).Handle(context.Background(), got))
	wantEqual(t, text.String(), "level=INFO msg=m list=\"[1 2]\" g.h.user=before g.h.list=\"[1 2]\"\n")
}

// valuer is a LogValuer whose value changes.
type valuer struct{ name string }

func (v *valuer) LogValue() slog.Value { return slog.StringValue(v.name) }
