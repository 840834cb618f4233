package encode

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/keys"
)

// scene is a record with attributes at several places.
type scene struct {
	name             string
	root             []slog.Attr // of WithAttrs, before groups g and h are opened, if there are
	groups           bool
	outer, inner     []slog.Attr // of WithAttrs, in g and in g.h
	record           []slog.Attr
	injected, atRoot []slog.Attr
}

func ints(keys ...string) (attrs []slog.Attr) {
	for i, key := range keys {
		attrs = append(attrs, slog.Int(key, i))
	}
	return attrs
}

var rich = []slog.Attr{
	slog.String("s", "two words"), slog.Group("grp", "a", 1, slog.Group("", "b", 2), slog.Group("deep", "c", 3)),
	slog.Any("valuer", valuer{slog.GroupValue(slog.Int("d", 4))}), slog.Group("", "inline", 5),
	{},
	slog.Time("t", time.Unix(0, 0).UTC()),
}

var scenes = []scene{
	{name: "nothing"},
	{name: "record", record: ints("r", "s")},
	{name: "inner", injected: ints("i")},
	{name: "root", atRoot: ints("x")},
	{name: "all", root: ints("w"), record: ints("r"), injected: ints("i", "j"), atRoot: ints("x", "y")},
	{name: "groups", groups: true, record: ints("r"), injected: ints("i"), atRoot: ints("x")},
	{name: "groups, empty", groups: true, atRoot: ints("x")},
	{name: "groups, empty, nothing", groups: true},
	{name: "groups, inner", groups: true, injected: ints("i")},
	{name: "groups, outer", groups: true, outer: ints("o"), atRoot: ints("x")},
	{name: "groups, both", groups: true, root: ints("w"), outer: ints("o"), inner: ints("p"), atRoot: ints("x")},
	{
		name: "groups, all", groups: true, root: ints("w"), outer: ints("o"), inner: ints("p"),
		record: ints("r"), injected: ints("i"), atRoot: ints("x"),
	},
	{name: "rich", root: rich, record: rich, injected: rich, atRoot: rich},
	{name: "rich groups", groups: true, root: rich, outer: rich, inner: rich, record: rich, injected: rich, atRoot: rich},
}

// expected is what log/slog writes for a record that has the groups as attributes.
func (s scene) expected(h slog.Handler) error {
	r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
	last := append(append(append([]slog.Attr{}, s.inner...), s.record...), s.injected...)
	if s.groups {
		g := append([]slog.Attr{}, s.outer...)
		if len(last) > 0 {
			g = append(g, slog.GroupAttrs("h", last...))
		}
		last = nil
		if len(g) > 0 {
			last = []slog.Attr{slog.GroupAttrs("g", g...)}
		}
	}
	r.AddAttrs(last...)
	r.AddAttrs(s.atRoot...)
	return h.WithAttrs(s.root).Handle(context.Background(), r)
}

func (s scene) handler(h *Handler) *Handler {
	h = h.With(s.root)
	if s.groups {
		h = h.Group("g").With(s.outer).Group("h").With(s.inner)
	}
	return h
}

// replacements are for ReplaceAttr.
var replacements = map[string]func([]string, slog.Attr) slog.Attr{
	"none": nil,
	"groups": func(groups []string, a slog.Attr) slog.Attr { // shows what it is called with
		a.Value = slog.StringValue(strings.Join(groups, "/") + ":" + a.Value.String())
		return a
	},
	"built-ins": func(groups []string, a slog.Attr) slog.Attr { // drops all, so that the line begins with an attribute
		if len(groups) == 0 && (a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
			return slog.Attr{}
		}
		return a
	},
	"inline": func(_ []string, a slog.Attr) slog.Attr {
		if strings.HasSuffix(a.Key, "+") { // it is called for the members as well
			return a
		}
		return slog.Group("", slog.Attr{Key: a.Key + "+", Value: a.Value}, slog.Int("more+", 1))
	},
}

// TestAppendInjected compares with log/slog.
func TestAppendInjected(t *testing.T) {
	for _, s := range scenes {
		for name, replace := range replacements {
			opts := &slog.HandlerOptions{ReplaceAttr: replace}
			for format, h := range map[string]*Handler{"JSON": NewJSON(io.Discard, opts), "Text": NewText(io.Discard, opts)} {
				var want bytes.Buffer
				reference := slog.Handler(slog.NewJSONHandler(&want, opts))
				if format == "Text" {
					reference = slog.NewTextHandler(&want, opts)
				}
				if err := s.expected(reference); err != nil {
					t.Fatal(err)
				}
				r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
				r.AddAttrs(s.record...)
				line := NewLine()
				if !s.handler(h).AppendInjected(line, &r, &Injected{Inner: s.injected, Root: s.atRoot}) {
					t.Errorf("%s, %s, %s: refused", s.name, name, format)
				}
				if got := string(line.B); got != want.String() {
					t.Errorf("%s, %s, %s:\ngot  %swant %s", s.name, name, format, got, &want)
				}
				line.Free()
			}
		}
	}
}

// TestAppendInjectedAfterEmptied: what log/slog leaves behind of a group that turns out empty while it is written (a comma
// that is missing, a prefix) is not for the attributes at the root.
func TestAppendInjectedAfterEmptied(t *testing.T) {
	drop := &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) > 0 {
			return slog.Attr{}
		}
		return a
	}}
	r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
	r.AddAttrs(slog.Int("r", 1), slog.Group("emptied", "a", 1))
	zero := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
	zero.AddAttrs(slog.Attr{}, slog.GroupAttrs("empty", slog.Attr{}))
	in := &Injected{Inner: []slog.Attr{slog.Group("emptied", slog.Attr{})}, Root: ints("x", "y")}
	const json, text = `{"level":"INFO","msg":"m","x":0,"y":1}` + "\n", "level=INFO msg=m x=0 y=1\n"
	for _, test := range []struct {
		h    *Handler
		r    *slog.Record
		want string
	}{
		{NewJSON(io.Discard, drop), &r, json},
		{NewText(io.Discard, drop), &r, text},
		{NewJSON(io.Discard, nil), &zero, json},
		{NewText(io.Discard, nil), &zero, text},
	} {
		line := NewLine()
		test.h.Group("g").AppendInjected(line, test.r, in)
		if got := string(line.B); got != test.want {
			t.Errorf("got  %swant %s", got, test.want)
		}
		line.Free()
	}
}

// TestRefuse: a record with a key that is refused is not written; one whose keys only have the same hash is.
func TestRefuse(t *testing.T) {
	var filter keys.Filter
	for _, key := range []string{"inner", "ahead", "other"} {
		filter.Add(key)
	}
	all := filter
	for i := range all {
		all[i] = ^uint64(0)
	}
	for _, test := range []struct {
		name    string
		record  []slog.Attr
		refused bool
	}{
		{"nothing", nil, false},
		{"another", ints("a", "b"), false},
		{"one of Inner", ints("a", "inner"), true},
		{"one of WithAttrs", ints("ahead", "a"), true},
		{"one that is in the Filter only", ints("other"), false},
		{"one of Root", ints("root"), false},
		{"in a group", []slog.Attr{slog.Group("g", "inner", 1)}, false},
		{"perhaps in an inline group", []slog.Attr{slog.Group("", "a", 1)}, true},
		{"perhaps in a LogValuer", []slog.Attr{slog.Any("", valuer{})}, true},
		{"the zero Attr", []slog.Attr{{}}, false},
	} {
		for _, refuse := range []*keys.Filter{&filter, &all, nil} {
			var out bytes.Buffer
			in := &Injected{Inner: ints("inner"), Ahead: ints("ahead"), Root: ints("root"), Refuse: refuse}
			r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
			r.AddAttrs(test.record...)
			refused, err := NewJSON(&out, nil).Injector().Handle(context.Background(), &r, in)
			if want := test.refused && refuse != nil; refused != want || err != nil {
				t.Errorf("%s: refused %v, %v", test.name, refused, err)
			}
			if (out.Len() == 0) != refused {
				t.Errorf("%s: wrote %q", test.name, &out)
			}
		}
	}
}

var errSink = errors.New("broken pipe")

type brokenSink struct{ err error }

func (s brokenSink) Write([]byte) (int, error) {
	if s.err == nil {
		panic("sink")
	}
	return 0, s.err
}

// TestInjectorReport: an error goes to Report, with the record and all that was injected, and After has the last word.
func TestInjectorReport(t *testing.T) {
	r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
	r.AddAttrs(ints("r")...)
	in := &Injected{Inner: ints("i"), Root: ints("x")}
	for _, test := range []struct {
		sink io.Writer
		want string
	}{
		{io.Discard, "after: <nil>"},
		{brokenSink{errSink}, "after: reported r=0 i=0 x=0: broken pipe"},
		{brokenSink{}, "after: reported r=0 i=0 x=0: panic: sink"},
	} {
		i := &Injector{
			Format: NewJSON(io.Discard, nil), Sink: test.sink,
			Report: func(_ context.Context, r slog.Record, err error) error {
				var attrs []string
				r.Attrs(func(a slog.Attr) bool {
					attrs = append(attrs, a.String())
					return true
				})
				return errors.New("reported " + strings.Join(attrs, " ") + ": " + err.Error())
			},
			After: func(_ context.Context, _ slog.Record, err error) error {
				if err == nil {
					return errors.New("after: <nil>")
				}
				return errors.New("after: " + err.Error())
			},
		}
		if _, err := i.Handle(context.Background(), &r, in); err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
	var filter keys.Filter
	filter.Add("r")
	told := func(context.Context, slog.Record, error) error { return errors.New("told") }
	refusing := &Injector{Format: NewJSON(io.Discard, nil), Sink: io.Discard, Report: told, After: told}
	refused, err := refusing.Handle(context.Background(), &r, &Injected{Ahead: ints("r"), Refuse: &filter})
	if !refused || err != nil {
		t.Errorf("of a record that is refused: %v, %v", refused, err)
	}
	if r.NumAttrs() != 1 {
		t.Errorf("the record has %d attributes", r.NumAttrs())
	}
}

// TestInjectorPanics: without Report a panic comes out, and an error is returned as it is, as by Handle.
func TestInjectorPanics(t *testing.T) {
	r := slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)
	_, err := NewJSON(brokenSink{errSink}, nil).Injector().Handle(context.Background(), &r, &Injected{})
	if !errors.Is(err, errSink) {
		t.Errorf("got %v", err)
	}
	defer func() {
		if got := recover(); got != "sink" {
			t.Errorf("recovered %v", got)
		}
	}()
	_, _ = NewJSON(brokenSink{}, nil).Injector().Handle(context.Background(), &r, &Injected{})
}

type (
	embedding      struct{ *Handler }
	embeddingOther struct {
		n int
		embedding
	}
	embeddingAny struct{ injecting }
	holding      struct{ h *Handler }
	other        struct{ slog.Handler }
)

func (embeddingAny) Enabled(context.Context, slog.Level) bool  { return true }
func (embeddingAny) Handle(context.Context, slog.Record) error { return nil }
func (e embeddingAny) WithAttrs([]slog.Attr) slog.Handler      { return e }
func (e embeddingAny) WithGroup(string) slog.Handler           { return e }

func (h holding) Enabled(context.Context, slog.Level) bool  { return true }
func (h holding) Handle(context.Context, slog.Record) error { return nil }
func (h holding) WithAttrs([]slog.Attr) slog.Handler        { return h }
func (h holding) WithGroup(string) slog.Handler             { return h }
func (h holding) Injector() *Injector                       { return h.h.Injector() }

// TestInjectorOf: what a handler has from another that it embeds is not its own.
func TestInjectorOf(t *testing.T) {
	h := NewJSON(io.Discard, nil)
	for _, test := range []struct {
		h    slog.Handler
		want bool
	}{
		{h, true},
		{holding{h}, true},
		{&holding{h}, true},
		{embedding{h}, false},
		{&embedding{h}, false},
		{embeddingOther{1, embedding{h}}, false},
		{embeddingAny{h}, false},
		{other{h}, false},
		{slog.NewJSONHandler(io.Discard, nil), false},
	} {
		if got := InjectorOf(test.h) != nil; got != test.want {
			t.Errorf("%T: %v", test.h, got)
		}
	}
}
