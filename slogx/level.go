package slogx

import (
	"log/slog"
	"math"
)

// Levels that syslog and Python have and slog does not. Critical is Python's CRITICAL; Notice, Alert and Emergency are
// syslog's (RFC 5424, section 6.2.1).
const (
	LevelNotice    slog.Level = 2
	LevelCritical  slog.Level = 12
	LevelAlert     slog.Level = 16
	LevelEmergency slog.Level = 20
)

// PythonLevel returns the number of a level in Python's logging, 20 + 2.5·l: slog.LevelDebug is DEBUG (10), then INFO
// (20), WARNING (30), ERROR (40), and [LevelCritical] is CRITICAL (50). Halves are rounded up. What int cannot hold
// becomes the greatest or least int.
func PythonLevel(l slog.Level) int {
	// Two of our steps are five of Python's; INFO stands at four fives.
	fives, rest := int(l>>1)+4, int(l&1)
	switch {
	case fives > (math.MaxInt-3)/5:
		return math.MaxInt
	case fives < math.MinInt/5:
		return math.MinInt
	}
	return 5*fives + 3*rest
}

// FromPythonLevel returns the level nearest to the number p of Python's logging, (p − 20) / 2.5; NOTSET (0) is −8. It
// undoes [PythonLevel] for all levels that PythonLevel does not cut off.
func FromPythonLevel(p int) slog.Level {
	fives, rest := p/5, p%5
	if rest < 0 {
		fives, rest = fives-1, rest+5
	}
	// The rest is worth 0, 0.4, 0.8, 1.2 or 1.6 of our steps.
	return slog.Level(2*(fives-4) + (2*rest+2)/5)
}
