package testkit

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// ParseJSON returns what is in a line of JSON. The line must be all that was written, with the newline at its end.
func ParseJSON(t testing.TB, written string) map[string]any {
	t.Helper()
	line := onlyLine(t, written)
	var m map[string]any
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	return m
}

// ParseText does the same for a line as slog.TextHandler writes it: groups are maps, and all else is strings.
func ParseText(t testing.TB, written string) map[string]any {
	t.Helper()
	top := map[string]any{}
	for line := onlyLine(t, written); line != ""; {
		key, rest, ok := cutToken(line, '=')
		if !ok {
			t.Fatalf("no = in %q", line)
		}
		var value string
		value, line, _ = cutToken(rest, ' ')
		Nest(t, top, key, value)
	}
	return top
}

func onlyLine(t testing.TB, written string) string {
	t.Helper()
	line, ok := strings.CutSuffix(written, "\n")
	if !ok || line == "" || strings.Contains(line, "\n") {
		t.Fatalf("not one line: %q", written)
	}
	return line
}

// Nest puts a value where a name with dots says: that of a.b is b in the group a, which need not be there yet.
func Nest(t testing.TB, m map[string]any, name string, value any) {
	t.Helper()
	groups := strings.Split(name, ".")
	for _, g := range groups[:len(groups)-1] {
		if m[g] == nil {
			m[g] = map[string]any{}
		}
		inner, ok := m[g].(map[string]any)
		if !ok {
			t.Fatalf("%q in %q is no group", g, name)
		}
		m = inner
	}
	m[groups[len(groups)-1]] = value
}

// cutToken takes one token, quoted or not, and the separator after it off s.
func cutToken(s string, sep byte) (token, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return s, "", false
		}
		token, _ = strconv.Unquote(quoted)
		rest = s[len(quoted):]
		return token, strings.TrimPrefix(rest, string(sep)), strings.HasPrefix(rest, string(sep))
	}
	return strings.Cut(s, string(sep))
}
