package queue

import (
	"context"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// teller tells an ErrorHandler what nobody has been told of. One that logs through the very handler that has failed is not
// told what comes of that: it would never end.
type teller struct {
	onError slogx.ErrorHandler
	telling reported.Teller
}

// tell returns err, marked as told.
func (t *teller) tell(ctx context.Context, r slog.Record, err error) error {
	rest := untold(err)
	if rest == nil {
		return err
	}
	if ctx == nil {
		ctx = context.Background()
	}
	t.telling.Tell(ctx, func() {
		// There is nobody left to tell of a panic here.
		_ = safe.Do(func() error {
			t.onError(ctx, r, rest)
			return nil
		})
	})
	return reported.Mark(err)
}

// untold returns what of err nobody has been told; all of it, if its methods panic.
func untold(err error) (rest error) {
	rest = err
	_ = safe.Do(func() error {
		rest = reported.Rest(err)
		return nil
	})
	return rest
}
