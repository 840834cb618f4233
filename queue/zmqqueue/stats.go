package zmqqueue

// SendStats count what became of the records given to a [Sender]: Handled = Sent + Unheard + Dropped + Failed + Waiting.
type SendStats struct {
	Handled int64 // given to Enqueue while it was open; records of its own, which tell of drops, included
	Sent    int64 // of those, handed to the system for a peer; nobody knows more, see the package's documentation
	Unheard int64 // of those, published when no subscriber was there, or none had room
	Dropped int64 // of those, refused or removed as the Policy says, or still waiting when CloseTimeout was over
	Failed  int64 // of those, longer than MaxMessageBytes
	Waiting int64 // of those, not sent yet

	Bytes      int64 // sent
	Retried    int64 // records sent again, since the connection broke while they were being sent: some may arrive twice
	Missed     int64 // records that one subscriber did not get, since it was too slow; counted for each
	Peers      int64 // connected now
	Reconnects int64 // connections after the first
	Refused    int64 // peers turned away: there were MaxPeers
}

// Stats returns what has become of the records so far.
func (s *Sender) Stats() SendStats {
	s.mu.Lock()
	stats := s.now()
	s.mu.Unlock()
	stats.Peers, stats.Reconnects, stats.Refused = s.socket.stats()
	return stats
}

// now returns the counts of records. It is called with the lock held.
func (s *Sender) now() SendStats {
	stats, ring := s.stats, s.ring.Stats()
	stats.Handled = ring.Handled + s.reports
	stats.Dropped += ring.Dropped
	stats.Waiting = stats.Handled - stats.Sent - stats.Unheard - stats.Dropped - stats.Failed
	return stats
}

// ReceiveStats count what became of the messages that came to a [Receiver]: Received = Delivered + Rejected + Dropped +
// Waiting.
type ReceiveStats struct {
	Received  int64 // whole messages
	Delivered int64 // of those, taken out
	Rejected  int64 // of those, not records
	Dropped   int64 // of those, not taken out before CloseTimeout was over
	Waiting   int64 // of those, there for Dequeue

	Bytes      int64 // received
	Peers      int64 // connected now
	Reconnects int64 // connections after the first
	Refused    int64 // peers turned away: there were MaxPeers
}

// Stats returns what has become of the messages so far.
func (q *Receiver) Stats() ReceiveStats {
	q.mu.Lock()
	stats := q.stats
	ring := q.ring.Stats()
	q.mu.Unlock()
	stats.Delivered, stats.Dropped = ring.Delivered, ring.Dropped
	stats.Waiting = stats.Received - stats.Delivered - stats.Rejected - stats.Dropped
	stats.Peers, stats.Reconnects, stats.Refused = q.socket.stats()
	return stats
}

func (s *socket) stats() (peers, reconnects, refused int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.peers)), max(s.joined-1, 0), s.refused
}
