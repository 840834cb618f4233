package snapshot

import "context"

// Context returns a context for a record that is kept. It has the values of ctx, but is never done: what the record was
// part of may be over by then. For a nil ctx, or one that panics when asked so late, it is the background's.
func Context(ctx context.Context) (kept context.Context) {
	if ctx == nil {
		return context.Background()
	}
	defer func() {
		if recover() != nil {
			kept = context.Background()
		}
	}()
	if ctx.Done() == nil {
		return ctx
	}
	return context.WithoutCancel(ctx)
}
