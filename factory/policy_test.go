package factory_test

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/internal/testkit"
)

// outputs are what the policies write.
type outputs struct{ keep, rename, replace, both string }

func always(line string) outputs { return outputs{line, line, line, line} }

// A collision is what is there before a layer "x" adds key=new.
type collision struct {
	by      string
	key     string // "": k
	with    func(slog.Handler) slog.Handler
	record  []slog.Attr
	earlier factory.Factory // of a layer "w" before x
	inGroup bool            // of x
	want    outputs
	owners  []string // whose attributes Replace replaces
	before  []string // and did before a group was opened, if it was known then
}

var (
	k       = slog.String("k", "old")
	n       = slog.Int("n", 1)
	inline  = slog.GroupAttrs("", k, n)
	valuing = slog.Any("", valuer{slog.GroupValue(k, n)})
	same    = slog.String("k", "new")
)

func with(attrs ...slog.Attr) func(slog.Handler) slog.Handler {
	return func(h slog.Handler) slog.Handler { return h.WithAttrs(attrs) }
}

// inside opens group g, with attrs at the root before and others in it.
func inside(root, inner []slog.Attr) func(slog.Handler) slog.Handler {
	return func(h slog.Handler) slog.Handler { return h.WithAttrs(root).WithGroup("g").WithAttrs(inner) }
}

var collisions = []collision{
	{
		by: "nobody", record: []slog.Attr{n},
		want: always("n=1 k=new"),
	},
	{
		by: "With", with: with(k), owners: []string{"logger.With"},
		want: outputs{"k=old", "k=old x.k=new", "k=new", "k=old k=new"},
	},
	{
		by: "the record", record: []slog.Attr{k, n}, owners: []string{"the record"},
		want: outputs{"k=old n=1", "k=old n=1 x.k=new", "n=1 k=new", "k=old n=1 k=new"},
	},
	{
		by: "With and the record", with: with(k), record: []slog.Attr{k}, owners: []string{"logger.With", "the record"},
		want: outputs{"k=old k=old", "k=old k=old x.k=new", "k=new", "k=old k=old k=new"},
	},
	{
		by: "another layer", earlier: fromContext(k), owners: []string{`layer "w"`},
		want: outputs{"k=old", "k=old x.k=new", "k=new", "k=old k=new"},
	},
	{
		by: "another layer, ahead", earlier: factory.Attrs(k), owners: []string{`layer "w"`},
		want: outputs{"k=old", "k=old x.k=new", "k=new", "k=old k=new"},
	},
	{
		by: "another layer, which has renamed", earlier: fromContext(slog.String("x.k", "old")), record: []slog.Attr{k},
		owners: []string{"the record"},
		want:   outputs{"k=old x.k=old", "k=old x.k=old x.k#2=new", "x.k=old k=new", "k=old x.k=old k=new"},
	},
	{
		by: "a built-in", key: "msg",
		want: outputs{"", "x.msg=new", "x.msg=new", "msg=new"},
	},
	{
		by: "a built-in that is not printed", key: "source",
		want: outputs{"", "x.source=new", "x.source=new", "source=new"},
	},
	{
		by: "the group that is open", key: "g", with: inside(nil, nil), record: []slog.Attr{n},
		want: outputs{"g.n=1", "g.n=1 x.g=new", "g.n=1 x.g=new", "g.n=1 g=new"},
	},
	{
		by: "that group, though it is empty", key: "g", with: inside(nil, nil),
		want: outputs{"", "x.g=new", "x.g=new", "g=new"},
	},
	{
		by: "two groups of one name", key: "g", with: inside([]slog.Attr{slog.Group("g", "a", 1)}, nil), record: []slog.Attr{n},
		want:   outputs{"g.a=1 g.n=1", "g.a=1 g.n=1 x.g=new", "g.a=1 g.n=1 x.g=new", "g.a=1 g.n=1 g=new"},
		before: []string{"logger.With"},
	},
	{
		by: "an attribute that is a group", record: []slog.Attr{slog.Group("k", "a", 1)}, owners: []string{"the record"},
		want: outputs{"k.a=1", "k.a=1 x.k=new", "k=new", "k.a=1 k=new"},
	},
	{
		by: "an inline group", record: []slog.Attr{inline}, owners: []string{"the record"},
		want: outputs{"k=old n=1", "k=old n=1 x.k=new", "n=1 k=new", "k=old n=1 k=new"},
	},
	{
		by: "a LogValuer that is one", record: []slog.Attr{valuing}, owners: []string{"the record"},
		want: outputs{"k=old n=1", "k=old n=1 x.k=new", "n=1 k=new", "k=old n=1 k=new"},
	},
	{
		by: "an inline group of With", with: with(inline), owners: []string{"logger.With"},
		want: outputs{"k=old n=1", "k=old n=1 x.k=new", "n=1 k=new", "k=old n=1 k=new"},
	},
	{
		by: "an inline group of another layer", earlier: addAttrs(inline), owners: []string{`layer "w"`},
		want: outputs{"k=old n=1", "k=old n=1 x.k=new", "n=1 k=new", "k=old n=1 k=new"},
	},
	{
		by: "With, before a group was opened", with: inside([]slog.Attr{k}, nil), record: []slog.Attr{n},
		owners: []string{"logger.With"},
		want:   outputs{"k=old g.n=1", "k=old g.n=1 x.k=new", "g.n=1 k=new", "k=old g.n=1 k=new"},
	},
	{
		by: "nobody, for the record's is in a group", with: inside(nil, []slog.Attr{k}), record: []slog.Attr{k},
		want: always("g.k=old g.k=old k=new"),
	},
	{
		by: "the record, in the group", with: inside(nil, nil), record: []slog.Attr{k}, inGroup: true,
		owners: []string{"the record"},
		want:   outputs{"g.k=old", "g.k=old g.x.k=new", "g.k=new", "g.k=old g.k=new"},
	},
	{
		by: "With, in the group", with: inside(nil, []slog.Attr{k}), inGroup: true, owners: []string{"logger.With"},
		want: outputs{"g.k=old", "g.k=old g.x.k=new", "g.k=new", "g.k=old g.k=new"},
	},
	{
		by: "nobody, for With's is not in the group", with: inside([]slog.Attr{k}, nil), inGroup: true,
		want: always("k=old g.k=new"),
	},
	{
		by: "nobody, for a group has no built-ins", key: "msg", with: inside(nil, nil), inGroup: true,
		want: always("g.msg=new"),
	},
	{
		by: "an outer group, which is none of its business", with: func(h slog.Handler) slog.Handler {
			return h.WithGroup("g").WithAttrs([]slog.Attr{k}).WithGroup("h")
		}, inGroup: true, record: []slog.Attr{n},
		want: always("g.k=old g.h.n=1 g.h.k=new"),
	},
	{
		by: "the record, as all the names", record: []slog.Attr{k, slog.Int("x.k", 1), slog.Int("x.k#2", 2)},
		owners: []string{"the record"},
		want: outputs{
			"k=old x.k=1 x.k#2=2", "k=old x.k=1 x.k#2=2 x.k#3=new", "x.k=1 x.k#2=2 k=new", "k=old x.k=1 x.k#2=2 k=new",
		},
	},
}

// TestCollision is the table of policies. It makes no difference how a layer adds its attribute, but that those which
// are known ahead are written first.
func TestCollision(t *testing.T) {
	for _, c := range collisions {
		for _, kind := range kinds {
			for policy, want := range map[factory.Collision]string{
				factory.Keep: c.want.keep, factory.Rename: c.want.rename, factory.Replace: c.want.replace,
				factory.Both: c.want.both, factory.Reject: c.want.keep,
			} {
				t.Run(fmt.Sprintf("%s/%s/%d", c.by, kind.name, policy), func(t *testing.T) { c.test(t, policy, kind, want) })
			}
		}
	}
}

func (c collision) test(t *testing.T, policy factory.Collision, by kindOfLayer, want string) {
	ahead := by.name == "Attrs"
	if c.key == "" {
		c.key = "k"
	}
	var told complaints
	layers := []factory.Layer{
		{Name: "w", Factory: c.earlier, ErrorHandler: testkit.NoErrors(t)},
		{Name: "x", Factory: by.make(slog.String(c.key, "new")), OnCollision: policy, InGroup: c.inGroup},
	}
	layers[1].ErrorHandler = told.Handle
	got, err := textOf(t, func(h slog.Handler) slog.Handler {
		h = factory.New(h, layers...)
		if c.with != nil {
			h = c.with(h)
		}
		return h
	}, c.record...)

	if ahead && !c.inGroup && !strings.Contains(c.by, "ahead") {
		want = newFirst(want)
	}
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	owners := c.owners
	if ahead {
		owners = append(owners, c.before...)
	}
	told.want(t, c.errors(policy, owners)...)
	if rejected := policy == factory.Reject && c.collides(); rejected != errors.Is(err, factory.ErrTaken) {
		t.Errorf("Handle returns %v", err)
	}
}

// newFirst moves what x adds to the front.
func newFirst(line string) string {
	fields := strings.Fields(line)
	slices.SortStableFunc(fields, func(a, b string) int {
		switch isNew := func(s string) bool { return strings.HasSuffix(s, "=new") }; {
		case isNew(a) && !isNew(b):
			return -1
		case isNew(b) && !isNew(a):
			return 1
		}
		return 0
	})
	return strings.Join(fields, " ")
}

func (c collision) collides() bool { return c.want.keep != c.want.both }

func (c collision) errors(policy factory.Collision, owners []string) (errs []string) {
	taken := fmt.Sprintf(`factory: layer "x": %q: key is taken: `, c.key)
	switch {
	case c.collides() && (policy == factory.Keep || policy == factory.Reject):
		errs = append(errs, taken+"the layer's attribute is left out")
	case policy == factory.Replace:
		for _, owner := range owners {
			errs = append(errs, taken+"the attribute of "+owner+" is replaced")
		}
	}
	return errs
}

// TestCollisionEqual: nobody is told of a loss if the very same attribute is there; but what is rejected is rejected.
func TestCollisionEqual(t *testing.T) {
	for policy, want := range map[factory.Collision]string{
		factory.Keep: "k=old k=new", factory.Rename: "k=old k=new x.k=new", factory.Replace: "k=new",
		factory.Both: "k=old k=new k=new", factory.Reject: "k=old k=new",
	} {
		var told complaints
		l := factory.Layer{Name: "x", Factory: fromContext(same), OnCollision: policy, ErrorHandler: told.Handle}
		got, err := textOf(t, func(h slog.Handler) slog.Handler { return factory.New(h, l) }, k, same)
		if got != want || (err != nil) != (policy == factory.Reject) {
			t.Errorf("policy %d: got %s, %v; want %s", policy, got, err, want)
		}
		switch policy {
		case factory.Replace:
			told.want(t, `factory: layer "x": "k": key is taken: the attribute of the record is replaced`) // k=old
		case factory.Reject:
			told.want(t, `factory: layer "x": "k": key is taken: the layer's attribute is left out`)
		default:
			told.want(t)
		}
	}
}

// TestCollisionIncomparable: values that Go cannot compare are not equal, and no panic.
func TestCollisionIncomparable(t *testing.T) {
	var told complaints
	list := func() slog.Attr { return slog.Any("k", []int{1}) }
	for _, kind := range kinds {
		l := factory.Layer{Name: "x", Factory: kind.make(list()), ErrorHandler: told.Handle}
		got, err := textOf(t, func(h slog.Handler) slog.Handler { return factory.New(h, l) }, list())
		if got != "k=[1]" || err != nil || len(told.Take()) != 1 {
			t.Errorf("%s: got %s, %v", kind.name, got, err)
		}
	}
}

// TestCollisionAlone: what a user has twice, and what one layer has twice, is left alone.
func TestCollisionAlone(t *testing.T) {
	for _, kind := range kinds {
		for policy := factory.Keep; policy <= factory.Reject; policy++ {
			l := factory.Layer{Name: "x", Factory: kind.make(n, same, n), OnCollision: policy, ErrorHandler: testkit.NoErrors(t)}
			got, err := textOf(t, func(h slog.Handler) slog.Handler {
				return factory.New(h, l).WithAttrs([]slog.Attr{slog.Int("a", 1), slog.Int("a", 2)})
			}, slog.Int("a", 3), slog.Int("a", 3))
			want := "a=1 a=2 a=3 a=3 n=1 k=new n=1"
			if kind.name == "Attrs" {
				want = "n=1 k=new n=1 a=1 a=2 a=3 a=3"
			}
			if got != want || err != nil {
				t.Errorf("%s, policy %d: got %s, %v", kind.name, policy, got, err)
			}
		}
	}
}

// TestCollisionWithoutName: a layer without a name has only numbers to rename with.
func TestCollisionWithoutName(t *testing.T) {
	got, _ := textOf(t, func(h slog.Handler) slog.Handler {
		return factory.New(h, factory.Layer{Factory: fromContext(same, n), OnCollision: factory.Rename})
	}, k, slog.Int("n", 0), slog.Int("n#2", 2))
	if want := "k=old n=0 n#2=2 k#2=new n#3=1"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestCollisionUnknown: a Collision that is none of the constants is Keep.
func TestCollisionUnknown(t *testing.T) {
	var told complaints
	got, err := textOf(t, func(h slog.Handler) slog.Handler {
		return factory.New(h, factory.Layer{Factory: fromContext(same), OnCollision: 99, ErrorHandler: told.Handle})
	}, k)
	if got != "k=old" || err != nil || len(told.Take()) != 1 {
		t.Errorf("got %s, %v", got, err)
	}
}
