//go:build linux

package rotate

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

func init() { children["crash"] = childCrash }

// crashOptions alternate.
func crashOptions(round int) Options {
	o := Options{MaxBytes: 4000, BackupCount: 100_000, Compressor: Gzip, FlushInterval: time.Millisecond}
	if round%2 == 1 {
		o.BufferSize = 2000
	}
	return o
}

// orExit ends a child that has an error, which a panic might not.
func orExit(_ context.Context, _ slog.Record, err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(3)
}

func childAtoi(s string) int {
	n, err := strconv.Atoi(s)
	check(err)
	return n
}

// childCrash writes until it is killed.
func childCrash() {
	opts := crashOptions(childAtoi(os.Args[2]))
	opts.ErrorHandler = orExit
	w, err := OpenWriter(os.Args[1], &opts)
	check(err)
	acknowledge(w, 0, childAtoi(os.Args[3]), 1<<30, opts.BufferSize > 0)
}

// acknowledge writes records, and a dot for each when it is certain.
func acknowledge(w *Writer, writer, first, count int, buffered bool) {
	const group = 40
	dots := make([]byte, 0, group)
	var b []byte
	for n := first; n < first+count; n++ {
		b = appendNumbered(b[:0], writer, n)
		_, err := w.Write(b)
		check(err)
		dots = append(dots, '.')
		if buffered && len(dots) < group && n+1 < first+count {
			continue
		}
		if buffered {
			check(w.Flush())
		}
		_, err = os.Stdout.Write(dots)
		check(err)
		dots = dots[:0]
	}
}

// killAfter kills a child that acknowledges, a while after so many dots, and returns how many there were.
func killAfter(t *testing.T, cmd *exec.Cmd, enough int, while time.Duration) (dots int) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	kill := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	buf := make([]byte, 4096)
	for alive := true; ; {
		if dots >= enough && alive {
			alive = false
			kill.Reset(while)
		}
		n, err := out.Read(buf)
		dots += n
		if err == io.EOF {
			break
		}
		must(t, err)
	}
	if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" { // by this test, or after a minute
		t.Fatalf("the child was not killed: %v", err)
	}
	return dots
}

// Whenever a process is killed, what Write or Flush has returned for is there, no record twice, no archive in parts; and
// what it has left undone is made up for.
func TestKilled(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 6
	}
	path := filepath.Join(t.TempDir(), "a")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	next := 0
	for round := range rounds {
		cmd := child(t, "crash", path, fmt.Sprint(round), fmt.Sprint(next))
		acknowledged := next + killAfter(t, cmd, r.IntN(600), time.Duration(r.IntN(5000))*time.Microsecond)
		l := newLedger(1)
		found := l.readLogs(t, path, crashOptions(round).MaxBytes)
		if l.next[0] < acknowledged {
			t.Fatalf("round %d: of %d records that were acknowledged there are %d", round, acknowledged, l.next[0])
		}
		if l.torn > round+1 {
			t.Fatalf("round %d: %d torn lines", round, l.torn)
		}
		if len(found.temporary) > 1 {
			t.Errorf("round %d: %q", round, found.temporary)
		}
		next = l.next[0]
	}
	opts := crashOptions(0)
	opts.Options = slogx.Options{ErrorHandler: testkit.NoErrors(t)}
	w, err := OpenWriter(path, &opts)
	must(t, err)
	must(t, w.Close())
	l := newLedger(1)
	found := l.readLogs(t, path, opts.MaxBytes)
	found.wantFinished(t, true)
	if l.next[0] != next {
		t.Errorf("%d records, there were %d", l.next[0], next)
	}
	t.Logf("%d records in %d files, %d torn", next, len(found.inOrder), l.torn)
}

// A crash may leave a backup both as it was and compressed. Were both moved to the next number, another crash could part
// them, and their records would be there twice.
func TestTwinsAreNotMoved(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	create(t, path+".1", "old\n")
	create(t, path+".1.gz", "old, compressed\n")
	age(t, path+".1", time.Hour)
	age(t, path+".1.gz", time.Hour)
	create(t, path+".rotating.1", "new\n")
	w := newWriter(t, path, Options{MaxBytes: 5, BackupCount: 3, Compressor: Gzip, OnRotate: func(string, string) {
		if got := names(t, dir); !slices.Equal(got, []string{"a", "a.1", "a.2.gz"}) {
			t.Errorf("%q", got)
		}
	}})
	must(t, w.openNow())
	w.wait()
	if s := w.Stats(); s.Rotations != 1 || s.Compressed != 1 {
		t.Errorf("%+v", s)
	}
}
