package slogx

import (
	"log/slog"
	"math"
	"testing"
	"testing/quick"
)

func TestPythonLevel(t *testing.T) {
	for level, want := range map[slog.Level]int{
		-8: 0, slog.LevelDebug: 10, -1: 18, slog.LevelInfo: 20, 1: 23, LevelNotice: 25, 3: 28, slog.LevelWarn: 30,
		slog.LevelError: 40, LevelCritical: 50, LevelAlert: 60, LevelEmergency: 70,
		math.MaxInt: math.MaxInt, math.MinInt: math.MinInt,
	} {
		if got := PythonLevel(level); got != want {
			t.Errorf("PythonLevel(%d) = %d, want %d", level, got, want)
		}
	}
}

func TestFromPythonLevel(t *testing.T) {
	for p, want := range map[int]slog.Level{
		0: -8, 5: -6, 10: slog.LevelDebug, 11: -4, 12: -3, 19: 0, 20: slog.LevelInfo, 21: 0, 22: 1, 23: 1, 24: 2,
		25: LevelNotice, 30: slog.LevelWarn, 40: slog.LevelError, 50: LevelCritical, -5: -10, -6: -10, -7: -11,
	} {
		if got := FromPythonLevel(p); got != want {
			t.Errorf("FromPythonLevel(%d) = %d, want %d", p, got, want)
		}
	}
	if low, high := FromPythonLevel(math.MinInt), FromPythonLevel(math.MaxInt); low >= 0 || high <= 0 {
		t.Errorf("extremes overflow: %d, %d", low, high)
	}
}

func TestPythonLevelRoundTrip(t *testing.T) {
	same := func(l int32) bool { return FromPythonLevel(PythonLevel(slog.Level(l))) == slog.Level(l) }
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
	for l := int32(-1000); l <= 1000; l++ {
		if !same(l) {
			t.Errorf("level %d comes back as %d", l, FromPythonLevel(PythonLevel(slog.Level(l))))
		}
	}
}

func TestPythonLevelMonotonic(t *testing.T) {
	ordered := func(a, b int) bool {
		a, b = min(a, b), max(a, b)
		return PythonLevel(slog.Level(a)) <= PythonLevel(slog.Level(b)) && FromPythonLevel(a) <= FromPythonLevel(b)
	}
	if err := quick.Check(ordered, nil); err != nil {
		t.Error(err)
	}
}
