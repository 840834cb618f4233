package zmqqueue

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/pyrecord"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

const restarts = 5

// The peer is killed and started again: what is enqueued while it is down arrives, each record once. What was on its way
// when it was killed may be lost or come twice, and nothing else.
func TestPullRestarts(t *testing.T) {
	for _, peer := range []string{"Go", "Python"} {
		for transport := range endpoints(t) {
			for _, senderBinds := range []bool{false, true} {
				how := map[bool]string{false: "connect", true: "bind"}[senderBinds]
				t.Run(peer+"/"+transport+"/"+how, func(t *testing.T) { testPullRestarts(t, peer, transport, senderBinds) })
			}
		}
	}
}

func testPullRestarts(t *testing.T, peer, transport string, senderBinds bool) {
	const down, up = 300, 1000
	endpoint := freeEndpoint(t, transport)
	s := NewPush(endpoint, &SendOptions{
		Options:  Options{Bind: senderBinds, RetryMax: 50 * time.Millisecond, ErrorHandler: slogx.IgnoreErrors},
		Encoding: Python,
	})
	defer s.Close() //nolint:errcheck // for a test that fails
	start := func() collector {
		if peer == "Go" {
			return startGo(t, endpoint, !senderBinds)
		}
		needZMQ(t)
		p := startPython(t, "collect.py", "PULL", map[bool]string{true: "connect", false: "bind"}[senderBinds], endpoint)
		p.want("bound")
		return p
	}
	n, lost, twice := 0, 0, 0
	log := func(records int) {
		for range records {
			must(t, s.Enqueue(t.Context(), numbered(n)))
			n++
		}
	}
	last := -1 // record that came
	// receive starts the peer, to which comes all that was enqueued since it was not there.
	receive := func(down int) collector {
		p := start()
		first := lineNumber(t, p.line())
		if first > down {
			t.Fatalf("the first record is %d, and %d was enqueued while the peer was down", first, down)
		}
		lost += max(0, first-last-1)
		twice += max(0, last+1-first)
		for i := first + 1; i < n; i++ {
			if got := lineNumber(t, p.line()); got != i {
				t.Fatalf("record %d comes instead of %d", got, i)
			}
		}
		return p
	}
	log(down) // before the peer is there at all
	since := 0
	for range restarts {
		p := receive(since)
		last = n - 1
		log(up)
		for range up / 2 {
			last = lineNumber(t, p.line())
		}
		for _, line := range p.kill() {
			last = lineNumber(t, line)
		}
		since = n
		log(down)
	}
	receive(since)
	must(t, s.Close())
	st := s.Stats()
	if st.Sent != int64(n) || st.Dropped != 0 || st.Waiting != 0 || st.Reconnects < restarts {
		t.Errorf("%d records: %+v", n, st)
	}
	t.Logf("of %d records %d were on their way to a peer that was killed and are lost; %d came twice", n, lost, twice)
}

// Peers that send come and go, and the Receiver stays: it gets what each sends.
func TestSenderRestarts(t *testing.T) {
	needZMQ(t)
	for _, pattern := range [][2]string{{"PULL", "PUSH"}, {"SUB", "PUB"}} {
		for _, how := range [][2]string{{"bind", "connect"}, {"connect", "bind"}} {
			t.Run(pattern[0]+"/"+how[0], func(t *testing.T) {
				const records = 200
				newQ := NewPull
				if pattern[0] == "SUB" {
					newQ = NewSub
				}
				endpoint := freeEndpoint(t, "tcp")
				q := newQ(endpoint, &ReceiveOptions{Options: Options{
					Bind: how[0] == "bind", RetryMax: 50 * time.Millisecond, ErrorHandler: slogx.IgnoreErrors,
				}})
				defer q.Close() //nolint:errcheck // for a test that fails
				_, _ = q.Dequeue(over)
				for i := range restarts {
					p := startPython(t, "log.py", pattern[1], how[1], endpoint, i*records, (i+1)*records)
					for n, r := range collect(t, q, records) {
						if number(r) != i*records+n {
							t.Fatalf("record %d comes instead of %d", number(r), i*records+n)
						}
					}
					p.kill()
				}
				must(t, q.Close())
				if st := q.Stats(); st.Received != restarts*records || st.Reconnects != restarts-1 {
					t.Errorf("%+v", st)
				}
			})
		}
	}
}

// collector is a peer that prints what it receives.
type collector interface {
	line() string
	kill() (rest []string) // lines that it has written
}

func lineNumber(t *testing.T, line string) int {
	t.Helper()
	dict, err := new(pyrecord.Parser).Parse([]byte(line))
	must(t, err)
	return int(dict["n"].(int64))
}

// freeEndpoint returns one that nobody is bound to.
func freeEndpoint(t testing.TB, transport string) string {
	t.Helper()
	if transport == "ipc" {
		return "ipc://" + socketPath(t)
	}
	return "tcp://127.0.0.1:" + testkit.FreePort(t)
}

// startGo runs this test program as a peer: see children.
func startGo(t testing.TB, endpoint string, bind bool) collector {
	t.Helper()
	return startProgram(t, children.Command(t, "collect", fmt.Sprint(bind), endpoint))
}

// childCollect is the peer.
func childCollect() {
	q := NewPull(os.Args[2], &ReceiveOptions{Options: Options{Bind: os.Args[1] == "true"}})
	var e pyrecord.Encoder
	for {
		r, err := q.Dequeue(context.Background())
		if err != nil {
			slog.Error(err.Error())
			os.Exit(1)
		}
		_, _ = os.Stdout.Write(append(e.AppendJSON(nil, &r), '\n'))
	}
}
