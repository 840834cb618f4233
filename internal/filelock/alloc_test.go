package filelock

import (
	"path/filepath"
	"runtime"
	"testing"
)

func TestAllocations(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("not promised here")
	}
	path := filepath.Join(t.TempDir(), "lock")
	f, other := open(t, path), open(t, path)
	want(t, other, 1, Exclusive, true)
	tests := []struct {
		name string
		f    func()
	}{
		{"Lock", func() {
			must(t, f.Lock(0, Exclusive, patience))
			must(t, f.Unlock(0))
		}},
		{"Try", func() {
			want(t, f, 0, Shared, true)
			must(t, f.Unlock(0))
		}},
		{"Try in vain", func() { want(t, f, 1, Shared, false) }},
		{"conversion", func() {
			want(t, f, 0, Exclusive, true)
			want(t, f, 0, Shared, true)
		}},
	}
	for _, tt := range tests {
		if got := testing.AllocsPerRun(100, tt.f); got != 0 {
			t.Errorf("%s: %v allocations", tt.name, got)
		}
	}
}
