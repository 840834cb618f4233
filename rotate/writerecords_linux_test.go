package rotate

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/slogkit-go/slogkit/slogx"
)

func init() { children["writerecords"] = childWriteRecords }

// A file that cannot grow takes some of the records whole and a part of the next, and in the end begins a new line.
func childWriteRecords() {
	signal.Ignore(syscall.SIGXFSZ)
	limit := func(n uint64) {
		check(unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: n, Max: unix.RLIM_INFINITY}))
	}
	w := NewWriter(os.Args[1], &Options{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}})
	write := func(want int, wantErr error, records ...string) {
		if n, err := putTogether(w, records...); n != want || !errors.Is(err, wantErr) {
			panic(fmt.Sprint(records, ": ", n, ", ", err))
		}
	}
	limit(17)
	write(2, syscall.EFBIG, "first\n", "second\n", "third\n", "fourth\n")
	write(0, syscall.EFBIG, "fifth\n")
	limit(unix.RLIM_INFINITY)
	write(2, nil, "sixth\n", "seventh\n")
	check(w.Close())
	if s, want := w.Stats(), (Stats{Handled: 7, Written: 4, Failed: 3, Bytes: 27}); s != want {
		panic(fmt.Sprintf("%+v, want %+v", s, want))
	}
}

func TestWriteRecordsThatAreTorn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := child(t, "writerecords", path).Run(); err != nil {
		t.Error(err)
	}
	if got, want := read(t, path), "first\nsecond\nthir\nsixth\nseventh\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
