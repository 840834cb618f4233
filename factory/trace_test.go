package factory_test

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

type spanKey struct{}

// span is a pair of ids in a context.
func span(ctx context.Context) (traceID, spanID string) {
	ids, _ := ctx.Value(spanKey{}).([2]string)
	return ids[0], ids[1]
}

func TestTrace(t *testing.T) {
	with := func(traceID, spanID string) context.Context {
		return context.WithValue(t.Context(), spanKey{}, [2]string{traceID, spanID})
	}
	for _, test := range []struct {
		name string
		ctx  context.Context
		want []slog.Attr
	}{
		{"both", with("abc", "12"), []slog.Attr{slog.String("trace_id", "abc"), slog.String("span_id", "12")}},
		{"trace only", with("abc", ""), []slog.Attr{slog.String("trace_id", "abc")}},
		{"span only", with("", "12"), []slog.Attr{slog.String("span_id", "12")}},
		{"empty", with("", ""), nil},
		{"none", t.Context(), nil},
		{"no context", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := apply(test.ctx, factory.Trace(span), readyRecord(slog.LevelInfo, slog.Int("a", 1)))
			if diff := cmp.Diff(test.want, got, cmp.Transformer("", slog.Attr.String)); diff != "" && len(got)+len(test.want) > 0 {
				t.Error(diff)
			}
		})
	}
	h := factory.New(slogx.JSON(io.Discard, nil), factory.Trace(span))
	wantAllocs(t, "Trace", 0, func() { _ = h.Handle(t.Context(), readyRecord(0)) })
}

// TestTraceInGroup: the ids stay at the root, where collectors look for them.
func TestTraceInGroup(t *testing.T) {
	ctx := context.WithValue(t.Context(), spanKey{}, [2]string{"abc", "12"})
	got := loggedJSON(t, []factory.Layer{factory.Trace(span)}, func(l *slog.Logger) {
		l.WithGroup("g").InfoContext(ctx, "hello", "a", 1)
	})
	want := map[string]any{"level": "INFO", "msg": "hello", "g": map[string]any{"a": 1.0}, "trace_id": "abc", "span_id": "12"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
