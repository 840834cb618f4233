package policy

import (
	"log/slog"
	"math"
	"testing"
)

func TestString(t *testing.T) {
	for p, want := range map[Policy]string{
		Block: "Block", DropNewest: "DropNewest", DropOldest: "DropOldest", 9: "Policy(9)",
		DropBelow(slog.LevelWarn): "DropBelow(WARN)", DropBelow(slog.LevelDebug - 1): "DropBelow(DEBUG-1)",
	} {
		if got := p.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestDropBelowKeepsItsLevel(t *testing.T) {
	for _, level := range []slog.Level{0, 1, -1, slog.LevelDebug, slog.LevelError, 1 << 40, -1 << 40} {
		p := DropBelow(level)
		if p.level() != level || p.kind() != dropBelow || Evicts(p) ||
			Drops(p, level) || !Drops(p, level-1) || !Waits(p, level) || Waits(p, level-1) {
			t.Errorf("%v: %v", level, p)
		}
	}
	if p := DropBelow(math.MaxInt); !Drops(p, 1<<54) {
		t.Errorf("%v lets a record in", p)
	}
	if p := DropBelow(math.MinInt); Drops(p, slog.LevelDebug) {
		t.Errorf("%v drops a record", p)
	}
}

func TestPolicies(t *testing.T) {
	for _, tt := range []struct {
		Policy
		waits, evicts bool
		early         int // of 10
	}{
		{Block, true, false, 10},
		{DropNewest, false, false, 10},
		{DropOldest, false, true, 10},
		{DropBelow(slog.LevelInfo), true, false, 8},
	} {
		if got := Waits(tt.Policy, slog.LevelInfo); got != tt.waits {
			t.Errorf("%v waits: %v", tt.Policy, got)
		}
		if got := Evicts(tt.Policy); got != tt.evicts {
			t.Errorf("%v evicts: %v", tt.Policy, got)
		}
		if got := Early(tt.Policy, 10); got != tt.early || Early(tt.Policy, int64(10)) != int64(tt.early) {
			t.Errorf("%v looks from %d on", tt.Policy, got)
		}
	}
}
