//go:build unix

package rotate

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

const logrotations = 20

// logrotateAgainst has the real logrotate rotate a file while records are written to it, and returns how many those are.
func logrotateAgainst(t *testing.T, path, directives string, h slog.Handler, rotated func() error) (records int) {
	t.Helper()
	program := testkit.Peer(t, "logrotate")
	must(t, os.Chmod(filepath.Dir(path), 0o700)) // logrotate insists
	conf := filepath.Join(t.TempDir(), "conf")
	create(t, conf, path+" {\n rotate 100\n size 1\n nocompress\n missingok\n "+directives+"\n}\n")

	records = 300_000
	if testing.Short() || testkit.Race {
		records = 30_000
	}
	// The writer is never more than two chunks ahead, so that logrotate always finds it at work.
	const chunks = logrotations + 2
	allowed := make(chan bool, chunks)
	allowed <- true
	allowed <- true
	done := make(chan bool)
	go func() {
		defer close(done)
		l, b := slog.New(h), []byte(nil)
		for n := range records {
			if n%(records/chunks+1) == 0 {
				<-allowed
			}
			b = appendNumbered(b[:0], 0, n)
			l.Info(strings.TrimSuffix(string(b), "\n"))
		}
	}()
	for range logrotations {
		testkit.Eventually(t, "there is something to rotate", func() bool {
			info, err := os.Stat(path)
			return err == nil && info.Size() > 0
		})
		if out, err := exec.Command(program, "-f", "-s", conf+".state", conf).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		must(t, rotated())
		allowed <- true
	}
	<-done
	must(t, slogx.Close(h))
	return records
}

// The real logrotate moves the file: no record is lost. With its "create" it would move a file that the handler was first
// to create to app.log-DATE.backup, and so would the next of the same hour, over the first.
func TestLogrotate(t *testing.T) {
	for _, kind := range []string{"Reopen", "Watched"} {
		t.Run(kind, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "app.log")
			o := slogx.Options{Format: messageOnly, ErrorHandler: testkit.NoErrors(t)}
			var h slog.Handler
			reopen := func() error { return nil }
			if kind == "Watched" {
				h = NewWatchedHandler(path, &WatchedOptions{Options: o})
			} else {
				rh := NewHandler(path, &Options{Options: o})
				h, reopen = rh, rh.Reopen
			}
			records := logrotateAgainst(t, path, "nocreate", h, reopen)
			l := newLedger(1)
			found := l.readLogs(t, path, 1<<30)
			l.wantAll(t, records)
			if n := len(found.inOrder); n != logrotations+1 {
				t.Errorf("%d files", n)
			}
		})
	}
}

// logrotate copies the file and then empties it. What is written in between is lost, which nobody but logrotate could
// prevent; the rest is whole, in order, and begins where the file does.
func TestLogrotateCopytruncate(t *testing.T) {
	for _, opts := range []Options{{}, {BufferSize: 4096}, {MaxBytes: 1 << 30, BackupCount: 1}} {
		t.Run(fmt.Sprint(opts.BufferSize, opts.MaxBytes), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "app.log")
			opts.Options = slogx.Options{Format: messageOnly, ErrorHandler: testkit.NoErrors(t)}
			records := logrotateAgainst(t, path, "copytruncate", NewHandler(path, &opts), func() error { return nil })
			l := newLedger(1)
			l.gaps = true
			found := l.readLogs(t, path, 1<<30)
			if l.next[0] != records {
				t.Errorf("the last record is %d", l.next[0]-1)
			}
			// A copy may end within a record that was just being written.
			if l.torn > logrotations {
				t.Errorf("%d torn lines", l.torn)
			}
			if n := len(found.inOrder); n != logrotations+1 {
				t.Errorf("%d files", n)
			}
			t.Logf("%d of %d records are lost, %d of these in parts", l.lost, records, l.torn)
		})
	}
}
