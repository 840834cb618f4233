package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// queues are the two kinds that a Listener serves in different ways.
var queues = map[string]func() Queue{
	"Ring": func() Queue { return NewRing(1000, &RingOptions{BlockTimeout: -1}) },
	"Chan": func() Queue { return Chan(make(chan slog.Record, 1000)) },
}

func eachQueue(t *testing.T, f func(t *testing.T, open func() Queue)) {
	for name, open := range queues {
		t.Run(name, func(t *testing.T) { f(t, open) })
	}
}

// Each handler gets the records that it is enabled for; with IgnoreHandlerLevel all.
func TestListenerLevels(t *testing.T) {
	eachQueue(t, func(t *testing.T, open func() Queue) {
		for _, ignore := range []bool{false, true} {
			q := open()
			var texts [3]bytes.Buffer
			var handlers []slog.Handler
			for i, level := range []slog.Level{slog.LevelDebug, slog.LevelWarn, slog.LevelError} {
				handlers = append(handlers, slogx.Text(&texts[i], &slog.HandlerOptions{Level: level}))
			}
			l := NewListener(q, &ListenerOptions{IgnoreHandlerLevel: ignore, ErrorHandler: testkit.NoErrors(t)}, handlers...)
			for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
				must(t, q.Enqueue(context.Background(), record(level, "m")))
			}
			must(t, l.Start())
			stop(t, l)
			all := "level=DEBUG msg=m\nlevel=INFO msg=m\nlevel=WARN msg=m\nlevel=ERROR msg=m\n"
			want := []string{all, all[strings.Index(all, "level=WARN"):], all[strings.Index(all, "level=ERROR"):]}
			if ignore {
				want = []string{all, all, all}
			}
			wantEqual(t, []string{texts[0].String(), texts[1].String(), texts[2].String()}, want)
		}
	})
}

// faults are the ways in which a handler may go wrong.
var faults = map[string]struct {
	f    func() error
	want string
}{
	"error": {func() error { return errors.New("broken") }, "broken"},
	"panic": {func() error { panic("broken") }, "panic: broken"},
	"nil pointer": {func() error {
		var p *recorder
		p.records = nil
		return nil
	}, "nil pointer"},
	"Goexit": {func() error {
		runtime.Goexit()
		return nil
	}, "runtime.Goexit"},
	"told": {func() error { return reported.Mark(errors.New("broken")) }, ""},
}

// A handler that goes wrong keeps nothing from the others, and neither the Listener from going on; it is told of once.
func TestHandlersThatGoWrong(t *testing.T) {
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			eachQueue(t, func(t *testing.T, open func() Queue) {
				q := open()
				var got testkit.ErrorLog
				before, after := &recorder{}, &recorder{}
				wrong := handlerFunc(func(_ context.Context, r slog.Record) error {
					if strings.HasPrefix(r.Message, "wrong") {
						return fault.f()
					}
					return nil
				})
				l := NewListener(q, &ListenerOptions{ErrorHandler: got.Handle}, before, nil, wrong, after)
				must(t, l.Start())
				msgs := []string{"wrong 1", "2", "3", "wrong 4", "5", "wrong 6"}
				enqueue(t, q, msgs...)
				testkit.Within(t, func() { stop(t, l) })
				wantEqual(t, before.messages(), msgs)
				wantEqual(t, after.messages(), msgs)
				errs := got.Take()
				if fault.want == "" {
					if len(errs) != 0 {
						t.Errorf("told again: %q", errs)
					}
					return
				}
				if len(errs) != 3 || !strings.Contains(errs[0].Error(), fault.want) {
					t.Errorf("told: %q", errs)
				}
			})
		})
	}
}

// enabledFunc is a handler with an Enabled of its own.
type enabledFunc struct {
	slog.Handler
	enabled func() bool
}

func (h enabledFunc) Enabled(context.Context, slog.Level) bool { return h.enabled() }

// What goes wrong elsewhere than in Handle: in Enabled, WithAttrs, WithGroup, Drain and the ErrorHandler.
func TestOtherMethodsThatPanic(t *testing.T) {
	t.Run("Enabled", func(t *testing.T) {
		q, out := NewRing(10, nil), &recorder{}
		l := NewListener(q, &ListenerOptions{ErrorHandler: testkit.NoErrors(t)}, enabledFunc{out, func() bool { panic("Enabled") }})
		must(t, l.Start())
		enqueue(t, q, "1", "2")
		stop(t, l)
		wantEqual(t, out.messages(), []string{"1", "2"})
	})
	t.Run("WithAttrs", func(t *testing.T) {
		var got testkit.ErrorLog
		var b bytes.Buffer
		q := NewRing(10, nil)
		l := NewListener(q, &ListenerOptions{ErrorHandler: got.Handle}, panicsOnWith{slogx.Text(&b, nil)})
		h := NewHandler(q, nil).WithAttrs([]slog.Attr{slog.Int("a", 1)}).WithGroup("g")
		must(t, l.Start())
		handle(t, h, "1", "2")
		stop(t, l)
		got.Want(t, "panic: WithAttrs")
		wantEqual(t, b.String(), "level=INFO msg=1\nlevel=INFO msg=2\n")
	})
	t.Run("Drain", func(t *testing.T) {
		var got testkit.ErrorLog
		q := NewRing(10, nil)
		l := NewListener(q, &ListenerOptions{ErrorHandler: got.Handle}, drains{&recorder{}, func() error { panic("Drain") }})
		must(t, l.Start())
		stop(t, l)
		got.Want(t, "panic: Drain")
	})
	t.Run("Drain and Goexit", func(t *testing.T) {
		var got testkit.ErrorLog
		q := NewRing(10, nil)
		l := NewListener(q, &ListenerOptions{ErrorHandler: got.Handle}, drains{&recorder{}, func() error { runtime.Goexit(); return nil }})
		must(t, l.Start())
		testkit.Within(t, func() { stop(t, l) })
		got.Want(t, "Goexit")
	})
	for name, f := range map[string]func(){"panic": func() { panic("ErrorHandler") }, "Goexit": runtime.Goexit} {
		t.Run("ErrorHandler, "+name, func(t *testing.T) {
			eachQueue(t, func(t *testing.T, open func() Queue) {
				q := open()
				calls := 0
				l := NewListener(q, &ListenerOptions{ErrorHandler: func(context.Context, slog.Record, error) { calls++; f() }},
					handlerFunc(func(context.Context, slog.Record) error { return errors.New("broken") }))
				must(t, l.Start())
				enqueue(t, q, "1", "2", "3")
				testkit.Within(t, func() { stop(t, l) })
				if want := map[string]int{"panic": 3, "Goexit": 6}[name]; calls != want {
					t.Errorf("called %d times, want %d", calls, want)
				}
			})
		})
	}
}

type panicsOnWith struct{ slog.Handler }

func (panicsOnWith) WithAttrs([]slog.Attr) slog.Handler { panic("WithAttrs") }
func (h panicsOnWith) WithGroup(name string) slog.Handler {
	return panicsOnWith{h.Handler.WithGroup(name)}
}

type drains struct {
	slog.Handler
	f func() error
}

func (d drains) Drain() error { return d.f() }

// An ErrorHandler that logs through the very queue is not told what comes of that, or each error would make another.
func TestErrorHandlerThatLogs(t *testing.T) {
	broken := handlerFunc(func(context.Context, slog.Record) error { return errors.New("broken") })
	for name, target := range map[string]func(slogx.ErrorHandler) slog.Handler{
		"foreign": func(slogx.ErrorHandler) slog.Handler { return broken },
		"stream": func(told slogx.ErrorHandler) slog.Handler {
			return slogx.NewStreamHandler(brokenPipe{}, &slogx.StreamOptions{Options: slogx.Options{ErrorHandler: told}})
		},
		"file": func(told slogx.ErrorHandler) slog.Handler { // a directory, in truth
			return slogx.NewFileHandler(t.TempDir(), &slogx.FileOptions{Options: slogx.Options{ErrorHandler: told}})
		},
		"two queues": func(told slogx.ErrorHandler) slog.Handler {
			return Async(broken, &AsyncOptions{Options: slogx.Options{ErrorHandler: told}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			q := NewRing(100, nil)
			logger := slog.New(NewHandler(q, nil))
			var calls atomic.Int64
			told := func(context.Context, slog.Record, error) {
				if calls.Add(1) < 10 {
					logger.With("a", 1).Error("told")
				}
			}
			h := target(told)
			l := NewListener(q, &ListenerOptions{ErrorHandler: told}, h)
			must(t, l.Start())
			for range 2 {
				logger.Info("x")
			}
			testkit.Eventually(t, "two records, and one for each", func() bool {
				_ = slogx.Drain(h)
				return q.Stats().Delivered == 4
			})
			stop(t, l)
			must(t, slogx.Close(h))
			if n, s := calls.Load(), q.Stats(); n != 2 || s.Handled != 4 {
				t.Errorf("told %d times, %+v", n, s)
			}
		})
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken") }

// Without handlers records are taken out all the same.
func TestListenerWithoutHandlers(t *testing.T) {
	eachQueue(t, func(t *testing.T, open func() Queue) {
		q := open()
		for _, l := range []*Listener{NewListener(q, nil), NewListener(q, nil, nil, nil)} {
			must(t, l.Start())
			enqueue(t, q, "1", "2")
			stop(t, l)
			wantEqual(t, empty(t, q), nil)
		}
	})
}

// A Listener that runs cannot be started; one that was stopped, or has come to the end of its queue, can.
func TestListenerStartsAgain(t *testing.T) {
	eachQueue(t, func(t *testing.T, open func() Queue) {
		q := open()
		out := &recorder{}
		l := NewListener(q, &ListenerOptions{ErrorHandler: testkit.NoErrors(t)}, out)
		must(t, l.Stop(context.Background()))
		for n := range 5 {
			enqueue(t, q, fmt.Sprint(n))
			must(t, l.Start())
			wantErr(t, l.Start(), ErrStarted)
			stop(t, l)
			stop(t, l)
		}
		wantEqual(t, out.messages(), numbers(0, 4))
		enqueue(t, q, "5", "6")
		must(t, q.Close())
		must(t, l.Start())
		testkit.Eventually(t, "the end", func() bool { return l.Start() == nil })
		stop(t, l)
		wantEqual(t, out.messages(), numbers(0, 6))
	})
}

// Records come out in order, whether they are there before or come while the Listener runs.
func TestListenerKeepsTheOrder(t *testing.T) {
	eachQueue(t, func(t *testing.T, open func() Queue) {
		q := open()
		out := &recorder{}
		l := NewListener(q, &ListenerOptions{ErrorHandler: testkit.NoErrors(t)}, out)
		enqueue(t, q, numbers(1, 500)...)
		must(t, l.Start())
		enqueue(t, q, numbers(501, 3000)...)
		stop(t, l)
		wantEqual(t, out.messages(), numbers(1, 3000))
	})
}

// The handlers are drained when a burst is over, once, and at the end.
func TestListenerDrainsAfterABurst(t *testing.T) {
	eachQueue(t, func(t *testing.T, open func() Queue) {
		synctest.Test(t, func(t *testing.T) {
			q := open()
			out, other := &recorder{}, &recorder{}
			l := NewListener(q, &ListenerOptions{ErrorHandler: testkit.NoErrors(t)}, out, other)
			must(t, l.Start())
			// A Ring's Listener begins with a burst; so that both are at rest now:
			time.Sleep(time.Second)
			out.drains.Store(0)
			for range 20 { // a burst with pauses
				enqueue(t, q, "m")
				time.Sleep(quiet / 2)
			}
			if n := out.drains.Load(); n != 0 {
				t.Errorf("drained %d times in a burst", n)
			}
			time.Sleep(2 * quiet)
			synctest.Wait()
			if n := out.drains.Load(); n != 1 {
				t.Errorf("drained %d times after a burst", n)
			}
			time.Sleep(time.Hour)
			if n := out.drains.Load(); n != 1 {
				t.Errorf("drained %d times without records", n-1)
			}
			enqueue(t, q, "m")
			time.Sleep(2 * quiet)
			if n := out.drains.Load(); n != 2 {
				t.Errorf("drained %d times after one record", n-1)
			}
			enqueue(t, q, "m")
			stop(t, l)
			if n := out.drains.Load(); n < 3 {
				t.Errorf("not drained at the end")
			}
			if out.count() != 22 || other.drains.Load() < 3 {
				t.Errorf("%d records, the other handler was drained %d times", out.count(), other.drains.Load())
			}
		})
	})
}

// What Drain says goes to the ErrorHandler.
func TestDrainThatFails(t *testing.T) {
	eachQueue(t, func(t *testing.T, open func() Queue) {
		q := open()
		var got testkit.ErrorLog
		l := NewListener(q, &ListenerOptions{ErrorHandler: got.Handle}, drains{&recorder{}, func() error { return errors.New("no room") }})
		must(t, l.Start())
		stop(t, l)
		got.Want(t, "no room")
	})
}

// Values of the context reach the handlers, its end does not; a context may be nil.
func TestContextOfARecord(t *testing.T) {
	type key struct{}
	q := NewRing(10, nil)
	type seen struct {
		value any
		err   error
	}
	var got []seen
	l := NewListener(q, &ListenerOptions{ErrorHandler: testkit.NoErrors(t)}, handlerFunc(func(ctx context.Context, _ slog.Record) error {
		got = append(got, seen{ctx.Value(key{}), ctx.Err()})
		return nil
	}))
	with := context.WithValue(context.Background(), key{}, 1)
	over, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, 2))
	h := NewHandler(q, nil)
	for _, ctx := range []context.Context{with, over, nil} {
		must(t, h.Handle(ctx, info("m")))
	}
	cancel()
	must(t, l.Start())
	stop(t, l)
	want := []seen{{1, nil}, {2, nil}, {nil, nil}}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// A context that panics when the Listener asks it, which is later than whoever made it may have expected, costs nobody
// anything: the record goes without.
func TestContextThatPanics(t *testing.T) {
	q, out := NewRing(10, nil), &recorder{}
	l := NewListener(q, &ListenerOptions{ErrorHandler: testkit.NoErrors(t)}, out)
	must(t, q.Enqueue(panickingContext{}, info("1")))
	must(t, q.Enqueue((*panickingContext)(nil), info("2")))
	must(t, l.Start())
	stop(t, l)
	wantEqual(t, out.messages(), []string{"1", "2"})
}

type panickingContext struct{ context.Context }

func (panickingContext) Done() <-chan struct{} { panic("recycled") }

// A handler may keep what it is given: slots that are used again do not show through.
func TestHandlersMayKeepRecords(t *testing.T) {
	q := NewRing(4, &RingOptions{BlockTimeout: -1})
	var kept []slog.Record
	l := NewListener(q, nil, handlerFunc(func(_ context.Context, r slog.Record) error {
		kept = append(kept, r)
		r.AddAttrs(slog.String("mine", "mine"))
		return nil
	}), handlerFunc(func(_ context.Context, r slog.Record) error {
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == "mine" {
				t.Error("another handler's attribute")
			}
			return true
		})
		return nil
	}))
	must(t, l.Start())
	const records, attrs = 500, 9
	for n := range records {
		r := info(fmt.Sprint(n))
		for a := range attrs {
			r.AddAttrs(slog.Int(fmt.Sprint(a), n))
		}
		must(t, q.Enqueue(context.Background(), r))
	}
	stop(t, l)
	if len(kept) != records {
		t.Fatalf("%d records", len(kept))
	}
	for n, r := range kept {
		i := 0
		r.Attrs(func(a slog.Attr) bool {
			if a.Key != fmt.Sprint(i) || a.Value.Int64() != int64(n) {
				t.Errorf("%d: %v", n, a)
			}
			i++
			return true
		})
		if r.Message != fmt.Sprint(n) || i != attrs {
			t.Errorf("%d: %q with %d attributes", n, r.Message, i)
		}
	}
}

// Handlers may add to a record that somebody else has sent, and do not see what others add.
func TestHandlersMayAddToRecords(t *testing.T) {
	var texts [2]bytes.Buffer
	var handlers []slog.Handler
	for i := range texts {
		handlers = append(handlers, handlerFunc(func(ctx context.Context, r slog.Record) error {
			r.AddAttrs(slog.Int("mine", i))
			return slogx.Text(&texts[i], nil).Handle(ctx, r)
		}))
	}
	ch := make(chan slog.Record, 1)
	r := info("m")
	for _, key := range strings.Split("abcdefghij", "") {
		r.AddAttrs(slog.Int(key, 0)) // leaves room behind the last
	}
	ch <- r
	listen(t, Chan(ch), handlers...)
	for i := range texts {
		wantEqual(t, texts[i].String(), fmt.Sprintf("level=INFO msg=m a=0 b=0 c=0 d=0 e=0 f=0 g=0 h=0 i=0 j=0 mine=%d\n", i))
	}
}

// A slow handler does not hold up those that wait for records before: they leave the Ring one by one.
func TestRecordsLeaveOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewRing(1000, nil)
		slow := handlerFunc(func(context.Context, slog.Record) error {
			time.Sleep(time.Second)
			return nil
		})
		l := NewListener(q, nil, slow)
		enqueue(t, q, numbers(1, 100)...)
		must(t, l.Start())
		for n := range 10 {
			time.Sleep(time.Second)
			synctest.Wait()
			if s := q.Stats(); s.Delivered != int64(n+1) {
				t.Errorf("after %d s: %+v", n+1, s)
			}
		}
		must(t, q.flushed(context.Background()))
		stop(t, l)
	})
}

// What derived handlers an outlet remembers is bounded.
func TestTargetsAreBounded(t *testing.T) {
	var derived atomic.Int64
	q := NewRing(100, &RingOptions{BlockTimeout: -1})
	l := NewListener(q, nil, counts{recorder: &recorder{}, n: &derived})
	must(t, l.Start())
	const loggers = 2000
	for n := range loggers {
		h := NewHandler(q, nil).WithAttrs([]slog.Attr{slog.Int("n", n)})
		handle(t, h, "1", "2", "3")
	}
	stop(t, l)
	if n := derived.Load(); n != loggers {
		t.Errorf("derived %d times for %d loggers", n, loggers)
	}
	if n := len(l.outlets[0].targets); n > 256 {
		t.Errorf("%d targets", n)
	}
}

type counts struct {
	*recorder
	n *atomic.Int64
}

func (c counts) WithAttrs([]slog.Attr) slog.Handler {
	c.n.Add(1)
	return c
}
