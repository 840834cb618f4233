package wire

import (
	"bytes"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// TestForeign has what others may write and an Encoder would not.
func TestForeign(t *testing.T) {
	full := slog.NewRecord(time.Date(2026, time.March, 29, 12, 34, 56, 0, time.UTC), slog.LevelWarn, "m", 0)
	full.AddAttrs(slog.Any(slog.SourceKey, &slog.Source{Function: "f", Line: 3}), slog.Int("A", 1), slog.String("b", "x"))
	for name, tc := range map[string]struct {
		line string
		want slog.Record
	}{
		"white space": {
			" {\n\"v\" : 1 ,\t\"time\":\"2026-03-29T12:34:56Z\", \"level\": 4, \"msg\": \"m\",\r\n" +
				" \"source\": {\"function\": \"f\", \"line\": 3 }, \"attrs\" : [ \"A\" , 1 , \"b\" , \"x\" ] } \n", full,
		},
		"another order": {
			`{"attrs":["A",1,"b","x"],"level":4,"msg":"m","source":{"line":3,"function":"f"},` +
				`"time":"2026-03-29T12:34:56Z","v":1}`, full,
		},
		"unknown fields": {
			`{"v":1,"host":{"a":[1,"b"]},"level":4,"time":"2026-03-29T12:34:56Z","msg":"m","x":null,` +
				`"source":{"column":9,"function":"f","line":3},"attrs":["A",1,"b","x"],"attr":[]}`, full,
		},
		"escaped keys": {
			`{"\u0076":1,"time":"2026-03-29T12:34:56Z","level":4,"msg":"\u006d","source":{"function":"f","line":3},` +
				`"attrs":["\u0041",1,"b","x"]}`, full,
		},
		"only the version": {`{"v":1}`, slog.Record{}},
		"null":             {`{"v":1,"time":null,"level":null,"msg":null,"source":null,"attrs":null}`, slog.Record{}},
		"empty":            {`{"v":1,"msg":"","source":{},"attrs":[]}`, slog.Record{}},
		"empty groups":     {`{"v":1,"attrs":["k",{"g":[]},"g",{"g":["h",{"g":[]}]}]}`, slog.Record{}},
	} {
		t.Run(name, func(t *testing.T) { foreign(t, tc.line, tc.want) })
	}
}

func TestForeignValues(t *testing.T) {
	at := time.Date(2026, time.March, 29, 12, 34, 56, 0, time.UTC)
	for value, want := range map[string]any{
		`18446744073709551615`:       uint64(math.MaxUint64),
		`-99999999999999999999`:      JSON{"-99999999999999999999"},
		`1e999`:                      JSON{"1e999"},
		`-0`:                         0,
		`1E2`:                        100.0,
		`{"f":5}`:                    5.0,
		`{"f":"7ff0000000000001"}`:   math.Float64frombits(0x7ff0000000000001),
		`{"zz": [1] }`:               JSON{`{"zz":[1]}`},
		`{}`:                         JSON{`{}`},
		`{"d":5,"unit":["ns"]}`:      time.Duration(5),
		`{"j":null}`:                 nil,
		`{"j":[1, 2]}`:               JSON{"[1,2]"},
		`{"j":"\ud83d\ude00\udcff"}`: JSON{"\"😀\ufffd\""},
		`"\ud83d\ude00\udcff\ud83d"`: "😀\xff\ufffd",
		`{"t":"2026-03-29T12:34:56.0000000009Z"}`: at,
		`{"t":[1774787696,0,3600]}`:               at.In(time.FixedZone("", 3600)),
		`{"g":["k",1,"empty",{"g":[]}]}`:          slog.GroupValue(slog.Int("k", 1)),
	} {
		foreign(t, `{"v":1,"msg":"m","attrs":["k",`+value+`]}`, record(slog.Any("k", want)))
	}
}

func foreign(t *testing.T, line string, want slog.Record) {
	t.Helper()
	r, err := new(Decoder).Decode([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	if diff := recordDiff(r, want); diff != "" {
		t.Errorf("%s: %s", line, diff)
	}
	decoded(t, appended(t, &Encoder{}, r))
}

func TestErrors(t *testing.T) {
	value := func(v string) string { return `{"v":1,"attrs":["k",` + v + `]}` }
	for line, want := range map[string]string{
		``:                                    `byte 0: want {, not the end`,
		`[]`:                                  `byte 0: want {, not '['`,
		`{}`:                                  `byte 2: no field "v"`,
		`{"msg":"m"}`:                         `byte 11: no field "v"`,
		`{"v":2,"level":"x"}`:                 `byte 6: version 2 of the wire form, want 1`,
		`{"v":1.0}`:                           `byte 8: version 1.0 of the wire form, want 1`,
		`{"v":"1"}`:                           `byte 5: want a number, not '"'`,
		`{"v":null}`:                          `byte 10: no field "v"`,
		`{"v":1,"v":1}`:                       `byte 11: field for the second time`,
		`{"v":1}{"v":1}`:                      `byte 7: text after the end`,
		`{"v":1,"msg":"a","msg":"b"}`:         `byte 23: field for the second time`,
		`{"v":1,"attrs":[],"attrs":[]}`:       `byte 26: field for the second time`,
		`{"v":1,"level":"INFO"}`:              `byte 15: want a number, not '"'`,
		`{"v":1,"level":1.5}`:                 `byte 18: want an integer of 64 bits`,
		`{"v":1,"level":1e2}`:                 `byte 18: want an integer of 64 bits`,
		`{"v":1,"msg":7}`:                     `byte 13: want a string, not '7'`,
		`{"v":1,"time":7}`:                    `byte 14: want a string, not '7'`,
		`{"v":1,"time":"now"}`:                `byte 19: want a time of RFC 3339`,
		`{"v":1,"time":[]}`:                   `byte 16: want three numbers`,
		`{"v":1,"time":[1,2]}`:                `byte 19: want three numbers`,
		`{"v":1,"time":[1,2,3,4]}`:            `byte 21: want [seconds, nanoseconds, offset]`,
		`{"v":1,"time":[1,-1,0]}`:             `byte 22: want [seconds, nanoseconds, offset]`,
		`{"v":1,"time":[1,0,9999999999]}`:     `byte 30: want [seconds, nanoseconds, offset]`,
		`{"v":1,"source":"f"}`:                `byte 16: want {, not '"'`,
		`{"v":1,"source":{"line":"3"}}`:       `byte 24: want a number, not '"'`,
		`{"v":1,"attrs":{}}`:                  `byte 15: want [, not '{'`,
		`{"v":1,"attrs":["k"]}`:               `byte 20: key without a value`,
		`{"v":1,"attrs":[1,2]}`:               `byte 16: want a string, not '1'`,
		`{"v":1,"attrs":["k",]}`:              `byte 20: want a number, not ']'`,
		value(`{"u":-1}`):                     `byte 27: want an integer of 64 bits without a sign`,
		value(`{"d":1.5}`):                    `byte 28: want an integer of 64 bits`,
		value(`{"t":"2026-13-01T00:00:00Z"}`): `byte 47: want a time of RFC 3339`,
		value(`{"f":"nan"}`):                  `byte 30: want NaN, Infinity, -Infinity or the bits of another NaN`,
		value(`{"f":"3ff0000000000000"}`):     `byte 43: want NaN, Infinity, -Infinity or the bits of another NaN`,
		value(`{"f":1e999}`):                  `byte 30: want a number of 64 bits`,
		value(`{"g":{}}`):                     `byte 25: want [, not '{'`,
		value(`{"e":1}`):                      `byte 25: want a string, not '1'`,
		value(`{"b":"a"}`):                    `byte 28: want base64`,
		value(`{"l":"INFO"}`):                 `byte 25: want a number, not '"'`,
		value(`{"s":[]}`):                     `byte 25: want {, not '['`,
		value(`{"j":}`):                       `byte 25: want a number, not '}'`,
		value(`{"d":5 "x":1}`):                `byte 27: want , or }, not '"'`,
		value(`{"zz":}`):                      `byte 26: want a number, not '}'`,
		value("\"\n\""):                       `byte 21: control character in a string`,
		value("\"\xff\""):                     `byte 21: not UTF-8`,
	} {
		r, err := new(Decoder).Decode([]byte(line))
		if err == nil || err.Error() != "slogkit: wire: "+want {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
		if diff := recordDiff(r, slog.Record{}); diff != "" {
			t.Errorf("%s: a record beside the error: %s", line, diff)
		}
	}
}

func TestLimits(t *testing.T) {
	r := record(slog.Int("a", 1), slog.Group("g", "b", 2, "c", 3))
	line := []byte(appended(t, &Encoder{}, r))
	for _, tc := range []struct {
		d    Decoder
		want string
	}{
		{Decoder{}, ""},
		{Decoder{MaxBytes: len(line), MaxAttrs: 4}, ""},
		{Decoder{MaxBytes: len(line) - 1}, fmt.Sprintf("%d bytes, more than %d", len(line), len(line)-1)},
		{Decoder{MaxAttrs: 3}, "more than 3 attributes"},
	} {
		_, err := tc.d.Decode(line)
		if (err == nil) != (tc.want == "") || err != nil && !strings.HasSuffix(err.Error(), tc.want) {
			t.Errorf("%v: %v, want %s", tc.d, err, tc.want)
		}
	}
	for _, n := range []int{10_000, 10_001} {
		_, err := new(Decoder).Decode([]byte(`{"v":1,"attrs":["",0` + strings.Repeat(`,"",0`, n-1) + `]}`))
		if (err == nil) != (n <= 10_000) {
			t.Errorf("%d attributes: %v", n, err)
		}
	}
	for _, n := range []int{1 << 20, 1<<20 + 1} {
		_, err := new(Decoder).Decode(append(bytes.Repeat([]byte(" "), n-7), `{"v":1}`...))
		if (err == nil) != (n <= 1<<20) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// maxAllocated is what decoding so many bytes may allocate, be there as many attributes as there can.
func maxAllocated(size int) int { return 64<<10 + 64*size }

// TestHostile has what costs most.
func TestHostile(t *testing.T) {
	const n = 1 << 18
	repeated := func(s string) string { return strings.Repeat(s, n/len(s)) }
	attrs := func(s string) string { return `{"v":1,"attrs":[` + strings.TrimSuffix(repeated(s), ",") + `]}` }
	usual, lax := Decoder{MaxBytes: 2 * n}, Decoder{MaxBytes: 2 * n, MaxAttrs: n}
	for name, line := range map[string]string{
		"attributes":      attrs(`"",0,`),
		"small groups":    attrs(`"",{"g":["",0]},`),
		"empty groups":    attrs(`"",{"g":[]},`),
		"errors":          attrs(`"",{"e":""},`),
		"sources":         attrs(`"",{"s":{}},`),
		"JSON":            attrs(`"",[],`),
		"loose JSON":      attrs(`"",[ ],`),
		"escapes":         attrs(`"\n","\n",`),
		"controls":        attrs(`"",[ "\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b"],`),
		"long integers":   attrs(`"",` + strings.Repeat("9", 1000) + `,`),
		"one number":      `{"v":1,"attrs":["",` + repeated("9") + `]}`,
		"one float":       `{"v":1,"attrs":["",1.` + repeated("9") + `]}`,
		"one version":     `{"v":` + repeated("9") + `}`,
		"one time":        `{"v":1,"time":"` + repeated("9") + `"}`,
		"one NaN":         `{"v":1,"attrs":["",{"f":"` + repeated("f") + `"}]}`,
		"one base64":      `{"v":1,"attrs":["",{"b":"` + repeated("AAAA") + `"}]}`,
		"one bad base64":  `{"v":1,"attrs":["",{"b":"` + repeated("A") + `!"}]}`,
		"nested arrays":   repeated(`[`),
		"nested objects":  repeated(`{"":`),
		"nested groups":   `{"v":1,"attrs":[` + repeated(`"",{"g":[`),
		"nested unknown":  `{"v":1,"attrs":[` + repeated(`"",{"zz":[`),
		"unknown in deep": `{"v":1,"attrs":["",` + strings.Repeat(`{"zz":`, 190) + `0` + strings.Repeat(`}`, 190) + `]}`,
		"fields":          `{"v":1,` + strings.TrimSuffix(repeated(`"":0,`), ",") + `}`,
		"no end":          `{"v":1,"msg":"` + repeated("a"),
		"white space":     repeated(" "),
		"nothing":         repeated("\x00"),
	} {
		t.Run(name, func(t *testing.T) {
			data := []byte(line)
			var err error
			if got := testkit.Allocated(func() { _, err = usual.Decode(data) }); got > 16*n {
				t.Errorf("%d bytes allocated for %d", got, len(data))
			}
			if err != nil && len(err.Error()) > 200 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			if got := testkit.Allocated(func() { _, _ = lax.Decode(data) }); got > maxAllocated(len(data)) {
				t.Errorf("without a limit on attributes %d bytes allocated for %d", got, len(data))
			}
		})
	}
}

// TestDecodeKeepsNothing changes the line after it has been decoded.
func TestDecodeKeepsNothing(t *testing.T) {
	want := record(slog.String("key", "value"), slog.Any("j", []string{"a"}), slog.Any("b", []byte("bytes")))
	line := []byte(appended(t, &Encoder{}, want))
	r, err := new(Decoder).Decode(line)
	if err != nil {
		t.Fatal(err)
	}
	before := appended(t, &Encoder{}, r)
	for i := range line {
		line[i] = 'X'
	}
	if after := appended(t, &Encoder{}, r); after != before {
		t.Errorf("%s\nbecame\n%s", before, after)
	}
}
