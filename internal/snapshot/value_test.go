package snapshot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/slogkit-go/slogkit/slogx"
)

// kept returns the snapshot of one value.
func kept(v any) slog.Value { return Attrs([]slog.Attr{slog.Any("k", v)})[0].Value }

// TestTypes: what a ReplaceAttr or a handler of somebody else's may ask for keeps its type.
func TestTypes(t *testing.T) {
	n := 1
	for _, v := range []any{
		level(3),
		id{},
		point{1, 2},
		errors.New("e"), fmt.Errorf("%w", os.ErrExist), os.ErrExist, context.DeadlineExceeded,
		[]byte("b"),
		[]string{"s"},
		[]any{1, "a", []int{1}},
		map[string]any{"a": map[string]string{"b": "c"}},
		labels{"a"},
		point{3, 4},
		&point{3, 4},
		config{Name: "n", Tags: []string{"t"}},
		&config{Any: []int{1}}, &[]int{1}, &slog.Source{Line: 1},
		[]level{1},
		map[id]level{{1}: 2},
		struct{ At []any }{[]any{n}},
		bytes8("x"),
		node{[]node{{}}},
		[1][]int{{1}},
	} {
		got := kept(v).Any()
		if !reflect.DeepEqual(got, v) {
			t.Errorf("%T %v became %T %v", v, v, got, got)
		}
	}
}

// TestNothingShared follows all pointers of a copy.
func TestNothingShared(t *testing.T) {
	original := &config{
		Limits: map[string]int{"a": 1}, Tags: []string{"x"},
		Any: []any{map[string]any{"b": []byte("y")}, [1][]int{{1}}, struct{ Z []point }{[]point{{1, 2}}}},
	}
	original.Nested.IDs = []int{1}
	c := kept(original).Any().(*config)
	seen := map[uintptr]bool{}
	walk(reflect.ValueOf(original), func(p uintptr) { seen[p] = true })
	if len(seen) != 9 {
		t.Fatalf("%d pointers in the original", len(seen))
	}
	n := 0
	walk(reflect.ValueOf(c), func(p uintptr) {
		if n++; seen[p] {
			t.Error("a pointer is shared")
		}
	})
	if n != len(seen) {
		t.Errorf("%d pointers in the copy, %d in the original", n, len(seen))
	}
}

func walk(v reflect.Value, visit func(uintptr)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		if v.IsNil() {
			return
		}
		visit(v.Pointer())
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			walk(v.Elem(), visit)
		}
	case reflect.Map:
		for iter := v.MapRange(); iter.Next(); {
			walk(iter.Value(), visit)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			walk(v.Index(i), visit)
		}
	case reflect.Struct:
		if v.Type().PkgPath() == "time" {
			return
		}
		for i := range v.NumField() {
			walk(v.Field(i), visit)
		}
	}
}

// TestErrors: an error that was printed is still the error that it was.
func TestErrors(t *testing.T) {
	text, code := "disk full", 7
	pathErr := &os.PathError{Op: "write", Path: "log", Err: os.ErrPermission}
	stack := &stacked{&text}
	joined := errors.Join(errors.New("a"), pathErr)
	for _, err := range []error{pathErr, joined, &failing{&text}, detailed{&code}, stack, wrapped{pathErr}} {
		got, ok := kept(err).Any().(error)
		if !ok {
			t.Errorf("%T became no error", err)
			continue
		}
		quoted := fmt.Sprintf("%q", err.Error())
		if got.Error() != err.Error() || fmt.Sprint(got) != fmt.Sprint(err) || fmt.Sprintf("%q", got) != quoted {
			t.Errorf("%T: %q, want %q", err, got.Error(), err.Error())
		}
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", err) {
			t.Errorf("%T: %+v, want %+v", err, got, err)
		}
		if errors.Is(got, os.ErrPermission) != errors.Is(err, os.ErrPermission) || !errors.Is(got, err) {
			t.Errorf("%T: errors.Is has changed", err)
		}
		var p *os.PathError
		if errors.As(got, &p) != errors.As(err, &p) {
			t.Errorf("%T: errors.As has changed", err)
		}
	}
}

// TestForeignHandlers print a captured value by what methods it has.
func TestForeignHandlers(t *testing.T) {
	got := kept(&counter{n: 5}).Any()
	if s := fmt.Sprintf("%v %s %+v", got, got, got); s != "count 5 count 5 count 5" {
		t.Errorf("got %q", s)
	}
}

// TestPanickingError has an error that prints itself as JSON but not otherwise.
func TestPanickingError(t *testing.T) {
	got := kept(halfError{new(int)}).Any().(error)
	if got.Error() != "!PANIC: half" {
		t.Errorf("got %q", got)
	}
	r := newRecord(slog.Any("k", halfError{new(int)}))
	same(t, "half an error", lines(t, Record(r)), lines(t, r))
}

type halfError struct{ p *int }

func (halfError) Error() string                { panic("half") }
func (halfError) MarshalJSON() ([]byte, error) { return []byte(`{"half":true}`), nil }

// TestCycles: what contains itself ends the program with fmt, and is an error with encoding/json.
func TestCycles(t *testing.T) {
	m := map[string]any{"a": 1}
	m["self"] = m
	s := []any{nil}
	s[0] = s
	type list []list
	l := list{nil}
	l[0] = l
	type chain struct {
		Next any
		P    *int // makes it opaque
	}
	c := &chain{P: new(int)}
	c.Next = []any{map[string]any{"c": []any{c}}} // ends at a pointer
	p := &chain{P: new(int)}
	p.Next = []any{m}
	for _, v := range []any{m, s, l, p, &m, &s, []any{m}, map[any]any{1: s}, [1]any{m}, struct{ hidden any }{m}} {
		r := newRecord(slog.Any("k", v))
		for _, form := range formats {
			var got, want bytes.Buffer
			if err := form.new(&got, nil).Handle(t.Context(), Record(r)); err != nil {
				t.Error(err)
			}
			if strings.Contains(form.name, "Text") {
				if !strings.Contains(got.String(), "contains itself") {
					t.Errorf("%s: %s", form.name, &got)
				}
				continue
			}
			if err := form.new(&want, nil).Handle(t.Context(), r); err != nil {
				t.Error(err)
			}
			if got.String() != want.String() {
				t.Errorf("%s\n got %s\nwant %s", form.name, &got, &want)
			}
		}
	}
	r := newRecord(slog.Any("k", c))
	same(t, "ends at a pointer", lines(t, Record(r)), lines(t, r))
	deep := any(1)
	for range 500 {
		deep = []any{deep}
	}
	r = newRecord(slog.Any("k", deep))
	same(t, "deep", lines(t, Record(r)), lines(t, r))
}

// TestEndlessGroup resolves to a group that it is in.
func TestEndlessGroup(t *testing.T) {
	depth := 0
	for v := kept(endlessGroup{}); v.Kind() == slog.KindGroup; v = v.Group()[0].Value {
		depth++
	}
	if depth < 100 || depth > 2000 {
		t.Errorf("%d levels", depth)
	}
}

type endlessGroup struct{}

func (endlessGroup) LogValue() slog.Value { return slog.GroupValue(slog.Any("k", endlessGroup{})) }

// TestPanickingLogValuer says what log/slog says but for the stack, which begins elsewhere.
func TestPanickingLogValuer(t *testing.T) {
	got := kept(valuer{func() slog.Value { panic("no") }})
	if err, ok := got.Any().(error); !ok || !strings.HasPrefix(err.Error(), "LogValue panicked\ncalled from") {
		t.Errorf("got %v", got)
	}
}

// TestResolvedOnce counts the calls of user code: never again once the snapshot is taken.
func TestResolvedOnce(t *testing.T) {
	calls := 0
	v := valuer{func() slog.Value {
		calls++
		return slog.AnyValue(valuer{func() slog.Value { calls++; return slog.IntValue(calls) }})
	}}
	r := Record(newRecord(slog.Any("k", v), slog.Group("g", slog.Any("k", v))))
	if calls != 4 {
		t.Errorf("%d calls, want 4", calls)
	}
	lines(t, r)
	lines(t, Record(r))
	if calls != 4 {
		t.Error("called again")
	}
}

// TestLockedValues takes snapshots of a value that changes all the time, under the lock that its methods take.
func TestLockedValues(t *testing.T) {
	c := &counter{}
	holders := []any{c, []*counter{c}, map[string]fmt.Stringer{"c": c}, &struct{ C *counter }{c}}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				c.add()
			}
		}
	})
	for range 100 {
		for _, v := range holders[:3] { // the last would be a race without us, too
			kept(v)
		}
	}
	close(stop)
	wg.Wait()
}

// TestClipped adds to a record and to its snapshot, which must not meet.
func TestClipped(t *testing.T) {
	for _, last := range []any{1, errors.New("e"), []int{1}, []slog.Attr{slog.Any("x", []int{1})}} {
		r := newRecord()
		for i := range 8 {
			r.AddAttrs(slog.Int("base", i))
		}
		r.AddAttrs(slog.Any("last", last))
		a, b := Record(r), Record(r)
		c := r
		InPlace(&c)
		r.AddAttrs(slog.Int("r", 0))
		a.AddAttrs(slog.Int("a", 0))
		b.AddAttrs(slog.Int("b", 0))
		c.AddAttrs(slog.Int("c", 0))
		for name, r := range map[string]slog.Record{"r": r, "a": a, "b": b, "c": c} {
			var buf bytes.Buffer
			if err := slogx.Text(&buf, nil).Handle(t.Context(), r); err != nil {
				t.Error(err)
			}
			if line := buf.String(); !strings.HasSuffix(line, " "+name+"=0\n") || strings.Contains(line, "!BUG") {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
}

// TestAttrsOwned changes the slice that went into Attrs, and the one that came out.
func TestAttrsOwned(t *testing.T) {
	attrs := []slog.Attr{slog.Int("a", 1)}
	got := Attrs(attrs)
	attrs[0].Key = "b"
	if got[0].Key != "a" {
		t.Error("the slice is shared")
	}
	if len(Attrs(nil)) != 0 {
		t.Error("Attrs(nil) is not empty")
	}
}
