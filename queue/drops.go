package queue

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"
)

// DropMessage is the message of the record with which a [Ring] tells of records that it has dropped: when nothing waits
// any more, or after a second if the Ring has not been empty since. Its level is the highest of theirs, at least Warn. Its
// attributes are dropped (their number), since (when the first was) and levels (a group, the number by level).
const DropMessage = "queue: records dropped"

// drops are the records dropped since the stream was last told of it.
type drops struct {
	n      int64
	levels map[slog.Level]int64
	since  time.Time
}

func (d *drops) add(level slog.Level) {
	if d.n == 0 {
		d.since = time.Now()
	}
	if d.levels == nil {
		d.levels = map[slog.Level]int64{}
	}
	d.n++
	d.levels[level]++
}

// due reports whether the stream is to be told now: when the burst is over, or has gone on for long.
func (d *drops) due(over bool) bool {
	const long = time.Second
	return d.n > 0 && (over || time.Since(d.since) >= long)
}

// toll says what has not reached the stream, where it has come to its end.
func (q *Ring) toll() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	text := fmt.Sprintf("%d records not handled", q.used())
	if q.drops.n > 0 {
		text += fmt.Sprintf(", and %d dropped before", q.drops.n)
	}
	return text
}

// record returns what the stream is told.
func (d *drops) record() slog.Record {
	level := slog.LevelWarn
	var byLevel []slog.Attr
	for _, l := range slices.Sorted(maps.Keys(d.levels)) {
		level = max(level, l)
		byLevel = append(byLevel, slog.Int64(l.String(), d.levels[l]))
	}
	r := slog.NewRecord(time.Now(), level, DropMessage, 0)
	r.AddAttrs(slog.Int64("dropped", d.n), slog.Time("since", d.since), slog.GroupAttrs("levels", byLevel...))
	*d = drops{}
	return r
}
