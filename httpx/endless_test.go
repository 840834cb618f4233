package httpx

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
)

// endless resolves to a group that it is in.
type endless struct{}

func (endless) LogValue() slog.Value { return slog.GroupValue(slog.Any("x", endless{})) }

// TestEndless: neither groups without end nor a map that contains itself end the program.
func TestEndless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loop := map[string]any{}
		loop["loop"] = loop
		all := func(r slog.Record) (attrs []slog.Attr) {
			r.Attrs(func(a slog.Attr) bool {
				attrs = append(attrs, a)
				return true
			})
			return attrs
		}
		same := func(_ []string, a slog.Attr) slog.Attr { return a }
		for name, o := range map[string]Options{"Form": {}, "JSON": {Encoding: JSON}, "MapRecord": {MapRecord: all}} {
			for _, replace := range []func([]string, slog.Attr) slog.Attr{nil, same} {
				tr := new(transport)
				o.Options, o.Client = failOnError(t), tr.client()
				o.ReplaceAttr = replace
				h := NewHandler("https://h/", &o)
				if err := h.Handle(t.Context(), record1("x", slog.Any("e", endless{}), slog.Any("l", loop), slog.Int("last", 1))); err != nil {
					t.Error(name, err)
				}
				if err := h.Close(); err != nil {
					t.Error(name, err)
				}
				if r := tr.got(); len(r) != 1 || !strings.Contains(r[0].uri+r[0].body, "last") {
					t.Errorf("%s: %.1000v", name, r)
				}
			}
		}
	})
}
