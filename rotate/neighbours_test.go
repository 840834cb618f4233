package rotate

import (
	"path/filepath"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// TestNeighbours: who rotates a file that another Writer of this program rotates is told, once, unless both share it.
func TestNeighbours(t *testing.T) {
	rotated := Options{MaxBytes: 100, BackupCount: 1}
	shared, plain := rotated, Options{}
	shared.Shared = true
	for name, tt := range map[string]struct {
		first, second Options
		told          bool
	}{
		"both rotate": {rotated, rotated, true},
		"both share":  {shared, shared, false},
		"one appends": {plain, rotated, false},
		"the other":   {rotated, plain, false},
	} {
		t.Run(name, func(t *testing.T) {
			var told testkit.ErrorLog
			path := filepath.Join(t.TempDir(), "a")
			tt.first.ErrorHandler, tt.second.ErrorHandler = testkit.NoErrors(t), told.Handle
			first := newWriter(t, path, tt.first)
			second := newWriter(t, path, tt.second)
			put(t, first, "1\n")
			put(t, second, "2\n")
			put(t, second, "3\n")
			if tt.told {
				told.Want(t, "2 handlers of this program rotate")
			} else {
				told.WantNone(t)
			}
			must(t, first.Close())
			third := newWriter(t, path, tt.first) // alone, once the second is closed
			must(t, second.Close())
			put(t, third, "4\n")
			must(t, third.Close())
			told.WantNone(t)
		})
	}
	if len(rotating.alone) != 0 {
		t.Errorf("left: %v", rotating.alone)
	}
}
