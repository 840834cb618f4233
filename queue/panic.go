package queue

import (
	"context"
	"log/slog"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// FlushOnPanic flushes h, a handler or what wraps one, if the goroutine panics, and panics on:
//
//	defer queue.FlushOnPanic(handler)
//
// belongs at the top of main and of every goroutine that may panic, for a panic that nobody recovers ends the program
// without the deferred calls of others. It waits 5 s at most.
func FlushOnPanic(h slog.Handler) {
	p := recover()
	if p == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = within(ctx, func() error { return slogx.Flush(h) })
	panic(p)
}
