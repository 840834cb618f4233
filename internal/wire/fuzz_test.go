package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// FuzzDecode: arbitrary bytes cost no more than they should, and what is accepted is stable: decoding and encoding it
// once gives a line that decoding and encoding leaves as it is, and the same record.
func FuzzDecode(f *testing.F) {
	for _, g := range goldenValues {
		r := record(slog.Any("v", g.value))
		f.Add(new(Encoder).Append(nil, &r))
	}
	for _, g := range goldenRecords {
		r := g.record()
		f.Add(new(Encoder).Append(nil, &r))
	}
	for _, line := range []string{
		`{"attrs" : [ "a", {"zz": ["\udcff"]} ], "x": 1e999, "v": 1}`, `{"v":1,"v":1,"time":[1,2,3],"attrs":["",{"g":["",{}]}]}`,
		`{"v":1,"attrs":["n",99999999999999999999,"f",{"f":"7ff0000000000001","x":0}]}`, `{"v":2}`, `[`, ``,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var first slog.Record
		var err error
		if got := testkit.Allocated(func() { first, err = new(Decoder).Decode(data) }); got > maxAllocated(len(data)) {
			t.Errorf("%d bytes allocated for %d", got, len(data))
		}
		if err != nil {
			if len(err.Error()) > 200 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		line := appended(t, &Encoder{}, first)
		second := decoded(t, line)
		if diff := recordDiff(first, second); diff != "" && !strings.Contains(line, "nested too deeply") {
			t.Errorf("%s\n%q\n%q", diff, data, line)
		}
	})
}

// FuzzRecord: what is decoded is what was encoded.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte("a record whose bytes say what is in it"))
	for kind := range byte(kinds) {
		f.Add(bytes.Repeat([]byte{5, kind, 200, 3, kind, 255, 'k', 0xc3, 0xa9, 0xff, '"', 0x7f, 0xf0, 0, 0, 1}, 4))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b := builder{data: data}
		given, want := b.record()
		r := decoded(t, appended(t, &Encoder{}, given))
		if diff := recordDiff(r, want); diff != "" {
			t.Error(diff)
		}

		// The same, the first attributes given by With and those that follow in groups.
		e, rest, wantRest := new(Encoder), attrsOf(given), attrsOf(want)
		if given.PC != 0 {
			wantRest = wantRest[1:]
		}
		if len(rest) != len(wantRest) {
			return // LogValuers have become groups of nothing
		}
		var levels [][]slog.Attr
		for len(rest) > 1 && len(levels) < 3 {
			e = e.With(rest[:1]).Group("g")
			levels = append(levels, wantRest[:1])
			rest, wantRest = rest[1:], wantRest[1:]
		}
		given, want = record(rest...), record(nest(levels, wantRest)...)
		r, err := new(Decoder).Decode(e.Append(nil, &given))
		if err != nil {
			t.Fatal(err)
		}
		if diff := recordDiff(r, want); diff != "" {
			t.Errorf("With and Group: %s", diff)
		}
	})
}

// nest puts each level into a group at the end of the one before.
func nest(levels [][]slog.Attr, innermost []slog.Attr) []slog.Attr {
	if len(levels) == 0 {
		return innermost
	}
	inner := slog.Attr{Key: "g", Value: slog.GroupValue(nest(levels[1:], innermost)...)}
	return append(levels[0][:1:1], inner)
}

// builder makes records of bytes.
type builder struct{ data []byte }

func (b *builder) byte() byte {
	if len(b.data) == 0 {
		return 0
	}
	c := b.data[0]
	b.data = b.data[1:]
	return c
}

func (b *builder) uint64() uint64 {
	var buf [8]byte
	b.data = b.data[copy(buf[:], b.data):]
	return binary.LittleEndian.Uint64(buf[:]) >> (b.byte() % 64)
}

func (b *builder) string() string {
	n := min(int(b.byte()%40), len(b.data))
	s := string(b.data[:n])
	b.data = b.data[n:]
	return s
}

func (b *builder) time() time.Time {
	sec, nsec := int64(b.uint64()), int64(b.uint64()%1e9)
	if b.byte()%2 == 0 {
		sec %= 1 << 33
	}
	zone := time.UTC
	if offset := int(int32(b.uint64())); offset != 0 {
		zone = time.FixedZone("zone", offset)
	}
	return time.Unix(sec, nsec).In(zone)
}

// record returns a record and what it should become.
func (b *builder) record() (given, want slog.Record) {
	if b.byte()%4 > 0 {
		given.Time = b.time()
	}
	given.Level, given.Message = slog.Level(b.uint64()), b.string()
	want = slog.Record{Time: given.Time, Level: given.Level, Message: given.Message}
	if b.byte()%2 == 0 {
		given.PC = testkit.Here()
		want.AddAttrs(slog.Any(slog.SourceKey, given.Source()))
	}
	for range b.byte() % 12 {
		key := "." + b.string() // not "source"
		v, w := b.value(0)
		given.AddAttrs(slog.Attr{Key: key, Value: v})
		want.AddAttrs(slog.Attr{Key: key, Value: w})
	}
	return given, want
}

const kinds = 17

func (b *builder) value(depth int) (given, want slog.Value) {
	same := func(v any) (slog.Value, slog.Value) { return slog.AnyValue(v), slog.AnyValue(v) }
	kind := b.byte() % kinds
	switch kind {
	case 0:
		return same(b.string())
	case 1:
		return same(int64(b.uint64()))
	case 2:
		return same(b.uint64())
	case 3:
		return same(math.Float64frombits(b.uint64()))
	case 4:
		return same(float64(int64(b.uint64())) / 100)
	case 5:
		return same(b.byte()%2 == 0)
	case 6:
		return same(time.Duration(b.uint64()))
	case 7:
		return same(b.time())
	case 8:
		return same([]byte(b.string()))
	case 9:
		return same(slog.Level(b.uint64()))
	case 10:
		return same(&slog.Source{Function: b.string(), File: b.string(), Line: int(b.uint64())})
	case 11:
		msg := b.string()
		return slog.AnyValue(errors.New(msg)), slog.AnyValue(Error(msg))
	case 12:
		if depth < 50 { // log/slog gives up after a hundred
			v, w := b.value(depth + 1)
			return slog.AnyValue(valuer{v}), w
		}
	case 13, 14:
		if depth < 5 {
			return b.group(depth)
		}
	case 15:
		return asJSON([]any{b.string(), float64(b.byte()), nil})
	case 16:
		return asJSON(map[string]any{b.string(): map[string]string{b.string(): b.string()}})
	}
	return same(nil)
}

func (b *builder) group(depth int) (given, want slog.Value) {
	var givens, wants []slog.Attr
	for range b.byte() % 5 {
		key := b.string()
		v, w := b.value(depth + 1)
		givens = append(givens, slog.Attr{Key: key, Value: v})
		wants = append(wants, slog.Attr{Key: key, Value: w})
	}
	return slog.GroupValue(givens...), slog.GroupValue(wants...)
}

func asJSON(v any) (given, want slog.Value) {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // of these values it can
	return slog.AnyValue(v), slog.AnyValue(JSON{strings.TrimSuffix(text.String(), "\n")})
}
