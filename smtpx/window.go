package smtpx

import (
	"context"
	"log/slog"
	"sync"
)

// window says which records a mail will show, and counts the others: what is beyond Digest.MaxRecords, and what comes
// while the rate limit holds mails back.
type window struct {
	records int // that a digest shows; 0: no digest
	bytes   int // of their text

	mu     sync.Mutex
	shown  int             // records let through that no mail has begun to send
	size   int             // bytes of them
	open   context.Context // done: all records are counted
	shut   func()          // ends open
	others counts          // since the last mail

	ended bool // nothing is counted any more; the queue refuses what is let through
	tally
}

// tally is what has become of records that no mail shows.
type tally struct {
	suppressed int64 // a mail has their number, or will
	lost       int64 // not even that
	turnedAway int64 // how many of both were never in the queue
}

// newWindow returns a window that begins now.
func newWindow() *window {
	w := &window{others: counts{}}
	w.unmute()
	return w
}

// most returns how many records a mail shows.
func (w *window) most() int { return max(w.records, 1) }

// admit reports whether a record is to be shown. Otherwise it is counted.
func (w *window) admit(level slog.Level, size int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	full := w.records > 0 && (w.shown >= w.records || w.size >= w.bytes)
	if (full || w.open.Err() != nil) && !w.ended {
		w.others[level]++
		w.suppressed++
		w.turnedAway++
		return false
	}
	w.shown++
	w.size += size
	return true
}

// withdraw takes back a record that was admitted, but dropped.
func (w *window) withdraw(size int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shown = max(0, w.shown-1)
	w.size = max(0, w.size-size)
}

// begin starts the next window: what the one before has let through is about to be sent.
func (w *window) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shown, w.size = 0, 0
}

// mute has all records counted from now on. It reports whether they were not before.
func (w *window) mute() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open.Err() != nil {
		return false
	}
	w.shut()
	return true
}

// unmute ends that.
func (w *window) unmute() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open == nil || w.open.Err() != nil {
		w.open, w.shut = context.WithCancel(context.Background())
	}
}

// untilMute returns a context that is done when records are only counted.
func (w *window) untilMute() context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open
}

// suppress counts a record that was admitted: the next mail has its number.
func (w *window) suppress(level slog.Level) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.others[level]++
	w.suppressed++
}

// count counts records that were admitted, but of which a mail has the number only.
func (w *window) count(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.suppressed += int64(n)
}

// take returns the counts for a mail that is about to be sent, and ends mute.
func (w *window) take() counts {
	w.unmute()
	w.mu.Lock()
	defer w.mu.Unlock()
	others := w.others
	w.others = counts{}
	return others
}

// giveBack is for the counts of a mail that nobody got.
func (w *window) giveBack(others counts) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.others.add(others)
	if w.ended {
		w.lose()
	}
}

// end is for when there will be no mail any more. It returns the counts that none has, which are lost.
func (w *window) end() (lost counts) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	return w.lose()
}

func (w *window) lose() (lost counts) {
	lost, w.others = w.others, counts{}
	w.suppressed -= lost.total()
	w.lost += lost.total()
	return lost
}

func (w *window) counts() tally {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tally
}
