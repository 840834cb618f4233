package factory_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

// token is a type whose values are secrets.
type token struct{ value string }

// tokenString is one that is a string.
type tokenString string

// A config holds tokens in its fields; of one it does not know.
type config struct {
	Name  string
	auth  *token
	Other []config
}

type tokenError struct{ token string }

func (e *tokenError) Error() string { return "bad token " + e.token }

// sensitive is an interface for secrets, which only a pointer to a password has.
type sensitive interface{ Sensitive() }

type password string

func (*password) Sensitive() {}

func TestRedactType(t *testing.T) {
	tok, pass := token{secret}, password(secret)
	conf := config{Name: "a", Other: []config{{auth: &tok}}}
	bad := &tokenError{secret}
	round := &cyclic{}
	round.next = round
	layers := map[string][]factory.Layer{
		"token":     {factory.RedactType[token]()},
		"*token":    {factory.RedactType[*token]()},
		"string":    {factory.RedactType[tokenString]()},
		"error":     {factory.ErrorChain(), factory.RedactType[*tokenError]()},
		"sensitive": {factory.RedactType[sensitive]()},
	}
	for _, test := range []struct {
		name  string
		layer string
		value any
		want  string // in JSON
	}{
		{"value", "token", tok, `"REDACTED"`},
		{"pointer", "token", &tok, `"REDACTED"`},
		{"value, asked for pointers", "*token", tok, `"REDACTED"`},
		{"pointer, asked for pointers", "*token", &tok, `"REDACTED"`},
		{"nil pointer", "token", (*token)(nil), `"REDACTED"`},
		{"field", "token", conf, `"REDACTED"`},
		{"slice", "token", []*token{&tok}, `"REDACTED"`},
		{"array", "token", [1]token{tok}, `"REDACTED"`},
		{"map", "token", map[string]token{"a": tok}, `"REDACTED"`},
		{"key", "token", map[token]int{tok: 1}, `"REDACTED"`},
		{"slice of interfaces", "token", []any{1, tok, &tok}, `[1,"REDACTED","REDACTED"]`},
		{"maps of interfaces", "token", map[string]any{"a": []any{map[string]any{"b": &conf}}}, `{"a":[{"b":"REDACTED"}]}`},
		{"named string", "string", tokenString(secret), `"REDACTED"`},
		{"named strings", "string", []tokenString{secret}, `"REDACTED"`},
		{"LogValuer", "token", resolves{slog.AnyValue(tok)}, `"REDACTED"`},
		{"error", "error", bad, `"REDACTED","k.chain":null`},
		{"wrapped error", "error", fmt.Errorf("a: %w", bad), `"REDACTED","k.chain":"REDACTED"`},
		{"joined error", "error", errors.Join(io.EOF, fmt.Errorf("a: %w", bad)), `"REDACTED","k.chain":"REDACTED"`},
		{"error that hides what it wraps", "error", badUnwrap{bad}, `"REDACTED","k.chain":null`},
		{"errors in a slice", "error", []error{io.EOF, fmt.Errorf("a: %w", bad)}, `[{},"REDACTED"]`},
		{"errors in a map", "error", map[string]any{"e": errors.Join(bad)}, `{"e":"REDACTED"}`},
		{"implements", "sensitive", &pass, `"REDACTED"`},
		{"implements by a pointer", "sensitive", pass, `"REDACTED"`},
		{"field that implements", "sensitive", struct{ P password }{pass}, `"REDACTED"`},
		{"string", "string", "a", `"a"`},
		{"nil", "token", nil, `null`},
		{"struct of others", "token", struct{ A tokenString }{"a"}, `{"A":"a"}`},
		{"other error", "error", fmt.Errorf("a: %s", "b"), `"a: b"`},
		{"cyclic error", "error", round, `"round"`},
		{"type of itself", "token", []config2{{}}, `[{"Next":null}]`},
	} {
		for _, f := range readyFormats {
			t.Run(test.name+"/"+f.name, func(t *testing.T) {
				value, chain, _ := strings.Cut(test.want, `,"k.chain":`)
				want := `"k":` + value
				if chain != "" && chain != "null" {
					want += `,"k.chain":` + chain
				}
				for where, do := range map[string]func(*slog.Logger){
					`{"level":"INFO","msg":"x",%s}` + "\n": func(l *slog.Logger) { l.Info("x", "k", test.value) },
					`{"level":"INFO","msg":"x","g":{%s}}` + "\n": func(l *slog.Logger) {
						l.WithGroup("g").Info("x", slog.Group("", "k", test.value))
					},
				} {
					got := logged(t, f.format, layers[test.layer], do)
					if strings.Contains(got, secret) {
						t.Errorf("leaked: %s", got)
					}
					if want := fmt.Sprintf(where, want); !strings.Contains(f.name, "Text") && got != want {
						t.Errorf("got  %swant %s", got, want)
					}
				}
				with := logged(t, f.format, layers[test.layer], func(l *slog.Logger) { l.With("k", test.value).Info("x") })
				want = fmt.Sprintf(`{"level":"INFO","msg":"x","k":%s}`+"\n", value)
				if !strings.Contains(f.name, "Text") && with != want {
					t.Errorf("With: got  %swant %s", with, want)
				}
			})
		}
	}
}

type config2 struct{ Next *config2 }

// TestRedactTypeKinds: types that slog keeps in another Kind.
func TestRedactTypeKinds(t *testing.T) {
	for _, test := range []struct {
		layer factory.Layer
		want  string
	}{
		{factory.RedactType[time.Duration](), "b=true d=REDACTED f=1.5 i=1 s=x t=2026-01-01T00:00:00.000Z u=2"},
		{factory.RedactType[*time.Time](), "b=true d=1s f=1.5 i=1 s=x t=REDACTED u=2"},
		{factory.RedactType[int](), "b=true d=1s f=1.5 i=REDACTED s=x t=2026-01-01T00:00:00.000Z u=2"},
		{factory.RedactType[string](), "b=true d=1s f=1.5 i=1 s=REDACTED t=2026-01-01T00:00:00.000Z u=2"},
		{factory.RedactType[fmt.Stringer](), "b=true d=REDACTED f=1.5 i=1 s=x t=REDACTED u=2"},
		{factory.RedactType[any](), "b=REDACTED d=REDACTED f=REDACTED i=REDACTED s=REDACTED t=REDACTED u=REDACTED"},
	} {
		got := logged(t, slogx.Text, []factory.Layer{test.layer}, func(l *slog.Logger) {
			l.Info("x", "b", true, "d", time.Second, "f", 1.5, "i", 1, "s", "x",
				"t", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "u", uint64(2))
		})
		if want := "level=INFO msg=x " + test.want + "\n"; got != want {
			t.Errorf("got  %swant %s", got, want)
		}
	}
}

func TestRedactTypeConcurrently(t *testing.T) {
	l := factory.RedactType[token]()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				for _, v := range []any{&token{}, config{}, []any{token{}}, "x", 1, io.EOF} {
					got := l.ReplaceAttr(nil, slog.Any("k", v))
					if s := fmt.Sprint(got); strings.Contains(s, "REDACTED") != (v != "x" && v != 1 && v != io.EOF) {
						t.Errorf("%T: %s", v, s)
					}
				}
			}
		})
	}
	all.Wait()
}

func TestRedactTypeAllocations(t *testing.T) {
	l := factory.RedactType[token]()
	for _, v := range []any{"x", 1, time.Second, token{}, &config{}, struct{ A int }{}, []string{"a"}, io.EOF} {
		a := slog.Any("k", v)
		wantAllocs(t, fmt.Sprintf("%T", v), 0, func() { l.ReplaceAttr(nil, a) })
	}
}
