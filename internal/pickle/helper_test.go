package pickle

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// typed is a value of Python as JSON; see the schema of testdata/oracle/pickle.json, and testdata/dump.py.
type typed struct {
	T         string          `json:"t"`
	V         json.RawMessage `json:"v"`
	B64       []byte          `json:"b64"`
	Surrogate []byte          `json:"utf8_surrogatepass_b64"`
}

// value returns what a Decoder should make of it.
func (v typed) value(t *testing.T) any {
	t.Helper()
	var text string
	_ = json.Unmarshal(v.V, &text)
	switch v.T {
	case "none":
		return nil
	case "bool":
		return string(v.V) == "true"
	case "int":
		n, ok := new(big.Int).SetString(text, 0)
		if !ok {
			t.Fatalf("integer %s", text)
		}
		if n.IsInt64() {
			return n.Int64()
		}
		return n
	case "float":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return f
	case "str":
		return text
	case "str_surrogate":
		return strings.ReplaceAll(string(v.Surrogate), "\xed\xb2\x80", "\x80")
	case "str_bytes":
		return string(v.B64)
	case "bytes":
		return append([]byte{}, v.B64...)
	case "recursive":
		if text == "" {
			return "[...]"
		}
		return text
	case "list", "tuple":
		list := []any{}
		for _, item := range unmarshal[[]typed](t, v.V) {
			list = append(list, item.value(t))
		}
		return list
	case "dict":
		dict := Dict{}
		for _, item := range unmarshal[[][2]typed](t, v.V) {
			dict = append(dict, Entry{item[0].value(t), item[1].value(t)})
		}
		return dict
	}
	t.Fatalf("type %s", v.T)
	return nil
}

func unmarshal[T any](t *testing.T, data []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// diff tells integers from floats, and holds NaN equal to itself.
func diff(want, got any) string {
	if reflect.DeepEqual(want, got) { // much faster
		return ""
	}
	return cmp.Diff(want, got, cmpopts.EquateNaNs(), cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 }))
}

// oracle is testdata/oracle/pickle.json.
type oracle struct {
	Records []struct {
		Label  string
		Kind   string
		Packet []byte
		Dict   map[string]typed
	}
	Py27 []struct {
		Label  string
		Packet []byte
		Dict   map[string]typed `json:"dict_bytes_keys"`
	}
	Hostile []struct {
		ID     int
		Label  string
		Packet []byte
		Reason string
	}
}

func readOracle(t *testing.T) oracle {
	t.Helper()
	file, err := os.ReadFile("../../testdata/oracle/pickle.json")
	if err != nil {
		t.Fatal(err)
	}
	o := unmarshal[oracle](t, file)
	if len(o.Records) != 53 || len(o.Py27) != 6 || len(o.Hostile) != 37 {
		t.Fatalf("%d records, %d of Python 2.7, %d hostile packets", len(o.Records), len(o.Py27), len(o.Hostile))
	}
	return o
}

// record makes one without source.
func record(attrs ...slog.Attr) slog.Record {
	r := slog.NewRecord(time.Date(2026, time.March, 29, 12, 34, 56, 789_012_000, time.UTC), slog.LevelInfo, "m", 0)
	r.AddAttrs(attrs...)
	return r
}

// program joins instructions: strings, bytes of any integer type, and lists of them.
func program(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(b, p...)
		case int:
			b = append(b, byte(p))
		case []byte:
			b = append(b, p...)
		default:
			panic(fmt.Sprintf("%T", p))
		}
	}
	return b
}
