package token

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// show reads a value and says what the Reader told of it.
func show(r *Reader) string {
	switch r.Peek() {
	case '{':
		var entries []string
		for more := r.Open('{'); more; more = r.More('{') {
			entries = append(entries, fmt.Sprintf("%q=", r.Key())+show(r))
		}
		return "{" + strings.Join(entries, " ") + "}"
	case '[':
		var elements []string
		for more := r.Open('['); more; more = r.More('[') {
			elements = append(elements, show(r))
		}
		return "[" + strings.Join(elements, " ") + "]"
	case '"':
		return fmt.Sprintf("%q", r.String())
	case 't', 'f':
		return fmt.Sprint(r.Bool())
	case 'n':
		return fmt.Sprint("null ", r.Null())
	}
	text, integer := r.Number()
	if integer {
		return "int " + text
	}
	return text
}

func TestReader(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: `{}`,
		" {\t\"a\" : 1 ,\r\n\"b\":[ true , false,null ,\"x\" ] } ": `{"a"=int 1 "b"=[true false null true "x"]}`,
		`[-0,0,10,-12,1.5,1e3,2E-4,-0.0e+1]`:                       `[int -0 int 0 int 10 int -12 1.5 1e3 2E-4 -0.0e+1]`,
		`"\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC"`:                     `"\"\\/\b\f\n\r\tAé€"`,
		`"\ud83d\ude00 \uD83D\uDE00"`:                              `"😀 😀"`,
		`"\udc7f\udc80\udcff\udd00"`:                               `"�\x80\xff�"`,
		`"\ud800"`:                                                 `"�"`,
		`"\ud800\u0041\ud800x"`:                                    `"�A�x"`,
		`"\ud83d\udcff"`:                                           `"` + "\U0001f4ff" + `"`,
		`"é\n"`:                                                    `"é\n"`,
		`{"a":{"a":[{}]},"a":[[]]}`:                                `{"a"={"a"=[{}]} "a"=[[]]}`,
	} {
		r := NewReader(text)
		got := show(&r)
		r.End()
		if got != want || r.Err() != nil {
			t.Errorf("%s: %s, %v, want %s", text, got, r.Err(), want)
		}
	}
}

func TestReaderErrors(t *testing.T) {
	for text, want := range map[string]string{
		``:               `byte 0: want a number, not the end`,
		`x`:              `byte 0: want a number, not 'x'`,
		`1 1`:            `byte 2: text after the end`,
		`{`:              `byte 1: want a string, not the end`,
		`{"a"`:           `byte 4: want :, not the end`,
		`{"a" 1}`:        `byte 5: want :, not '1'`,
		`{"a":}`:         `byte 5: want a number, not '}'`,
		`{"a":1,}`:       `byte 7: want a string, not '}'`,
		`{a:1}`:          `byte 1: want a string, not 'a'`,
		`{"a":1]`:        `byte 6: want , or }, not ']'`,
		`[1 2]`:          `byte 3: want , or ], not '2'`,
		`[1,]`:           `byte 3: want a number, not ']'`,
		`[`:              `byte 1: want a number, not the end`,
		`tru`:            `byte 0: want true, not 't'`,
		`fals`:           `byte 0: want false, not 'f'`,
		`nul`:            `byte 0: want null, not 'n'`,
		`NaN`:            `byte 0: want a number, not 'N'`,
		`-`:              `byte 1: want a number, not the end`,
		`01`:             `byte 1: text after the end`,
		`1.`:             `byte 2: want a digit, not the end`,
		`1.e1`:           `byte 2: want a digit, not 'e'`,
		`1e`:             `byte 2: want a digit, not the end`,
		`1e+`:            `byte 3: want a digit, not the end`,
		`+1`:             `byte 0: want a number, not '+'`,
		`.5`:             `byte 0: want a number, not '.'`,
		`"a`:             `byte 2: string without an end`,
		"\"a\nb\"":       `byte 2: control character in a string`,
		`"\x"`:           `byte 3: unknown escape`,
		`"\`:             `byte 1: unknown escape`,
		`"\u12`:          `byte 1: unknown escape`,
		`"\u12g4"`:       `byte 1: unknown escape`,
		`'a'`:            `byte 0: want a number, not '\''`,
		"\"\u00e9\xff\"": `byte 3: not UTF-8`,
		"\x00":           `byte 0: want a number, not '\x00'`,
		"\ufeff1":        `byte 0: want a number, not '\ufeff'`,
	} {
		r := NewReader(text)
		show(&r)
		r.End()
		if r.Err() == nil || r.Err().Error() != want {
			t.Errorf("%q: %v, want %s", text, r.Err(), want)
		}
	}
}

func TestReaderAfterError(t *testing.T) {
	r := NewReader(`["a", {"b": x, "c": 1}]`)
	show(&r)
	err := r.Err()
	if err == nil {
		t.Fatal("no error")
	}
	number, _ := r.Number()
	if r.String()+r.Key()+r.Raw()+number != "" || r.Bool() || r.Null() || r.Open('{') || r.More('[') {
		t.Error("something is read after an error")
	}
	r.Skip()
	r.End()
	r.Fail("another")
	if r.Err() != err {
		t.Errorf("the error %v became %v", err, r.Err())
	}
}

func TestNonFinite(t *testing.T) {
	r := NewReader(`[NaN,Infinity,-Infinity,-1,-0.5]`)
	r.NonFinite = true
	if got := show(&r); got != `[NaN Infinity -Infinity int -1 -0.5]` || r.Err() != nil {
		t.Errorf("%s, %v", got, r.Err())
	}
}

func TestDepth(t *testing.T) {
	for _, brackets := range []string{"[]", "{}"} {
		for _, depth := range []int{MaxDepth - 1, MaxDepth, 1_000_000} {
			opening := brackets[:1]
			if opening == "{" {
				opening = `{"":`
			}
			// The innermost is empty.
			text := strings.Repeat(opening, depth) + brackets + strings.Repeat(brackets[1:], depth)
			r := NewReader(text)
			r.Skip()
			r.End()
			if ok := r.Err() == nil; ok != (depth < MaxDepth) {
				t.Errorf("%d times %s: %v", depth, opening, r.Err())
			}
		}
	}
}

func TestRaw(t *testing.T) {
	for text, want := range map[string]string{
		`{"b":[1,-0,1.50],"a":"\u0041\b\/"}`: `{"b":[1,-0,1.50],"a":"\u0041\b\/"}`, // as it is
		" { \"a\" :\n[ 1 , 2 ] } ":           `{"a":[1,2]}`,
		`["two words", "\u0041"]`:            `["two words","A"]`,
		`"\ud83d\ude00"`:                     `"😀"`,
		`["\udcff\ud800"]`:                   "[\"\ufffd\ufffd\"]",
		`[true, null]`:                       `[true,null]`,
	} {
		r := NewReader(text)
		got := r.Raw()
		r.End()
		if got != want || r.Err() != nil {
			t.Errorf("%s: %s, %v, want %s", text, got, r.Err(), want)
		}
	}
}

// FuzzReader compares with encoding/json.
func FuzzReader(f *testing.F) {
	for _, text := range []string{
		`{"a": [1, -0.5e+3, "\u00e9\ud83d\ude00\n", true, false, null], "b": {}}`, `[01]`, `"\x"`, `[1,]`, ` {"a":1 } x`,
		"\"\xff\"", `"\udc80"`, `{"a":1,"a":2}`, `-`, `1e999`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := NewReader(text)
		raw := r.Raw()
		r.End()
		deep := r.Err() != nil && strings.HasSuffix(r.Err().Error(), "nested too deeply")
		if want := json.Valid([]byte(text)) && utf8.ValidString(text); want != (r.Err() == nil) && !deep {
			t.Fatalf("%q: %v, encoding/json says %v", text, r.Err(), want)
		}
		if r.Err() != nil {
			return
		}
		if strings.ContainsFunc(raw, func(c rune) bool { return c < ' ' }) {
			t.Errorf("%q is more than a line", raw)
		}
		again := NewReader(raw)
		if got := again.Raw(); got != raw || again.Err() != nil {
			t.Errorf("%q became %q, %v", raw, got, again.Err())
		}
		equal(t, text, raw)
	})
}

// equal requires that encoding/json gets the same from both.
func equal(t *testing.T, a, b string) {
	t.Helper()
	var values [2]any
	for i, text := range []string{a, b} {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&values[i]); err != nil {
			t.Fatal(err)
		}
	}
	if x, y := fmt.Sprintf("%#v", values[0]), fmt.Sprintf("%#v", values[1]); x != y {
		t.Errorf("%s\nis not\n%s", x, y)
	}
}
