// Package policy says what becomes of a record for which a queue has no room. The packages that have queues show users the
// same type, each under its own name.
package policy

import (
	"fmt"
	"log/slog"
)

// Policy says what becomes of a record for which there is no room.
type Policy int64

// The policies. There is one more, DropBelow.
const (
	Block      Policy = iota // waits for room, for a limited time or until the context of the log call is done; then drops the record
	DropNewest               // drops the record
	DropOldest               // drops the record that has waited longest and is not being handed on
	dropBelow                // and above the lowest byte the level
)

// DropBelow drops records below level when four fifths of the room, in records or in bytes, are taken, and waits for room
// as [Block] does with the others when all of it is.
func DropBelow(level slog.Level) Policy {
	const most = 1<<55 - 1
	return Policy(min(max(level, -most), most))<<8 | dropBelow
}

func (p Policy) kind() Policy { return p & 0xff }

// level is that of DropBelow.
func (p Policy) level() slog.Level { return slog.Level(p >> 8) }

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

// These are functions so that users do not see them as methods.

// Early returns how much of the room may be taken before p has to be asked about a record.
func Early[N int | int64](p Policy, room N) N {
	if p.kind() == dropBelow {
		return room - room/5
	}
	return room
}

// Drops reports whether p drops records of this level before all room is taken.
func Drops(p Policy, level slog.Level) bool { return p.kind() == dropBelow && level < p.level() }

// Evicts reports whether p makes room for a record by dropping others.
func Evicts(p Policy) bool { return p.kind() == DropOldest }

// Waits reports whether records of this level wait for room.
func Waits(p Policy, level slog.Level) bool {
	return p.kind() != DropNewest && p.kind() != DropOldest && !Drops(p, level)
}
