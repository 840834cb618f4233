//go:build linux

package rotate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/filelock"
	"github.com/slogkit-go/slogkit/internal/testkit"
)

func init() {
	children["share"] = childShare
	children["hold"] = childHold
}

// sharedOptions are those of all processes.
func sharedOptions(kind string) Options {
	o := Options{Shared: true, MaxBytes: 10_000, BackupCount: 100_000}
	if strings.Contains(kind, "large") {
		o.MaxBytes = 200_000
	}
	if strings.Contains(kind, "second") {
		o.When, o.Location = Second, time.UTC
	}
	if strings.Contains(kind, "buffered") {
		o.BufferSize = 3000
	}
	if strings.Contains(kind, "gzip") {
		o.Compressor, o.MaxBytes = GzipLevel(1), 20_000 // each is committed to disk
	}
	return o
}

// childShare waits until all are here, then writes records, and perhaps acknowledges them.
func childShare() {
	kind, path := os.Args[1], os.Args[2]
	writer, count := childAtoi(os.Args[3]), childAtoi(os.Args[4])
	opts := sharedOptions(kind)
	opts.ErrorHandler = orExit
	w, err := OpenWriter(path, &opts)
	check(err)
	_, err = os.Stdout.WriteString("!")
	check(err)
	opened := make(chan bool)
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		check(err)
		close(opened)
	}()
	switch os.Args[5] {
	case "acknowledge":
		acknowledge(w, writer, 0, count, opts.BufferSize > 0)
	case "until":
		count = writeUntil(w, writer, opened)
	default:
		<-opened
		writeNumbered(w, writer, 0, count)
	}
	check(w.Close())
	if s := w.Stats(); s.Written != int64(count) || s.Errors != 0 || s.Pending != 0 {
		check(fmt.Errorf("%+v", s))
	}
	_, err = fmt.Print(count)
	check(err)
}

func writeNumbered(w *Writer, writer, first, count int) {
	var b []byte
	for n := first; n < first+count; n++ {
		b = appendNumbered(b[:0], writer, n)
		_, err := w.Write(b)
		check(err)
	}
}

func writeUntil(w *Writer, writer int, enough <-chan bool) (count int) {
	for ; ; count++ {
		select {
		case <-enough:
			return count
		default:
			writeNumbered(w, writer, count, 1)
		}
	}
}

// gate is what children wait at.
func gate(t *testing.T) (wait *os.File, open func()) {
	t.Helper()
	r, w, err := os.Pipe()
	must(t, err)
	t.Cleanup(func() { _ = r.Close(); _ = w.Close() })
	return r, func() { must(t, w.Close()) }
}

// start starts a process that waits at the gate, and returns when it is there.
func start(t *testing.T, cmd *exec.Cmd, wait *os.File) (out io.Reader) {
	t.Helper()
	cmd.Stdin = wait
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	hello := make([]byte, 1)
	if _, err := io.ReadFull(out, hello); err != nil {
		t.Fatalf("the child did not come: %v, %v", err, cmd.Wait())
	}
	return out
}

func share(t *testing.T, kind, path string, writer, count int, how string) *exec.Cmd {
	t.Helper()
	return child(t, "share", kind, path, fmt.Sprint(writer), fmt.Sprint(count), how)
}

const processes = 4

// Four processes write to one file and rotate it, hundreds of times: no record is lost, torn or doubled.
func TestProcesses(t *testing.T) {
	records := 50_000
	if testing.Short() || testkit.Race {
		records = 3000
	}
	for _, kind := range []string{"size", "second", "size buffered", "second buffered", "size gzip", "second buffered gzip"} {
		t.Run(kind, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a")
			opts := sharedOptions(kind)
			wait, open := gate(t)
			var cmds []*exec.Cmd
			for writer := range processes {
				cmd := share(t, kind, path, writer, records, "silently")
				start(t, cmd, wait)
				cmds = append(cmds, cmd)
			}
			began := time.Now()
			open()
			for _, cmd := range cmds {
				if err := cmd.Wait(); err != nil {
					t.Error(err)
				}
			}
			took := time.Since(began)
			l := newLedger(processes)
			found := l.readLogs(t, path, opts.MaxBytes)
			l.wantAll(t, records)
			found.wantFinished(t, opts.Compressor != nil)
			t.Logf("%d files, %v", len(found.inOrder), took)
			if n := l.bytes / opts.MaxBytes; int64(len(found.inOrder)) <= n {
				t.Errorf("%d files, want more than %d", len(found.inOrder), n)
			}
		})
	}
}

// Whichever process is killed, and be it the one that holds the lock, the others go on, and no record is missing for
// which Write, or with a buffer Flush, has returned.
func TestProcessesKilled(t *testing.T) {
	const others = processes - 1
	kills := 15
	if testing.Short() || testkit.Race {
		kills = 4
	}
	for _, kind := range []string{"size gzip", "second", "size buffered large"} {
		t.Run(kind, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a")
			opts := sharedOptions(kind)
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			r := rand.New(rand.NewPCG(seed, 0))
			wait, open := gate(t)
			var cmds []*exec.Cmd
			var outs []io.Reader
			for writer := range others {
				cmd := share(t, kind, path, writer, 0, "until")
				outs = append(outs, start(t, cmd, wait))
				cmds = append(cmds, cmd)
			}
			certain := make([]int, others+kills)
			for victim := others; victim < len(certain); victim++ {
				cmd := share(t, kind, path, victim, 1<<30, "acknowledge")
				const hello = 1
				certain[victim] = killAfter(t, cmd, hello+r.IntN(500), time.Duration(r.IntN(2000))*time.Microsecond) - hello
			}
			open()
			for writer, cmd := range cmds {
				said, err := io.ReadAll(outs[writer])
				must(t, err)
				must(t, cmd.Wait())
				certain[writer] = atoi(t, string(said))
			}
			checkKilled(t, path, opts.MaxBytes, certain, kills)

			opts.ErrorHandler = testkit.NoErrors(t)
			w, err := OpenWriter(path, &opts)
			must(t, err)
			must(t, w.Close())
			found := checkKilled(t, path, opts.MaxBytes, certain, kills)
			found.wantFinished(t, opts.Compressor != nil)
			t.Logf("%d files; certain were %d", len(found.inOrder), certain)
		})
	}
}

func checkKilled(t *testing.T, path string, limit int64, certain []int, kills int) logFiles {
	t.Helper()
	l := newLedger(len(certain))
	found := l.readLogs(t, path, limit)
	for writer, n := range certain {
		if l.next[writer] < n {
			t.Errorf("writer %d: of %d records that are certain there are %d", writer, n, l.next[writer])
		}
	}
	if l.torn > kills {
		t.Errorf("%d torn lines after %d kills", l.torn, kills)
	}
	return found
}

func TestProcessesWithDifferentOptions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	wait, open := gate(t)
	cmd := share(t, "size", path, 0, 1, "silently")
	start(t, cmd, wait)
	var got testkit.ErrorLog
	opts := sharedOptions("size")
	opts.MaxBytes, opts.ErrorHandler = 20_000, got.Handle
	w := newWriter(t, path, opts)
	put(t, w, string(appendNumbered(nil, 1, 0)))
	errs := got.Take()
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "MaxBytes=10000 ") || !strings.Contains(errs[0].Error(), "MaxBytes=20000 ") {
		t.Errorf("%q", errs)
	}
	open()
	must(t, cmd.Wait())
	put(t, w, string(appendNumbered(nil, 1, 1)))
	got.WantNone(t)
}

// childHold takes the lock of a shared file until it is told to give it up.
func childHold() {
	lock, err := filelock.Open(os.Args[1]+".lock", 0)
	check(err)
	check(lock.Lock(writing, filelock.Exclusive, lockTimeout))
	_, err = os.Stdout.WriteString("!")
	check(err)
	_, err = io.Copy(io.Discard, os.Stdin)
	check(err)
	check(lock.Close())
}

func init() { lockTimeout, closeTimeout = 5*time.Minute, 5*time.Minute } // of the children too

// A process that is stopped while it holds the lock delays a record by 5 s, and not each.
func TestStoppedProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("short: a record waits for 5 s")
	}
	t.Parallel()
	defer func(d time.Duration) { lockTimeout = d }(lockTimeout)
	lockTimeout = recordTimeout
	path := filepath.Join(t.TempDir(), "a")
	var got testkit.ErrorLog
	opts := sharedOptions("size")
	opts.ErrorHandler = got.Handle
	w := newWriter(t, path, opts)
	putNow(t, w, "before\n")
	wait, open := gate(t)
	holder := child(t, "hold", path)
	start(t, holder, wait)
	must(t, holder.Process.Signal(syscall.SIGSTOP))
	open() // which it will see when it goes on
	fails := func() time.Duration {
		t.Helper()
		began := time.Now()
		_, err := w.Write([]byte("lost\n"))
		took := time.Since(began)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("after %v: %v", took, err)
		}
		if errs := got.Take(); len(errs) != 1 || errs[0] != err {
			t.Errorf("reported: %q", errs)
		}
		return took
	}
	if took := fails(); took < recordTimeout || took > time.Minute {
		t.Errorf("the first takes %v", took)
	}
	quickest := time.Hour
	for range 5 { // of which the machine may hold up some
		quickest = min(quickest, fails())
	}
	if quickest > time.Second {
		t.Errorf("each takes %v at least", quickest)
	}
	must(t, holder.Process.Signal(syscall.SIGCONT))
	must(t, holder.Wait())
	putNow(t, w, "after\n")
	must(t, w.Close())
	got.WantNone(t)
	if text := read(t, path); text != "before\nafter\n" {
		t.Errorf("%q", text)
	}
}

// A lock dies with its holder, even one that is stopped.
func TestKilledHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	w := newWriter(t, path, sharedOptions("size"))
	wait, _ := gate(t)
	holder := child(t, "hold", path)
	start(t, holder, wait)
	must(t, holder.Process.Signal(syscall.SIGSTOP))
	written := make(chan error, 1)
	go func() {
		_, err := w.Write([]byte("patient\n"))
		written <- err
	}()
	select {
	case err := <-written:
		t.Fatalf("written though another process holds the lock: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	must(t, holder.Process.Kill())
	_ = holder.Wait() // it was killed
	must(t, <-written)
	must(t, w.Close())
	if text := read(t, path); text != "patient\n" {
		t.Errorf("%q", text)
	}
}

// What four processes lose that share a file with CPython's handlers, which its documentation does not support. Nothing
// is claimed; the log has the numbers.
func TestProcessesOfPython(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	t.Parallel()
	python := testkit.Peer(t, "python3")
	for kind, records := range map[string]int{"size": 15_000, "second": 40_000} {
		t.Run(kind, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a")
			wait, open := gate(t)
			began := time.Now()
			var cmds []*exec.Cmd
			var said [processes]bytes.Buffer
			for writer := range processes {
				cmd := exec.Command(python, filepath.Join("testdata", "sharing.py"), kind, path,
					fmt.Sprint(writer), fmt.Sprint(records), fmt.Sprint(sharedOptions(kind).MaxBytes))
				cmd.Stdin, cmd.Stderr = wait, &said[writer]
				must(t, cmd.Start())
				cmds = append(cmds, cmd)
			}
			open()
			for writer, cmd := range cmds {
				if err := cmd.Wait(); err != nil {
					t.Logf("%v: %.300q", err, said[writer].String())
				}
			}
			t.Logf("%s, in %v", countRecords(t, filepath.Dir(path), records), time.Since(began))
		})
	}
}

// countRecords says which of the numbered records of all writers are in a directory's files.
func countRecords(t *testing.T, dir string, records int) string {
	t.Helper()
	seen := map[string]int{}
	torn, files := 0, 0
	for _, content := range listing(t, dir) {
		files++
		for line := range strings.Lines(content) {
			seen[line]++
		}
	}
	lost, doubled := 0, 0
	for writer := range processes {
		for n := range records {
			record := string(appendNumbered(nil, writer, n))
			switch seen[record] {
			case 0:
				lost++
			case 1:
			default:
				doubled++
			}
			delete(seen, record)
		}
	}
	for range seen {
		torn++
	}
	return fmt.Sprintf("of %d records %d are lost, %d doubled; %d other lines; %d files", processes*records, lost, doubled, torn, files)
}
