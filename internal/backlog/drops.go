package backlog

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"
)

// Drops is the error that tells of records that were dropped because there was no room: those of a burst, or of the last
// second of one that goes on.
type Drops struct {
	N      int64                // records
	Levels map[slog.Level]int64 // of those, by level
	Since  time.Time            // when the first was dropped
}

// Error says how many of which levels were dropped, and since when.
func (d *Drops) Error() string {
	levels := make([]string, 0, len(d.Levels))
	for _, l := range slices.Sorted(maps.Keys(d.Levels)) {
		levels = append(levels, fmt.Sprintf("%d %v", d.Levels[l], l))
	}
	return fmt.Sprintf("%d records dropped since %s, for there was no room: %s",
		d.N, d.Since.Format(time.TimeOnly), strings.Join(levels, ", "))
}

func (d *Drops) add(level slog.Level) {
	if d.N == 0 {
		d.Since, d.Levels = time.Now(), map[slog.Level]int64{}
	}
	d.N++
	d.Levels[level]++
}

// due reports whether they are to be told now: when the burst is over, or has gone on for long.
func (d *Drops) due(over bool) bool {
	const long = time.Second
	return d.N > 0 && (over || time.Since(d.Since) >= long)
}

// tell reports drops that are due; the burst may be over.
func (q *Queue[T]) tell(over bool) {
	q.mu.Lock()
	if !q.drops.due(over) {
		q.mu.Unlock()
		return
	}
	drops := q.drops
	q.drops = Drops{}
	q.mu.Unlock()
	q.report(&drops)
}
