package factory_test

import (
	"log/slog"
	"time"
)

// record is a record without time or source.
func record(msg string, attrs ...slog.Attr) slog.Record {
	r := slog.NewRecord(time.Time{}, slog.LevelInfo, msg, 0)
	r.AddAttrs(attrs...)
	return r
}
