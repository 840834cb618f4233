//go:build linux

package syslogx

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// manyRecords is how many go to each daemon over each network.
func manyRecords() int {
	switch {
	case !testkit.PeersRequired() || testing.Short():
		return 5_000
	case testkit.Race: // at a sixth of the speed
		return 10_000
	default:
		return 100_000
	}
}

// texts are what messages and values are made of, all of which has to come back.
var texts = []string{
	"plain", `"quoted" \ [brackets]`, `\]`, `\\"\`, "漢字 ñ 😀", "a\nsecond line", "key=value", "<14>1 - - - - - - forged", "100 %", "tab\there",
	`{"json": ["in", "it"]}`, "-", " leading and trailing ",
}

// TestPeers: what real daemons make of our messages, field by field, over every network.
func TestPeers(t *testing.T) {
	for name, start := range peers {
		t.Run(name, func(t *testing.T) {
			p := start(t)
			for _, network := range []string{"unixgram", "udp", "tcp", "tcp+tls"} {
				if !t.Run(network, func(t *testing.T) { p.exchange(t, network) }) {
					return // the others would find what is left of it
				}
			}
		})
	}
}

func (p *peer) open(t *testing.T, network string, opts Options) *Handler {
	t.Helper()
	address := map[string]string{"unixgram": p.unix, "udp": p.udp, "tcp": p.tcp, "tcp+tls": p.tls}[network]
	opts = *someone(opts)
	opts.MsgID = "ID47"
	if network == "tcp+tls" {
		opts.TLSConfig = p.ca.Client()
	}
	h, err := Open(network, address, &opts)
	if err != nil {
		t.Fatal(err)
	}
	return closing(t, h)
}

func (p *peer) exchange(t *testing.T, network string) {
	h := p.open(t, network, Options{Facility: LogLocal5, Options: slogx.Options{
		ErrorHandler: testkit.NoErrors(t),
		Level:        slog.LevelDebug,
	}})
	derived := h.WithGroup("req").WithAttrs([]slog.Attr{slog.String("with", texts[1])})
	began := time.Now()
	total := manyRecords()
	var got int
	check := func() bool {
		for a := p.next(t); a != nil; a = p.next(t) {
			want := sample(got)
			if a.TS = strings.Replace(a.TS, "+00:00", "Z", 1); a.Sev == "error" {
				a.Sev = "err"
			}
			if a.Fac != "local5" || a.Host != "host.example" || a.App != "app" || a.ProcID != "42" || a.MsgID != "ID47" ||
				a.Sev != MapPriority(want.Level).String() || a.Msg != want.Message || !maps.Equal(a.params, paramsOf(got)) {
				t.Fatalf("record %d arrived as\n%+v %q\nwant %q %q", got, a, a.params, want.Message, paramsOf(got))
			}
			if ts, err := time.Parse(time.RFC3339Nano, a.TS); err != nil || !ts.Equal(want.Time.Truncate(time.Microsecond)) {
				t.Fatalf("record %d: the time is %q, want %v", got, a.TS, want.Time)
			}
			got++
		}
		return got == total
	}
	for i := range total {
		if err := derived.Handle(context.Background(), sample(i)); err != nil {
			t.Fatal(err)
		}
		if network == "udp" && i%50 == 49 { // datagrams that nobody reads are thrown away
			testkit.Eventually(t, "all records have arrived", func() bool { return check() || got > i-50 })
		}
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	for got < total { // a busy daemon may take its time
		before := got
		testkit.Eventually(t, "one more record has arrived", func() bool { return check() || got > before })
	}
	t.Logf("%d records in %v", got, time.Since(began).Round(time.Millisecond))
}

// sample is the nth record.
func sample(n int) slog.Record {
	level := []slog.Level{
		slog.LevelDebug, slog.LevelInfo, slogx.LevelNotice, slog.LevelWarn, slog.LevelError,
		slogx.LevelCritical, slogx.LevelAlert,
	}[n%7]
	r := slog.NewRecord(noon.Add(time.Duration(n)*time.Microsecond), level, fmt.Sprintf("%d: %s.", n, texts[n%len(texts)]), 0)
	r.AddAttrs(slog.Int("n", n), slog.String("text", texts[(n+1)%len(texts)]), slog.Group("g", "uni",
		"漢字 "+texts[(n+2)%len(texts)]))
	return r
}

func paramsOf(n int) map[string]string {
	return map[string]string{
		"req.with": texts[1], "req.n": fmt.Sprint(n), "req.text": texts[(n+1)%len(texts)], "req.g.uni": "漢字 " + texts[(n+2)%len(texts)],
	}
}

// TestPeersInjection: whatever is in a record, it arrives as one, with its own header.
func TestPeersInjection(t *testing.T) {
	attacks := []string{
		"a\n<0>1 - evil evil - - - forged", "a\r\n<0>Jan  1 00:00:00 evil forged", "a\x00<0>1 - evil evil - - - forged",
		"\n12 <0>1 - - - - -", "<0>1 - evil evil - - - forged", `"] [evil@1 a="b"] x`, "\\", `\"`, "\x1b[2J\u0085\u2028forged",
	}
	for name, start := range peers {
		t.Run(name, func(t *testing.T) {
			p := start(t)
			for _, network := range []string{"unixgram", "udp", "tcp", "tcp+tls"} {
				for _, framing := range []Framing{OctetCounting, Newline} {
					if name == "syslog-ng" && framing == Newline && strings.HasPrefix(network, "tcp") {
						continue // its port for octet counting knows nothing else
					}
					h := p.open(t, network, Options{Framing: framing, Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}})
					l := slog.New(h)
					for i, attack := range attacks {
						l.Info(attack+"|", "n", i, "v", attack, attack, "key")
					}
					l.Info("end")
					if err := h.Close(); err != nil {
						t.Error(err)
					}
					n := 0
					testkit.Eventually(t, network+": all records have arrived", func() bool {
						for a := p.next(t); a != nil; a = p.next(t) {
							if a.Msg == "end" {
								return true
							}
							if a.App != "app" || a.Host != "host.example" || a.Sev != "info" || a.params["n"] != fmt.Sprint(n) ||
								len(a.params) != 3 {
								t.Errorf("%s, %d: attack %d arrived as %+v %q", network, framing, n, a, a.params)
							}
							n++
						}
						return false
					})
					if n != len(attacks) {
						t.Errorf("%s, %d: %d records became %d", network, framing, len(attacks), n)
					}
				}
			}
		})
	}
}

// TestPeersRestart: a daemon that is killed and started again costs what was on its way, and no more; it has records
// again within two seconds of its return, unless the machine is busy.
func TestPeersRestart(t *testing.T) {
	for _, network := range []string{"tcp", "unixgram", "tcp+tls"} {
		t.Run(network, func(t *testing.T) {
			p := rsyslog(t)
			var log testkit.ErrorLog
			h := p.open(t, network, Options{
				RetryMax: time.Second, RetryStart: 100 * time.Millisecond,
				Options: slogx.Options{ErrorHandler: log.Handle},
			})
			sent, accepted, seen := 0, map[string]bool{}, map[string]bool{}
			look := func() {
				for a := p.next(t); a != nil; a = p.next(t) {
					seen[a.Msg] = true
				}
			}
			say := func(n int) {
				for range n {
					sent++
					msg := fmt.Sprint(sent)
					if h.Handle(context.Background(), record(0, msg)) == nil {
						accepted[msg] = true
					}
				}
			}
			missing := func() (n int) {
				look()
				for msg := range accepted {
					if !seen[msg] {
						n++
					}
				}
				return n
			}
			const restarts, onTheWay = 6, 100
			soonest := time.Hour
			for range restarts {
				testkit.Eventually(t, "all records have arrived", func() bool { return missing() == 0 })
				say(onTheWay)
				p.kill()
				look()
				p.mend(t)
				for msg := range accepted { // nobody can know of these, with the system or the daemon's own queue between
					if !seen[msg] {
						delete(accepted, msg)
					}
				}
				say(100)
				p.start(t)
				back, before := time.Now(), len(seen)
				testkit.Eventually(t, "something arrives", func() bool {
					say(1)
					look()
					return len(seen) > before
				})
				soonest = min(soonest, time.Since(back))
			}
			if soonest > 2*time.Second {
				t.Errorf("it took %v at least until records arrived again", soonest)
			}
			if err := h.Close(); err != nil {
				t.Error(err)
			}
			testkit.Eventually(t, "all records have arrived", func() bool { return missing() == 0 })
			stats := h.Stats()
			if network != "unixgram" && stats.Dropped > 0 { // it has no buffer
				t.Errorf("%+v", stats)
			}
			if stats.Handled != int64(sent) || stats.Handled != stats.Written+stats.Dropped || stats.Reconnects < restarts {
				t.Errorf("%d sent, %+v", sent, stats)
			}
			if errs := log.Take(); len(errs) == 0 { // a peer that hangs up in good order and is back at once is no error
				t.Errorf("ErrorHandler: %v", errs)
			}
			t.Logf("%d sent, %d arrived, %+v", sent, len(seen), stats)
		})
	}
}

// TestPeersTLS: real daemons are refused too if they are not who they should be.
func TestPeersTLS(t *testing.T) {
	for name, start := range peers {
		t.Run(name, func(t *testing.T) {
			p := start(t)
			for wrong, config := range map[string]*tls.Config{
				"name":      {RootCAs: p.ca.Pool(), ServerName: "nothere.example"},
				"authority": {RootCAs: testkit.NewAuthority("other").Pool()},
				"time":      {RootCAs: p.ca.Pool(), Time: func() time.Time { return time.Now().Add(48 * time.Hour) }},
			} {
				h, err := Open("tcp+tls", p.tls, &Options{TLSConfig: config, DialTimeout: patience})
				if err == nil {
					t.Errorf("%s: no error", wrong)
					_ = h.Close()
				}
			}
		})
	}
}
