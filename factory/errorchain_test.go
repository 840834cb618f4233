package factory_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

type badError struct{ unwrapped error }

func (badError) Error() string   { panic("secret in Error") }
func (e badError) Unwrap() error { return e.unwrapped }

type badUnwrap struct{ error }

func (badUnwrap) Unwrap() error { panic("secret in Unwrap") }

type badJoin struct{ error }

func (badJoin) Unwrap() []error { panic("secret in Unwrap") }

// cyclic wraps whatever next is.
type cyclic struct{ next error }

func (*cyclic) Error() string   { return "round" }
func (e *cyclic) Unwrap() error { return e.next }

// endless wraps another one each time, and cannot be compared.
type endless []int

func (endless) Error() string   { return "on" }
func (e endless) Unwrap() error { return append(endless{0}, e...) }

type quiet struct{ error }

func (quiet) LogValue() slog.Value { return slog.StringValue("nothing to see") }
func (e quiet) Unwrap() error      { return e.error }

// link is an element of a chain in JSON.
type link map[string]any

func chainIn(t *testing.T, m map[string]any, key string) (chain []link) {
	t.Helper()
	list, _ := m[key].([]any)
	for _, e := range list {
		chain = append(chain, e.(map[string]any))
	}
	return chain
}

func TestErrorChain(t *testing.T) {
	path := &fs.PathError{Op: "open", Path: "shop.conf", Err: fs.ErrNotExist}
	joined := errors.Join(fmt.Errorf("a: %w", io.EOF), nil, io.ErrClosedPipe, io.EOF)
	round := &cyclic{}
	round.next = fmt.Errorf("again: %w", round)
	for _, test := range []struct {
		name string
		err  error
		want []link
	}{
		{"wraps nothing", io.EOF, nil},
		{"wraps nil", &cyclic{}, nil},
		{"panics in Unwrap", badUnwrap{io.EOF}, nil},
		{"wraps", fmt.Errorf("load: %w", path), []link{
			{"depth": 0.0, "type": "*fmt.wrapError", "message": "load: open shop.conf: file does not exist"},
			{"depth": 1.0, "type": "*fs.PathError", "message": "open shop.conf: file does not exist"},
			{"depth": 2.0, "type": "*errors.errorString", "message": "file does not exist"},
		}},
		{"joined, one of them twice", joined, []link{
			{"depth": 0.0, "type": "*errors.joinError", "message": "a: EOF\nio: read/write on closed pipe\nEOF"},
			{"depth": 1.0, "type": "*fmt.wrapError", "message": "a: EOF"},
			{"depth": 2.0, "type": "*errors.errorString", "message": "EOF"},
			{"depth": 1.0, "type": "*errors.errorString", "message": "io: read/write on closed pipe"},
		}},
		{"cycle", round, []link{
			{"depth": 0.0, "type": "*factory_test.cyclic", "message": "round"},
			{"depth": 1.0, "type": "*fmt.wrapError", "message": "again: round"},
		}},
		{"panics in Error", badError{io.EOF}, []link{
			{"depth": 0.0, "type": "factory_test.badError", "message": "!PANIC in Error"},
			{"depth": 1.0, "type": "*errors.errorString", "message": "EOF"},
		}},
		{"panics in Unwrap further down", fmt.Errorf("a: %w", badJoin{io.EOF}), []link{
			{"depth": 0.0, "type": "*fmt.wrapError", "message": "a: EOF"},
			{"depth": 1.0, "type": "factory_test.badJoin", "message": "EOF"},
			{"depth": 0.0, "message": "..."},
		}},
		{"long", fmt.Errorf("%w%s", io.EOF, strings.Repeat("x", 2000)), []link{
			{"depth": 0.0, "type": "*fmt.wrapError", "message": "EOF" + strings.Repeat("x", 1002) + "...(998 bytes cut)"},
			{"depth": 1.0, "type": "*errors.errorString", "message": "EOF"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := loggedJSON(t, []factory.Layer{factory.ErrorChain()}, func(l *slog.Logger) { l.Error("x", "err", test.err) })
			if diff := cmp.Diff(test.want, chainIn(t, m, "err.chain")); diff != "" {
				t.Error(diff)
			}
			if line := fmt.Sprint(m["err.chain"]); strings.Contains(line, "secret") {
				t.Errorf("the value of a panic: %s", line)
			}
		})
	}
}

func TestErrorChainBounds(t *testing.T) {
	wide := make([]error, 10_000)
	deep := io.EOF
	for i := range wide {
		wide[i] = fmt.Errorf("error %d", i)
		deep = &cyclic{deep}
	}
	for name, err := range map[string]error{"endless": endless{}, "wide": errors.Join(wide...), "deep": deep} {
		m := loggedJSON(t, []factory.Layer{factory.ErrorChain()}, func(l *slog.Logger) { l.Error("x", "err", err) })
		chain := chainIn(t, m, "err.chain")
		if len(chain) != 33 || chain[32]["message"] != "..." {
			t.Errorf("%s: %d links, the last is %v", name, len(chain), chain[len(chain)-1])
		}
	}
}

// TestErrorChainPlaces: a chain stands beside its error; one in a group of the record has a path.
func TestErrorChainPlaces(t *testing.T) {
	err := fmt.Errorf("a: %w", io.EOF)
	const chain = `[{"depth":0,"type":"*fmt.wrapError","message":"a: EOF"},` +
		`{"depth":1,"type":"*errors.errorString","message":"EOF"}]`
	for _, test := range []struct {
		name string
		do   func(*slog.Logger)
		want string
	}{
		{
			"two", func(l *slog.Logger) { l.Info("x", "a", err, "b", err) },
			`"a":"a: EOF","b":"a: EOF","a.chain":CHAIN,"b.chain":CHAIN`,
		},
		{
			"open group", func(l *slog.Logger) { l.WithGroup("g").Info("x", "err", err) },
			`"g":{"err":"a: EOF","err.chain":CHAIN}`,
		},
		{
			"groups of the record", func(l *slog.Logger) {
				l.WithGroup("g").Info("x", slog.Group("db", slog.Group("tx", "err", err), "err", err), "err", err)
			},
			`"g":{"db":{"tx":{"err":"a: EOF"},"err":"a: EOF"},"err":"a: EOF",` +
				`"db.tx.err.chain":CHAIN,"db.err.chain":CHAIN,"err.chain":CHAIN}`,
		},
		{
			"inline group", func(l *slog.Logger) { l.Info("x", slog.Group("", "err", err)) },
			`"err":"a: EOF","err.chain":CHAIN`,
		},
		{"With", func(l *slog.Logger) { l.With("err", err).Info("x") }, `"err":"a: EOF"`},
		{"LogValuer", func(l *slog.Logger) { l.Info("x", "err", quiet{err}) }, `"err":"nothing to see"`},
		{"nil", func(l *slog.Logger) { l.Info("x", "err", nil) }, `"err":null`},
	} {
		for _, f := range readyFormats {
			if strings.Contains(f.name, "Text") {
				continue
			}
			t.Run(test.name+"/"+f.name, func(t *testing.T) {
				got := logged(t, f.format, []factory.Layer{factory.ErrorChain()}, test.do)
				want := `{"level":"INFO","msg":"x",` + strings.ReplaceAll(test.want, "CHAIN", chain) + "}\n"
				if got != want {
					t.Errorf("got  %swant %s", got, want)
				}
			})
		}
	}
}

func TestErrorChainText(t *testing.T) {
	got := logged(t, slogx.Text, []factory.Layer{factory.ErrorChain()}, func(l *slog.Logger) {
		l.Info("x", "err", fmt.Errorf("a\nlevel=ERROR: %w", io.EOF))
	})
	const want = `level=INFO msg=x err="a\nlevel=ERROR: EOF" ` +
		`err.chain="a\nlevel=ERROR: EOF (*fmt.wrapError); EOF (*errors.errorString)"` + "\n"
	if got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func TestErrorChainAllocations(t *testing.T) {
	l := factory.ErrorChain()
	r := readyRecord(slog.LevelError, slog.Any("err", io.EOF), slog.Int("a", 1),
		slog.Group("g", slog.Group("h", "b", 2)), slog.String("c", "d"))
	wantAllocs(t, "no chain", 0, func() { l.Factory(t.Context(), r) })
}
