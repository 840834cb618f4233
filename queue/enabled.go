package queue

import (
	"context"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// reaches reports whether level is at least l's; and if l panics, for rather a record too many.
func reaches(level slog.Level, l slog.Leveler) (reached bool) {
	if least, ok := l.(slog.Level); ok {
		return level >= least
	}
	reached = true
	_ = safe.Do(func() error {
		reached = level >= l.Level()
		return nil
	})
	return reached
}

// enabled reports whether h is enabled; and if it panics, for then its Handle, which can say so, will most likely, too.
func enabled(ctx context.Context, h slog.Handler, level slog.Level) (yes bool) {
	yes = true
	_ = safe.Do(func() error {
		yes = h.Enabled(ctx, level)
		return nil
	})
	return yes
}
