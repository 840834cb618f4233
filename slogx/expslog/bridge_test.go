package expslog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	xslog "golang.org/x/exp/slog"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx/expslog"
)

func TestThereAndBack(t *testing.T) {
	std, exp := slog.NewJSONHandler(io.Discard, nil), xslog.NewJSONHandler(io.Discard, nil)
	if got := expslog.ToStd(expslog.FromStd(std)); got != slog.Handler(std) {
		t.Errorf("ToStd(FromStd(h)) = %T, want h", got)
	}
	if got := expslog.FromStd(expslog.ToStd(exp)); got != xslog.Handler(exp) {
		t.Errorf("FromStd(ToStd(h)) = %T, want h", got)
	}

	derived := expslog.ToStd(exp).WithGroup("g").WithAttrs([]slog.Attr{slog.Int("a", 1)})
	if _, ok := expslog.FromStd(derived).(*xslog.JSONHandler); !ok {
		t.Errorf("FromStd of a derived handler is %T", expslog.FromStd(derived))
	}
	if got := expslog.FromStd(std).(*expslog.ExpHandler).Unwrap(); got != slog.Handler(std) {
		t.Errorf("Unwrap() = %T, want h", got)
	}
	if got := expslog.ToStd(exp).(*expslog.StdHandler).Exp(); got != xslog.Handler(exp) {
		t.Errorf("Exp() = %T, want h", got)
	}
}

func TestNilHandlerPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"ToStd":   func() { expslog.ToStd(nil) },
		"FromStd": func() { expslog.FromStd(nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s(nil) does not panic", name)
				}
			}()
			f()
		}()
	}
}

func TestWithNothingReturnsReceiver(t *testing.T) {
	std := expslog.ToStd(newExpCapture())
	for _, got := range []slog.Handler{std.WithAttrs(nil), std.WithAttrs([]slog.Attr{}), std.WithGroup("")} {
		if got != std {
			t.Errorf("ToStd: got another handler")
		}
	}
	exp := expslog.FromStd(newStdCapture())
	for _, got := range []xslog.Handler{exp.WithAttrs(nil), exp.WithAttrs([]xslog.Attr{}), exp.WithGroup("")} {
		if got != exp {
			t.Errorf("FromStd: got another handler")
		}
	}
}

func TestLevels(t *testing.T) {
	ctx := t.Context()
	for l := -20; l <= 20; l++ {
		std, exp := newStdCapture(), newExpCapture()
		toStd, toExp := expslog.ToStd(exp), expslog.FromStd(std)
		if got, want := toStd.Enabled(ctx, slog.Level(l)), l >= 0; got != want {
			t.Errorf("ToStd: Enabled(%d) = %v", l, got)
		}
		if got, want := toExp.Enabled(ctx, xslog.Level(l)), l >= 0; got != want {
			t.Errorf("FromStd: Enabled(%d) = %v", l, got)
		}
		toStd.Handle(ctx, slog.NewRecord(time.Time{}, slog.Level(l), "", 0))
		if got := exp.log.record.Level; int(got) != l {
			t.Errorf("ToStd: record of level %d has %d", l, got)
		}
		toExp.Handle(ctx, xslog.NewRecord(time.Time{}, xslog.Level(l), "", 0))
		if got := std.log.record.Level; int(got) != l {
			t.Errorf("FromStd: record of level %d has %d", l, got)
		}
	}
}

func TestContextAndError(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, 1)
	want := errors.New("disk full")

	exp := newExpCapture()
	exp.log.err = want
	expslog.ToStd(exp).Enabled(ctx, 0)
	if exp.log.ctx != ctx {
		t.Error("ToStd: Enabled got another context")
	}
	exp.log.ctx = nil
	if err := expslog.ToStd(exp).Handle(ctx, slog.Record{}); err != want || exp.log.ctx != ctx {
		t.Errorf("ToStd: Handle = %v, with the same context %v", err, exp.log.ctx == ctx)
	}

	std := newStdCapture()
	std.log.err = want
	expslog.FromStd(std).Enabled(ctx, 0)
	if std.log.ctx != ctx {
		t.Error("FromStd: Enabled got another context")
	}
	std.log.ctx = nil
	if err := expslog.FromStd(std).Handle(ctx, xslog.Record{}); err != want || std.log.ctx != ctx {
		t.Errorf("FromStd: Handle = %v, with the same context %v", err, std.log.ctx == ctx)
	}
}

func TestRecord(t *testing.T) {
	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	far := time.Date(3000, 1, 2, 3, 4, 5, 6, zone)
	for n := range 40 {
		std := slog.NewRecord(far, 3, "msg", pcs[0])
		exp := xslog.NewRecord(far, 3, "msg", pcs[0])
		for i := range n {
			std.AddAttrs(slog.Int(fmt.Sprint("k", i), i))
			exp.AddAttrs(xslog.Int(fmt.Sprint("k", i), i))
		}

		ec := newExpCapture()
		expslog.ToStd(ec).Handle(t.Context(), std)
		got := ec.log.record
		if got.Time != far || got.Message != "msg" || got.Level != 3 || got.PC != pcs[0] || got.NumAttrs() != n {
			t.Errorf("ToStd, %d attrs: got %+v", n, got)
		}
		i := 0
		got.Attrs(func(a xslog.Attr) bool {
			if !a.Equal(xslog.Int(fmt.Sprint("k", i), i)) {
				t.Errorf("ToStd, %d attrs: attr %d is %v", n, i, a)
			}
			i++
			return true
		})

		sc := newStdCapture()
		expslog.FromStd(sc).Handle(t.Context(), exp)
		got2 := sc.log.record
		if got2.Time != far || got2.Message != "msg" || got2.Level != 3 || got2.PC != pcs[0] || got2.NumAttrs() != n {
			t.Errorf("FromStd, %d attrs: got %+v", n, got2)
		}
		i = 0
		got2.Attrs(func(a slog.Attr) bool {
			if !a.Equal(slog.Int(fmt.Sprint("k", i), i)) {
				t.Errorf("FromStd, %d attrs: attr %d is %v", n, i, a)
			}
			i++
			return true
		})
	}
}

// The source is that of the call, through either logger.
func TestSource(t *testing.T) {
	var buf bytes.Buffer
	_, file, line, _ := runtime.Caller(0)
	slog.New(stdRoundTrip(slog.NewJSONHandler(&buf, &slog.HandlerOptions{AddSource: true}))).Info("std")
	xslog.New(expRoundTrip(xslog.NewJSONHandler(&buf, &xslog.HandlerOptions{AddSource: true}))).Info("exp")
	for i, m := range parseLines(t, buf.Bytes()) {
		src, _ := m["source"].(map[string]any)
		if src["file"] != file || src["line"] != float64(line+1+i) || !strings.HasSuffix(fmt.Sprint(src["function"]), "TestSource") {
			t.Errorf("%v: source %v, want %s:%d", m["msg"], src, file, line+1+i)
		}
	}
}

// Handlers own the slice they are given, so it has to be another one than the
// caller's, and groups within it as well.
func TestWithAttrsCopies(t *testing.T) {
	inner := []slog.Attr{slog.Int("b", 2)}
	attrs := []slog.Attr{slog.Int("a", 1), {Key: "g", Value: slog.GroupValue(inner...)}}
	exp := newExpCapture()
	expslog.ToStd(exp).WithAttrs(attrs)
	attrs[0], inner[0] = slog.Int("overwritten", 0), slog.Int("overwritten", 0)
	want := []xslog.Attr{xslog.Int("a", 1), xslog.Group("g", xslog.Int("b", 2))}
	for i, a := range exp.log.attrs {
		if !a.Equal(want[i]) {
			t.Errorf("ToStd: attr %d is %v, want %v", i, a, want[i])
		}
	}

	expInner := []xslog.Attr{xslog.Int("b", 2)}
	expAttrs := []xslog.Attr{xslog.Int("a", 1), {Key: "g", Value: xslog.GroupValue(expInner...)}}
	std := newStdCapture()
	expslog.FromStd(std).WithAttrs(expAttrs)
	expAttrs[0], expInner[0] = xslog.Int("overwritten", 0), xslog.Int("overwritten", 0)
	wantStd := []slog.Attr{slog.Int("a", 1), slog.Group("g", slog.Int("b", 2))}
	for i, a := range std.log.attrs {
		if !a.Equal(wantStd[i]) {
			t.Errorf("FromStd: attr %d is %v, want %v", i, a, wantStd[i])
		}
	}

	// A handler that overwrites its slice does not reach the caller's.
	attrs = []slog.Attr{slog.Int("a", 1)}
	expslog.ToStd(exp).WithAttrs(attrs)
	exp.log.attrs[0] = xslog.Attr{}
	if !attrs[0].Equal(slog.Int("a", 1)) {
		t.Errorf("the caller's slice was changed to %v", attrs)
	}
}

func TestSiblingsDoNotAlias(t *testing.T) {
	var buf bytes.Buffer
	base := stdRoundTrip(slog.NewJSONHandler(&buf, &slog.HandlerOptions{ReplaceAttr: dropTime}))
	for i := range 4 {
		base = base.WithGroup(fmt.Sprint("g", i)).WithAttrs([]slog.Attr{slog.Int("i", i)})
	}
	a, b := base.WithGroup("a"), base.WithGroup("b")
	a2, b2 := a.WithAttrs([]slog.Attr{slog.Int("x", 1)}), a.WithAttrs([]slog.Attr{slog.Int("y", 2)})
	for _, h := range []slog.Handler{a, b, a2, b2} {
		slog.New(h).Info("m", "k", "v")
	}
	const prefix = `{"level":"INFO","msg":"m","g0":{"i":0,"g1":{"i":1,"g2":{"i":2,"g3":{"i":3,`
	want := ""
	for _, tail := range []string{`"a":{"k":"v"}`, `"b":{"k":"v"}`, `"a":{"x":1,"k":"v"}`, `"a":{"y":2,"k":"v"}`} {
		want += prefix + tail + "}}}}}\n"
	}
	if got := buf.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// closable is an x/exp handler that can be flushed and closed.
type closable struct {
	expCapture
	flushed, closed *int
}

var errFlush, errClose = errors.New("flush"), errors.New("close")

func (c closable) Flush() error { *c.flushed++; return errFlush }
func (c closable) Close() error { *c.closed++; return errClose }

func TestFlushAndClose(t *testing.T) {
	var flushed, closed int
	h := expslog.ToStd(closable{newExpCapture(), &flushed, &closed}).(*expslog.StdHandler)
	if err := h.Flush(); err != errFlush || flushed != 1 {
		t.Errorf("Flush() = %v, forwarded %d times", err, flushed)
	}
	if err := h.Close(); err != errClose || closed != 1 {
		t.Errorf("Close() = %v, forwarded %d times", err, closed)
	}
	h = expslog.ToStd(newExpCapture()).(*expslog.StdHandler)
	if err := h.Flush(); err != nil {
		t.Errorf("Flush() = %v", err)
	}
	if err := h.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
}

// Derived handlers used at the same time; the race detector watches.
func TestConcurrent(t *testing.T) {
	const workers, records = 8, 50
	var buf testkit.Buffer
	std := slog.New(stdRoundTrip(slog.NewJSONHandler(&buf, nil))).With("shared", 1).WithGroup("g")
	exp := xslog.New(expRoundTrip(xslog.NewJSONHandler(&buf, nil))).With("shared", 1).WithGroup("g")
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range records {
				std.With("w", w).Info("m", "i", i, "v", stdValuer{slog.IntValue(i)})
				exp.With("w", w).Info("m", "i", i, "v", expValuer{xslog.IntValue(i)})
			}
		})
	}
	wg.Wait()

	seen := map[[2]float64]int{}
	for _, m := range parseLines(t, []byte(buf.String())) {
		g := m["g"].(map[string]any)
		if m["shared"] != 1.0 || g["i"] != g["v"] {
			t.Fatalf("got %v", m)
		}
		seen[[2]float64{g["w"].(float64), g["i"].(float64)}]++
	}
	if len(seen) != workers*records {
		t.Errorf("%d different records, want %d", len(seen), workers*records)
	}
	for k, n := range seen {
		if n != 2 {
			t.Errorf("record %v was written %d times, want 2", k, n)
		}
	}
}
