package link

import (
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/backoff"
	"github.com/slogkit-go/slogkit/internal/testkit"
)

// TestDatagramRefused: an answer to an earlier datagram costs that one, not the current one. Elsewhere than on Linux it
// may come later.
func TestDatagramRefused(t *testing.T) {
	pc := listenPacket(t, "udp", own())
	address := pc.LocalAddr().String()
	var log testkit.ErrorLog
	d := newDatagram(t, Config{Network: "udp", Address: address, OnError: log.Add, Retry: backoff.Schedule{Start: time.Nanosecond}})
	_ = pc.Close()
	write(t, d, []byte("lost"))
	awaitReadable(t, d.socket.Load().Conn) // the answer, though there is nothing to read
	pc = listenPacket(t, "udp", address)
	write(t, d, []byte("current"))
	if got := receive(t, pc); got != "current" {
		t.Errorf("arrived: %q", got)
	}
	write(t, d, []byte("next"))
	wantStats(t, d.Stats(), Stats{Handled: 3, Sent: 2, Dropped: 1, Retried: 1, Bytes: 15})
	if errs := log.Take(); len(errs) != 2 || !isRefused(errs[0]) || !strings.HasSuffix(errs[1].Error(), "1 records lost") {
		t.Errorf("OnError was told %v", errs)
	}
}
