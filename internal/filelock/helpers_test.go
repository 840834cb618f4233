package filelock

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// children are what this binary does instead of tests when a test has started it anew.
var children = testkit.Children{"hold": childHold, "count": childCount}

func TestMain(m *testing.M) { children.Main(m) }

// patience is more than anything here takes.
const patience = time.Minute

// process is a child that has said it is ready.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.Closer
}

func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	cmd := children.Command(t, name, args...)
	cmd.Env = append(cmd.Env, "GORACE=atexit_sleep_ms=0") // else a second each
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	p := &process{t, cmd, stdin}
	t.Cleanup(p.kill)
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		t.Fatalf("%s: %q, %v", name, line, err)
	}
	return p
}

// finish lets the child come to its end.
func (p *process) finish() {
	p.t.Helper()
	must(p.t, p.stdin.Close())
	must(p.t, p.cmd.Wait())
}

// kill ends it, if it still runs, without a chance to do anything.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

// ready tells the parent, and waits for it.
func ready() {
	_, err := os.Stdout.WriteString("ready\n")
	check(err)
	_, err = io.Copy(io.Discard, os.Stdin)
	check(err)
}

// hold starts a process that holds a region.
func hold(t *testing.T, path string, region int64, mode Mode) *process {
	t.Helper()
	return start(t, "hold", path, strconv.FormatInt(region, 10), strconv.Itoa(int(mode)))
}

func childHold() {
	region, err := strconv.ParseInt(os.Args[2], 10, 64)
	check(err)
	mode, err := strconv.Atoi(os.Args[3])
	check(err)
	f, err := Open(os.Args[1], 0)
	check(err)
	if ok, err := f.Try(region, Mode(mode)); !ok || err != nil {
		panic(fmt.Sprint(ok, err))
	}
	ready()
	check(f.Close())
}

func childCount() {
	n, err := strconv.Atoi(os.Args[3])
	check(err)
	f, err := Open(os.Args[1], 0)
	check(err)
	ready()
	check(count(f, os.Args[2], n))
	check(f.Close())
}

// count adds n to a counter, one by one.
func count(lock *File, path string, n int) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	var b [8]byte
	for range n {
		if err := lock.Lock(0, Exclusive, patience); err != nil {
			return err
		}
		if _, err := f.ReadAt(b[:], 0); err != nil {
			return err
		}
		binary.LittleEndian.PutUint64(b[:], binary.LittleEndian.Uint64(b[:])+1)
		if _, err := f.WriteAt(b[:], 0); err != nil {
			return err
		}
		if err := lock.Unlock(0); err != nil {
			return err
		}
	}
	return nil
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, path string) *File {
	t.Helper()
	f, err := Open(path, 0)
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// want checks what Try answers.
func want(t testing.TB, f *File, region int64, mode Mode, want bool) {
	t.Helper()
	if ok, err := f.Try(region, mode); ok != want || err != nil {
		t.Errorf("Try(%d, %d) = %v, %v, want %v", region, mode, ok, err, want)
	}
}

// ownLocks skips tests where the Files of one process do not exclude each other.
func ownLocks(t *testing.T) {
	t.Helper()
	switch runtime.GOOS {
	case "linux", "android", "windows":
	default:
		t.Skip("the locks belong to the process here")
	}
}
