package slogx_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// checkDedup makes a chain of With and WithGroup and a record out of data, and compares what comes out of Dedup with
// what a slow and obvious model of the whole makes of it, in the bytes of each format. No object in the JSON may have a
// key twice.
func checkDedup(t *testing.T, policy byte, data []byte) {
	p := policies[int(policy)%len(policies)]
	gen := &dedupGenerator{data: data}
	chain, r, raw := gen.chain()
	want := dedupModel(p.policy, raw, "time", "level", "msg", "source")
	for _, format := range formats[:4] {
		var got, expected testkit.Buffer
		h := slogx.Dedup(p.policy)(format.format(&got, &slog.HandlerOptions{}))
		for _, step := range chain {
			h = step(h)
		}
		for range 2 { // what the first leaves behind must not be seen
			if err := h.Handle(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			if err := format.format(&expected, &slog.HandlerOptions{}).Handle(t.Context(), record("m", want...)); err != nil {
				t.Fatal(err)
			}
		}
		if got.String() != expected.String() {
			t.Fatalf("%s, %s, of %s:\ngot  %swant %s", p.name, format.name, raw, got.String(), expected.String())
		}
		if strings.HasSuffix(format.name, "JSON") {
			uniqueKeys(t, json.NewDecoder(strings.NewReader(got.String())), got.String())
		}
	}
}

func FuzzDedup(f *testing.F) {
	for i := range byte(3) {
		f.Add(i, []byte{0, 2, 1, 0, 0, 1, 0, 0, 1, 2, 0, 2, 0, 0})       // With, then the same keys
		f.Add(i, []byte{0, 2, 5, 6, 1, 1, 0, 0, 1, 5, 0, 1, 6, 6, 0, 2}) // a group, WithGroup
		f.Add(i, []byte("groups in groups in groups, and what else a text may be"))
		f.Add(i, []byte("\x00\x03\x00\x00\x01\x00\x02\x00\x00\x03\x07\x07\x07\x07\x03\x04\x04\x04\x00\x01\x02\x03"))
	}
	f.Fuzz(func(t *testing.T, policy byte, data []byte) {
		checkDedup(t, policy, data[:min(len(data), 400)]) // the model is slow
	})
}

// TestDedupModel does what FuzzDedup does, with chance.
func TestDedupModel(t *testing.T) {
	source := rand.NewChaCha8([32]byte{})
	for range 500 {
		data := make([]byte, source.Uint64()%200)
		_, _ = source.Read(data)
		for i := range policies {
			checkDedup(t, byte(i), data)
		}
	}
}

// uniqueKeys reads one value and fails the test if an object in it has a key twice.
func uniqueKeys(t *testing.T, d *json.Decoder, all string) {
	start, err := d.Token()
	if err != nil {
		t.Fatalf("%v in %s", err, all)
	}
	if _, ok := start.(json.Delim); !ok {
		return
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatalf("%v in %s", err, all)
		}
		if seen[key.(string)] {
			t.Fatalf("%q comes twice in %s", key, all)
		}
		seen[key.(string)] = true
		uniqueKeys(t, d, all)
	}
	if _, err := d.Token(); err != nil {
		t.Fatalf("%v in %s", err, all)
	}
}

// rawAttr is an attribute as the model sees it: resolved, but otherwise as it was given.
type rawAttr struct {
	key   string
	value int
	group []*rawAttr // instead of value; the zero Attr is an empty group
	kind  rawKind
}

type rawKind int

const (
	aValue rawKind = iota
	aGroup
	anOpenGroup // of WithGroup
)

func (a *rawAttr) String() string {
	if a.kind == aValue {
		return fmt.Sprintf("%q=%d", a.key, a.value)
	}
	return fmt.Sprintf("%q%v", a.key, a.group)
}

func (a *rawAttr) empty() bool {
	return a.kind != aValue && !slices.ContainsFunc(a.group, func(m *rawAttr) bool { return !m.empty() })
}

// dedupModel says what Dedup must make of all that was given, builtIns being taken.
func dedupModel(policy slogx.Duplicates, raw []*rawAttr, builtIns ...string) []slog.Attr {
	var result []*rawAttr
	place := func(key string) int {
		return slices.IndexFunc(result, func(a *rawAttr) bool { return a.key == key })
	}
	for _, a := range spliced(raw) {
		if a.empty() && a.kind != anOpenGroup {
			continue
		}
		now := *a
		if slices.Contains(builtIns, a.key) {
			now.key += "#2"
		}
		if i := place(now.key); i >= 0 {
			switch {
			case a.kind != aValue && result[i].kind != aValue:
				now.group = slices.Concat(result[i].group, a.group)
				result = slices.Delete(result, i, i+1)
			case policy == slogx.First && a.kind != anOpenGroup:
				continue
			case policy == slogx.Last && a.kind != anOpenGroup:
				result = slices.Delete(result, i, i+1)
			default:
				for n := 2; place(now.key) >= 0; n++ {
					now.key = fmt.Sprintf("%s#%d", a.key, n)
				}
			}
		}
		result = append(result, &now)
	}
	var attrs []slog.Attr
	for _, a := range result {
		if a.kind == aValue {
			attrs = append(attrs, slog.Int(a.key, a.value))
		} else {
			attrs = append(attrs, slog.Attr{Key: a.key, Value: slog.GroupValue(dedupModel(policy, a.group)...)})
		}
	}
	return attrs
}

// spliced puts the members of inline groups in their place.
func spliced(raw []*rawAttr) []*rawAttr {
	var result []*rawAttr
	for _, a := range raw {
		if a.kind == aGroup && a.key == "" {
			result = append(result, spliced(a.group)...)
		} else {
			result = append(result, a)
		}
	}
	return result
}

// dedupGenerator draws choices from fuzz input, and zeros when that is used up.
type dedupGenerator struct {
	data   []byte
	values int // each is another
}

func (g *dedupGenerator) n(n int) int {
	if len(g.data) == 0 {
		return 0
	}
	b := g.data[0]
	g.data = g.data[1:]
	return int(b) % n
}

// chain returns the way to a handler, a record for it, and what both together say.
func (g *dedupGenerator) chain() (steps []func(slog.Handler) slog.Handler, r slog.Record, raw []*rawAttr) {
	root := &rawAttr{}
	open := root
	for range g.n(6) {
		if g.n(3) == 2 {
			name := g.key()
			steps = append(steps, func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
			if name != "" {
				inner := &rawAttr{key: name, kind: anOpenGroup}
				open.group = append(open.group, inner)
				open = inner
			}
			continue
		}
		attrs, also := g.attrs(0)
		steps = append(steps, func(h slog.Handler) slog.Handler { return h.WithAttrs(attrs) })
		open.group = append(open.group, also...)
	}
	attrs, also := g.attrs(0)
	open.group = append(open.group, also...)
	return steps, record("m", attrs...), root.group
}

func (g *dedupGenerator) key() string {
	keys := []string{
		"a", "b", "a#2", "a#2#2", "b#3", "g", "h", "g#2", "", "msg", "msg#2", "level", "source", fmt.Sprint("other", g.values),
	}
	return keys[g.n(len(keys))]
}

func (g *dedupGenerator) attrs(depth int) (attrs []slog.Attr, raw []*rawAttr) {
	n := g.n(6)
	if n == 5 {
		n = 3 * g.n(12) // many
	}
	for range n {
		a, also := g.attr(depth)
		attrs = append(attrs, a)
		raw = append(raw, also)
	}
	return attrs, raw
}

func (g *dedupGenerator) attr(depth int) (slog.Attr, *rawAttr) {
	key := g.key()
	g.values++
	a, raw := slog.Int(key, g.values), &rawAttr{key: key, value: g.values}
	switch g.n(8) {
	case 0, 1:
		if depth < 3 {
			attrs, members := g.attrs(depth + 1)
			a, raw = slog.Attr{Key: key, Value: slog.GroupValue(attrs...)}, &rawAttr{key: key, group: members, kind: aGroup}
		}
	case 2:
		if g.n(2) == 0 {
			return slog.Attr{}, &rawAttr{kind: aGroup}
		}
	}
	if g.n(6) == 1 {
		a.Value = slog.AnyValue(valuerOf(a.Value))
	}
	return a, raw
}
