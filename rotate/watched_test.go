//go:build unix

package rotate

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// testdata's edges, "watched: rename, delete, dir removed, delay, truncate".
func TestWatched(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	path := filepath.Join(dir, "w")
	var got reported
	h := NewWatchedHandler(path, &WatchedOptions{Options: slogx.Options{Format: messageOnly, ErrorHandler: got.handle}, Perm: 0o640})
	l := slog.New(h)
	l.Info("1")
	must(t, os.Rename(path, path+".1"))
	l.Info("2")
	must(t, os.Remove(path))
	l.Info("3")
	wantFiles(t, dir, map[string]string{"w": "3\n", "w.1": "1\n"})
	if mode(t, path) != 0o640 || mode(t, dir) != 0o700 {
		t.Errorf("%o, %o", mode(t, path), mode(t, dir))
	}
	must(t, os.Truncate(path, 0))
	l.Info("4")
	wantFiles(t, dir, map[string]string{"w": "4\n", "w.1": "1\n"})
	must(t, os.Rename(path, path+".2"))
	must(t, h.ReopenIfNeeded())
	if !exists(path) {
		t.Error("ReopenIfNeeded")
	}
	must(t, h.Flush())
	got.wantNone(t)

	must(t, os.RemoveAll(dir))
	for range 3 {
		l.Info("lost")
	}
	if errs := got.take(); len(errs) != 3 {
		t.Errorf("%q", errs)
	}
	must(t, os.Mkdir(dir, 0o700))
	l.Info("5")
	wantFiles(t, dir, map[string]string{"w": "5\n"})
	got.wantNone(t)
	must(t, h.Close())
}

func TestWatchedOptions(t *testing.T) {
	dir := t.TempDir()
	path, target := filepath.Join(dir, "w"), filepath.Join(dir, "target")
	create(t, target, "old\n")
	must(t, os.Symlink(target, path))
	o := slogx.Options{Format: messageOnly, ErrorHandler: slogx.IgnoreErrors}
	r := slog.NewRecord(time.Time{}, slog.LevelInfo, "new", 0)
	h := NewWatchedHandler(path, &WatchedOptions{Options: o, Truncate: true})
	if err := h.Handle(context.Background(), r); err == nil {
		t.Error("a symbolic link was followed")
	}
	must(t, h.Close())
	h = NewWatchedHandler(path, &WatchedOptions{Options: o, FollowSymlink: true, Truncate: true})
	must(t, h.Handle(context.Background(), r))
	must(t, h.Handle(context.Background(), r))
	must(t, h.Close())
	if got := read(t, target); got != "new\nnew\n" {
		t.Errorf("%q", got)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Error("no link any more")
	}
}

// Whatever is renamed when, no record is lost, and each writer's are in order.
func TestWatchedAgainstRenames(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "w")
	h := NewWatchedHandler(path, &WatchedOptions{Options: slogx.Options{Format: messageOnly, ErrorHandler: failOn(t)}})
	const workers, records = 4, 2500
	moved := moveAgainAndAgain(t, path, func() error { return nil }, func() {
		var wg sync.WaitGroup
		for worker := range workers {
			wg.Go(func() {
				for n := range records {
					slog.New(h).Info(fmt.Sprint(worker, n))
				}
			})
		}
		wg.Wait()
	})
	must(t, h.Close())
	var all strings.Builder
	for i := range moved {
		all.WriteString(read(t, fmt.Sprintf("%s.%d", path, i)))
	}
	if exists(path) {
		all.WriteString(read(t, path))
	}
	checkRecords(t, all.String(), workers, records)
}

// moveAgainAndAgain moves path to path.0, path.1, … until f returns, at least once, and says how often.
func moveAgainAndAgain(t *testing.T, path string, reopen func() error, f func()) (moved int) {
	done := make(chan bool)
	go func() { defer close(done); f() }()
	for over := false; !over || moved == 0; {
		if os.Rename(path, fmt.Sprintf("%s.%d", path, moved)) == nil {
			moved++
			if err := reopen(); err != nil {
				t.Error(err)
			}
		}
		select {
		case <-done:
			over = true
		case <-time.After(200 * time.Microsecond):
		}
	}
	return moved
}

// A program that moves and says so loses nothing either.
func TestReopenAgainstRenames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w")
	w := newWriter(t, path, Options{})
	const records = 20_000
	moved := moveAgainAndAgain(t, path, w.Reopen, func() {
		for n := range records {
			put(t, w, fmt.Sprintf("0 %d\n", n))
		}
	})
	must(t, w.Close())
	var all strings.Builder
	for i := range moved {
		all.WriteString(read(t, fmt.Sprintf("%s.%d", path, i)))
	}
	all.WriteString(read(t, path))
	checkRecords(t, all.String(), 1, records)
}

// The real logrotate moves the file: 50,000 records, none lost. With its "create" it would move a file that the handler
// was first to create to app.log-DATE.backup, and so would the next of the same hour, over the first.
func TestLogrotate(t *testing.T) {
	program, err := exec.LookPath("logrotate")
	if err != nil {
		if os.Getenv("SLOGKIT_REQUIRE_PEERS") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if testing.Short() {
		t.Skip("short")
	}
	for _, kind := range []string{"Reopen", "Watched"} {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			must(t, os.Chmod(dir, 0o700))
			path := filepath.Join(dir, "app.log")
			conf, state := filepath.Join(dir, "conf"), filepath.Join(dir, "state")
			create(t, conf, path+" {\n rotate 100\n size 1\n nocompress\n missingok\n nocreate\n}\n")
			o := slogx.Options{Format: messageOnly, ErrorHandler: failOn(t)}
			var h slog.Handler
			reopen := func() error { return nil }
			if kind == "Watched" {
				h = NewWatchedHandler(path, &WatchedOptions{Options: o})
			} else {
				rh := NewHandler(path, &Options{Options: o})
				h, reopen = rh, rh.Reopen
			}
			const records, rotations = 50_000, 5
			done := make(chan bool)
			go func() {
				defer close(done)
				l := slog.New(h)
				for n := range records {
					l.Info(fmt.Sprint(0, n))
				}
			}()
			rotated := 0
			for rotated < rotations {
				if info, err := os.Stat(path); err == nil && info.Size() > 0 {
					if out, err := exec.Command(program, "-f", "-s", state, conf).CombinedOutput(); err != nil {
						t.Fatalf("%v: %s", err, out)
					}
					must(t, reopen())
					rotated++
				}
				select {
				case <-done:
					if info, err := os.Stat(path); err != nil || info.Size() == 0 {
						rotated = rotations
					}
				default:
				}
			}
			<-done
			must(t, slogx.Close(h))
			var all strings.Builder
			files := listing(t, dir)
			for i := 100; i > 0; i-- {
				all.WriteString(files[fmt.Sprintf("app.log.%d", i)])
			}
			all.WriteString(files["app.log"])
			checkRecords(t, all.String(), 1, records)
			if len(files) < 5 { // with conf and state
				t.Errorf("%q", names(t, dir))
			}
		})
	}
}

func TestWatchedStats(t *testing.T) {
	h := NewWatchedHandler(filepath.Join(t.TempDir(), "app.log"), &WatchedOptions{
		Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors},
	})
	logger := slog.New(h)
	logger.Info("one")
	must(t, h.Close())
	logger.Info("too late")
	if s := h.Stats(); s.Handled != 2 || s.Written != 1 || s.Failed != 1 || s.Bytes == 0 {
		t.Errorf("%+v", s)
	}
}
