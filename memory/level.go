package memory

import (
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// reaches reports whether level is at least l's, and if l panics: rather a record too many.
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
