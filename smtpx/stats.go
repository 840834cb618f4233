package smtpx

// Stats count records since the handler was made, those of derived handlers included:
// Handled = Sent + Dropped + Failed + Suppressed + Waiting.
type Stats struct {
	Handled    int64 // taken in, or dropped; not those refused because the handler is closed or its options are invalid
	Sent       int64 // of those, shown in a mail that the server took for at least one recipient
	Dropped    int64 // of those, for which the queue had no room, or which Close gave up
	Failed     int64 // of those, whose mail nobody got
	Suppressed int64 // of those, only counted in a mail: beyond Digest.MaxRecords or RateLimit
	Waiting    int64 // of those, still to be sent

	Mails   int64 // taken by the server
	Bytes   int64 // of these mails
	Retried int64 // attempts after the first of a mail
	Refused int64 // recipients that a mail was not taken for, in all
}

type counted struct{ sent, failed, mails, bytes, retried, refused int64 }

func (s *sink) count(change func(*counted)) {
	s.counting.Lock()
	defer s.counting.Unlock()
	change(&s.counted)
}

func (s *sink) stats() Stats {
	s.counting.Lock()
	c := s.counted
	s.counting.Unlock()
	w := s.window.counts()
	q := s.queue.Stats() // last, so that no record has gone on that has not come
	st := Stats{
		Handled: q.Handled + w.turnedAway, Sent: c.sent, Dropped: q.Dropped + w.lost, Failed: c.failed, Suppressed: w.suppressed,
		Mails: c.mails, Bytes: c.bytes, Retried: c.retried, Refused: c.refused,
	}
	st.Waiting = max(0, st.Handled-st.Sent-st.Dropped-st.Failed-st.Suppressed)
	return st
}
