package pickle

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestOracle reads what CPython 3.13 and 2.7 sent.
func TestOracle(t *testing.T) {
	o := readOracle(t)
	for _, r := range o.Records {
		dict, err := new(Decoder).Decode(r.Packet[4:])
		if r.Kind == "needs_global" {
			if dict != nil || err == nil || !strings.Contains(err.Error(), "GLOBAL of ") {
				t.Errorf("%s: %v, %v", r.Label, dict, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", r.Label, err)
			continue
		}
		want := map[string]any{}
		for key, v := range r.Dict {
			want[key] = v.value(t)
		}
		got := map[string]any{}
		for _, e := range dict {
			got[e.Key.(string)] = e.Value
		}
		if d := diff(want, got); d != "" {
			t.Errorf("%s: %s", r.Label, d)
		}
		record, err := slogx.MakeRecord(dict.Map())
		if err != nil || record.Message != want["msg"] && r.Label != "non-string msg int" {
			t.Errorf("%s: %v, %v", r.Label, record, err)
		}
	}
	for _, r := range o.Py27 {
		dict, err := new(Decoder).Decode(r.Packet[4:])
		if err != nil {
			t.Errorf("Python 2.7, %s: %v", r.Label, err)
			continue
		}
		want := map[string]any{}
		for key, v := range r.Dict {
			want[key] = v.value(t)
			if b, ok := want[key].([]byte); ok {
				want[key] = string(b)
			}
		}
		if d := diff(want, dict.Map()); d != "" {
			t.Errorf("Python 2.7, %s: %s", r.Label, d)
		}
	}
}

// TestHostile: each packet is refused within 10 ms and 16 MiB.
func TestHostile(t *testing.T) {
	limit := 10 * time.Millisecond
	if testkit.Race {
		limit *= 20
	}
	for _, h := range readOracle(t).Hostile {
		if len(h.Packet) < 4 {
			continue // see socketx, which reads the length
		}
		data := h.Packet[4:]
		data = data[:min(uint32(len(data)), binary.BigEndian.Uint32(h.Packet))]
		if h.ID == 51 {
			data = nil // its length is all that is wrong
		}
		took := time.Duration(math.MaxInt64)
		for first := time.Now(); took > limit && time.Since(first) < 30*time.Second; { // others may have the machine
			var dict Dict
			var err error
			start := time.Now()
			size := testkit.Allocated(func() { dict, err = new(Decoder).Decode(data) })
			took = min(took, time.Since(start))
			if dict != nil || err == nil || !strings.HasPrefix(err.Error(), "slogkit: pickle: ") || len(err.Error()) > 200 {
				t.Errorf("%s: %v, %v", h.Label, dict, err)
			}
			if size > 16<<20 {
				t.Errorf("%s: %d bytes allocated", h.Label, size)
			}
		}
		if took > limit {
			t.Errorf("%s: %v", h.Label, took)
		}
	}
}

// in makes a pickle of a dict with one value.
func in(parts ...any) []byte { return program("}U\x01k", program(parts...), "s.") }

func TestDecode(t *testing.T) {
	huge := new(big.Int).Lsh(big.NewInt(1), 64)
	for name, tc := range map[string]struct {
		data []byte
		want any
	}{
		"order, last of equal keys": {in("}(U\x01bK\x01U\x01aK\x02U\x01bK\x03u"), Dict{{"b", int64(3)}, {"a", int64(2)}}},
		"keys of all types": {
			in("}(NNK\x01N\x88NG?\xe0", make([]byte, 6), "NC\x01xN)N)\x85N(K\x01\x91NK\x01U\x01a\x86N",
				"L18446744073709551616\nNu"),
			Dict{
				{nil, nil},
				{int64(1), nil},
				{true, nil},
				{0.5, nil},
				{"b'x'", nil},
				{"()", nil},
				{"([],)", nil},
				{"frozenset({1})", nil},
				{"(1, 'a')", nil},
				{"18446744073709551616", nil},
			},
		},
		"booleans": {in("](I00\nI01\n\x88\x89I1\ne"), []any{false, true, true, false, int64(1)}},
		"integers as text": {
			in("](I-5\nI+5\nL7\nL-8L\nL18446744073709551616L\nI18446744073709551616\ne"),
			[]any{int64(-5), int64(5), int64(7), int64(-8), huge, huge},
		},
		"binary integers": {in("](J\xff\xff\xff\xffK\xffM\xff\xffe"), []any{int64(-1), int64(255), int64(65535)}},
		"LONG1": {
			in("](\x8a\x00\x8a\x01\x80\x8a\x02\x00\x80\x8a\x09", make([]byte, 8), "\x01e"),
			[]any{int64(0), int64(-128), int64(-32768), huge},
		},
		"LONG4": {in("\x8b\x02\x00\x00\x00\xff\x7f"), int64(32767)},
		"floats as text": {
			in("](F1e3\nFinf\nF-inf\nF1e999\nF-1e999\nFnan\ne"),
			[]any{1000.0, math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1), math.NaN()},
		},
		"STRING": {
			in(`](S'a\x41\101\n\\\'\q"'`, "\n", `S"\a\b\f\v\t\r\0é'"`, "\ne"),
			[]any{"aAA\n\\'\\q\"", "\a\b\f\v\t\r\x00é'"},
		},
		"BINSTRING":        {in("T\x02\x00\x00\x00\xff\xfe"), "\xff\xfe"},
		"UNICODE":          {in(`V\u0041\\u0041\x\U0001F600é\udcff\ud83d\`, "\n"), "A\\\\u0041\\x😀Ã©\xff\ufffd\\"},
		"BINUNICODE":       {in("X\x0c\x00\x00\x00é\xed\xb2\x80\xed\xa0\xbd😀"), "é\x80\ufffd😀"},
		"BINUNICODE8":      {in("\x8d\x01\x00\x00\x00\x00\x00\x00\x00a"), "a"},
		"SHORT_BINUNICODE": {in("\x8c\x01a"), "a"},
		"bytes": {
			in("](C\x00B\x01\x00\x00\x00\xff\x8e\x01", make([]byte, 7), "a\x96\x01", make([]byte, 7), "be"),
			[]any{[]byte{}, []byte{255}, []byte("a"), []byte("b")},
		},
		"lists": {
			in("((K\x01l]K\x02a](](ee](K\x03K\x04el"),
			[]any{[]any{int64(1)}, []any{int64(2)}, []any{[]any{}}, []any{int64(3), int64(4)}},
		},
		"tuples": {
			in("()K\x01\x85K\x01K\x02\x86K\x01K\x02K\x03\x87(tt"),
			[]any{[]any{}, []any{int64(1)}, []any{int64(1), int64(2)}, []any{int64(1), int64(2), int64(3)}, []any{}},
		},
		"sets":               {in("](\x8f(K\x01N\x90(K\x02\x91e"), []any{[]any{int64(1), nil}, []any{int64(2)}}},
		"DICT":               {in("(U\x01aNd"), Dict{{"a", nil}}},
		"PROTO, FRAME":       {program("\x80\x05\x95\x04", make([]byte, 7), "}}0."), Dict{}},
		"POP, POP_MARK, DUP": {in("](K\x01K\x020(0(K\x03(K\x0411K\x042e"), []any{int64(1), int64(4), int64(4)}},
		"memo": {
			in("](Np1\nq\x05r\x06\x00\x00\x00h\x05j\x06\x00\x00\x00g1\n\x94h\x03e"),
			[]any{nil, nil, nil, nil, nil},
		},
		"list in itself": {in("]q\x00h\x00a"), []any{"[...]"}},
		"dict in itself": {in("}q\x00U\x01ah\x00s"), Dict{{"a", "{...}"}}},
		"the same twice": {in("](]q\x00h\x00e"), []any{[]any{}, []any{}}},
	} {
		dict, err := new(Decoder).Decode(tc.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(dict) == 0 {
			dict = Dict{{"k", Dict{}}}
		}
		if d := diff(tc.want, dict[0].Value); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestErrors(t *testing.T) {
	for data, want := range map[string]string{
		"":                                     "byte 0: ends too early",
		"}":                                    "byte 1: ends too early",
		"}}.":                                  "2 values and 0 marks at the end, want one value",
		"(}.":                                  "1 values and 1 marks at the end, want one value",
		"}..":                                  "byte 2: data after the end",
		"N.":                                   "not a dict",
		"}K\x01Ns.":                            "dict with a key that is no str",
		"!":                                    "byte 0: unknown instruction 0x21",
		"\x80\x06}.":                           "byte 0: protocol 6",
		"\x95\x05":                             "byte 0: ends too early",
		"cos\nsystem\n.":                       `byte 0: GLOBAL of "os.system": only data is read`,
		"cos\nsystem":                          `byte 0: GLOBAL: only data is read`,
		"(ios\nsystem\n.":                      `byte 1: INST of "os.system": only data is read`,
		"U\x02osU\x06system\x93.":              `byte 12: STACK_GLOBAL of "os.system": only data is read`,
		"\x93.":                                `byte 0: STACK_GLOBAL: only data is read`,
		"c\x1b[2J\n" + "x\n":                   `byte 0: GLOBAL of "\x1b[2J.x": only data is read`,
		"R":                                    "byte 0: REDUCE: only data is read",
		"Pevil\n.":                             "byte 0: PERSID: only data is read",
		"0":                                    "byte 0: nothing on the stack",
		"N(a":                                  "byte 2: nothing on the stack",
		"(2":                                   "byte 1: nothing on the stack",
		"q\x00":                                "byte 0: nothing on the stack",
		"1":                                    "byte 0: no mark on the stack",
		"Na":                                   "byte 1: nothing on the stack",
		"NNa":                                  "byte 2: what is to be extended is neither list nor set",
		"](N\x90":                              "byte 3: what is to be extended is neither list nor set",
		"\x8fNa":                               "byte 2: what is to be extended is neither list nor set",
		"]NNs":                                 "byte 3: what is to have items is no dict",
		"}(Nu":                                 "byte 3: key without a value",
		"}]Ns":                                 "byte 3: key of a type that cannot be one",
		"}]\x85Ns":                             "byte 4: key of a type that cannot be one",
		"}\x8fNs":                              "byte 3: key of a type that cannot be one",
		"\x8f(]\x90":                           "byte 3: key of a type that cannot be one",
		"(]\x91":                               "byte 2: key of a type that cannot be one",
		"h\x00":                                "byte 0: nothing at place 0 of the memo",
		"gx\n":                                 `byte 0: place "x" of the memo`,
		"g-1\n":                                "byte 0: nothing at place -1 of the memo",
		"Np-1\n":                               "byte 1: place -1 of the memo",
		"Nr\xff\xff\xff\xff":                   "byte 1: place 2147483647 of the memo",
		"I1x\n":                                `byte 0: "1x" as an integer`,
		"I0x10\n":                              `byte 0: "0x10" as an integer`,
		"I1_0\n":                               `byte 0: "1_0" as an integer`,
		"Lx\x00\n":                             `byte 0: "x\x00" as an integer`,
		"F1,5\n":                               `byte 0: "1,5" as a float`,
		"Sabc\n":                               "byte 0: str without quotes",
		"S'\n":                                 "byte 0: str without quotes",
		"S'a\"\n":                              "byte 0: str without quotes",
		`S'\x4'` + "\n":                        `byte 0: \x without two digits in a str`,
		`S'\'` + "\n":                          `byte 0: \ at the end of a str`,
		`Va\u004` + "\n":                       `byte 0: "\\u004" in a str`,
		`V\U00110000` + "\n":                   `byte 0: "\\U00110000" in a str`,
		"X\x01\x00\x00\x00\xff":                "byte 0: not UTF-8",
		"X\x03\x00\x00\x00\xed\xb2":            "byte 0: ends too early",
		"X\x02\x00\x00\x00\xed\xb2":            "byte 0: not UTF-8",
		"}q\x00U\x01ah\x00s.":                  "dict that contains itself",
		"L" + strings.Repeat("9", 4301) + "\n": `byte 0: "99999999999999999999" as an integer`,
		"\x8b\xfb\x06\x00\x00" + strings.Repeat("\x01", 1787):          "byte 0: integer of 1787 bytes",
		"\x8b\xff\xff\xff\xff":                                         "byte 0: ends too early",
		"}U\x01k" + strings.Repeat("]", 9) + "0.":                      "10 values and 0 marks at the end, want one value",
		string(in(strings.Repeat("]", 200), strings.Repeat("a", 199))): "nested too deeply",
	} {
		dict, err := new(Decoder).Decode([]byte(data))
		if dict != nil || err == nil || err.Error() != "slogkit: pickle: "+want {
			t.Errorf("%.30q: %v, %v, want %s", data, dict, err, want)
		}
	}
}

func TestLimits(t *testing.T) {
	const pushed = 1 + 1 + 1 + 1 + 3 // dict, key, list, mark, values
	data := in("](NNNe")
	long := in("](X\x00\x00\x10\x00", strings.Repeat("x", 1<<20), "q\x00", strings.Repeat("h\x00", 2), "e")
	for _, tc := range []struct {
		d    Decoder
		data []byte
		want string
	}{
		{Decoder{}, data, ""},
		{Decoder{MaxBytes: len(data), MaxValues: pushed}, data, ""},
		{Decoder{MaxBytes: len(data) - 1}, data, "12 bytes, more than 11"},
		{Decoder{MaxValues: pushed - 1}, data, "byte 8: too many values"},
		{Decoder{MaxValues: 5}, in("Nq\x05"), ""},
		{Decoder{MaxValues: 5}, in("Nq\x06"), "byte 5: place 6 of the memo"},
		{Decoder{MaxBytes: len(long)}, long, ""},
		{Decoder{MaxBytes: len(long) + 8}, in("](", long[6:len(long)-3], "h\x00h\x00h\x00e"), "describes too much"},
	} {
		_, err := tc.d.Decode(tc.data)
		if (err == nil) != (tc.want == "") || err != nil && strings.TrimPrefix(err.Error(), "slogkit: pickle: ") != tc.want {
			t.Errorf("%+v, %.20q: %v, want %s", tc.d, tc.data, err, tc.want)
		}
	}
	nested := bytes.Repeat([]byte("]"), 199)
	if _, err := new(Decoder).Decode(in(nested, bytes.Repeat([]byte("a"), 198))); err != nil {
		t.Error(err)
	}
}

// TestSharing: whoever refers to a thing many times describes it many times.
func TestSharing(t *testing.T) {
	laughs := program("]q\x00(", strings.Repeat("N", 10), "e")
	for i := range 30 {
		laughs = program(laughs, "]q", i+1, "(", bytes.Repeat(program("h", i), 10), "e")
	}
	strs := program("X\x00\x00\x04\x00", strings.Repeat("x", 1<<18), "q\x00](", strings.Repeat("h\x00", 10_000), "e")
	tuples := program(")q\x00")
	for i := range 50 {
		tuples = program(tuples, "h", i, "h", i, "\x86q", i+1)
	}
	const limit = 30 * time.Second // without one, years
	for name, data := range map[string][]byte{
		"lists": in(laughs), "strings": in(strs), "tuples": in(tuples), "keys": program("}U\x01k}", tuples, "Nss."),
	} {
		var err error
		start := time.Now()
		size := testkit.Allocated(func() { _, err = new(Decoder).Decode(data) })
		if took := time.Since(start); err == nil || size > 16<<20 || took > limit {
			t.Errorf("%s: %v after %v, %d bytes allocated", name, err, took, size)
		}
	}
}
