package memory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/slogx"
)

// problem is an error and the record it concerns. It is carried to where no lock is held and reported there.
type problem struct {
	ctx context.Context
	r   slog.Record
	err error
}

// reporter gives errors to an ErrorHandler, once.
type reporter struct {
	onError slogx.ErrorHandler
	telling reported.Teller
}

// report returns p's error, nil if p is nil. The ErrorHandler is told, unless that of the target has been. If it logs
// through the very handler, what fails of that it is not told: it would never end.
func (rep *reporter) report(p *problem) error {
	if p == nil {
		return nil
	}
	err := p.err
	if reported.Rest(err) == nil {
		return err
	}
	ctx := p.ctx
	if ctx == nil {
		ctx = context.Background()
	}
	rep.telling.Tell(ctx, func() {
		panicked := safe.Do(func() error {
			rep.onError(ctx, p.r, p.err)
			return nil
		})
		if panicked != nil {
			err = errors.Join(err, fmt.Errorf("ErrorHandler: %w", panicked))
		}
	})
	return reported.Mark(err)
}

// What happens to records because of an error is told also where that error has been. Hence these are errors of their own.
var (
	errLost    = errors.New("memory: lost at Close")
	errRefused = errors.New("memory: refused")
)

// lost is the error of n records that Close could not save.
func lost(n int, cause error) error { return fmt.Errorf("%w, %d records: %w", errLost, n, cause) }
