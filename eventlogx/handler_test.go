package eventlogx

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/slogtest"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestSlogtest: slog's contract, for the texts of events.
func TestSlogtest(t *testing.T) {
	for name, format := range map[string]slogx.Format{"JSON": slogx.JSON, "default": nil, "foreign": slogx.FormatOf(slog.NewJSONHandler)} {
		t.Run(name, func(t *testing.T) {
			var l *log
			slogtest.Run(t, func(t *testing.T) slog.Handler {
				l = new(log)
				return newHandler("shop", quiet(t, Options{Options: slogx.Options{Format: format}}), l)
			}, func(t *testing.T) map[string]any {
				e := l.next(t)
				if format == nil {
					return parse(t, e)
				}
				var m map[string]any
				if err := json.Unmarshal([]byte(e.Strings[0]), &m); err != nil {
					t.Fatal(err)
				}
				return m
			})
		})
	}
}

// parse takes apart a text of the default format. The level is the event's type, and the time is the system's.
func parse(t *testing.T, e sent) map[string]any {
	msg, attrs, _ := strings.Cut(e.Strings[0], " ")
	out := map[string]any{slog.MessageKey: msg, slog.LevelKey: e.Type.String()}
	if !strings.HasSuffix(t.Name(), "/zero-time") {
		out[slog.TimeKey] = noon
	}
	for attrs != "" {
		var key, value string
		key, attrs, _ = strings.Cut(attrs, "=")
		if quoted, err := strconv.QuotedPrefix(attrs); err == nil {
			value, _ = strconv.Unquote(quoted)
			attrs = strings.TrimPrefix(attrs[len(quoted):], " ")
		} else {
			value, attrs, _ = strings.Cut(attrs, " ")
		}
		testkit.Nest(t, out, key, value)
	}
	return out
}

// TestReplaceAttr: it sees what is in the text, and nothing else.
func TestReplaceAttr(t *testing.T) {
	var seen []string
	opts := Options{Options: slogx.Options{AddSource: true, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		seen = append(seen, strings.Join(append(groups, a.Key), "."))
		switch a.Key {
		case slog.MessageKey:
			a.Value = slog.StringValue("new " + a.Value.String())
		case slog.SourceKey:
			return slog.String("at", a.Value.Any().(*slog.Source).Function)
		case "secret":
			return slog.Attr{}
		}
		return a
	}}}
	l := new(log)
	logger := slog.New(newHandler("shop", quiet(t, opts), l))
	logger.WithGroup("g").Info("message", "secret", 1, "b", 2)
	if got := l.next(t).Strings[0]; !strings.HasPrefix(got, "new message at=github.com/slogkit-go/slogkit/eventlogx.TestReplaceAttr g.b=2") {
		t.Errorf("%q", got)
	}
	if got := strings.Join(seen, " "); got != "msg source g.secret g.b" {
		t.Errorf("it sees %s", got)
	}

	opts.ReplaceAttr = func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.MessageKey {
			return slog.Attr{}
		}
		return a
	}
	slog.New(newHandler("shop", quiet(t, opts), l)).Info("message")
	if got := l.next(t).Strings[0]; !strings.HasPrefix(got, " source=") || !strings.Contains(got, "handler_test.go:") {
		t.Errorf("%q", got)
	}
	opts.ReplaceAttr = nil
	slog.New(newHandler("shop", quiet(t, opts), l)).Info("message")
	if got := l.next(t).Strings[0]; !strings.HasPrefix(got, "message source=") || !strings.Contains(got, "handler_test.go:") {
		t.Errorf("%q", got)
	}
}

// TestUnsupported: elsewhere every constructor works, and errors are seen.
func TestUnsupported(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is an event log")
	}
	var errs testkit.ErrorLog
	opts := &Options{Options: slogx.Options{ErrorHandler: errs.Handle}}
	opened, err := Open("shop", opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []*Handler{NewHandler("shop", opts), opened} {
		if err := h.WithGroup("g").Handle(context.Background(), record(0, "m")); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Handle: %v", err)
		}
		if got := errs.Take(); len(got) != 1 || !errors.Is(got[0], errors.ErrUnsupported) {
			t.Errorf("ErrorHandler: %v", got)
		}
		if stats := h.Stats(); stats != (Stats{Handled: 1, Failed: 1}) {
			t.Errorf("%+v", stats)
		}
		if err := slogx.Close(h); err != nil {
			t.Error(err)
		}
	}
	if err := Install("shop", nil); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Install: %v", err)
	}
	if err := Remove("shop"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Remove: %v", err)
	}
}

// TestInvalid: Open refuses what NewHandler cannot, and then every record is an error.
func TestInvalid(t *testing.T) {
	for name, c := range map[string]struct {
		source string
		opts   Options
	}{
		"empty":  {"", Options{}},
		"NUL":    {"a\x00b", Options{}},
		"path":   {`a\b`, Options{}},
		"UTF-8":  {"a\xff", Options{}},
		"long":   {strings.Repeat("ä", 256), Options{}},
		"bounds": {"shop", Options{MinEventID: 5, MaxEventID: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			var errs testkit.ErrorLog
			c.opts.ErrorHandler = errs.Handle
			l := new(log)
			if h, err := open(c.source, &c.opts, l); err == nil || h != nil {
				t.Errorf("Open = %v, %v", h, err)
			}
			h := newHandler(c.source, &c.opts, l)
			if err := h.Handle(context.Background(), record(0, "m")); err == nil || len(errs.Take()) != 1 {
				t.Errorf("Handle: %v", err)
			}
			if l.last != 0 {
				t.Error("the system was asked")
			}
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := open(strings.Repeat("ä", 255), nil, new(log)); err != nil {
		t.Error(err)
	}
}

// TestLifecycle: no call before it is needed, one handle, none after Close.
func TestLifecycle(t *testing.T) {
	l := new(log)
	var errs testkit.ErrorLog
	h := newHandler("shop", &Options{Options: slogx.Options{ErrorHandler: errs.Handle}}, l)
	if l.last != 0 {
		t.Error("NewHandler registers the source")
	}
	if h.Enabled(context.Background(), slog.LevelDebug) || !h.Enabled(context.Background(), slog.LevelInfo) {
		t.Error("the level is not Info")
	}
	if h.WithAttrs(nil) != slog.Handler(h) || h.WithGroup("") != slog.Handler(h) {
		t.Error("nothing makes another handler")
	}
	derived := h.WithAttrs([]slog.Attr{slog.Int("a", 1)}).WithGroup("g")
	check(t, h, record(0, "m"))
	check(t, derived, record(0, "m", "b", 2))
	if l.last != 1 || l.handles[1] != "shop" {
		t.Errorf("%d handles, %v", l.last, l.handles)
	}
	l.next(t)
	if got := l.next(t).Strings[0]; got != "m a=1 g.b=2" {
		t.Errorf("%q", got)
	}
	for range 2 {
		if err := slogx.Close(derived); err != nil {
			t.Error(err)
		}
	}
	if len(l.handles) != 0 {
		t.Errorf("left open: %v", l.handles)
	}
	if err := h.Handle(context.Background(), record(0, "m")); !errors.Is(err, slogx.ErrClosed) || len(errs.Take()) != 1 {
		t.Errorf("after Close: %v", err)
	}
	if stats := h.Stats(); stats != (Stats{Handled: 3, Written: 2, Failed: 1, Bytes: 24}) {
		t.Errorf("%+v", stats)
	}

	h, err := open("shop", nil, l)
	if err != nil || l.last != 2 {
		t.Errorf("Open: %v, %d handles", err, l.last)
	}
	if err := h.Close(); err != nil || len(l.handles) != 0 {
		t.Errorf("%v, left open: %v", err, l.handles)
	}
	h, err = open("shop", nil, l)
	if err != nil {
		t.Fatal(err)
	}
	clear(l.handles) // somebody else has closed it
	for i, wantErr := range []bool{true, false} {
		if err := h.Close(); err != nil != wantErr {
			t.Errorf("Close number %d: %v", i+1, err)
		}
	}

	l.fail(errStale, nil)
	if h, err := open("shop", nil, l); !errors.Is(err, errStale) || h != nil {
		t.Errorf("Open = %v, %v", h, err)
	}
}

// TestFailure: a failure is an error for each record, and ends with its cause; a handle that is no longer valid is
// replaced, and that record is not lost.
func TestFailure(t *testing.T) {
	l := new(log)
	var errs testkit.ErrorLog
	h := newHandler("shop", &Options{Options: slogx.Options{ErrorHandler: errs.Handle}}, l)
	handle := func(wantErr error) {
		t.Helper()
		err := h.Handle(context.Background(), record(0, "m"))
		if !errors.Is(err, wantErr) {
			t.Errorf("%v, want %v", err, wantErr)
		}
		if got := errs.Take(); wantErr != nil && len(got) != 1 || wantErr == nil && got != nil {
			t.Errorf("ErrorHandler: %v", got)
		}
		if len(l.handles) > 1 {
			t.Errorf("left open: %v", l.handles)
		}
	}
	down, full := errors.New("the service is down"), errors.New("the log is full")
	l.fail(down, nil)
	handle(down)
	handle(down)
	l.fail(nil, full)
	handle(full)
	l.fail(nil, nil)
	handle(nil) // 4 handled, 1 written
	l.stale = l.last
	handle(nil) // tried again
	l.fail(nil, full)
	handle(full) // tried again
	l.fail(down, nil)
	handle(down)
	l.fail(nil, nil)
	handle(nil)
	if err := h.Close(); err != nil || len(l.handles) != 0 {
		t.Errorf("%v, left open: %v", err, l.handles)
	}
	if stats := h.Stats(); stats != (Stats{Handled: 8, Written: 3, Failed: 5, Bytes: 6, Retried: 2}) {
		t.Errorf("%+v", stats)
	}
}

// TestUserCode: what panics is an error, and what answers nonsense one too; the event is sent with the defaults instead.
func TestUserCode(t *testing.T) {
	bad := func(r slog.Record) {
		if r.Message == "bad" {
			panic("oops")
		}
	}
	for name, opts := range map[string]Options{
		"EventType": {EventType: func(r slog.Record) EventType { bad(r); return Success }},
		"EventID":   {EventID: func(r slog.Record) uint32 { bad(r); return 1 }},
		"Category":  {Category: func(r slog.Record) uint16 { bad(r); return 1 }},
		"Strings":   {Strings: func(r slog.Record) []string { bad(r); return nil }},
		"ReplaceAttr": {Options: slogx.Options{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Value.String() == "bad" {
				panic("oops")
			}
			return a
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			var errs testkit.ErrorLog
			opts.ErrorHandler = errs.Handle
			l := new(log)
			h := newHandler("shop", &opts, l)
			err := h.Handle(context.Background(), record(0, "bad"))
			if got := errs.Take(); err == nil || !strings.Contains(err.Error(), "oops") || len(got) != 1 {
				t.Errorf("%v, ErrorHandler: %v", err, got)
			}
			if name != "ReplaceAttr" { // without which there is no text
				if got := l.next(t); got.Strings[0] != "bad" || got.Type != Information || got.ID != 1 {
					t.Errorf("%+v", got)
				}
			}
			check(t, h, record(0, "good"))
			if got := l.next(t).Strings[0]; got != "good" {
				t.Errorf("%q", got)
			}
			if derived := h.WithAttrs([]slog.Attr{slog.String("a", "bad")}); name == "ReplaceAttr" && (derived != slog.Handler(h) || len(errs.Take()) != 1) {
				t.Error("a panic in WithAttrs goes unseen")
			}
		})
	}

	var errs testkit.ErrorLog
	l := new(log)
	h := newHandler("shop", &Options{
		Options: slogx.Options{ErrorHandler: errs.Handle}, EventType: func(slog.Record) EventType { return 3 },
	}, l)
	err := h.Handle(context.Background(), record(slog.LevelWarn, "m"))
	if got := errs.Take(); err == nil || err.Error() != "eventlogx: no such event type: 3; sent as Warning" || len(got) != 1 {
		t.Errorf("%v, ErrorHandler: %v", err, got)
	}
	if got := l.next(t); got.Type != Warning {
		t.Errorf("%+v", got)
	}
	if stats := h.Stats(); stats.Written != 1 {
		t.Errorf("%+v", stats)
	}
}

// TestDropped: a record that a Format drops is no event; one without a text is.
func TestDropped(t *testing.T) {
	l := new(log)
	drop := func(_ []string, a slog.Attr) slog.Attr { return slog.Attr{} }
	check(t, newHandler("shop", quiet(t, Options{Options: slogx.Options{ReplaceAttr: drop}}), l), record(0, "m", "a", 1))
	if got := l.next(t).Strings; len(got) != 1 || got[0] != "" {
		t.Errorf("%q", got)
	}
	silent := slogx.FormatOf(func(w io.Writer, _ *slog.HandlerOptions) slog.Handler { return mute{slog.NewTextHandler(w, nil)} })
	h := newHandler("shop", quiet(t, Options{Options: slogx.Options{Format: silent}}), l)
	check(t, h, record(0, "m"))
	if stats := h.Stats(); stats != (Stats{}) || len(l.events) != 0 {
		t.Errorf("%+v, %v", stats, l.events)
	}
}

// TestCloseWhileLogging: every record is either written before Close or refused.
func TestCloseWhileLogging(t *testing.T) {
	l := new(log)
	h := newHandler("shop", &Options{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}}, l)
	var wg sync.WaitGroup
	var written, refused atomic.Int64
	for range 8 {
		wg.Go(func() {
			for {
				switch err := h.Handle(context.Background(), record(0, "m")); {
				case err == nil:
					written.Add(1)
				case errors.Is(err, slogx.ErrClosed):
					refused.Add(1)
					return
				default:
					t.Error(err)
					return
				}
			}
		})
	}
	for written.Load() < 100 {
		runtime.Gosched()
	}
	wg.Go(func() { _ = h.Close() })
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	want := Stats{Handled: written.Load() + 8, Written: written.Load(), Failed: 8, Bytes: 2 * written.Load()}
	if stats := h.Stats(); stats != want || int64(len(l.events)) != written.Load() || len(l.handles) != 0 {
		t.Errorf("%+v, want %+v; left open: %v", stats, want, l.handles)
	}
}

// TestConcurrent: records from several goroutines, with attributes of their own.
func TestConcurrent(t *testing.T) {
	l := new(log)
	h := newHandler("shop", quiet(t, Options{}), l)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			derived := h.WithAttrs([]slog.Attr{slog.Int("g", g)})
			for i := range 100 {
				check(t, derived, record(0, "m", "i", i))
			}
		})
	}
	wg.Wait()
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	next := make([]int, 8)
	for range 800 {
		text := l.next(t).Strings[0]
		g := int(text[len("m g=")] - '0')
		if want := "m g=" + strconv.Itoa(g) + " i=" + strconv.Itoa(next[g]); text != want {
			t.Fatalf("%q, want %q", text, want)
		}
		next[g]++
	}
	if l.last != 1 {
		t.Errorf("%d handles", l.last)
	}
}

// mute is a handler that writes nothing.
type mute struct{ slog.Handler }

func (mute) Handle(context.Context, slog.Record) error { return nil }
