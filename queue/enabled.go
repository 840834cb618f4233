package queue

import (
	"context"
	"log/slog"
)

// reaches reports whether level is at least l's; and if l panics, for rather a record too many.
func reaches(level slog.Level, l slog.Leveler) (reached bool) {
	if least, ok := l.(slog.Level); ok {
		return level >= least
	}
	defer trueIfPanics(&reached)
	return level >= l.Level()
}

// enabled reports whether h is enabled; and if it panics, for then its Handle, which can say so, will most likely, too.
func enabled(ctx context.Context, h slog.Handler, level slog.Level) (yes bool) {
	defer trueIfPanics(&yes)
	return h.Enabled(ctx, level)
}

func trueIfPanics(yes *bool) {
	if recover() != nil {
		*yes = true
	}
}
