package rotate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// While a directory is read, files are moved aside, of which a later one may be seen and an earlier one not. Were the
// later one to become a backup first, the records would be in the wrong order.
func TestAsideFilesAreListedInOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	w := newWriter(t, path, Options{MaxBytes: 1, BackupCount: 1})
	const files = 700
	done := make(chan bool)
	go func() {
		defer close(done)
		for stamp := 1; stamp <= files; stamp++ {
			if err := os.WriteFile(fmt.Sprint(path, asideInfix, stamp), nil, 0o600); err != nil {
				t.Error(err)
			}
		}
	}()
	defer func() { <-done }()
	for over := false; !over; {
		select {
		case <-done:
			over = true
		default:
		}
		found, err := w.listOldest()
		must(t, err)
		if n := len(found); n > 0 && found[n-1].stamp != int64(n) {
			t.Fatalf("of %d files there are %d", found[n-1].stamp, n)
		}
	}
}

// As many files as several processes may move aside before one of them makes backups.
func TestManyAsideFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	const backups, aside = 10, wide + 100
	for n := 1; n <= backups; n++ {
		create(t, fmt.Sprint(path, ".", n), "")
	}
	for stamp := 1; stamp <= aside; stamp++ {
		create(t, fmt.Sprint(path, asideInfix, stamp), "")
	}
	w := newWriter(t, path, Options{MaxBytes: 1, BackupCount: 10 * wide})
	must(t, w.openNow())
	w.wait()
	made := 0
	for _, name := range names(t, dir) {
		if strings.Contains(name, asideInfix) {
			t.Fatalf("%s is left", name)
		}
		made++
	}
	if made != 1+backups+aside { // with a itself
		t.Errorf("%d files, want %d", made, 1+backups+aside)
	}
}
