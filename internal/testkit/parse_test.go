package testkit

import (
	"reflect"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		parse   func(testing.TB, string) map[string]any
		written string
		want    map[string]any // nil: it fails
	}{
		{ParseJSON, `{"a":1,"g":{"b":"x"}}` + "\n", map[string]any{"a": 1.0, "g": map[string]any{"b": "x"}}},
		{ParseJSON, "{}\n", map[string]any{}},
		{ParseJSON, "{}", nil},
		{ParseJSON, "{}\n{}\n", nil},
		{ParseJSON, "", nil},
		{ParseJSON, "a=1\n", nil},
		{ParseText, "a=1 g.b=x g.h.c=\"two words\" \"odd key\"=\"a=\\\"b\\\"\"\n", map[string]any{
			"a": "1", "odd key": `a="b"`, "g": map[string]any{"b": "x", "h": map[string]any{"c": "two words"}},
		}},
		{ParseText, "a=1\nb=2\n", nil},
		{ParseText, "\n", nil},
		{ParseText, "a=1 b\n", nil},
		{ParseText, "a=1 a.b=2\n", nil},
		{ParseText, "a=\"1\n", map[string]any{"a": `"1`}},
	} {
		var got map[string]any
		said := failing(t, func(t testing.TB) { got = c.parse(t, c.written) })
		if !reflect.DeepEqual(got, c.want) || (said == "") != (c.want != nil) {
			t.Errorf("%q: %v %s, want %v", c.written, got, said, c.want)
		}
	}
}
