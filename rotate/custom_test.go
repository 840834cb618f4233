package rotate

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

func copyTruncate(source, dest string) error {
	b, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	if err := os.WriteFile(dest, b, 0o600); err != nil {
		return err
	}
	return os.Truncate(source, 0)
}

// gzipFile is the rotator of Python's cookbook.
func gzipFile(source, dest string) error {
	b, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	f, err := os.Create(dest)
	if err != nil {
		return err
	}
	z := gzip.NewWriter(f)
	_, err = z.Write(b)
	return errors.Join(err, z.Close(), f.Close(), os.Remove(source))
}

func gunzip(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	must(t, err)
	b, err := io.ReadAll(z)
	must(t, err)
	return string(b)
}

// Namer and Rotator as in Python's cookbook.
func TestNamerAndRotatorCompress(t *testing.T) {
	dir := t.TempDir()
	w := newWriter(t, filepath.Join(dir, "a"), Options{
		MaxBytes: 1, BackupCount: 2, Rotator: gzipFile, Namer: func(name string) string { return name + ".gz" },
	})
	for i := range 5 {
		put(t, w, fmt.Sprint(i))
	}
	if got := names(t, dir); !slices.Equal(got, []string{"a", "a.1.gz", "a.2.gz"}) {
		t.Fatalf("%q", got)
	}
	if got := read(t, filepath.Join(dir, "a")) + gunzip(t, filepath.Join(dir, "a.1.gz")) + gunzip(t, filepath.Join(dir, "a.2.gz")); got != "432" {
		t.Errorf("%q", got)
	}
}

// The Rotator is asked for the newest backup only; what has a number already is renamed.
func TestRotatorAndNamerCalls(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	var rotated, told []string
	w := newWriter(t, path, Options{
		MaxBytes: 1, BackupCount: 3,
		Namer: func(name string) string {
			if !filepath.IsAbs(name) || !strings.HasPrefix(name, path+".") {
				t.Errorf("Namer(%q)", name)
			}
			return name + ".z"
		},
		Rotator: func(source, dest string) error {
			rotated = append(rotated, filepath.Base(source)+" "+filepath.Base(dest))
			if exists(dest) {
				t.Errorf("%s exists", dest)
			}
			return os.Rename(source, dest)
		},
		OnRotate: func(source, dest string) {
			told = append(told, filepath.Base(source)+" "+filepath.Base(dest)+" "+read(t, dest))
		},
	})
	for i := range 5 {
		put(t, w, fmt.Sprint(i))
	}
	if want := []string{"a a.1.z", "a a.1.z", "a a.1.z", "a a.1.z"}; !slices.Equal(rotated, want) {
		t.Errorf("Rotator: %q", rotated)
	}
	if want := []string{"a a.1.z 0", "a a.1.z 1", "a a.1.z 2", "a a.1.z 3"}; !slices.Equal(told, want) {
		t.Errorf("OnRotate: %q", told)
	}
	wantFiles(t, dir, map[string]string{"a": "4", "a.1.z": "3", "a.2.z": "2", "a.3.z": "1"})
}

// A Namer may put backups into a directory that it takes a rotation to need.
func TestNamerOfAnotherDirectory(t *testing.T) {
	for _, custom := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			dir := t.TempDir()
			opts := Options{When: Midnight, BackupCount: 2, Location: time.UTC, Namer: func(name string) string {
				d, file := filepath.Split(name)
				return d + "./old/x/../y/" + file // not in its shortest form
			}}
			if custom {
				opts.Rotator = os.Rename
			}
			w := newWriter(t, filepath.Join(dir, "a"), opts)
			for i := range 5 {
				put(t, w, fmt.Sprint(i))
				time.Sleep(24 * time.Hour)
			}
			wantFiles(t, dir, map[string]string{"a": "4", "old/": ""})
			wantFiles(t, filepath.Join(dir, "old", "y"), map[string]string{"a.2000-01-03": "2", "a.2000-01-04": "3"})
		})
	}
}

// A Namer that cannot tell backups apart is an error, and neither a loop nor an overwritten backup.
func TestNamersThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	taken := filepath.Join(dir, "taken")
	create(t, taken, "precious")
	must(t, os.Mkdir(filepath.Join(dir, "directory"), 0o700))
	for name, namer := range map[string]func(string) string{
		"empty":                 func(string) string { return "" },
		"the file itself":       func(string) string { return path },
		"the file, less direct": func(string) string { return dir + "/x/../a" },
		"one file":              func(string) string { return taken },
		"one directory":         func(string) string { return filepath.Join(dir, "directory") },
		"under a file":          func(name string) string { return filepath.Join(taken, filepath.Base(name)) },
		"NUL":                   func(name string) string { return name + "\x00" },
		"long":                  func(name string) string { return name + strings.Repeat("x", 300) },
		"panic":                 func(string) string { panic("namer") },
	} {
		for _, when := range []When{Never, Day} {
			if when == Day && name == "one directory" {
				continue // then it is the error of "one file"
			}
			t.Run(fmt.Sprintf("%s %v", name, when), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					create(t, path, "old")
					age(t, path, 48*time.Hour)
					var got testkit.ErrorLog
					opts := Options{MaxBytes: 1, BackupCount: 3, When: when, Namer: namer}
					opts.ErrorHandler = got.Handle
					w := newWriter(t, path, opts)
					within(t, time.Minute, "a record", func() { put(t, w, "new") })
					put(t, w, "er")
					got.Want(t, "rotate "+path)
					if s := read(t, path); s != "oldnewer" {
						t.Errorf("%q", s)
					}
					if s := read(t, taken); s != "precious" {
						t.Errorf("taken: %q", s)
					}
					if got := names(t, dir); !slices.Equal(got, []string{"a", "directory/", "taken"}) {
						t.Errorf("%q", got)
					}
					if s := w.Stats(); s != (Stats{Handled: 2, Written: 2, Bytes: 5, Errors: 1}) {
						t.Errorf("%+v", s)
					}
				})
			})
		}
	}
}

// For one backup a constant name is good.
func TestConstantNamer(t *testing.T) {
	dir := t.TempDir()
	w := newWriter(t, filepath.Join(dir, "a"), Options{MaxBytes: 1, BackupCount: 1, Namer: func(string) string { return filepath.Join(dir, "old") }})
	for i := range 3 {
		put(t, w, fmt.Sprint(i))
	}
	wantFiles(t, dir, map[string]string{"a": "2", "old": "1"})
}

func TestRotatorThatCopiesAndTruncates(t *testing.T) {
	for _, opts := range []Options{{MaxBytes: 8, BackupCount: 3}, {MaxBytes: 8, When: Midnight, Location: time.UTC}} {
		synctest.Test(t, func(t *testing.T) {
			dir := t.TempDir()
			opts.Rotator = copyTruncate
			w := newWriter(t, filepath.Join(dir, "a"), opts)
			for i := range 8 {
				put(t, w, fmt.Sprintf("%02d\n", i))
			}
			want := map[string]string{"a": "06\n07\n", "a.1": "04\n05\n", "a.2": "02\n03\n", "a.3": "00\n01\n"}
			if opts.When != Never {
				want = map[string]string{"a": "06\n07\n", "a.2000-01-01": "00\n01\n", "a.2000-01-01.1": "02\n03\n", "a.2000-01-01.2": "04\n05\n"}
			}
			wantFiles(t, dir, want)
		})
	}
}

// Records of the time that a Rotator takes are written at once, and come after those before.
func TestRecordsWhileARotatorRuns(t *testing.T) {
	for name, finish := range map[string]func(source, dest string) error{
		"rename": os.Rename, "copy and truncate": copyTruncate, "fail": func(string, string) error { return errors.New("no") },
		"nothing": func(string, string) error { return nil },
		"panic":   func(string, string) error { panic("rotator") },
		"move, then fail": func(source, dest string) error {
			return errors.Join(os.Rename(source, dest), errors.New("compression"))
		},
		"part of a copy, then fail": func(source, dest string) error {
			return errors.Join(os.WriteFile(dest, []byte("par"), 0o600), errors.New("disk full"))
		},
		"another file": func(source, dest string) error {
			return errors.Join(os.Rename(source, dest), os.WriteFile(source, []byte("created "), 0o600))
		},
	} {
		for _, when := range []When{Never, Midnight} {
			t.Run(fmt.Sprint(name, when), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					dir := t.TempDir()
					path := filepath.Join(dir, "a")
					running, goOn := make(chan bool), make(chan bool)
					var got testkit.ErrorLog
					opts := Options{MaxBytes: 10, BackupCount: 3, When: when, Location: time.UTC, Rotator: func(source, dest string) error {
						running <- true
						<-goOn
						return finish(source, dest)
					}}
					opts.ErrorHandler = got.Handle
					w := newWriter(t, path, opts)
					putNow(t, w, "1 before ")
					putNow(t, w, "2 cause ")
					<-running
					putNow(t, w, "3 while ")
					putNow(t, w, "4 while ")
					if s := read(t, path+".next"); s != "2 cause 3 while 4 while " {
						t.Errorf("next: %q", s)
					}
					must(t, w.Reopen())
					must(t, w.Flush())
					goOn <- true
					w.wait()

					files := listing(t, dir)
					var backup string
					for name, content := range files {
						if name != "a" {
							backup = content
						}
					}
					const rest = "2 cause 3 while 4 while "
					want, wantBackup := rest, "1 before "
					failed := name == "fail" || name == "nothing" || name == "panic" || strings.HasPrefix(name, "part")
					switch {
					case failed:
						want, wantBackup = "1 before "+rest, ""
					case name == "another file":
						want = "created " + rest
					}
					if files["a"] != want || backup != wantBackup || len(files) > 2 {
						t.Errorf("%q", files)
					}
					if failed || strings.HasPrefix(name, "move") {
						got.Want(t, "rotate "+path)
					}
					got.WantNone(t)
					checkStats(t, w.Stats())
				})
			})
		}
	}
}

// Close waits for a Rotator, and leaves one file.
func TestCloseWhileARotatorRuns(t *testing.T) {
	for name, finish := range map[string]func(source, dest string) error{
		"rename": os.Rename, "copy and truncate": copyTruncate, "fail": func(string, string) error { return errors.New("no") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a")
			running, goOn := make(chan bool), make(chan bool)
			opts := Options{MaxBytes: 10, BackupCount: 1, Rotator: func(source, dest string) error {
				running <- true
				<-goOn
				return finish(source, dest)
			}}
			opts.ErrorHandler = slogx.IgnoreErrors
			w := newWriter(t, path, opts)
			putNow(t, w, "1 before ")
			putNow(t, w, "2 cause ")
			<-running
			closed := make(chan error)
			go func() { closed <- w.Close() }()
			testkit.Eventually(t, "closed", func() bool {
				_, err := w.Write([]byte("3 "))
				return errors.Is(err, slogx.ErrClosed)
			})
			goOn <- true
			must(t, <-closed)
			files := listing(t, dir)
			rest := strings.TrimRight(strings.TrimSuffix(files["a"], " "), "3 ")
			if got := files["a.1"] + rest; got != "1 before 2 cause" || len(files) > 2 || name != "fail" && files["a.1"] == "" {
				t.Errorf("%q", files)
			}
			checkStats(t, w.Stats())
			if w.file.Close() == nil {
				t.Error("a file is still open")
			}
		})
	}
}

// A process that died while its Rotator ran has left a file more.
func TestLeftoverOfACrashIsRecovered(t *testing.T) {
	for name, pre := range map[string]map[string]string{
		"before the Rotator": {"a": "1 ", "a.next": "2 "},
		"after":              {"a.1": "1 ", "a.next": "2 "},
		"empty":              {"a": "1 2 ", "a.next": ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for name, content := range pre {
				create(t, filepath.Join(dir, name), content)
			}
			w := newWriter(t, filepath.Join(dir, "a"), Options{MaxBytes: 1000, BackupCount: 1, Rotator: os.Rename})
			put(t, w, "3")
			if files := listing(t, dir); files["a.1"]+files["a"] != "1 2 3" || exists(filepath.Join(dir, "a.next")) {
				t.Errorf("%q", files)
			}
		})
	}
	// Somebody else's file of that name is nobody's leftover.
	dir := t.TempDir()
	create(t, filepath.Join(dir, "a.next"), "foreign")
	w := newWriter(t, filepath.Join(dir, "a"), Options{MaxBytes: 1, BackupCount: 1})
	put(t, w, "1")
	put(t, w, "2")
	wantFiles(t, dir, map[string]string{"a": "2", "a.1": "1", "a.next": "foreign"})
}

// A rotation that fails destroys no backup, however often it is tried.
func TestFailingRotationKeepsTheBackups(t *testing.T) {
	for _, when := range []When{Never, Midnight} {
		for _, partial := range []bool{false, true} {
			t.Run(fmt.Sprint(when, partial), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					dir := t.TempDir()
					path := filepath.Join(dir, "a")
					failing := false
					var got testkit.ErrorLog
					opts := Options{MaxBytes: 2, BackupCount: 4, When: when, Location: time.UTC, Rotator: func(source, dest string) error {
						if !failing {
							return os.Rename(source, dest)
						}
						if partial {
							create(t, dest, "par")
						}
						return errors.New("no")
					}}
					opts.ErrorHandler = got.Handle
					w := newWriter(t, path, opts)
					for i := range 6 {
						put(t, w, fmt.Sprint(i))
					}
					failing = true
					for range 10 {
						put(t, w, "+")
						time.Sleep(31 * time.Second)
					}
					if n := len(got.Take()); n < 9 {
						t.Errorf("only %d attempts", n)
					}
					want := map[string]string{"a": "5++++++++++", "a.2": "4", "a.3": "3", "a.4": "2"}
					if when != Never {
						want = map[string]string{
							"a": "5++++++++++", "a.2000-01-01.1": "1", "a.2000-01-01.2": "2", "a.2000-01-01.3": "3", "a.2000-01-01.4": "4",
						}
					}
					wantFiles(t, dir, want)

					failing = false
					put(t, w, "6")
					want["a"] = "6"
					if when == Never {
						want["a.1"] = "5++++++++++"
					} else {
						want["a.2000-01-01.5"] = "5++++++++++"
						delete(want, "a.2000-01-01.1")
					}
					wantFiles(t, dir, want)
				})
			})
		}
	}
}

// 1 s, 2 s, 4 s, … 30 s between attempts, each reported once; then all is well again.
func TestFailedRotationIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a")
		start := time.Now()
		var attempts []time.Duration
		failing := true
		var got testkit.ErrorLog
		opts := Options{MaxBytes: 2, BackupCount: 1, Rotator: func(source, dest string) error {
			if failing {
				attempts = append(attempts, time.Since(start))
				return errors.New("no")
			}
			return os.Rename(source, dest)
		}}
		opts.ErrorHandler = got.Handle
		w := newWriter(t, path, opts)
		put(t, w, "0")
		n := 1
		for time.Since(start) < 100*time.Second {
			put(t, w, "x")
			n++
			time.Sleep(250 * time.Millisecond)
		}
		var want []time.Duration
		for _, s := range []int{0, 1, 3, 7, 15, 31, 61, 91} {
			want = append(want, time.Duration(s)*time.Second)
		}
		if !slices.Equal(attempts, want) {
			t.Errorf("attempts at %v, want %v", attempts, want)
		}
		if errs := got.Take(); len(errs) != len(want) {
			t.Errorf("%d errors", len(errs))
		}
		if s := w.Stats(); s != (Stats{Handled: int64(n), Written: int64(n), Bytes: int64(n), Errors: int64(len(want))}) {
			t.Errorf("%+v", s)
		}
		failing = false
		time.Sleep(30 * time.Second)
		put(t, w, "last")
		if got := len(read(t, path+".1")); got != n || read(t, path) != "last" {
			t.Errorf("%d bytes of %d, then %q", got, n, read(t, path))
		}
		got.WantNone(t)
	})
}

// User code may log through the handler that runs it, may call its methods, and may panic.
func TestUserCodeThatLogs(t *testing.T) {
	for _, when := range []When{Never, Midnight} {
		dir := t.TempDir()
		path := filepath.Join(dir, "a")
		var h *Handler
		var left atomic.Int32 // calls that log: else each rotation would cause the next
		var told, failures int
		log := func(msg string) {
			if left.Add(-1) >= 0 {
				slog.New(h).Info(msg, "value", testkit.ValuerFunc(func() slog.Value {
					_ = h.Handle(context.Background(), slog.NewRecord(time.Time{}, slog.LevelInfo, "valuer", 0))
					return slog.StringValue("v")
				}))
				_, _, _ = h.Stats(), h.Reopen(), h.Flush()
				_ = h.Rotate()
			}
		}
		opts := &Options{
			MaxBytes: 200, BackupCount: 1000, When: when,
			Namer:    func(name string) string { log("namer"); return name },
			Rotator:  func(source, dest string) error { log("rotator"); return os.Rename(source, dest) },
			OnRotate: func(string, string) { log("told"); told++; panic("on rotate") },
		}
		opts.ErrorHandler = func(context.Context, slog.Record, error) { log("failure"); failures++; panic("error handler") }
		h = NewHandler(path, opts)
		const n = 20
		within(t, time.Minute, "logging", func() {
			for i := range n {
				left.Store(4)
				if err := h.Handle(context.Background(), slog.NewRecord(time.Time{}, slog.LevelInfo, fmt.Sprintf("record %d", i), 0)); err != nil {
					t.Error(err)
				}
				h.writer.wait() // what user code logs after Close is refused
			}
		})
		must(t, h.Close())
		var all strings.Builder
		for _, content := range listing(t, dir) {
			all.WriteString(content)
		}
		for i := range n {
			if strings.Count(all.String(), fmt.Sprintf("msg=\"record %d\"\n", i)) != 1 {
				t.Errorf("%v: record %d", when, i)
			}
		}
		s := h.Stats()
		if checkStats(t, s); told == 0 || int64(told) != s.Rotations || failures != told || int64(strings.Count(all.String(), "\n")) != s.Written {
			t.Errorf("%v: told %d times, %d failures, %d lines, %+v", when, told, failures, strings.Count(all.String(), "\n"), s)
		}
	}
}

// OnRotate is told of each backup, one after the other, when it has its name; nobody waits for that.
func TestOnRotateIsToldInOrder(t *testing.T) {
	dir := t.TempDir()
	began, goOn := make(chan bool), make(chan bool)
	var told []string
	w := newWriter(t, filepath.Join(dir, "a"), Options{
		MaxBytes: 2, BackupCount: 10,
		OnRotate: func(_, dest string) {
			if len(told) == 0 {
				began <- true
				<-goOn
			}
			told = append(told, read(t, dest))
		},
	})
	putNow(t, w, "0")
	putNow(t, w, "1")
	<-began
	for i := 2; i < 6; i++ {
		putNow(t, w, fmt.Sprint(i))
	}
	goOn <- true
	must(t, w.Close())
	if want := []string{"0", "1", "2", "3", "4"}; !slices.Equal(told, want) {
		t.Errorf("%q", told)
	}
	wantFiles(t, dir, map[string]string{"a": "5", "a.1": "4", "a.2": "3", "a.3": "2", "a.4": "1", "a.5": "0"})
}

// Close, Reopen and Rotate, by user code and at the same time as records, keep every record.
func TestEverythingAtOnce(t *testing.T) {
	dir := t.TempDir()
	var h *Handler
	opts := &Options{
		MaxBytes: 500, BackupCount: 10_000,
		Namer:    func(name string) string { return name },
		Rotator:  func(source, dest string) error { return os.Rename(source, dest) },
		OnRotate: func(string, string) { _ = h.Reopen() },
	}
	opts.ErrorHandler = testkit.NoErrors(t)
	h = NewHandler(filepath.Join(dir, "a"), opts)
	var wg sync.WaitGroup
	const workers = 4
	records := 60
	if testing.Short() {
		records = 20
	}
	for range workers {
		wg.Go(func() {
			for range records {
				if err := h.Handle(context.Background(), slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0)); err != nil {
					t.Error(err)
				}
				_, _ = h.Rotate(), h.Flush() // the error is that of two at a time
			}
		})
	}
	wg.Wait()
	must(t, h.Close())
	lines := 0
	for _, content := range listing(t, dir) {
		lines += strings.Count(content, "level=INFO msg=m\n")
	}
	if lines != workers*records {
		t.Errorf("%d lines", lines)
	}
}
