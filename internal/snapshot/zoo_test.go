package snapshot

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// An animal is a value and what its owner does to it later.
type animal struct {
	name   string
	value  any
	change func() // nil: nothing can
}

type (
	level     int                            // fixed, with a method
	id        [4]byte                        // fixed, with methods
	point     struct{ X, Y int }             // fixed
	labels    []string                       // plain
	bytes8    []byte                         // bytes with a method that Text ignores
	joined    []string                       // a slice with a method
	node      struct{ Children []node }      // plain, and recursive
	hiddenMap struct{ by map[string]string } // the same
	hidden    struct{ tags []string }        // with what reflection cannot set
	nilable   struct{ next *nilable }        // with what it cannot follow
	config    struct {                       // plain
		Name    string `json:"name"`
		Limits  map[string]int
		Tags    []string
		Any     any
		Nested  struct{ IDs []int }
		At      time.Time
		Skipped *int `json:"-"`
		unseen  int
	}
	counter struct { // prints itself, under a lock
		mu sync.Mutex
		n  int
	}
	atomics  struct{ N atomic.Int64 }
	ownJSON  struct{ P *int } // a value that prints itself, with a pointer in it
	ownText  struct{ B *[]byte }
	verbs    struct{ s *string }   // a fmt.Formatter
	failing  struct{ why *string } // an error
	detailed struct{ code *int }   // an error with JSON of its own
	stacked  struct{ msg *string } // an error that is longer with %+v
	fails    struct{ why *string } // whose methods return errors
	panics   struct{ with any }    // whose methods panic
	quiet    struct{ p *int }      // whose methods return nothing
	elements struct {
		mu sync.Mutex
		v  *int
	} // whose methods are on the pointer
	wrapped struct{ error }
	embeds  struct{ config }
	valuer  struct{ v func() slog.Value }
)

func (l level) String() string            { return fmt.Sprintf("level %d", int(l)) }
func (i id) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%x", [4]byte(i)), nil }
func (b bytes8) String() string           { return "never printed" }
func (j joined) String() string           { return fmt.Sprint("joined ", []string(j)) }
func (c *counter) String() string         { c.mu.Lock(); defer c.mu.Unlock(); return fmt.Sprint("count ", c.n) }
func (c *counter) add()                   { c.mu.Lock(); defer c.mu.Unlock(); c.n++ }
func (o ownJSON) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `{ "p" : [%d, "<&>\u2028"] }`, *o.P), nil
}
func (o ownText) MarshalText() ([]byte, error) { return *o.B, nil }
func (v verbs) Format(s fmt.State, verb rune) {
	fmt.Fprintf(s, "verb %c %v %s", verb, s.Flag('+'), *v.s)
}
func (f *failing) Error() string                { return *f.why }
func (d detailed) Error() string                { return fmt.Sprint("code ", *d.code) }
func (d detailed) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, `{"code":%d}`, *d.code), nil }
func (s *stacked) Error() string                { return *s.msg }
func (s *stacked) Format(f fmt.State, verb rune) {
	_, _ = f.Write([]byte(*s.msg))
	if f.Flag('+') {
		_, _ = f.Write([]byte("\nat main.go:7"))
	}
}
func (f fails) MarshalJSON() ([]byte, error)   { return nil, errors.New(*f.why) }
func (f fails) MarshalText() ([]byte, error)   { return nil, errors.New(*f.why) }
func (p *panics) MarshalJSON() ([]byte, error) { panic(p.with) }
func (p *panics) MarshalText() ([]byte, error) { panic(p.with) }
func (q quiet) MarshalJSON() ([]byte, error)   { return []byte(`""`), nil }
func (q quiet) String() string                 { return "" }
func (e *elements) MarshalText() ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return fmt.Append(nil, "element ", *e.v), nil
}
func (v valuer) LogValue() slog.Value { return v.v() }

// panicStringer panics in String, Error and Format, which fmt has words for.
type (
	panicStringer struct{ p *int }
	panicError    struct{ p *int }
)

func (p panicStringer) String() string { panic(fmt.Sprint("string ", *p.p)) }
func (p *panicError) Error() string    { panic(fmt.Sprint("error ", *p.p)) }

// zoo returns a new set of values of all sorts.
func zoo() []animal {
	text, number := "first", 1
	bytes := []byte("quoted \x00\xff")
	ints := []int{1, 2, 3}
	cfg := func() *config {
		return &config{
			Name: "n", Limits: map[string]int{"a": 1, "b": 2}, Tags: []string{"x", "y"}, unseen: 7,
			Any: []any{1, "two", map[string]any{"three": []int{3}}, nil, math.Inf(1), time.Unix(1, 0), level(4)},
			At:  time.Date(2026, 3, 29, 1, 2, 3, 4, time.FixedZone("X", 3600)),
		}
	}
	c1, c2, c3, c4 := cfg(), cfg(), cfg(), cfg()
	c1.Any = "finite"
	c4.Any = map[string]any{"": nil}
	changeConfig := func(c *config) func() {
		return func() { c.Name, c.Tags[0], c.Limits["a"], c.Limits["c"], c.Any, c.unseen = "m", "z", 9, 9, 9, 9 }
	}
	anyMap := map[string]any{"a": 1, "b": []any{"c", map[string]any{"d": []byte("e")}}, "f": nil}
	list := []any{"x", ints, []string{"y"}, point{1, 2}, &number}
	headers := http.Header{"Accept": {"a", "b"}, "Host": {"c"}}
	address, _ := url.Parse("https://user:pw@example.com/a?b=c#d")
	count := &counter{n: 5}
	tree := node{[]node{{}, {[]node{{}}}}}
	tags := []string{"hidden"}
	keyed := map[point]string{{1, 2}: "a", {3, 4}: "b"}
	anyKeys := map[any]int{"a": 1}
	floats := map[float64]string{math.NaN(): "nan", 1: "one"}
	pointers := map[string]*int{"p": &number}
	raw := json.RawMessage(`{"a": 1}`)
	errs := []error{errors.New("a"), &failing{&text}}
	elems := []elements{{v: &number}}
	array := [2]map[string]int{{"a": 1}, nil}
	source := &slog.Source{Function: "f", File: "file.go", Line: 7}
	pointer := &point{1, 2}
	embedded := &embeds{*cfg()}
	embedded.Any = nil
	atom := new(atomics)
	ip := net.IPv4(1, 2, 3, 4)
	bigInt := big.NewInt(1 << 60)
	next := &nilable{}
	values := []slog.Value{slog.IntValue(1), slog.AnyValue(ints)}
	plain, by := []string{"a"}, map[string]string{"k": "v"}
	later := new(string)
	*later = "before"
	now := valuer{func() slog.Value { return slog.StringValue(*later) }}

	return []animal{
		// what cannot change
		{"nil", nil, nil},
		{"complex", 1 + 2i, nil},
		{"level", level(3), nil},
		{"slog level", slog.LevelWarn + 1, nil},
		{"kind", slog.KindAny, nil},
		{"id", id{1, 2, 3, 4}, nil},
		{"point", point{1, 2}, nil},
		{"empty struct", struct{}{}, nil},
		{"addr", netip.MustParseAddrPort("[fe80::1%eth0]:443"), nil},
		{"func", func() {}, nil},
		{"chan", make(chan int), nil},
		{"unsafe pointer", unsafe.Pointer(&number), nil},
		{"location", time.UTC, nil},
		{"month", time.March, nil},
		{"errors.New", errors.New("a \b\f\n\t\"<&>\u2028\x7f\xff=b"), nil},
		{"wrapping", fmt.Errorf("in: %w", os.ErrNotExist), nil},
		{"wrapping two", fmt.Errorf("%w and %w", os.ErrNotExist, os.ErrExist), nil},
		{"errno", errors.Unwrap(&os.PathError{Err: os.ErrPermission}), nil},
		{"file mode", os.FileMode(0o644), nil},
		{"nil slice", []int(nil), nil},
		{"nil map", map[string]int(nil), nil},
		{"empty slice", []string{}, nil},
		{"empty map", map[string]int{}, nil},
		{"nil pointer", (*point)(nil), nil},
		{"nil counter", (*counter)(nil), nil},
		{"nil error", (*failing)(nil), nil},
		{"nil marshaler", (*panics)(nil), nil},
		{"nil stringer", (*panicStringer)(nil), nil},
		{"nil value receiver", (*ownJSON)(nil), nil},
		{"nil source", (*slog.Source)(nil), nil},
		{"empty source", &slog.Source{}, nil},
		{"nil raw", json.RawMessage(nil), nil},

		// what is copied
		{"bytes", bytes, func() { bytes[0] = 'Q' }},
		{"named bytes", bytes8(bytes), func() { bytes[1] = 'U' }},
		{"ints", ints, func() { ints[0]++ }},
		{"labels", labels{"a"}, nil},
		{"strings", plain, func() { plain[0] = "b" }},
		{"string map", by, func() { by["k"] = "w" }},
		{"array", array, func() { array[0]["a"]++ }},
		{"headers", headers, func() { headers["Accept"][0] = "z"; headers.Add("X", "y") }},
		{"any map", anyMap, func() { anyMap["b"].([]any)[1].(map[string]any)["d"].([]byte)[0] = 'E'; anyMap["g"] = 1 }},
		{"struct", *c1, changeConfig(c1)},
		{"pointer to struct", c2, changeConfig(c2)},
		{"pointer to pointer", &c3, changeConfig(c3)},
		{"empty key", c4, changeConfig(c4)},
		{"pointer to fixed", pointer, func() { pointer.X++ }},
		{"pointer to slice", &ints, func() { ints = append(ints, 4) }},
		{"pointer to map", &anyMap, func() { anyMap = nil }},
		{"pointer to array", &array, func() { array[1] = map[string]int{"z": 1} }},
		{"embedded", embedded, func() { embedded.Tags[0] = "z"; embedded.Name = "z" }},
		{"source", source, func() { source.Line++ }},
		{"recursive type", tree, func() { tree.Children[0].Children = append(tree.Children[0].Children, node{}) }},
		{"struct keys", keyed, func() { keyed[point{1, 2}] = "z" }},
		{"NaN in a map", floats, func() { floats[1] = "ONE" }},
		{"any keys", anyKeys, func() { anyKeys["b"] = 2 }},
		{"raw JSON", raw, func() { copy(raw, `{"b"`) }},
		{"nil inside", next, func() { next.next = &nilable{} }},
		{"IP", ip, func() { ip[15]++ }},

		// what is printed at once
		{"int pointer", &number, func() { number++ }},
		{"hidden map", hiddenMap{by}, func() { by["k"] = "w" }},
		{"hidden", hidden{tags}, func() { tags[0] = "changed" }},
		{"joined", joined(tags), func() { tags[0] = "joined" }},
		{"list", list, func() { list[0] = "z"; ints[1]++ }},
		{"pointer map", pointers, func() { pointers["q"] = nil }},
		{"counter", count, count.add},
		{"pointer to counter", &count, nil},
		{"atomics", atom, func() { atom.N.Add(1) }},
		{"URL", address, func() { address.Path = "/z" }},
		{"big int", bigInt, func() { bigInt.Add(bigInt, bigInt) }},
		{"regexp", regexp.MustCompile("a+"), nil},
		{"own JSON", ownJSON{&number}, func() { number++ }},
		{"own text", ownText{&bytes}, func() { bytes = []byte("z") }},
		{"verbs", verbs{&text}, func() { text += "v" }},
		{"error", &failing{&text}, func() { text += "\b" }},
		{"path error", &os.PathError{Op: "open", Path: "f", Err: &failing{&text}}, func() { text += "p" }},
		{"joined errors", errors.Join(errs...), func() { text += "j" }},
		{"errors", errs, func() { errs[0] = errs[1] }},
		{"detailed", detailed{&number}, func() { number++ }},
		{"stacked", &stacked{&text}, func() { text += "s" }},
		{"embedded error", wrapped{&failing{&text}}, func() { text += "e" }},
		{"fails", fails{&text}, func() { text += "f" }},
		{"panics", &panics{errors.New("p")}, nil},
		{"panics with nothing", &panics{}, nil},
		{"panicking String", panicStringer{&number}, func() { number++ }},
		{"panicking Error", &panicError{&number}, func() { number++ }},
		{"quiet", quiet{&number}, nil},
		{"elements", elems, func() { number++ }},
		{"pointer to elements", &elems, func() { number++ }},
		{"infinite", math.Inf(-1), nil},
		{"slog values", values, func() { values[0] = slog.IntValue(2) }},
		{"attr", slog.Any("k", ints), func() { ints[2]++ }},

		// LogValuers
		{"valuer", now, func() { *later = "after" }},
		{"valuer of a group", valuer{func() slog.Value {
			return slog.GroupValue(slog.Any("ints", ints), slog.Any("v", now))
		}}, func() { *later += "!" }},
		{"valuer of nothing", valuer{func() slog.Value { return slog.GroupValue() }}, nil},
		{"valuer of a valuer", valuer{func() slog.Value { return slog.AnyValue(now) }}, func() { *later += "?" }},
		{"valuer of a list", valuer{func() slog.Value { return slog.AnyValue(list) }}, func() { list[2] = "z" }},
		{"valuer of an error", valuer{func() slog.Value { return slog.AnyValue(&failing{&text}) }}, func() { text += "v" }},
		{"endless valuer", endless{}, nil},
	}
}

// endless resolves to itself.
type endless struct{}

func (e endless) LogValue() slog.Value { return slog.AnyValue(e) }
