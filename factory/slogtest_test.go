package factory_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/slogtest"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/internal/testkit"
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
			file = openFile(t, slogx.Options{Format: slogx.JSON, ErrorHandler: testkit.NoErrors(t)})
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
	if strings.HasPrefix(line, "{") {
		return testkit.ParseJSON(t, line)
	}
	return testkit.ParseText(t, line)
}
