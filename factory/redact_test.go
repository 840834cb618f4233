package factory_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

// secret must not be in any output.
const secret = "hunter2"

type header map[string][]string

type resolves struct{ to slog.Value }

func (r resolves) LogValue() slog.Value { return r.to }

type panics struct{}

func (panics) LogValue() slog.Value { panic(secret) }

// mapError is a map that is logged as a text.
type mapError map[string]string

func (mapError) Error() string { return "two fields are bad" }

// redactCases have a secret in every place that Redact("password", "http.request.authorization") covers.
var redactCases = []struct {
	name string
	do   func(*slog.Logger)
	want string // in JSON, after the message
}{
	{"record", func(l *slog.Logger) { l.Info("x", "password", secret) }, `"password":"REDACTED"`},
	{"other case", func(l *slog.Logger) { l.Info("x", "PassWord", secret) }, `"PassWord":"REDACTED"`},
	{"Unicode case", func(l *slog.Logger) { l.Info("x", "pa\u017fsword", secret) }, `"paſsword":"REDACTED"`},
	{"not a string", func(l *slog.Logger) { l.Info("x", "password", []string{secret}) }, `"password":"REDACTED"`},
	{"error", func(l *slog.Logger) { l.Info("x", "password", errors.New(secret)) }, `"password":"REDACTED"`},
	{
		"twice", func(l *slog.Logger) { l.Info("x", "password", secret, "password", secret) },
		`"password":"REDACTED","password":"REDACTED"`,
	},
	{"With", func(l *slog.Logger) { l.With("password", secret).Info("x") }, `"password":"REDACTED"`},
	{
		"With in a group", func(l *slog.Logger) { l.WithGroup("g").With("password", secret).Info("x", "password", secret) },
		`"g":{"password":"REDACTED","password":"REDACTED"}`,
	},
	{
		"group", func(l *slog.Logger) { l.Info("x", slog.Group("g", "a", 1, slog.Group("h", "password", secret))) },
		`"g":{"a":1,"h":{"password":"REDACTED"}}`,
	},
	{
		"group of that name", func(l *slog.Logger) {
			l.Info("x", slog.Group("password", "old", secret, slog.Group("new", "v", secret)))
		},
		`"password":{"old":"REDACTED","new":{"v":"REDACTED"}}`,
	},
	{
		"open group of that name", func(l *slog.Logger) { l.WithGroup("password").Info("x", "v", secret) },
		`"password":{"v":"REDACTED"}`,
	},
	{"inline group", func(l *slog.Logger) { l.Info("x", slog.Group("", "password", secret)) }, `"password":"REDACTED"`},
	{
		"LogValuer of an inline group", func(l *slog.Logger) {
			l.With("", resolves{slog.GroupValue(slog.String("password", secret))}).
				Info("x", "", resolves{slog.GroupValue(slog.String("password", secret))})
		},
		`"password":"REDACTED","password":"REDACTED"`,
	},
	{
		"inline group in With", func(l *slog.Logger) { l.With(slog.Group("", "password", secret)).Info("x") },
		`"password":"REDACTED"`,
	},
	{
		"inline group in a group", func(l *slog.Logger) {
			l.Info("x", slog.Group("http", slog.Group("", slog.Group("request", "authorization", secret))))
		},
		`"http":{"request":{"authorization":"REDACTED"}}`,
	},
	{
		"path", func(l *slog.Logger) { l.WithGroup("http").WithGroup("request").Info("x", "Authorization", secret) },
		`"http":{"request":{"Authorization":"REDACTED"}}`,
	},
	{
		"path in one key", func(l *slog.Logger) { l.Info("x", "http.request.authorization", secret) },
		`"http.request.authorization":"REDACTED"`,
	},
	{
		"path across keys", func(l *slog.Logger) {
			l.WithGroup("app").Info("x", slog.Group("http.request", "authorization", secret))
		},
		`"app":{"http.request":{"authorization":"REDACTED"}}`,
	},
	{"renamed elsewhere", func(l *slog.Logger) { l.Info("x", "web.password#12#2", secret) }, `"web.password#12#2":"REDACTED"`},
	{
		"LogValuer", func(l *slog.Logger) { l.Info("x", "password", resolves{slog.StringValue(secret)}) },
		`"password":"REDACTED"`,
	},
	{
		"LogValuer of a group", func(l *slog.Logger) {
			l.Info("x", "user", resolves{slog.GroupValue(slog.String("password", secret))})
		},
		`"user":{"password":"REDACTED"}`,
	},
	{
		"LogValuer of a LogValuer", func(l *slog.Logger) {
			inner := slog.Any("password", resolves{slog.StringValue(secret)})
			l.With("user", resolves{slog.AnyValue(resolves{slog.GroupValue(inner)})}).Info("x")
		},
		`"user":{"password":"REDACTED"}`,
	},
	{"LogValuer that panics", func(l *slog.Logger) { l.Info("x", "password", panics{}) }, `"password":"REDACTED"`},
	{
		"map", func(l *slog.Logger) { l.Info("x", "m", map[string]any{"a": 1, "password": secret}) },
		`"m":{"a":1,"password":"REDACTED"}`,
	},
	{
		"map of strings", func(l *slog.Logger) { l.Info("x", "m", map[string]string{"a": "b", "password": secret}) },
		`"m":{"a":"b","password":"REDACTED"}`,
	},
	{
		"map of a type", func(l *slog.Logger) { l.Info("x", "m", header{"A": {"b"}, "Password": {secret}}) },
		`"m":{"A":["b"],"Password":"REDACTED"}`,
	},
	{"maps in a slice", func(l *slog.Logger) {
		l.Info("x", "m", []any{map[int]bool{}, map[string]any{"password": map[string]any{"v": secret}}})
	}, `"m":[{},{"password":"REDACTED"}]`},
	{
		"maps in maps", func(l *slog.Logger) {
			l.With("m", []any{nil, 1, &map[string]any{"n": []map[string]string{{"a": "b"}, {"password": secret}}}}).Info("x")
		},
		`"m":[null,1,{"n":[{"a":"b"},{"password":"REDACTED"}]}]`,
	},
	{
		"path in a map", func(l *slog.Logger) {
			l.WithGroup("http").Info("x", "request", map[string]any{"a": nil, "authorization": []string{secret}})
		},
		`"http":{"request":{"a":null,"authorization":"REDACTED"}}`,
	},
	{
		"path ends in a map", func(l *slog.Logger) { l.Info("x", "http.request", map[string]any{"authorization": secret}) },
		`"http.request":{"authorization":"REDACTED"}`,
	},
	{
		"error chain", func(l *slog.Logger) {
			l.Info("x", slog.Group("g", "password", fmt.Errorf("a: %w", errors.New(secret))))
		},
		`"g":{"password":"REDACTED"},"g.password.chain":"REDACTED"`,
	},
	{
		"error chain in a group", func(l *slog.Logger) {
			l.WithGroup("http").WithGroup("request").Info("x", "authorization", fmt.Errorf("a: %w", errors.New(secret)))
		},
		`"http":{"request":{"authorization":"REDACTED","authorization.chain":"REDACTED"}}`,
	},
	{
		"other keys", func(l *slog.Logger) {
			l.Info("x", "password_hash", 1, "pass", 2, "the password", 3, "authorization", 4, "request.authorization", 5,
				"err", mapError{"password": "bad"}, "map", header{"A": {"b"}})
		},
		`"password_hash":1,"pass":2,"the password":3,"authorization":4,"request.authorization":5,` +
			`"err":"two fields are bad","map":{"A":["b"]}`,
	},
}

func TestRedact(t *testing.T) {
	layers := []factory.Layer{factory.ErrorChain(), factory.Redact("password", "HTTP.request.Authorization", "")}
	for _, test := range redactCases {
		for _, f := range readyFormats {
			t.Run(test.name+"/"+f.name, func(t *testing.T) {
				got := logged(t, f.format, layers, test.do)
				if strings.Contains(got, secret) || strings.Count(got, "\n") != 1 {
					t.Errorf("leaked: %s", got)
				}
				if want := `{"level":"INFO","msg":"x",` + test.want + "}\n"; !strings.Contains(f.name, "Text") && got != want {
					t.Errorf("got  %swant %s", got, want)
				}
			})
		}
	}
}

// TestRedactLayers: what layers in front add is redacted, however they add it and whatever it is called in the end.
func TestRedactLayers(t *testing.T) {
	password := slog.String("password", secret)
	add := func(_ context.Context, r slog.Record) slog.Record {
		r.AddAttrs(slog.Group("", password), slog.Group("g", password))
		return r
	}
	for name, l := range map[string]factory.Layer{
		"Attrs":       {Factory: factory.Attrs(password)},
		"FromContext": {Factory: factory.FromContext(func(context.Context) []slog.Attr { return []slog.Attr{password} })},
		"own":         {Factory: add},
	} {
		for _, policy := range []factory.Collision{factory.Keep, factory.Rename, factory.Replace, factory.Both, factory.Reject} {
			for _, inGroup := range []bool{false, true} {
				l.Name, l.OnCollision, l.InGroup, l.ErrorHandler = "web", policy, inGroup, slogx.IgnoreErrors
				again := l
				again.Name = "again"
				for _, f := range readyFormats {
					got := logged(t, f.format, []factory.Layer{l, again, factory.Redact("password")}, func(l *slog.Logger) {
						l.Info("x", "password", secret)
						l.With("password", secret).Info("x")
						l.WithGroup("g").With("password", secret).Info("x", "password", secret)
						l.WithGroup("password").Info("x", "v", secret)
					})
					if strings.Contains(got, secret) || strings.Count(got, "REDACTED") < 4 {
						t.Errorf("%s, policy %v, InGroup %v, %s: %s", name, policy, inGroup, f.name, got)
					}
				}
			}
		}
	}
}

// TestRedactUnderOthers: a handler that redacts covers what other handlers in front of it add and rename.
func TestRedactUnderOthers(t *testing.T) {
	web := factory.Layer{
		Name: "web", OnCollision: factory.Rename, InGroup: true,
		Factory: factory.Attrs(slog.String("password", secret)),
	}
	got := logged(t, slogx.JSON, []factory.Layer{factory.Redact("password")}, func(l *slog.Logger) {
		h := slogx.Fanout(l.Handler()).WithGroup("g")
		slog.New(factory.New(h, web, web)).Info("x", "password", secret)
	})
	const want = `{"level":"INFO","msg":"x",` +
		`"g":{"password":"REDACTED","web.password":"REDACTED","web.password#2":"REDACTED"}}` + "\n"
	if got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

// TestRedactLimits: what is too deep or too large to search is not shown.
func TestRedactLimits(t *testing.T) {
	deep := map[string]any{"password": secret}
	for range 100 {
		deep = map[string]any{"m": deep}
	}
	cyclic := map[string]any{"password": secret}
	cyclic["a"], cyclic["b"] = cyclic, []any{cyclic}
	large := make([]any, 1<<16)
	for i := range large {
		large[i] = map[string]any{"password": secret}
	}
	type self []self
	for name, v := range map[string]any{
		"deep": deep, "cyclic": cyclic, "large": large, "keys": map[any]any{1: "a", "password": secret},
	} {
		got := factory.Redact("password").ReplaceAttr(nil, slog.Any("m", v))
		if s := fmt.Sprint(got); strings.Contains(s, secret) || !strings.Contains(s, "REDACTED") {
			t.Errorf("%s: %.1000s", name, s)
		}
	}
	if got := factory.Redact("password").ReplaceAttr(nil, slog.Any("m", self{})); fmt.Sprint(got) != "m=[]" {
		t.Errorf("got %v", got)
	}
}

// TestRedactLeavesTheOriginal: the caller's map is copied, if there is need.
func TestRedactLeavesTheOriginal(t *testing.T) {
	inner := map[string]any{"password": secret}
	m := map[string]any{"a": []any{inner}}
	factory.Redact("password").ReplaceAttr(nil, slog.Any("m", m))
	if inner["password"] != secret || m["a"].([]any)[0].(map[string]any)["password"] != secret {
		t.Errorf("changed: %v", m)
	}
	a := slog.Any("m", header{"A": {"b"}})
	if got, ok := factory.Redact("password").ReplaceAttr(nil, a).Value.Any().(header); !ok || len(got) != 1 {
		t.Errorf("a map without secrets has become %v", got)
	}
}

func TestRedactAllocations(t *testing.T) {
	l := factory.Redact("password", "token", "http.request.authorization")
	groups := []string{"http", "request"}
	for _, a := range []slog.Attr{
		slog.String("user", "x"), slog.Int("http.response.status", 200), slog.String("password", secret),
		slog.Any("err", errors.New("x")), slog.Any("list", []string{"a"}),
	} {
		wantAllocs(t, a.Key, 0, func() { l.ReplaceAttr(groups, a) })
	}
}

// FuzzRedact builds groups, maps and attributes of logger.With, with secrets under keys that are redacted, and values that
// must stay under others.
func FuzzRedact(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("0123456789"))
	f.Add([]byte("\x05\x01\x02\x03\x04\x05\x06\x07\x06\x05\x04\x03\x02\x01\x00\x06\x06\x06\x00\x01\x02"))
	f.Add([]byte("\x06\x06\x01\x02\x05\x05\x04\x03\x03\x02\x09\x09\x01\x01\x00\x04\x08\x03"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range readyFormats {
			g := &secretGenerator{data: data}
			out := logged(t, format.format, []factory.Layer{factory.Redact("password", "db.key")}, func(l *slog.Logger) {
				for range g.pick(4) {
					if g.pick(2) == 0 {
						l = l.With(g.attr(0))
					} else {
						l = l.WithGroup(g.name("g"))
					}
				}
				l.Info("x", g.attr(0), g.attr(0), "end", 1)
			})
			redacted, visible := strings.Count(out, "REDACTED"), strings.Count(out, "visible")
			if strings.Contains(out, secret) || redacted != g.secrets || visible != g.visible {
				t.Errorf("%s: %d secrets and %d others in %s", format.name, g.secrets, g.visible, out)
			}
		}
	})
}

type secretGenerator struct {
	data             []byte
	names            int // so far, so that none comes twice
	secrets, visible int
}

func (g *secretGenerator) pick(n int) int {
	if len(g.data) == 0 {
		return 0
	}
	b := g.data[0]
	g.data = g.data[1:]
	return int(b) % n
}

func (g *secretGenerator) name(prefix string) string {
	g.names++
	return fmt.Sprint(prefix, g.names)
}

func (g *secretGenerator) attr(depth int) slog.Attr {
	kind := g.pick(7)
	if depth > 6 {
		kind %= 2
	}
	switch kind {
	case 0:
		g.visible++
		return slog.String(g.name("password"), "visible")
	case 1:
		g.secrets++
		return slog.String([]string{"password", "Password", "x.PASSWORD", "db.key", "password#3"}[g.pick(5)], secret)
	case 2:
		return slog.Group(g.name("g"), g.attr(depth+1), g.attr(depth+1))
	case 3:
		return slog.Group("", g.attr(depth+1), g.attr(depth+1))
	case 4:
		g.secrets++
		return slog.Group("db", "key", secret, g.attr(depth+1))
	case 5:
		return slog.Any(g.name("v"), resolves{slog.GroupValue(g.attr(depth + 1))})
	default:
		return slog.Any(g.name("m"), g.value(depth+1))
	}
}

func (g *secretGenerator) value(depth int) any {
	kind := g.pick(4)
	if depth > 6 {
		kind %= 2
	}
	switch kind {
	case 0:
		g.visible++
		return "visible"
	case 1:
		g.secrets++
		return map[string]string{"password": secret}
	case 2:
		g.secrets++
		return map[string]any{g.name("db.k"): g.value(depth + 1), "Password": []any{secret}}
	default:
		return []any{g.value(depth + 1), nil, g.value(depth + 1)}
	}
}
