package encode

import (
	"log/slog"
	"strconv"
)

// appendLevel appends l.String() without its allocations.
func appendLevel(b []byte, l slog.Level) []byte {
	switch l {
	case slog.LevelDebug:
		return append(b, "DEBUG"...)
	case slog.LevelInfo:
		return append(b, "INFO"...)
	case slog.LevelWarn:
		return append(b, "WARN"...)
	case slog.LevelError:
		return append(b, "ERROR"...)
	}
	base := slog.LevelError
	switch {
	case l < slog.LevelInfo:
		base = slog.LevelDebug
	case l < slog.LevelWarn:
		base = slog.LevelInfo
	case l < slog.LevelError:
		base = slog.LevelWarn
	}
	b = appendLevel(b, base)
	if l > base {
		b = append(b, '+')
	}
	return strconv.AppendInt(b, int64(l-base), 10)
}
