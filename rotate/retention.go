package rotate

import "time"

// aged is what retention has to know of a backup.
type aged struct {
	last  time.Time // of its records; zero: not known
	bytes int64     // of all its files
}

// retention says which backups are kept.
type retention struct {
	count int           // the newest
	age   time.Duration // 0: any
	bytes int64         // all together; 0: any
}

// surplus returns how many of the backups, the oldest first, are to be deleted: each is kept only if all that are newer
// are.
func (r retention) surplus(backups []aged, now time.Time) int {
	var total int64
	for i := len(backups) - 1; i >= 0; i-- {
		total += backups[i].bytes
		if len(backups)-i > r.count ||
			r.age > 0 && !backups[i].last.IsZero() && now.Sub(backups[i].last) > r.age ||
			r.bytes > 0 && total > r.bytes {
			return i + 1
		}
	}
	return 0
}
