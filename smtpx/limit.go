package smtpx

import "time"

// limit allows so many mails in any hour.
type limit struct {
	most int         // 0: any number
	sent []time.Time // the last of them, the oldest first
}

// wait returns how long it is until one more is allowed.
func (l *limit) wait(now time.Time) time.Duration {
	if l.most == 0 || len(l.sent) < l.most {
		return 0
	}
	return max(0, l.sent[len(l.sent)-l.most].Add(time.Hour).Sub(now))
}

// count counts one that is sent.
func (l *limit) count(now time.Time) {
	if l.most == 0 {
		return
	}
	if len(l.sent) == l.most {
		l.sent = append(l.sent[:0], l.sent[1:]...)
	}
	l.sent = append(l.sent, now)
}
