package factory_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

const leftOut = `factory: layer "x": "k": key is taken: the layer's attribute is left out`

// TestToldOfRecords: of what a record loses the ErrorHandler is told with that record, each time.
func TestToldOfRecords(t *testing.T) {
	for _, kind := range kinds {
		var told []string
		x := factory.Layer{Name: "x", Factory: kind.make(same), ErrorHandler: func(_ context.Context, r slog.Record, err error) {
			told = append(told, r.Message+": "+err.Error())
		}}
		h := factory.New(newArchive(), x)
		for range 2 {
			if err := h.Handle(t.Context(), record("m", k)); err != nil {
				t.Error(err)
			}
		}
		if len(told) != 2 || told[0] != "m: "+leftOut || told[1] != told[0] {
			t.Errorf("%s: told %q", kind.name, told)
		}
	}
}

// TestToldAhead: what is lost of every record is told when that is known, and once.
func TestToldAhead(t *testing.T) {
	var told complaints
	x := factory.Layer{Name: "x", Factory: factory.Attrs(same), ErrorHandler: told.Handle}
	h := slog.Handler(factory.New(newArchive(), x))
	told.want(t)
	h = h.WithAttrs([]slog.Attr{k})
	told.want(t, leftOut)
	h = h.WithAttrs([]slog.Attr{n}).WithAttrs([]slog.Attr{k}).WithGroup("g").WithGroup("k").WithAttrs([]slog.Attr{k})
	for range 2 {
		if err := h.Handle(t.Context(), record("m", k)); err != nil {
			t.Error(err)
		}
	}
	told.want(t)
}

// TestToldAheadSiblings: what one Handler has told of, one derived from the same parent has not.
func TestToldAheadSiblings(t *testing.T) {
	var told complaints
	keys := []string{"a", "b", "c", "d", "e", "f", "last"}
	var layers []factory.Layer
	for _, key := range keys {
		layers = append(layers, factory.Layer{Name: "x", Factory: factory.Attrs(slog.Int(key, 1)), ErrorHandler: told.Handle})
	}
	last := slog.Int("last", 2)    // which makes the whole record be looked at
	for n := range len(keys) - 3 { // some slice has room for one more on the way
		parent := slog.Handler(factory.New(newArchive(), layers...))
		for _, key := range keys[:n] {
			parent = parent.WithAttrs([]slog.Attr{slog.Int(key, 2)})
		}
		one, other := slog.Int(keys[n], 2), slog.Int(keys[n+1], 2)
		h, sibling := parent.WithAttrs([]slog.Attr{one}), parent.WithAttrs([]slog.Attr{other})
		if got := len(told.Take()); got != n+2 {
			t.Errorf("told %d times", got)
		}
		_ = h.Handle(t.Context(), record("m", one, last))
		told.want(t, `factory: layer "x": "last": key is taken: the layer's attribute is left out`)
		_ = sibling.Handle(t.Context(), record("m", other, last))
		told.want(t, `factory: layer "x": "last": key is taken: the layer's attribute is left out`)
		_ = h.Handle(t.Context(), record("m", other))
		if len(told.Take()) != 1 {
			t.Error("not told of what only the sibling was told of")
		}
	}
}

// TestToldOfOthers: of what was not lost ahead the ErrorHandler is told, though the same key was.
func TestToldOfOthers(t *testing.T) {
	var told complaints
	x := factory.Layer{Name: "x", Factory: factory.Attrs(same), OnCollision: factory.Replace, ErrorHandler: told.Handle}
	h := factory.New(newArchive(), x).WithAttrs([]slog.Attr{k})
	told.want(t, `factory: layer "x": "k": key is taken: the attribute of logger.With is replaced`)
	if err := h.Handle(t.Context(), record("m", k)); err != nil {
		t.Error(err)
	}
	told.want(t, `factory: layer "x": "k": key is taken: the attribute of the record is replaced`)
}

// TestRejected: what is rejected is an error of each Handle, and the record is handed on without it.
func TestRejected(t *testing.T) {
	failure := errors.New("disk full")
	for _, kind := range kinds {
		for _, ahead := range []bool{false, true} {
			a := newArchive()
			x := factory.Layer{Name: "x", Factory: kind.make(same), OnCollision: factory.Reject, ErrorHandler: slogx.IgnoreErrors}
			h, r := slog.Handler(factory.New(failing{a, failure}, x)), record("m", k)
			if ahead {
				h, r = h.WithAttrs([]slog.Attr{k}), record("m")
			}
			for range 2 {
				err := h.Handle(t.Context(), r.Clone())
				if !errors.Is(err, factory.ErrTaken) || !errors.Is(err, failure) {
					t.Errorf("%s, ahead %v: Handle returns %v", kind.name, ahead, err)
				}
			}
			if len(*a.kept) != 2 {
				t.Errorf("%s, ahead %v: %d records", kind.name, ahead, len(*a.kept))
			}
		}
	}
}

// failing is a handler that keeps records and returns an error.
type failing struct {
	*archive
	err error
}

func (f failing) Handle(ctx context.Context, r slog.Record) error {
	_ = f.archive.Handle(ctx, r)
	return f.err
}

func (f failing) WithAttrs(attrs []slog.Attr) slog.Handler {
	return failing{f.archive.WithAttrs(attrs).(*archive), f.err}
}

// TestErrorsOfNext: the error of the next handler is returned as it is, and no ErrorHandler of ours is told of it.
func TestErrorsOfNext(t *testing.T) {
	failure := errors.New("disk full")
	for _, layers := range [][]factory.Layer{
		nil, chained(1, "Attrs"), chained(1, "FromContext"), chained(1, "function"), chained(2, "InGroup"),
	} {
		for i := range layers {
			layers[i].ErrorHandler = testkit.NoErrors(t)
		}
		err := factory.New(failing{newArchive(), failure}, layers...).Handle(t.Context(), record("m", n))
		if err != failure { //nolint:errorlint // as it is
			t.Errorf("%d layers: %v", len(layers), err)
		}
	}
}

// TestErrorHandlersRecord: the ErrorHandler under a Handler is given what the layers have added, too.
func TestErrorHandlersRecord(t *testing.T) {
	for _, kind := range kinds[1:] {
		var got []slog.Attr
		stream := slogx.NewStreamHandler(brokenWriter{}, &slogx.StreamOptions{Options: slogx.Options{
			ErrorHandler: func(_ context.Context, r slog.Record, _ error) { got = attrsOf(r) },
		}})
		h := factory.New(stream, one("a", kind.make(slog.Int("a", 1))), inGroup(one("b", kind.make(slog.Int("b", 2)))))
		if err := h.WithGroup("g").Handle(t.Context(), record("m", n)); !errors.Is(err, errBroken) {
			t.Errorf("%s: Handle returns %v", kind.name, err)
		}
		if keysOf(got) != "n b a" {
			t.Errorf("%s: the record has %v", kind.name, got)
		}
	}
}

var errBroken = errors.New("broken pipe")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

// TestErrorHandlerLogs: an ErrorHandler may log, even through the very Handler; what that loses is not told again.
func TestErrorHandlerLogs(t *testing.T) {
	for _, kind := range kinds {
		var buf bytes.Buffer
		var logger *slog.Logger
		calls := 0
		x := factory.Layer{Name: "x", Factory: kind.make(same), ErrorHandler: func(context.Context, slog.Record, error) {
			calls++
			logger.Info("told", "k", "again")
		}}
		logger = slog.New(factory.New(slog.NewTextHandler(&buf, nil), x))
		logger.Info("m", "k", "old")
		if calls != 1 {
			t.Errorf("%s: the ErrorHandler was called %d times", kind.name, calls)
		}
		if got := bytes.Count(buf.Bytes(), []byte("\n")); got != 2 {
			t.Errorf("%s: %d records: %s", kind.name, got, &buf)
		}
	}
}
