package zmqqueue

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/queue"
)

// children are what this binary does instead of tests when a test has started it anew.
var children = testkit.Children{"collect": childCollect}

func TestMain(m *testing.M) { children.Main(m) }

// patience is for what should be quick, on a machine that is not.
const patience = time.Minute

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// endpoints are one to bind to of each transport.
func endpoints(t testing.TB) map[string]string {
	return map[string]string{"tcp": "tcp://127.0.0.1:*", "ipc": "ipc://" + socketPath(t)}
}

// socketPath returns one that is short enough, which those of t.TempDir need not be.
func socketPath(t testing.TB) string {
	t.Helper()
	return filepath.Join(testkit.ShortDir(t), "log")
}

// bound returns the endpoint to connect to.
func bound(end interface{ Addr() net.Addr }) string {
	a := end.Addr()
	if a.Network() == "unix" {
		return "ipc://" + a.String()
	}
	return a.Network() + "://" + a.String()
}

// collect takes n records out.
func collect(t testing.TB, q queue.Queue, n int) []slog.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var records []slog.Record
	for len(records) < n {
		r, err := q.Dequeue(ctx)
		if err != nil {
			t.Fatalf("after %d of %d records: %v", len(records), n, err)
		}
		records = append(records, r)
	}
	return records
}

// awaitSubscriber waits until a peer has subscribed to s; if that is PUB.
func awaitSubscriber(t testing.TB, s *Sender) {
	t.Helper()
	if s.socket.kind != zmq4.Pub {
		return
	}
	testkit.Eventually(t, "a subscription", func() bool {
		for _, c := range s.socket.everyone() {
			if c.sub.subscribed() {
				return true
			}
		}
		return false
	})
}

func (u *subscriber) subscribed() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.topics) > 0
}

// number is the attribute n of r.
func number(r slog.Record) int { return int(attribute(r, "n")) }

// attribute returns one that is an integer; -1 if there is none.
func attribute(r slog.Record, key string) (n int64) {
	n = -1
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == key {
			n = a.Value.Int64()
		}
		return n < 0
	})
	return n
}

func numbered(n int) slog.Record {
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "record", 0)
	r.AddAttrs(slog.Int("n", n))
	return r
}

const python = "/usr/bin/python3" // that of the system, which has Debian's python3-zmq

// needZMQ skips the test if there is no pyzmq, or fails it where that is asked for.
func needZMQ(t testing.TB) {
	t.Helper()
	if out, err := exec.Command(python, "-c", "import zmq").CombinedOutput(); err != nil {
		testkit.Missing(t, fmt.Errorf("no pyzmq: %w: %s", err, out))
	}
}

// program is another process.
type program struct {
	t     testing.TB
	cmd   *exec.Cmd
	stdin io.Closer
	out   *bufio.Scanner
}

// startPython runs a program of testdata, until kill or the end of the test.
func startPython(t testing.TB, name string, args ...any) *program {
	t.Helper()
	words := []string{filepath.Join("testdata", name)}
	for _, a := range args {
		words = append(words, fmt.Sprint(a))
	}
	return startProgram(t, exec.Command(python, words...))
}

func startProgram(t testing.TB, cmd *exec.Cmd) *program {
	t.Helper()
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	p := &program{t: t, cmd: cmd, stdin: stdin, out: bufio.NewScanner(out)}
	t.Cleanup(func() { p.kill() })
	return p
}

// line returns the next line of the program's output.
func (p *program) line() string {
	p.t.Helper()
	kill := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	if !p.out.Scan() {
		p.t.Fatalf("%s has ended: %v", strings.Join(p.cmd.Args, " "), p.out.Err())
	}
	return p.out.Text()
}

func (p *program) want(line string) {
	p.t.Helper()
	if got := p.line(); got != line {
		p.t.Fatalf("the program says %q, want %q", got, line)
	}
}

// kill kills the process, and returns when it is gone. The lines that it has written whole remain.
func (p *program) kill() (rest []string) {
	_ = p.cmd.Process.Kill()
	for p.out.Scan() {
		rest = append(rest, p.out.Text())
	}
	_ = p.cmd.Wait()
	if len(rest) > 0 && !strings.HasSuffix(rest[len(rest)-1], "}") {
		rest = rest[:len(rest)-1]
	}
	return rest
}

// end lets the program end by itself.
func (p *program) end() {
	p.t.Helper()
	must(p.t, p.stdin.Close())
	must(p.t, p.cmd.Wait())
}
