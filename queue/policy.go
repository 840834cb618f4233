package queue

import (
	"fmt"
	"log/slog"
)

// Policy says what a [Ring] does with a record for which it has no room.
type Policy int64

const (
	// Block waits for room, until RingOptions.BlockTimeout is over or the context of the log call is done; then the record
	// is dropped.
	Block Policy = iota

	// DropNewest drops the record.
	DropNewest

	// DropOldest drops the record that has waited longest. What a Listener is handing on, a quarter of the Ring at most,
	// cannot be dropped any more.
	DropOldest

	dropBelow // and above the lowest byte the level
)

// DropBelow drops records below level when four fifths of the Ring, in records or in bytes, are full, and waits for room
// as [Block] does with the others when all of it is.
func DropBelow(level slog.Level) Policy {
	const most = 1<<55 - 1
	return Policy(min(max(level, -most), most))<<8 | dropBelow
}

func (p Policy) kind() Policy { return p & 0xff }

// level is that of DropBelow.
func (p Policy) level() slog.Level { return slog.Level(p >> 8) }

// drops reports whether p drops records of this level before the Ring is full.
func (p Policy) drops(level slog.Level) bool { return p.kind() == dropBelow && level < p.level() }

// waits reports whether records of this level wait for room.
func (p Policy) waits(level slog.Level) bool {
	return p.kind() != DropNewest && p.kind() != DropOldest && !p.drops(level)
}

// String returns p as it is written in Go.
func (p Policy) String() string {
	switch p.kind() {
	case Block:
		return "Block"
	case DropNewest:
		return "DropNewest"
	case DropOldest:
		return "DropOldest"
	case dropBelow:
		return fmt.Sprintf("DropBelow(%v)", p.level())
	default:
		return fmt.Sprintf("Policy(%d)", int64(p))
	}
}
