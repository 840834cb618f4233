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

	suppressed int64 // records that were counted, ever
	turnedAway int64 // of those, by admit
}

// newWindow returns a window that begins now.
func newWindow() *window {
	w := &window{others: counts{}}
	w.unmute()
	return w
}

// admit reports whether a record is to be shown. Otherwise it is counted.
func (w *window) admit(level slog.Level, size int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open.Err() != nil || w.records > 0 && (w.shown >= w.records || w.size >= w.bytes) {
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

// begin starts the next window.
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

// count counts records that were admitted, but are not shown after all.
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
}

// counts returns how many records were counted ever, and how many of these were not admitted.
func (w *window) counts() (suppressed, turnedAway int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.suppressed, w.turnedAway
}
