package factory

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// Sequence returns a [Layer] that numbers the records, from 1, under key. All handlers that the Layer is given to, and
// those derived from them, count together. A number that is missing in a log is a record that was lost, or dropped by a
// handler further on. Goroutines that log at the same time may be written in another order than they were numbered in.
func Sequence(key string) Layer {
	last := new(atomic.Uint64)
	return Layer{Name: "sequence", Factory: adding(func(_ context.Context, _ logCall, to []slog.Attr) []slog.Attr {
		return append(to, slog.Uint64(key, last.Add(1)))
	})}
}
