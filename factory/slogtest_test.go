package factory_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/slogtest"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

// layerKinds make layer number i.
var layerKinds = map[string]func(i int) factory.Layer{
	"Attrs":       func(i int) factory.Layer { return factory.Layer{Factory: factory.Attrs(injected(i))} },
	"FromContext": func(i int) factory.Layer { return factory.Layer{Factory: fromContext(injected(i))} },
	"function":    func(i int) factory.Layer { return factory.Layer{Factory: addAttrs(injected(i))} },
	"InGroup":     func(i int) factory.Layer { return factory.Layer{Factory: ifNotEmpty(injected(i)), InGroup: true} },
	"ReplaceAttr": func(int) factory.Layer { return factory.Layer{ReplaceAttr: unchanged} },
}

func injected(i int) slog.Attr { return slog.Int("injected"+strconv.Itoa(i), i) }

// ifNotEmpty adds a to a record that has attributes of its own. A group without has to stay empty.
func ifNotEmpty(a slog.Attr) factory.Factory {
	return func(_ context.Context, r slog.Record) slog.Record {
		if own := attrsOf(r); len(own) > 0 && !strings.HasPrefix(own[0].Key, "injected") {
			r.AddAttrs(a)
		}
		return r
	}
}

// chained returns n layers of these kinds in turn.
func chained(n int, kinds ...string) []factory.Layer {
	layers := make([]factory.Layer, n)
	for i := range layers {
		kind := kinds[i%len(kinds)]
		layers[i] = layerKinds[kind](i)
		layers[i].Name = kind
	}
	return layers
}

func TestSlogtest(t *testing.T) {
	all := slices.Sorted(maps.Keys(layerKinds))
	for _, n := range []int{0, 1, 4, 16} {
		for _, kind := range all {
			testSlogtest(t, fmt.Sprintf("%d of %s", n, kind), factory.Middleware(chained(n, kind)...))
		}
		testSlogtest(t, fmt.Sprintf("%d of all", n), factory.Middleware(chained(n, all...)...))
	}
	testSlogtest(t, "Global", factory.Global)
}

func testSlogtest(t *testing.T, name string, wrap slogx.Middleware) {
	for _, f := range formats {
		t.Run(name+"/"+f.name, func(t *testing.T) {
			var buf *bytes.Buffer
			slogtest.Run(t, func(*testing.T) slog.Handler {
				buf = new(bytes.Buffer)
				return wrap(f.make(buf))
			}, func(t *testing.T) map[string]any { return parse(t, buf.String()) })
		})
	}
	t.Run(name+"/rotate", func(t *testing.T) {
		var file *rotate.Handler
		slogtest.Run(t, func(t *testing.T) slog.Handler {
			file = openFile(t, slogx.Options{Format: slogx.JSON, ErrorHandler: mustErr(t)})
			return wrap(file)
		}, func(t *testing.T) map[string]any {
			text, err := os.ReadFile(file.Name())
			if err != nil {
				t.Fatal(err)
			}
			return parse(t, string(text))
		})
	})
}

// parse returns the attributes of the only line.
func parse(t *testing.T, line string) map[string]any {
	t.Helper()
	m := map[string]any{}
	if !strings.HasPrefix(line, "{") {
		parseText(t, strings.TrimSuffix(line, "\n"), m)
		return m
	}
	decoder := json.NewDecoder(strings.NewReader(line))
	if err := decoder.Decode(&m); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	if _, err := decoder.Token(); err != io.EOF {
		t.Fatalf("more than one record: %q", line)
	}
	return m
}

// parseText parses key=value pairs without quotes, but for those of times.
func parseText(t *testing.T, line string, top map[string]any) {
	t.Helper()
	for field := range strings.FieldsSeq(line) {
		key, value, ok := strings.Cut(field, "=")
		if !ok {
			t.Fatalf("no = in %q of %q", field, line)
		}
		groups := strings.Split(key, ".")
		m := top
		for _, g := range groups[:len(groups)-1] {
			inner, _ := m[g].(map[string]any)
			if inner == nil {
				inner = map[string]any{}
				m[g] = inner
			}
			m = inner
		}
		m[groups[len(groups)-1]] = value
	}
}
