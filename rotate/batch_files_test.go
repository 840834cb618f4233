package rotate

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Records come to the files they would be in without a buffer, whatever the sizes and times. (Without a Rotator, whose
// time decides too.)
func TestBufferedFilesAreThoseOfAnUnbufferedWriter(t *testing.T) {
	for _, when := range []When{Never, Second} {
		t.Run(fmt.Sprintf("When %v", when), func(t *testing.T) {
			seeds := uint64(15)
			if testing.Short() {
				seeds = 4
			}
			for seed := range seeds {
				r := rand.New(rand.NewPCG(seed, 0))
				size := 1 + r.IntN(300)
				opts := Options{BackupCount: 100, When: when, Location: time.UTC, MaxBytes: 1 + r.Int64N(200)}
				if when != Never && r.IntN(3) == 0 {
					opts.MaxBytes = 0
				}
				header := strings.Repeat("h", r.IntN(20)) + "\n"
				if r.IntN(3) == 0 {
					opts.Header = func() []byte { return []byte(header) }
				}
				records := randomRecords(r, size, int(opts.MaxBytes))
				plain := filesWritten(t, opts, records, seed)
				opts.BufferSize, opts.FlushInterval = size, time.Duration(1+r.IntN(3000))*time.Millisecond
				buffered := filesWritten(t, opts, records, seed)
				if diff := cmp.Diff(plain, buffered); diff != "" {
					t.Fatalf("seed %d, %+v (-plain +buffered):\n%s", seed, opts, diff)
				}
			}
		})
	}
}

func randomRecords(r *rand.Rand, size, maxBytes int) []string {
	var records []string
	for i := range 1 + r.IntN(50) {
		n := r.IntN(30)
		switch r.IntN(20) {
		case 0:
			n = r.IntN(2*size + 10)
		case 1:
			n = r.IntN(2*maxBytes + 10)
		case 2: // exactly
			n = max(maxBytes-len(fmt.Sprintln(i)), 0)
		}
		records = append(records, fmt.Sprint(i)+strings.Repeat("-", n)+"\n")
	}
	return records
}

// filesWritten writes the records, with pauses, and returns what there is in the end.
func filesWritten(t *testing.T, opts Options, records []string, seed uint64) (files map[string]string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		r := rand.New(rand.NewPCG(seed, 1))
		w := newWriter(t, filepath.Join(dir, "a"), opts)
		for _, record := range records {
			putNow(t, w, record)
			s := w.Stats()
			checkBuffered(t, s, s.Buffered)
			if r.IntN(4) == 0 {
				time.Sleep(time.Duration(r.IntN(1500)) * time.Millisecond)
			}
		}
		must(t, w.Close())
		if s := w.Stats(); s.Written != int64(len(records)) || s.Errors != 0 {
			t.Errorf("%+v, %d records", s, len(records))
		}
		files = listing(t, dir)
	})
	return files
}

// A record logged before the end of a period is in that period's file, though it is written later.
func TestBufferAtTheEndOfAPeriod(t *testing.T) {
	next := time.Date(2000, 1, 1, 0, 1, 0, 0, time.UTC)
	for name, write := range map[string]func(t *testing.T, w *Writer){
		"by the first record of the next": func(t *testing.T, w *Writer) { putNow(t, w, "after\n") },
		"by the interval": func(t *testing.T, w *Writer) {
			time.Sleep(10 * time.Second)
			putNow(t, w, "after\n")
		},
		"by Flush": func(t *testing.T, w *Writer) {
			must(t, w.Flush())
			putNow(t, w, "after\n")
		},
		"by a larger record": func(t *testing.T, w *Writer) {
			putNow(t, w, strings.Repeat("-", 2000)+"\n")
			putNow(t, w, "after\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				w := newWriter(t, filepath.Join(dir, "a"), Options{When: Minute, Location: time.UTC, BufferSize: 1000, FlushInterval: 5 * time.Second})
				putNow(t, w, "1\n")
				at(t, next.Add(-2*time.Second))
				putNow(t, w, "2\n")
				at(t, next.Add(-1))
				putNow(t, w, "3\n")
				at(t, next)
				write(t, w)
				putNow(t, w, "later\n")
				must(t, w.Close())
				files := listing(t, dir)
				if len(files) != 2 || files["a.2000-01-01_00-00"] != "1\n2\n3\n" || !strings.HasSuffix(files["a"], "after\nlater\n") {
					t.Errorf("%.500q", files)
				}
			})
		})
	}
}

// Nor if user code takes the writer of others' records past the end of the period.
func TestPeriodThatEndsWhileTheBufferIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		next := time.Date(2000, 1, 1, 0, 1, 0, 0, time.UTC)
		slow := false
		w := newWriter(t, filepath.Join(dir, "a"), Options{
			When: Minute, Location: time.UTC, BufferSize: 10, MaxBytes: 6, FlushInterval: time.Hour,
			Header: func() []byte {
				if slow {
					slow = false
					time.Sleep(4 * time.Second)
				}
				return nil
			},
		})
		for range 3 {
			putNow(t, w, "0\n")
		}
		must(t, w.Flush()) // the file is full
		at(t, next.Add(-2*time.Second))
		slow = true
		done := make(chan bool)
		go func() {
			putNow(t, w, "larger than the buffer\n")
			done <- true
		}()
		time.Sleep(time.Second)
		putNow(t, w, "in time\n") // while the Header is asked
		<-done
		putNow(t, w, "after\n")
		must(t, w.Close())
		wantFiles(t, dir, map[string]string{
			"a.2000-01-01_00-00": "0\n0\n", "a.2000-01-01_00-00.1": "0\n", "a.2000-01-01_00-00.2": "larger than the buffer\n",
			"a.2000-01-01_00-00.3": "in time\n", "a": "after\n",
		})
	})
}
