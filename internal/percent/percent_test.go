package percent

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestPython compares with what testdata/record.py recorded.
func TestPython(t *testing.T) {
	file, err := os.Open("testdata/percent.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	count := 0
	for lines := bufio.NewScanner(file); lines.Scan(); count++ {
		var line []any
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.UseNumber()
		if err := d.Decode(&line); err != nil {
			t.Fatalf("line %d: %v", count+1, err)
		}
		want := fmt.Sprint(line[2:])
		for name, number := range map[string]func(json.Number) any{
			"json.Number": func(n json.Number) any { return n },
			"pickle":      func(n json.Number) any { return Normal(n) },
		} {
			got := []any{nil}
			text, err := Format(line[0].(string), decode(line[1], number))
			if err != nil {
				got = append(got, err.Error())
			} else {
				got[0] = text
			}
			if fmt.Sprint(got) != want {
				t.Errorf("line %d: %q %% %v (%s)\n got %q\nwant %q", count+1, line[0], line[1], name, got, line[2:])
			}
		}
	}
	if count < 1000 {
		t.Errorf("only %d cases", count)
	}
}

// decode undoes what encode in record.py does.
func decode(v any, number func(json.Number) any) any {
	switch v := v.(type) {
	case json.Number:
		return number(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = decode(v[i], number)
		}
		return list
	case map[string]any:
		for kind, value := range v {
			switch kind {
			case "t":
				return decode(value, number)
			case "f":
				x, _ := strconv.ParseFloat(value.(string), 64)
				return x
			case "b":
				var b []byte
				for _, r := range value.(string) {
					b = append(b, byte(r))
				}
				return b
			case "d":
				dict := map[string]any{}
				for k, v := range value.(map[string]any) {
					dict[k] = decode(v, number)
				}
				return dict
			}
		}
	}
	return v
}

type (
	text  string
	raw   []byte
	point struct{ X, Y int }
)

func TestGoTypes(t *testing.T) {
	var nilInt *big.Int
	for _, tc := range []struct {
		v    any
		want string
	}{
		{int8(-3), "-3"},
		{uint64(math.MaxUint64), "18446744073709551615"},
		{float32(0.5), "0.5"},
		{text("it's"), `"it's"`},
		{raw("x"), "b'x'"},
		{[]int{1, 2}, "[1, 2]"},
		{[2]bool{true}, "[True, False]"},
		{map[string]int{"b": 2, "a": 1}, "{'a': 1, 'b': 2}"},
		{map[any]any{"1": 0, 1: 0, nil: 0, 2.0: 0}, "{1: 0, '1': 0, 2.0: 0, None: 0}"},
		{nilInt, "None"},
		{big.NewInt(7), "7"},
		{json.Number("1e2"), "100.0"},
		{json.Number("1e400"), "inf"},
		{json.Number("-0"), "0"},
		{json.Number("nonsense"), "'nonsense'"},
		{point{1, 2}, "{1 2}"},
		{os.ErrClosed, "file already closed"},
		{"\xff\u00e9", `'\udcffé'`},
	} {
		if got, err := Repr(tc.v); got != tc.want || err != nil {
			t.Errorf("Repr(%#v) = %s, %v, want %s", tc.v, got, err, tc.want)
		}
	}
}

func TestStr(t *testing.T) {
	for want, v := range map[string]any{"it's": "it's", "None": nil, "['a']": []any{"a"}, "7": json.Number("7")} {
		if got, err := Str(v); got != want || err != nil {
			t.Errorf("Str(%#v) = %s, %v, want %s", v, got, err, want)
		}
	}
}

func TestPreview(t *testing.T) {
	wide := map[string]any{}
	for _, n := range slicesOf(50) {
		wide[strconv.Itoa(n.(int))] = n
	}
	for want, v := range map[string]any{"'abc'": "abc", "'abcdefghi...": "abcdefghijkl", "[1, [2, [3...": []any{1, []any{2, []any{3, 4}}}, "{...": wide} {
		if got := Preview(v, 10); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestCycles(t *testing.T) {
	list := []any{1, nil}
	list[1] = list
	dict := map[string]any{"list": list}
	dict["self"] = dict
	got, err := Repr(dict)
	if want := "{'list': [1, [...]], 'self': {...}}"; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestLimits(t *testing.T) {
	deep := any(1)
	for range maxDepth + 1 {
		deep = []any{deep}
	}
	laughs := any("ha")
	for range 60 {
		laughs = []any{laughs, laughs}
	}
	digits := new(big.Int).Exp(big.NewInt(10), big.NewInt(maxDigits), nil)
	long := map[string]any{"a": strings.Repeat("a", 1000), "b": make([]any, 1000)}
	for name, tc := range map[string]struct {
		format string
		args   any
		want   string // of the error
	}{
		"width":           {"%65537d", 1, "width too big"},
		"width overflows": {"%99999999999999999999d", 1, "width too big"},
		"precision":       {"%.65537f", 1, "precision too big"},
		"star":            {"%*d", []any{MaxField + 1, 1}, "width too big"},
		"least star":      {"%*d", []any{int64(math.MinInt64), 1}, "width too big"},
		"big star":        {"%.*d", []any{digits, 1}, "precision too big"},
		"many fields":     {strings.Repeat("%65536d", 65), slicesOf(65), "formatted text exceeds"},
		"many keys":       {strings.Repeat("%(a)s", 5000), long, "formatted text exceeds"},
		"cut off":         {strings.Repeat("%(b).0s", 5000), long, "formatted text exceeds"},
		"literal":         {strings.Repeat("a", MaxText+1), []any{}, "formatted text exceeds"},
		"sharing":         {"%s", []any{laughs}, "formatted text exceeds"},
		"depth":           {"%s", []any{deep}, "maximum recursion depth"},
		"digits":          {"%d", digits, "Exceeds the limit (4300 digits)"},
		"digits of str":   {"%s", digits, "Exceeds the limit (4300 digits)"},
		"hex":             {"%x", new(big.Int).Lsh(digits, 4*MaxText), "formatted text exceeds"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Format(tc.format, tc.args)
			if got != "" || err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %d bytes and %v, want %s", len(got), err, tc.want)
			}
		})
	}
	most := digits.Sub(digits, big.NewInt(1))
	if got, err := Format("%65536d", most); len(got) != MaxField || err != nil {
		t.Errorf("the greatest field of %d digits: %d bytes, %v", maxDigits, len(got), err)
	}
}

func slicesOf(n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func FuzzFormat(f *testing.F) {
	f.Add("%s %r %a", `["it's", "é", "é"]`)
	f.Add("%-+ #012.5x|%(a)s", `[42]`)
	f.Add("%(a)5.1f %(b(c))s %", `{"a": 1.5, "b(c)": [1, {"d": null}]}`)
	f.Add("%*.*f%%%ld%c", `[8, -2, 3.14159, 1, 233]`)
	f.Add("%65536d%.65536g%#.0e", `[1, 2e300, 1e400]`)
	f.Add("%y", `123456789012345678901234567890`)
	f.Add("%\xff%s", `"\ufffd"`)
	f.Fuzz(func(t *testing.T, format, args string) {
		var v any
		d := json.NewDecoder(strings.NewReader(args))
		d.UseNumber()
		if d.Decode(&v) != nil {
			v = []byte(args)
		}
		got, err := Format(format, v)
		if len(got) > MaxText || err != nil && got != "" {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		if text, _ := Repr(v); len(text) > MaxText {
			t.Errorf("Repr: %d bytes", len(text))
		}
	})
}
