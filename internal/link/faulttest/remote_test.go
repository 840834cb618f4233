//go:build linux

package faulttest

import (
	"os/exec"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// remote is a handler in another process. Whatever it is told to do, what must always hold is checked.
type remote struct {
	*child
	order   order // that made it
	last    report
	next    [writers]int
	refused map[id]bool
	most    usage
}

const (
	// recordSize makes what is logged during a fault many times what may be kept.
	recordSize   = 8 << 10
	datagramSize = 200

	buffer = 256 << 10

	logTime   = 700 * time.Millisecond
	closeTime = time.Second

	// heapRoom is what a handler may have in use beside BufferBytes: what waits for a slow connection (256 KiB), each of
	// these twice while they grow, what the goroutines encode into, TLS, and what a test's report is made of.
	heapRoom = 6 << 20

	// mostGoroutines are the writers and who watches them, the handler's one, and those that a dial over TLS has.
	mostGoroutines = writers + 3 + 1 + 8

	// mostDescriptors are a connection, one that is being made, and what package net may need for that.
	mostDescriptors = 4
)

// newRemote makes a handler for address in a process of its own, which start starts.
func newRemote(t *testing.T, name, address string, o order, start func(*exec.Cmd) error) *remote {
	t.Helper()
	o.Kind, o.Address = name, address
	if o.Buffer == 0 {
		o.Buffer = buffer
	}
	if o.Datagrams {
		o.WriteTimeout = patience // they never wait, however busy the machine
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = 200 * time.Millisecond
	}
	if o.DialTimeout == 0 {
		o.DialTimeout = dialTime
	}
	if !o.Datagrams && streams[name].tls {
		ca, _ := identity()
		o.CA = ca.PEM()
	}
	r := &remote{child: spawn(t, "handler", start), order: o, refused: map[id]bool{}}
	r.do(t, o)
	return r
}

func (r *remote) do(t *testing.T, o order) report {
	t.Helper()
	var got report
	r.child.order(t, o, &got)
	if o.Flush && got.Slowest > 5*time.Second+margin {
		t.Errorf("Flush took %v", got.Slowest)
	}
	c := got.Counts
	if c.Handled != c.Sent+c.Dropped+c.Failed+c.Buffered {
		t.Errorf("%+v does not add up", c)
	}
	// An outage is told when it begins and when it ends; there is one before the first connection at most, and one after
	// each. What fails by itself is told each time.
	if most := c.Failed + 2*(c.Reconnects+2); !r.order.Datagrams && got.Told > most {
		t.Errorf("%d errors told, with %+v", got.Told, c)
	}
	if c.Dropped > 0 && got.Told == 0 {
		t.Errorf("nobody was told of %+v", c)
	}
	r.last = got
	return got
}

// log has each writer log so many records: at once, and then at a measured pace, for a while.
func (r *remote) log(t *testing.T, burst, paced int) report {
	t.Helper()
	return r.logAnd(t, order{Burst: burst, Paced: paced, For: logTime})
}

func (r *remote) logAnd(t *testing.T, o order) report {
	t.Helper()
	o.Size = recordSize
	if r.order.Datagrams {
		o.Size = datagramSize
	}
	got := r.do(t, o)
	most := r.order.DialTimeout + r.order.WriteTimeout + margin
	if r.order.Datagrams {
		most = margin
	}
	if got.Slowest > max(most, o.Close+margin) {
		t.Errorf("Handle took %v", got.Slowest)
	}
	if got.Most.Heap > int64(r.order.Buffer+heapRoom) || got.Most.Goroutines > mostGoroutines || got.Most.Descriptors > mostDescriptors {
		t.Errorf("in use: %+v", got.Most)
	}
	if got.Begin != r.next {
		t.Fatalf("logged from %v, want %v", got.Begin, r.next)
	}
	r.next = got.End
	r.most = usage{
		max(r.most.Goroutines, got.Most.Goroutines), max(r.most.Descriptors, got.Most.Descriptors), max(r.most.Heap, got.Most.Heap),
	}
	total := 0
	for w, numbers := range got.Refused {
		total += got.End[w]
		for _, n := range numbers {
			r.refused[id{w, n}] = true
		}
	}
	c := got.Counts
	if c.Handled != int64(total) || int64(len(r.refused)) > c.Dropped+c.Failed {
		t.Errorf("%d logged, %d refused, %+v", total, len(r.refused), c)
	}
	return got
}

// flows waits until the network works again: until a hundred records are accepted and arrive, one and all. TCP may need
// some time to recover.
func (r *remote) flows(t *testing.T, to *receiver) {
	t.Helper()
	testkit.Eventually(t, "records flow again", func() bool {
		return r.arrive(t, to, 1, 0) && r.arrive(t, to, 5, 20)
	})
}

// arrive logs records, and reports whether all are accepted and arrive.
func (r *remote) arrive(t *testing.T, to *receiver, burst, paced int) bool {
	t.Helper()
	refused := len(r.refused)
	got := r.log(t, burst, paced)
	if r.do(t, order{Flush: true}).Err != "" || len(r.refused) > refused {
		return false
	}
	logged := 0
	for w := range writers {
		logged += got.End[w] - got.Begin[w]
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(2 * time.Second); to.count(&got) < logged; <-tick.C {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// close closes the handler, and checks that nothing is left of it, and no record lost that nobody hears of.
func (r *remote) close(t *testing.T) report {
	t.Helper()
	before := r.last.Counts.Dropped
	got := r.do(t, order{Close: closeTime})
	if lost := got.Counts.Dropped - before; (got.Err != "") != (lost > 0) {
		t.Errorf("Close: %q, but %d records are lost", got.Err, lost)
	}
	r.closed(t, &got)
	return got
}

// closeAmid closes it while records are logged.
func (r *remote) closeAmid(t *testing.T) {
	t.Helper()
	got := r.logAnd(t, order{Burst: 10, Paced: 100, Close: closeTime})
	r.closed(t, &got)
	if got.Counts.Failed < writers {
		t.Errorf("records are accepted after Close: %+v", got.Counts)
	}
}

func (r *remote) closed(t *testing.T, got *report) {
	t.Helper()
	if got.Slowest > closeTime+margin {
		t.Errorf("Close took %v", got.Slowest)
	}
	if got.Left != "" || got.Counts.Buffered != 0 {
		t.Errorf("after Close there are %+v, %s", got.Counts, got.Left)
	}
}

// check says what is wrong with all that has arrived, when nothing more can: at each receiver in turn.
func (r *remote) check(t *testing.T, at ...*receiver) {
	t.Helper()
	var last [writers]int
	for w := range last {
		last[w] = -1
	}
	whole, conns := int64(0), 0
	for _, to := range at {
		to.mu.Lock()
		for _, c := range to.conns {
			conns++
			whole += int64(len(c.ids))
			r.checkIncoming(t, c, &last)
		}
		to.mu.Unlock()
	}
	if whole > r.last.Counts.Sent {
		t.Errorf("%d arrived, %+v", whole, r.last.Counts)
	}
	t.Logf("%d arrived over %d connections, %+v, %+v, %d told, the last: %s", whole, conns, r.last.Counts, r.most, r.last.Told, r.last.Last)
}

// checkIncoming says what is wrong with what came over a connection, if these were the last records before.
func (r *remote) checkIncoming(t *testing.T, c *incoming, last *[writers]int) {
	t.Helper()
	if c.wrong != nil {
		t.Errorf("no record: %v", c.wrong)
	}
	for _, i := range c.ids {
		switch {
		case i.writer < 0 || i.writer >= writers || i.number >= r.next[i.writer]:
			t.Fatalf("%+v was never logged", i)
		case i.number <= last[i.writer]:
			t.Fatalf("%+v came after %d", i, last[i.writer])
		case r.refused[i]:
			t.Errorf("%+v was refused", i)
		}
		last[i.writer] = i.number
	}
}

// here starts a process as it is.
func here(c *exec.Cmd) error { return c.Start() }
