package factory

import (
	"context"
	"log/slog"
)

// Trace returns a [Layer] that adds what ids finds in the context of the log call, as "trace_id" and "span_id": the
// names that OpenTelemetry gives them ("Trace Context in non-OTLP Log Formats"), where they are lowercase hexadecimal. An
// empty id is left out, and ids is not called with a nil context. With OpenTelemetry's own API it is
//
//	func(ctx context.Context) (string, string) {
//		sc := trace.SpanContextFromContext(ctx)
//		if !sc.IsValid() {
//			return "", ""
//		}
//		return sc.TraceID().String(), sc.SpanID().String()
//	}
func Trace(ids func(ctx context.Context) (traceID, spanID string)) Layer {
	return Layer{Name: "trace", Factory: adding(func(ctx context.Context, _ logCall, to []slog.Attr) []slog.Attr {
		if ctx == nil {
			return to
		}
		traceID, spanID := ids(ctx)
		if traceID != "" {
			to = append(to, slog.String("trace_id", traceID))
		}
		if spanID != "" {
			to = append(to, slog.String("span_id", spanID))
		}
		return to
	})}
}
