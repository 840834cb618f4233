// Package encode turns records into bytes: the JSON and Text formats of slogx, and an adapter that gets bytes out of
// any other slog.Handler.
//
// A format here appends to a pooled [Line] and touches no lock, so that a sink can take the bytes as they are. The
// formats mirror commonHandler in log/slog step by step, because their bytes must be the same; what differs is the
// cost: strings are scanned eight bytes at a time, the formatted second and the source of each call site are
// remembered, and user code alone pays for a deferred recover.
package encode

import (
	"log/slog"
	"sync"

	"github.com/slogkit-go/slogkit/internal/clock"
)

// Line is the scratch space of one record: the line itself and what is needed to format it.
type Line struct {
	B []byte // the formatted record

	prefix []byte      // text: the open groups, each followed by a dot
	groups []string    // the open groups, kept for ReplaceAttr only
	clock  clock.Clock // for the times of records
	times  clock.Clock // for those of attributes, which differ
}

var lines = sync.Pool{New: func() any { return &Line{B: make([]byte, 0, 1024), groups: make([]string, 0, 10)} }}

// NewLine returns an empty Line from the pool.
func NewLine() *Line { return lines.Get().(*Line) }

// Free returns l to the pool; its bytes must not be used afterwards.
func (l *Line) Free() {
	// One huge record must not pin its buffer for ever.
	const maxPooled = 16 << 10
	if cap(l.B) > maxPooled {
		return
	}
	l.B, l.prefix, l.groups = l.B[:0], l.prefix[:0], l.groups[:0]
	lines.Put(l)
}

// Next makes l ready for another record after those in B.
func (l *Line) Next() { l.prefix, l.groups = l.prefix[:0], l.groups[:0] }

// minLevel is the level in force: slog's default is Info.
func minLevel(l slog.Leveler) slog.Level {
	if l == nil {
		return slog.LevelInfo
	}
	return l.Level()
}
