package link

import (
	"context"
	"encoding/json"
	"math"
	"net"
	"os"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/backoff"
)

// afterBreak is where attempts to connect differ from CPython's (scenario: seconds): the record that finds the
// connection broken is not lost, but makes an attempt begin at once, and the waits count from there.
var afterBreak = map[string][]float64{
	"break while the server is up: that record is lost, the next reconnects at once": {0, 1},
	"break and down, then up":                            {0, 1, 2, 4},
	"retryPeriod restarts at retryStart after a success": {0, 1, 3, 7, 30, 31, 32, 34},
}

// TestBackoffOracle replays what CPython's SocketHandler did: when it tries to connect, and when it does not.
func TestBackoffOracle(t *testing.T) {
	data, err := os.ReadFile("../../testdata/oracle/socket_backoff.json")
	if err != nil {
		t.Fatal(err)
	}
	var oracle struct {
		Scenarios []struct {
			Name                              string
			RetryStart, RetryMax, RetryFactor float64
			Events                            [][2]any
			Log                               []struct {
				T         float64
				Attempted bool `json:"connect_attempted"`
				Sent      bool
			}
		}
	}
	if err := json.Unmarshal(data, &oracle); err != nil {
		t.Fatal(err)
	}
	if len(oracle.Scenarios) != 6 {
		t.Fatalf("%d scenarios", len(oracle.Scenarios))
	}
	for _, sc := range oracle.Scenarios {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			seconds := func() float64 { return math.Round(time.Since(start).Seconds()*1e4) / 1e4 }
			up := false
			var attempts []float64
			var c *fakeConn
			s := newStream(t, Config{
				Retry: backoff.Schedule{Start: duration(sc.RetryStart), Factor: sc.RetryFactor, Max: duration(sc.RetryMax)},
				Dial: func(context.Context) (net.Conn, error) {
					attempts = append(attempts, seconds())
					if !up {
						return nil, syscall.ECONNREFUSED
					}
					c = &fakeConn{left: 1 << 20}
					return c, nil
				},
			})
			for _, e := range sc.Events {
				time.Sleep(time.Until(start.Add(duration(e[0].(float64)))))
				switch e[1] {
				case "up":
					up = true
				case "down":
					up = false
					if c != nil {
						c.left = 0
					}
				case "break":
					c.left = 0
				case "send":
					_, _ = s.Write(frame("x"))
					synctest.Wait()
				}
			}
			want, differs := afterBreak[sc.Name]
			if !differs {
				for _, l := range sc.Log {
					if l.Attempted {
						want = append(want, l.T)
					}
				}
			}
			if !slices.Equal(attempts, want) {
				t.Errorf("%s: attempts at %v, want %v", sc.Name, attempts, want)
			}
		})
	}
}

func duration(seconds float64) time.Duration { return time.Duration(math.Round(seconds * 1e9)) }
