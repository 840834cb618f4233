//go:build unix

package rotate

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// testdata's edges, "watched: rename, delete, dir removed, delay, truncate".
func TestWatched(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	path := filepath.Join(dir, "w")
	var got testkit.ErrorLog
	h := NewWatchedHandler(path, &WatchedOptions{Options: slogx.Options{Format: messageOnly, ErrorHandler: got.Handle}, Perm: 0o640})
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
	got.WantNone(t)

	must(t, os.RemoveAll(dir))
	for range 3 {
		l.Info("lost")
	}
	if errs := got.Take(); len(errs) != 3 {
		t.Errorf("%q", errs)
	}
	must(t, os.Mkdir(dir, 0o700))
	l.Info("5")
	wantFiles(t, dir, map[string]string{"w": "5\n"})
	got.WantNone(t)
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
	h := NewWatchedHandler(path, &WatchedOptions{Options: slogx.Options{Format: messageOnly, ErrorHandler: testkit.NoErrors(t)}})
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
