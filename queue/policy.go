package queue

import (
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/policy"
)

// Policy says what a [Ring] does with a record for which it has no room. Its String method returns it as it is written in
// Go.
type Policy = policy.Policy

const (
	// Block waits for room, until RingOptions.BlockTimeout is over or the context of the log call is done; then the record
	// is dropped.
	Block = policy.Block

	// DropNewest drops the record.
	DropNewest = policy.DropNewest

	// DropOldest drops the record that has waited longest. What a Listener is handing on, a quarter of the Ring at most,
	// cannot be dropped any more.
	DropOldest = policy.DropOldest
)

// DropBelow drops records below level when four fifths of the Ring, in records or in bytes, are full, and waits for room
// as [Block] does with the others when all of it is.
func DropBelow(level slog.Level) Policy { return policy.DropBelow(level) }
