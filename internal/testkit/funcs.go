package testkit

import "log/slog"

// WriterFunc is an [io.Writer] that does as it is told.
type WriterFunc func([]byte) (int, error)

func (f WriterFunc) Write(p []byte) (int, error) { return f(p) }

// ValuerFunc is a [slog.LogValuer] that does as it is told.
type ValuerFunc func() slog.Value

// LogValue returns what the function does.
func (f ValuerFunc) LogValue() slog.Value { return f() }
