//go:build linux

package faulttest

import "testing"

// faults are what happens between two hosts, as commands. Those of one protocol mean nothing to the other.
var faults = []struct {
	name, begin, end string
	only             string // "tcp" or "udp"; "": both
	datagrams        fate
}{
	{ // nobody answers: neither to what is sent, nor to who dials
		name: "dropped", datagrams: vanish,
		begin: "ip netns exec SERVER iptables -w -A INPUT -j DROP",
		end:   "ip netns exec SERVER iptables -w -D INPUT -j DROP",
	},
	{ // what is sent arrives, but answers do not
		name: "deaf", datagrams: arrive,
		begin: "ip netns exec SERVER iptables -w -A OUTPUT -j DROP",
		end:   "ip netns exec SERVER iptables -w -D OUTPUT -j DROP",
	},
	{ // our own host does not let anything out, and says so for datagrams
		name: "firewalled", datagrams: refused,
		begin: "ip netns exec CLIENT iptables -w -A OUTPUT -j DROP",
		end:   "ip netns exec CLIENT iptables -w -D OUTPUT -j DROP",
	},
	{
		name: "reset", only: "tcp",
		begin: "ip netns exec SERVER iptables -w -A INPUT -p tcp -j REJECT --reject-with tcp-reset",
		end:   "ip netns exec SERVER iptables -w -D INPUT -p tcp -j REJECT --reject-with tcp-reset",
	},
	{ // the other host says so, but only now and then (icmp_ratelimit)
		name: "unreachable", only: "udp", datagrams: vanish,
		begin: "ip netns exec SERVER iptables -w -A INPUT -p udp -j REJECT --reject-with icmp-port-unreachable",
		end:   "ip netns exec SERVER iptables -w -D INPUT -p udp -j REJECT --reject-with icmp-port-unreachable",
	},
	{
		name: "every other lost", datagrams: half,
		begin: "ip netns exec SERVER iptables -w -A INPUT -m statistic --mode nth --every 2 --packet 0 -j DROP",
		end:   "ip netns exec SERVER iptables -w -D INPUT -m statistic --mode nth --every 2 --packet 0 -j DROP",
	},
	{
		name: "link down there", datagrams: vanish,
		begin: "ip -n SERVER link set cable down",
		end:   "ip -n SERVER link set cable up",
	},
	{
		name: "link down here", datagrams: refused,
		begin: "ip -n CLIENT link set cable down",
		end:   "ip -n CLIENT link set cable up",
	},
}

// fate is what becomes of datagrams.
type fate int

const (
	arrive  fate = iota // all that there is room for
	half                // of them arrive
	vanish              // without a word, but for some
	refused             // by our own system
)

// TestPartition: two hosts lose each other and find each other again, while records are logged.
func TestPartition(t *testing.T) {
	t.Parallel()
	for _, f := range faults {
		for _, name := range few(streams) {
			if f.only == "udp" {
				continue
			}
			t.Run(f.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				h := newHosts(t)
				to := h.receive(t, streams[name], false)
				r := newRemote(t, name, serverAddress, order{}, h.start)
				r.flows(t, to)
				h.must(t, f.begin)
				r.log(t, 10, 1000)
				h.must(t, f.end)
				r.flows(t, to)
				r.close(t)
				to.stop()
				r.check(t, to)
			})
		}
	}
}

// TestReboot: the receiver's host goes, without a word, and comes back without knowing of any connection. Records are
// logged meanwhile, or not, so that nothing shows before the first one afterwards.
func TestReboot(t *testing.T) {
	t.Parallel()
	for _, busy := range []bool{false, true} {
		for _, name := range few(streams) {
			t.Run(map[bool]string{false: "idle/", true: "busy/"}[busy]+name, func(t *testing.T) {
				t.Parallel()
				h := newHosts(t)
				first := h.receive(t, streams[name], false)
				r := newRemote(t, name, serverAddress, order{}, h.start)
				r.flows(t, first)
				h.must(t, "ip -n SERVER link set cable down")
				first.vanish()
				if busy {
					r.log(t, 10, 1000)
				}
				h.must(t, "ip -n SERVER link set cable up")
				second := h.receive(t, streams[name], false)
				r.flows(t, second)
				if c := r.close(t).Counts; c.Reconnects == 0 {
					t.Errorf("%+v", c)
				}
				second.stop()
				r.check(t, first, second)
			})
		}
	}
}

// TestDatagrams: the same for datagrams. They are lost, for some of them the system says so, and nobody waits.
func TestDatagrams(t *testing.T) {
	t.Parallel()
	for _, f := range faults {
		for _, name := range few(datagrams) {
			if f.only == "tcp" {
				continue
			}
			t.Run(f.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				h := newHosts(t)
				to := h.receive(t, datagrams[name], true)
				r := newRemote(t, name, serverAddress, order{Datagrams: true}, h.start)
				r.flows(t, to)
				before := r.last.Counts
				h.must(t, f.begin)
				got := r.log(t, 100, 200)
				checkFate(t, f.datagrams, before, got, to) // before its end, when some that the system has kept may still arrive
				h.must(t, f.end)
				r.flows(t, to)
				r.close(t)
				to.stop()
				r.check(t, to)
			})
		}
	}
}

// checkFate checks what became of datagrams.
func checkFate(t *testing.T, f fate, before counts, got report, to *receiver) {
	t.Helper()
	logged, sent := got.Counts.Handled-before.Handled, got.Counts.Sent-before.Sent
	arrived := int64(to.count(&got))
	ok := true
	switch f {
	case arrive:
		ok = sent == logged && arrived > 0
	case half:
		ok = sent == logged && arrived > 0 && arrived <= logged/2+1
	case vanish: // as many as are known to be refused are told
		ok = arrived == 0 && got.Counts.Dropped < logged
	case refused: // of that there are two reports, the second to come
		ok = arrived == 0 && sent == 0 && got.Told == 1
	}
	if !ok {
		t.Errorf("of %d records %d were sent and %d have arrived; %d told, the last: %s", logged, sent, arrived, got.Told, got.Last)
	}
}
