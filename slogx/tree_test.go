package slogx_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// journal is what happened to the handlers of a tree, in order.
type journal struct {
	mu     sync.Mutex
	events []string
}

func (j *journal) add(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, fmt.Sprintf(format, args...))
}

func (j *journal) take() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	events := j.events
	j.events = nil
	return events
}

// node is a handler that records its flush and close.
type node struct {
	slogx.NullHandler
	name               string
	j                  *journal
	inner              []slog.Handler
	flushErr, closeErr error
	flushHang, hang    chan struct{} // Flush, Close wait for it
	panics             bool
}

func (n *node) Unwrap() []slog.Handler { return n.inner }

func (n *node) Flush() error {
	n.j.add("flush %s", n.name)
	if n.flushHang != nil {
		<-n.flushHang
	}
	return n.flushErr
}

func (n *node) Close() error {
	n.j.add("close %s", n.name)
	if n.hang != nil {
		<-n.hang
		n.j.add("closed %s", n.name)
	}
	if n.panics {
		panic(errBoom)
	}
	return n.closeErr
}

// sharing is a derived handler of its sink.
type sharing struct {
	*node
	sink any
}

func (s *sharing) Sink() any { return s.sink }

// wrapOne has the other form of Unwrap.
type wrapOne struct {
	slogx.NullHandler
	inner slog.Handler
}

func (w *wrapOne) Unwrap() slog.Handler { return w.inner }

// byContext has methods that take a context.
type byContext struct {
	slogx.NullHandler
	j       *journal
	flushed context.Context
	stopped context.Context
	hang    bool
}

func (b *byContext) Flush(ctx context.Context) error {
	b.flushed = ctx
	b.j.add("flush ctx")
	return nil
}

func (b *byContext) Shutdown(ctx context.Context) error {
	b.stopped = ctx
	b.j.add("shutdown ctx")
	if b.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (b *byContext) Close() error {
	b.j.add("close")
	return nil
}

func TestUnwrap(t *testing.T) {
	leaf := slogx.NewNullHandler()
	for _, tt := range []struct {
		h    slog.Handler
		want []slog.Handler
	}{
		{nil, nil},
		{leaf, nil},
		{&wrapOne{inner: leaf}, []slog.Handler{leaf}},
		{&wrapOne{}, nil},
		{&node{inner: []slog.Handler{leaf, leaf}}, []slog.Handler{leaf, leaf}},
		{slogx.Filter(nil)(leaf), []slog.Handler{leaf}},
		{slogx.Filter(nil)(leaf).WithGroup("g"), []slog.Handler{leaf}},
		{slogx.Fanout(leaf, leaf), []slog.Handler{leaf, leaf}},
		{slogx.Fanout(), nil},
	} {
		if got := slogx.Unwrap(tt.h); !slices.Equal(got, tt.want) {
			t.Errorf("Unwrap(%T) = %v, want %v", tt.h, got, tt.want)
		}
	}
}

// shutdowns are the two ways to close a tree.
var shutdowns = map[string]func(context.Context, slog.Handler) error{
	"Close":    func(_ context.Context, h slog.Handler) error { return slogx.Close(h) },
	"Shutdown": slogx.Shutdown,
}

// trees returns roots and the order in which their nodes must be visited.
func trees(j *journal) map[string]struct {
	h     slog.Handler
	order string
} {
	n := func(name string, inner ...slog.Handler) *node { return &node{name: name, j: j, inner: inner} }
	type tree = struct {
		h     slog.Handler
		order string
	}
	shared := n("S")
	sink, other := new(int), new(int)
	derived := func(name string, sink any, inner ...slog.Handler) slog.Handler {
		return &sharing{n(name, inner...), sink}
	}
	keep := slogx.Filter(nil)
	return map[string]tree{
		"one":      {n("A"), "A"},
		"chain":    {n("A", n("B", n("C"))), "A B C"},
		"siblings": {n("A", n("B"), n("C"), n("D")), "A B C D"},
		"depths":   {n("A", n("B", n("C")), n("D")), "A B C D"},
		"wrappers": {keep(slogx.Fanout(&wrapOne{inner: n("A")}, keep(n("B")), nil, &wrapOne{})), "A B"},
		// The long way and the short way to one sink, in both orders.
		"diamond":   {n("A", n("B", shared), n("C", n("D", shared))), "A B C D S"},
		"diamond 2": {n("A", n("C", n("D", shared)), n("B", shared)), "A C D B S"},
		"also root": {n("A", shared, n("B", shared)), "A B S"},
		"twice":     {slogx.Fanout(shared, shared, shared), "S"},
		"derived":   {n("A", derived("S", sink), n("B", derived("S", sink)), derived("T", other)), "A B S T"},
		"derived 2": {n("A", n("B", derived("S", sink)), derived("S", sink)), "A B S"},
		// What a sink wraps is not visited by each that shares it.
		"derived inner": {n("A", derived("S", sink, n("X")), n("B", derived("S", sink, n("Y")))), ""},
		// No identity to go by: each is a handler of its own.
		"no sink":           {n("A", derived("B", nil), derived("C", nil)), "A B C"},
		"uncomparable sink": {n("A", derived("B", []int{1}), derived("C", []int{1})), "A B C"},
		"nil":               {nil, ""},
	}
}

func TestTreeOrder(t *testing.T) {
	for verb, shutdown := range shutdowns {
		var j journal
		for name, tree := range trees(&j) {
			synctest.Test(t, func(t *testing.T) {
				if err := shutdown(t.Context(), tree.h); err != nil {
					t.Errorf("%s: %s: %v", name, verb, err)
				}
			})
			events := j.take()
			if name == "derived inner" { // which of the two is open
				if n := len(slices.DeleteFunc(events, func(e string) bool { return strings.HasPrefix(e, "flush") })); n != 4 {
					t.Errorf("%s: %d handlers were closed, want 4", name, n)
				}
				continue
			}
			var want []string
			names := strings.Fields(tree.order)
			if verb == "Close" { // all are flushed before any is closed
				for _, n := range names {
					want = append(want, "flush "+n)
				}
			}
			for _, n := range names {
				if verb == "Shutdown" {
					want = append(want, "flush "+n)
				}
				want = append(want, "close "+n)
			}
			if !slices.Equal(events, want) {
				t.Errorf("%s: %s: %q\nwant %q", name, verb, events, want)
			}
			if verb == "Close" {
				if err := slogx.Flush(tree.h); err != nil {
					t.Errorf("%s: Flush: %v", name, err)
				}
				if got := j.take(); !slices.Equal(got, want[:len(names)]) {
					t.Errorf("%s: Flush: %q, want %q", name, got, want[:len(names)])
				}
			}
		}
	}
}

// byValue is a handler whose value cannot be compared.
type byValue struct {
	slogx.NullHandler
	j    *journal
	list []int
}

func (b byValue) Enabled(context.Context, slog.Level) bool  { return true }
func (b byValue) Handle(context.Context, slog.Record) error { return nil }
func (b byValue) WithAttrs([]slog.Attr) slog.Handler        { return b }
func (b byValue) WithGroup(string) slog.Handler             { return b }
func (b byValue) Close() error                              { b.j.add("close"); return nil }

func TestTreeUncomparable(t *testing.T) {
	for verb, shutdown := range shutdowns {
		var j journal
		v := byValue{j: &j, list: []int{1}}
		if err := shutdown(t.Context(), slogx.Fanout(v, v, &wrapOne{inner: v})); err != nil {
			t.Errorf("%s: %v", verb, err)
		}
		if got := j.take(); len(got) != 3 {
			t.Errorf("%s: closed %d times, want 3, for nobody can tell them apart", verb, len(got))
		}
	}
}

func TestTreeErrors(t *testing.T) {
	var j journal
	e := make([]error, 6)
	for i := range e {
		e[i] = fmt.Errorf("error %d", i)
	}
	leaf := &node{name: "C", j: &j, flushErr: e[4], closeErr: e[5]}
	bad := &node{name: "P", j: &j, panics: true}
	h := &node{name: "A", j: &j, flushErr: e[0], closeErr: e[1], inner: []slog.Handler{
		&node{name: "B", j: &j, flushErr: e[2], closeErr: e[3], inner: []slog.Handler{leaf}}, bad, leaf,
	}}
	err := slogx.Flush(h)
	for i := 0; i < len(e); i += 2 {
		if !errors.Is(err, e[i]) {
			t.Errorf("Flush: %v is not among %v", e[i], err)
		}
	}
	for verb, shutdown := range shutdowns {
		j.take()
		err := shutdown(t.Context(), h)
		for _, want := range append(e, errBoom) {
			if !errors.Is(err, want) || strings.Count(err.Error(), want.Error()) != 1 {
				t.Errorf("%s: %v is not, or not once, in %v", verb, want, err)
			}
		}
		if n := len(j.take()); n != 8 {
			t.Errorf("%s: %d calls, want all 8", verb, n)
		}
	}
}

func TestTreeContexts(t *testing.T) {
	type key struct{}
	ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, 1), time.Hour)
	defer cancel()
	var j journal
	b := &byContext{j: &j}
	if err := slogx.Shutdown(ctx, &wrapOne{inner: b}); err != nil {
		t.Error(err)
	}
	for name, got := range map[string]context.Context{"Flush": b.flushed, "Shutdown": b.stopped} {
		if got == nil || got.Value(key{}) != 1 {
			t.Errorf("%s was given %v", name, got)
		}
		if _, ok := got.Deadline(); !ok {
			t.Errorf("%s was given no deadline", name)
		}
	}
	if err := slogx.Close(b); err != nil {
		t.Error(err)
	}
	want := []string{"flush ctx", "shutdown ctx", "flush ctx", "close"} // which has a limit of its own
	if got := j.take(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestShutdownHangs has one sink that hangs, at each place of a tree in turn.
func TestShutdownHangs(t *testing.T) {
	for _, where := range []string{"A", "B", "C", "D", "E", "flush of A", "flush of C"} {
		synctest.Test(t, func(t *testing.T) {
			const timeout = 10 * time.Second
			var j journal
			release := make(chan struct{})
			n := func(name string, inner ...slog.Handler) slog.Handler {
				n := &node{name: name, j: &j, inner: inner, closeErr: errors.New("error of " + name)}
				switch where {
				case name:
					n.hang = release
				case "flush of " + name:
					n.flushHang = release
				}
				return n
			}
			shared := n("E")
			h := n("A", n("B", shared), n("C", n("D", shared)))
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			began := time.Now()
			err := slogx.Shutdown(ctx, h)
			if took := time.Since(began); took != timeout {
				t.Errorf("%s hangs: back after %v, want %v", where, took, timeout)
			}
			if !errors.Is(err, context.DeadlineExceeded) || strings.Count(err.Error(), "given up") != 1 {
				t.Errorf("%s hangs: %v, want one DeadlineExceeded", where, err)
			}
			hanging := where[len(where)-1:]
			for _, name := range []string{"A", "B", "C", "D", "E"} {
				if closed := strings.Contains(err.Error(), "error of "+name); closed == (name == hanging) {
					t.Errorf("%s hangs: %s closed: %v", where, name, closed)
				}
			}
			events := j.take()
			for i, e := range events { // the sink comes last, whatever hangs
				if strings.HasSuffix(e, "E") && i < len(events)-2 {
					t.Errorf("%s hangs: E before others: %q", where, events)
				}
			}
			close(release) // and all end, which synctest wants
		})
	}
}

// TestShutdownAllHang: even then each gets its turn within the time, outermost first.
func TestShutdownAllHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		release := make(chan struct{})
		var h slog.Handler
		for _, name := range []string{"D", "C", "B", "A"} {
			n := &node{name: name, j: &j, hang: release}
			if h != nil {
				n.inner = []slog.Handler{h, &node{name: name + "'", j: &j, hang: release}}
			}
			h = n
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		began := time.Now()
		err := slogx.Shutdown(ctx, h)
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("took %v", took)
		}
		if n := strings.Count(fmt.Sprint(err), "given up"); n != 7 {
			t.Errorf("%d were given up, want 7: %v", n, err)
		}
		var order string
		for _, e := range j.take() {
			if name, ok := strings.CutPrefix(e, "close "); ok && !strings.HasSuffix(name, "'") {
				order += name
			}
		}
		if order != "ABCD" {
			t.Errorf("order %q, want ABCD", order)
		}
		close(release)
	})
}

// TestShutdownSiblings: a slow sink holds those beside it up for a tenth of the time, and no longer for many of them.
func TestShutdownSiblings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		release := make(chan struct{})
		var inner []slog.Handler
		for i := range 20 {
			n := &node{name: fmt.Sprint(i), j: &j}
			if i%2 == 0 {
				n.hang = release
			}
			inner = append(inner, n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		done := make(chan error)
		go func() { done <- slogx.Shutdown(ctx, slogx.Fanout(inner...)) }()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := len(j.take()); n != 40 {
			t.Errorf("after half of the time %d calls, want 40", n)
		}
		if err := <-done; strings.Count(fmt.Sprint(err), "given up") != 10 {
			t.Errorf("error %v", err)
		}
		close(release)
	})
}

// TestShutdownSlow: what takes its time but ends within it is no error, and what it wraps waits for it.
func TestShutdownSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		slow := make(chan struct{})
		time.AfterFunc(8*time.Second, func() { close(slow) })
		h := &node{name: "A", j: &j, hang: slow, inner: []slog.Handler{&node{name: "B", j: &j}}}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := slogx.Shutdown(ctx, h); err != nil {
			t.Error(err)
		}
		want := []string{"flush A", "close A", "closed A", "flush B", "close B"}
		if got := j.take(); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestShutdownWithoutDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		release := make(chan struct{})
		h := slogx.Fanout(&node{name: "A", j: &j, hang: release}, &node{name: "B", j: &j})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- slogx.Shutdown(ctx, h) }()
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := j.take(); !slices.Contains(got, "close B") {
			t.Errorf("after an hour: %q", got)
		}
		select {
		case err := <-done:
			t.Errorf("back with %v", err)
		default:
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: %v", err)
		}
		close(release)
	})
}

func TestShutdownWithoutContext(t *testing.T) {
	var j journal
	var none context.Context
	if err := slogx.Shutdown(none, &node{name: "A", j: &j}); err != nil {
		t.Error(err)
	}
	if got := j.take(); !slices.Contains(got, "close A") {
		t.Errorf("%q", got)
	}
}

// TestShutdownCause: ctx's error is wrapped even if it has a cause of its own.
func TestShutdownCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errBoom)
		defer cancel()
		err := slogx.Shutdown(ctx, &node{name: "A", j: new(journal), hang: release})
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errBoom) {
			t.Errorf("error %v", err)
		}
		close(release)
	})
}

// TestShutdownExpired: nothing is waited for, but every handler is told.
func TestShutdownExpired(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Hour))
	defer cancel()
	for _, ctx := range []context.Context{canceled, expired} {
		var j journal
		release := make(chan struct{})
		h := &node{name: "A", j: &j, hang: release, inner: []slog.Handler{&node{name: "B", j: &j, hang: release}}}
		ignore := goleak.IgnoreCurrent()
		testkit.Within(t, func() {
			if err := slogx.Shutdown(ctx, h); !errors.Is(err, ctx.Err()) {
				t.Errorf("error %v, want %v", err, ctx.Err())
			}
		})
		close(release)
		if err := testkit.Leaks(ignore); err != nil {
			t.Error(err)
		}
		events := j.take()
		if !slices.Contains(events, "closed A") || !slices.Contains(events, "closed B") {
			t.Errorf("events %q", events)
		}
	}
}

// TestShutdownReal closes handlers of the package, derived and wrapped.
func TestShutdownReal(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	for _, shutdown := range shutdowns {
		file, errs := newFile(t, t.TempDir()+"/log", slogx.FileOptions{})
		stream := newStream(t, &testkit.Buffer{})
		keep := slogx.Filter(func(context.Context, slog.Record) bool { return true })
		h := slogx.Fanout(keep(file.WithGroup("g")), file, stream, keep(stream)).WithAttrs([]slog.Attr{slog.Int("a", 1)})
		handle(t, h, "m")
		if err := shutdown(t.Context(), h); err != nil {
			t.Error(err)
		}
		if err := file.Handle(t.Context(), record("m")); !errors.Is(err, slogx.ErrClosed) {
			t.Errorf("the file is still open: %v", err)
		}
		oneError(t, errs.Take(), slogx.ErrClosed)
	}
	if err := testkit.Leaks(ignore); err != nil {
		t.Error(err)
	}
}
