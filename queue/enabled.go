package queue

import (
	"context"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/encode"
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

// levelOf returns the level that is all that decides whether h is enabled; nil: that must be asked. It knows it of our own
// handlers only, and no level that might panic.
func levelOf(h slog.Handler) slog.Leveler {
	inject := encode.InjectorOf(h)
	if inject == nil {
		return nil
	}
	switch l := inject.Format.Level().(type) {
	case slog.Level:
		return l
	case *slog.LevelVar:
		if l != nil {
			return l
		}
	}
	return nil
}
