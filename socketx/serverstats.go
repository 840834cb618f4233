package socketx

import "sync/atomic"

// ServerStats count what a [Server] has received since it was made: Received = Handled + Filtered + Failed + Refused.
type ServerStats struct {
	Conns    int64 // connections open now
	Accepted int64 // connections so far
	Evicted  int64 // of those, closed because there were too many

	Received int64 // records
	Handled  int64 // of those, handled without an error
	Filtered int64 // of those, below the Handler's level
	Failed   int64 // of those, failed in the Handler
	Refused  int64 // of those, cut, too long, or no records at all
	Bytes    int64 // of the records that were not refused, without their framing
}

type counters struct {
	accepted, evicted, received, handled, filtered, failed, refused, bytes atomic.Int64
}

// Stats returns the counts so far.
func (s *Server) Stats() ServerStats {
	s.mu.Lock()
	conns := len(s.conns)
	s.mu.Unlock()
	c := &s.counters
	return ServerStats{
		Conns: int64(conns), Accepted: c.accepted.Load(), Evicted: c.evicted.Load(),
		Received: c.received.Load(), Handled: c.handled.Load(), Filtered: c.filtered.Load(), Failed: c.failed.Load(),
		Refused: c.refused.Load(), Bytes: c.bytes.Load(),
	}
}
