package rotate

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// probedGzip is Gzip that tells what it is about to do, and does not do it if the answer is an error.
type probedGzip struct{ onNew, onWrite, onClose func() error }

func (probedGzip) Extension() string { return ".gz" }

func (c probedGzip) NewWriter(w io.Writer) (io.WriteCloser, error) {
	if err := probe(c.onNew); err != nil {
		return nil, err
	}
	z, err := Gzip.NewWriter(w)
	return probedWriter{z, c}, err
}

type probedWriter struct {
	z      io.WriteCloser
	probes probedGzip
}

func (p probedWriter) Write(b []byte) (int, error) {
	if err := probe(p.probes.onWrite); err != nil {
		return 0, err
	}
	return p.z.Write(b)
}

func (p probedWriter) Close() error { return errors.Join(probe(p.probes.onClose), p.z.Close()) }

func probe(f func() error) error {
	if f == nil {
		return nil
	}
	return f()
}

// gz is content as Gzip compresses it.
func gz(t testing.TB, content string) string {
	t.Helper()
	var b bytes.Buffer
	z, err := Gzip.NewWriter(&b)
	must(t, err)
	_, err = io.WriteString(z, content)
	must(t, errors.Join(err, z.Close()))
	return b.String()
}

// wantUnzipped is wantFiles, but with what is in .gz files.
func wantUnzipped(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	got := listing(t, dir)
	for name, content := range got {
		if z, err := gzip.NewReader(strings.NewReader(content)); err == nil && strings.HasSuffix(name, ".gz") {
			b, err := io.ReadAll(z)
			must(t, err)
			got[name] = string(b)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", dir, diff)
	}
}

// wantPacked checks that what has the name of compressed files is.
func wantPacked(t *testing.T, dir string) {
	t.Helper()
	for name, content := range listing(t, dir) {
		if strings.HasSuffix(name, ".gz") && !strings.HasPrefix(content, "\x1f\x8b") {
			t.Errorf("%s is not compressed: %q", name, content)
		}
	}
}

func TestBackupsAreCompressed(t *testing.T) {
	old := func(name string) string { return filepath.Join(filepath.Dir(name), "old."+filepath.Base(name)) }
	for _, tt := range []struct {
		name string
		opts Options
		want map[string]string // after two records a day
	}{
		{"size", Options{MaxBytes: 1, BackupCount: 2}, map[string]string{"a": "5", "a.1.gz": "4", "a.2.gz": "3"}},
		{"time", Options{When: Midnight, BackupCount: 1}, map[string]string{"a": "45", "a.2000-01-02.gz": "23"}},
		{"both", Options{When: Midnight, MaxBytes: 1, BackupCount: 3}, map[string]string{
			"a": "5", "a.2000-01-02.gz": "2", "a.2000-01-02.1.gz": "3", "a.2000-01-03.gz": "4",
		}},
		{"size, Namer", Options{MaxBytes: 1, BackupCount: 2, Namer: old}, map[string]string{"a": "5", "old.a.1.gz": "4", "old.a.2.gz": "3"}},
		{"time, Namer", Options{When: Midnight, BackupCount: 2, Namer: old}, map[string]string{
			"a": "45", "old.a.2000-01-01.gz": "01", "old.a.2000-01-02.gz": "23",
		}},
		{"size, Rotator", Options{MaxBytes: 1, BackupCount: 2, Rotator: os.Rename}, map[string]string{"a": "5", "a.1.gz": "4", "a.2.gz": "3"}},
		{"time, Rotator", Options{When: Midnight, BackupCount: 1, Rotator: os.Rename}, map[string]string{"a": "45", "a.2000-01-02.gz": "23"}},
		{"size, Sync", Options{MaxBytes: 1, BackupCount: 1, Sync: SyncEveryRecord}, map[string]string{"a": "5", "a.1.gz": "4"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				opts := tt.opts
				opts.Compressor, opts.Location = Gzip, time.UTC
				w := newWriter(t, filepath.Join(dir, "a"), opts)
				for i := range 6 {
					put(t, w, fmt.Sprint(i))
					time.Sleep(12 * time.Hour)
				}
				wantUnzipped(t, dir, tt.want)
				wantPacked(t, dir)
				if s := w.Stats(); s.Compressed != s.Rotations || s.Rotations == 0 || s.Errors != 0 || s.Pending != 0 {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// A compressed backup has the mode and the time of change of what it was made of.
func TestCompressedBackupKeepsModeAndTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	w := newWriter(t, path, Options{MaxBytes: 1, BackupCount: 1, Compressor: Gzip})
	put(t, w, "0")
	must(t, os.Chmod(path, 0o640))
	age(t, path, 50*time.Hour)
	before, err := os.Stat(path)
	must(t, err)
	put(t, w, "1")
	after, err := os.Stat(path + ".1.gz")
	must(t, err)
	if after.Mode() != before.Mode() || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("%v %v, want %v %v", after.Mode(), after.ModTime(), before.Mode(), before.ModTime())
	}
}

// Compressed backups and such as are not are shifted, and pushed out, together.
func TestCompressedBackupsAreShifted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		var failure error
		opts := Options{MaxBytes: 1, BackupCount: 4, Compressor: probedGzip{onNew: func() error { return failure }}}
		opts.ErrorHandler = slogx.IgnoreErrors
		w := newWriter(t, filepath.Join(dir, "a"), opts)
		for i := range 7 {
			if i == 4 {
				failure = errors.New("not now")
			}
			put(t, w, fmt.Sprint(i))
		}
		wantUnzipped(t, dir, map[string]string{"a": "6", "a.1": "5", "a.2": "4", "a.3": "3", "a.4.gz": "2"})
		failure = nil
		put(t, w, "7")
		wantUnzipped(t, dir, map[string]string{"a": "7", "a.1.gz": "6", "a.2.gz": "5", "a.3.gz": "4", "a.4.gz": "3"})
		wantPacked(t, dir)
	})
}

// What a crash, or a run without a Compressor, has left is made up for at the start.
func TestStartCompressesWhatIsLeft(t *testing.T) {
	const day = "2024-05-06"
	for name, tt := range map[string]struct {
		opts      Options
		pre, want map[string]string
		err       string
	}{
		"numbers": {
			Options{BackupCount: 3},
			map[string]string{"a.1": "1", "a.2": "2", "a.4": "beyond"},
			map[string]string{"a.1.gz": "1", "a.2.gz": "2", "a.4": "beyond"},
			"",
		},
		"dates": {
			Options{When: Midnight},
			map[string]string{"a." + day: "1", "a." + day + ".1": "2"},
			map[string]string{"a." + day + ".gz": "1", "a." + day + ".1.gz": "2"},
			"",
		},
		"half of one": {
			Options{BackupCount: 3},
			map[string]string{"a.1": "1", "a.compressing.gz": "\x1f\x8bpart"},
			map[string]string{"a.1.gz": "1"},
			"",
		},
		"both": {
			Options{BackupCount: 3},
			map[string]string{"a.1": "1", "a.1.gz": gz(t, "1")},
			map[string]string{"a.1.gz": "1"},
			"",
		},
		"both, dates": {
			Options{When: Midnight},
			map[string]string{"a." + day: "1", "a." + day + ".gz": gz(t, "1")},
			map[string]string{"a." + day + ".gz": "1"},
			"",
		},
		"foreign": {
			Options{BackupCount: 3},
			map[string]string{"a.1": "1", "a.1.gz": "foreign", "a.2": "2"},
			map[string]string{"a.1": "1", "a.1.gz": "foreign", "a.2.gz": "2"},
			"is not made of",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				for name, content := range tt.pre {
					path := filepath.Join(dir, name)
					create(t, path, content)
					if content == "foreign" {
						age(t, path, 48*time.Hour)
					} else {
						age(t, path, time.Hour)
					}
				}
				if strings.HasPrefix(name, "both") { // these have the same time
					at := time.Unix(1_700_000_000, 123)
					for name := range tt.pre {
						must(t, os.Chtimes(filepath.Join(dir, name), at, at))
					}
				}
				var got testkit.ErrorLog
				opts := tt.opts
				opts.Compressor, opts.ErrorHandler = Gzip, got.Handle
				w, err := OpenWriter(filepath.Join(dir, "a"), &opts)
				must(t, err)
				defer w.Close()
				w.wait()
				want := maps.Clone(tt.want)
				want["a"] = ""
				wantUnzipped(t, dir, want)
				if tt.err != "" {
					got.Want(t, tt.err)
				}
				got.WantNone(t)
			})
		})
	}
}

// A .gz at the name that a backup would have is not overwritten, nor taken for the backup's.
func TestForeignGzipGetsCompany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		create(t, filepath.Join(dir, "a.2000-01-01.gz"), "foreign")
		must(t, os.Mkdir(filepath.Join(dir, "a.2000-01-02.gz"), 0o700))
		w := newWriter(t, filepath.Join(dir, "a"), Options{When: Midnight, Location: time.UTC, Compressor: Gzip})
		for i := range 3 {
			put(t, w, fmt.Sprint(i))
			time.Sleep(24 * time.Hour)
		}
		wantUnzipped(t, dir, map[string]string{
			"a": "2", "a.2000-01-01.gz": "foreign", "a.2000-01-01.1.gz": "0", "a.2000-01-02.gz/": "", "a.2000-01-02.1.gz": "1",
		})
	})
}

// A Compressor that fails is reported once for each attempt, which come after 1 s, 2 s, …; nothing else suffers.
func TestCompressorThatFails(t *testing.T) {
	for name, failing := range map[string]func(fail func() error) probedGzip{
		"NewWriter": func(f func() error) probedGzip { return probedGzip{onNew: f} },
		"Write":     func(f func() error) probedGzip { return probedGzip{onWrite: f} },
		"Close":     func(f func() error) probedGzip { return probedGzip{onClose: f} },
	} {
		for _, panics := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, panic %v", name, panics), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					dir := t.TempDir()
					var mended atomic.Bool
					var mu sync.Mutex
					var attempts []time.Duration
					start := time.Now()
					var got testkit.ErrorLog
					opts := Options{MaxBytes: 1, BackupCount: 3, Compressor: failing(func() error {
						if mended.Load() {
							return nil
						}
						mu.Lock()
						defer mu.Unlock()
						attempts = append(attempts, time.Since(start))
						if panics {
							panic("the cause")
						}
						return errors.New("the cause")
					})}
					opts.ErrorHandler = got.Handle
					w := newWriter(t, filepath.Join(dir, "a"), opts)
					put(t, w, "0")
					put(t, w, "1")
					for _, wait := range []time.Duration{1, 2, 4, 8} {
						got.Want(t, "the cause")
						wantFiles(t, dir, map[string]string{"a": "1", "a.1": "0"})
						time.Sleep(wait * time.Second)
						synctest.Wait()
					}
					got.Want(t, "the cause")
					var want []time.Duration
					for _, s := range []int{0, 1, 3, 7, 15} {
						want = append(want, time.Duration(s)*time.Second)
					}
					mu.Lock()
					if !slices.Equal(attempts, want) {
						t.Errorf("attempts at %v, want %v", attempts, want)
					}
					mu.Unlock()
					put(t, w, "2") // logging, and rotation, go on
					errs := got.Take()
					if len(errs) != 1 || strings.Count(errs[0].Error(), "the cause") != 2 || strings.Contains(errs[0].Error(), "exists") {
						t.Errorf("one failure spoils another: %q", errs)
					}
					wantFiles(t, dir, map[string]string{"a": "2", "a.1": "1", "a.2": "0"})
					mended.Store(true)
					time.Sleep(30 * time.Second)
					synctest.Wait()
					wantUnzipped(t, dir, map[string]string{"a": "2", "a.1.gz": "1", "a.2.gz": "0"})
					got.WantNone(t)
					if s := w.Stats(); s.Errors != 6 || s.Compressed != 2 || s.Failed != 0 {
						t.Errorf("%+v", s)
					}
				})
			})
		}
	}
}

// Nobody waits for a Compressor but Close.
func TestSlowCompressor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWriter(t, filepath.Join(dir, "a"), Options{MaxBytes: 1, BackupCount: 2, Compressor: probedGzip{
			onClose: func() error { time.Sleep(3 * time.Second); return nil },
		}})
		start := time.Now()
		putNow(t, w, "0")
		putNow(t, w, "1")
		must(t, w.Flush())
		if d := time.Since(start); d != 0 {
			t.Errorf("a record, or Flush, waited for %v", d)
		}
		must(t, w.Close())
		if d := time.Since(start); d != 3*time.Second {
			t.Errorf("Close took %v", d)
		}
		wantUnzipped(t, dir, map[string]string{"a": "1", "a.1.gz": "0"})
	})
}

// large is more than a Compressor gets at once.
var large = strings.Repeat("0123456789abcde\n", 20_000) // five times 64 KiB

// A file that is moved aside while a backup is compressed becomes a backup between two writes of the Compressor, and what
// is compressed ends under the number that the backup has then; if it has none any more, nowhere.
func TestRotationDuringCompression(t *testing.T) {
	if closeFirst {
		t.Skip("files wait aside there until what is being compressed is closed")
	}
	for _, count := range []int{1, 2, 3} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			dir := t.TempDir()
			began, goOn := make(chan bool), make(chan bool)
			held := true
			w := newWriter(t, filepath.Join(dir, "a"), Options{BackupCount: count, Compressor: probedGzip{onWrite: func() error {
				if held {
					began <- true
					held = <-goOn
				}
				return nil
			}}})
			putNow(t, w, large)
			must(t, w.rotate())
			<-began
			putNow(t, w, "1")
			must(t, w.rotate())
			putNow(t, w, "2")
			must(t, w.rotate())
			if n := w.Stats().Pending; n != 2 {
				t.Errorf("%d files aside", n)
			}
			goOn <- true
			<-began
			want := map[string]string{"a": "", "a.1": "2", "a.2": "1", "a.3": large}
			for i := 3; i > count; i-- {
				delete(want, fmt.Sprintf("a.%d", i))
			}
			got := listing(t, dir)
			delete(got, "a.compressing.gz")
			if !maps.Equal(got, want) {
				t.Errorf("%.200q", got)
			}
			if n := w.Stats().Pending; n != 0 {
				t.Errorf("%d files aside", n)
			}
			goOn <- false
			w.wait()
			want = map[string]string{"a": "", "a.1.gz": "2", "a.2.gz": "1", "a.3.gz": large}
			for i := 3; i > count; i-- {
				delete(want, fmt.Sprintf("a.%d.gz", i))
			}
			wantUnzipped(t, dir, want)
			if s := w.Stats(); s.Compressed != int64(count) || s.Rotations < int64(count) {
				t.Errorf("%+v", s)
			}
		})
	}
}

// Close gives a long compression up, whose backup remains as it was; the next start makes up for that.
func TestCloseGivesCompressionUp(t *testing.T) {
	defer func(d time.Duration) { closeTimeout = d }(closeTimeout)
	closeTimeout = 10 * time.Second
	for _, tt := range []struct {
		write, close time.Duration
		err          string // of Close
		done         bool
	}{
		{1 * time.Second, 5 * time.Second, "", true},
		{2100 * time.Millisecond, 10500 * time.Millisecond, "", false},
		{time.Minute, 11 * time.Second, "does not return", false},
	} {
		synctest.Test(t, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a")
			var got testkit.ErrorLog
			opts := Options{BackupCount: 1, Compressor: probedGzip{onWrite: func() error { time.Sleep(tt.write); return nil }}}
			opts.ErrorHandler = got.Handle
			w := newWriter(t, path, opts)
			putNow(t, w, large)
			must(t, w.Rotate())
			start := time.Now()
			err := w.Close()
			if d := time.Since(start); d != tt.close {
				t.Errorf("Close took %v, want %v", d, tt.close)
			}
			if tt.err == "" && err != nil || tt.err != "" && !strings.Contains(fmt.Sprint(err), tt.err) {
				t.Errorf("Close: %v", err)
			}
			time.Sleep(2 * time.Minute)
			if tt.done {
				wantUnzipped(t, dir, map[string]string{"a": "", "a.1.gz": large})
				got.WantNone(t)
				return
			}
			wantFiles(t, dir, map[string]string{"a": "", "a.1": large})
			got.Want(t, "next start")
			opts.Compressor = Gzip
			again, err := OpenWriter(path, &opts)
			must(t, err)
			must(t, again.Close())
			wantUnzipped(t, dir, map[string]string{"a": "", "a.1.gz": large})
		})
	}
}

func TestGzipLevels(t *testing.T) {
	sizes := map[GzipLevel]int{}
	for _, level := range []GzipLevel{Gzip, gzip.NoCompression, gzip.HuffmanOnly, gzip.BestSpeed, gzip.BestCompression} {
		dir := t.TempDir()
		w := newWriter(t, filepath.Join(dir, "a"), Options{BackupCount: 1, Compressor: level})
		put(t, w, large)
		must(t, w.Rotate())
		must(t, w.Close())
		wantUnzipped(t, dir, map[string]string{"a": "", "a.1.gz": large})
		sizes[level] = len(read(t, filepath.Join(dir, "a.1.gz")))
	}
	if sizes[gzip.NoCompression] < len(large) || sizes[gzip.HuffmanOnly] < sizes[gzip.BestSpeed] || sizes[Gzip] > len(large)/10 {
		t.Errorf("%v", sizes)
	}

	if _, err := OpenWriter(filepath.Join(t.TempDir(), "a"), &Options{BackupCount: 1, Compressor: GzipLevel(10)}); err == nil {
		t.Error("there is no level 10")
	}
}

// A backup that was written to while it was compressed, or whose inode another has by now, is not replaced.
func TestCompressedBackupIsStillTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "a")
		var got testkit.ErrorLog
		opts := Options{BackupCount: 1, Compressor: probedGzip{onClose: func() error {
			f, err := os.OpenFile(path+".1", os.O_WRONLY|os.O_APPEND, 0)
			must(t, err)
			_, err = f.WriteString(" and more")
			return errors.Join(err, f.Close())
		}}}
		opts.ErrorHandler = got.Handle
		w := newWriter(t, path, opts)
		put(t, w, "0")
		must(t, w.rotate())
		w.wait()
		got.Want(t, "was changed")
		wantFiles(t, dir, map[string]string{"a": "", "a.1": "0 and more"})
	})
}
