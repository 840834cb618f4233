package httpx

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/internal/wire"
)

// FuzzDecode: whatever a body is, decoding does not panic, and a record that comes of it is the same after it has been
// encoded and decoded once more.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{
		"", "[]", "{}", wire1, "[" + wire1 + "," + wire2 + "]", wire1 + "\n" + plain3, "[" + plain3 + "]",
		"msg=%25s&args=%28%27a%27%2C%29&levelno=20&created=1.5&k=v&k=&=x&%ff=%00", "name=None&msg=None&process=1e3&lineno=-1",
		`{"level":"warning","a":[[1e999,-0]],"b":1e999,"c":123456789012345678901234567890,"d":{},"source":{"line":1e5}}`,
		`{"v":1,"level":0,"msg":"\udc80","attrs":["t",{"t":[1,2,3]}]}`,
	} {
		for e := range 3 {
			f.Add(e, body)
		}
	}
	f.Fuzz(func(t *testing.T, encoding int, body string) {
		rc := NewReceiver(slog.DiscardHandler, nil).(*receiver)
		records, err := rc.decode(Encoding(encoding), []byte(body))
		if err != nil {
			return
		}
		var enc wire.Encoder
		var dec wire.Decoder
		for i := range records {
			once := enc.Append(nil, &records[i].Record)
			again, err := dec.Decode(once)
			if err != nil {
				if len(once) > 1<<20 || strings.Contains(err.Error(), "nested too deeply") {
					continue // more than a sender may send
				}
				t.Fatalf("%s: %v", once, err)
			}
			if twice := enc.Append(nil, &again); string(twice) != string(once) {
				t.Fatalf("%s\n%s", once, twice)
			}
		}
	})
}

// FuzzForm: a record that Form has encoded is a form, whatever is in it, and its message and attribute come back.
func FuzzForm(f *testing.F) {
	f.Add("hello", "key", "value")
	f.Add("50% off\n", "a b", "x=y&z")
	f.Add("\x00漢\u2028", "name", "\x7f~")
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, msg, key, value string) {
		e, err := newEncoder(&Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := record1(msg, slog.String(key, value))
		body, err := e.append(t.Context(), nil, &r)
		if err != nil {
			t.Fatal(err)
		}
		got, fault, err := decodeForm(string(body))
		if err != nil || fault != nil {
			t.Fatal(err, fault)
		}
		if want := strings.ToValidUTF8(msg, "\uFFFD"); got.Message != want || got.Level != r.Level {
			t.Fatalf("%q, want %q", got.Message, want)
		}
		var last slog.Attr
		got.Attrs(func(a slog.Attr) bool {
			last = a
			return true
		})
		if want := strings.ToValidUTF8(value, "\uFFFD"); last.Value.String() != want {
			t.Fatalf("%v, want %q", last, want)
		}
	})
}
