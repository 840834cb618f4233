package rotate

import (
	"sync"
	"time"

	"github.com/slogkit-go/slogkit/internal/reentry"
)

// worker runs a task in the background: when it is woken, and again after a while if it failed. Its goroutine ends when
// there is nothing to do.
type worker struct {
	task func() error // its error says that something is left to do, later

	mu      sync.Mutex
	running bool
	wanted  bool   // while running: once more
	own     uint64 // the number of its goroutine
	err     error  // of the last run
	changed chan struct{}
	backoff backoff
	timer   *time.Timer // wakes it after a failure
	closed  bool        // not to be woken by that any more
}

// wake has the task run soon.
func (k *worker) wake() {
	k.mu.Lock()
	k.start()
	k.mu.Unlock()
}

func (k *worker) start() {
	k.wanted = true
	if !k.running {
		k.running = true
		go k.run()
	}
}

func (k *worker) run() {
	k.mu.Lock()
	k.own = reentry.Goroutine()
	for k.wanted {
		k.wanted = false
		k.mu.Unlock()
		err := k.task()
		k.mu.Lock()
		k.finished(err)
	}
	k.running, k.own = false, 0
	k.announce()
	k.mu.Unlock()
}

// finished notes the outcome of a run.
func (k *worker) finished(err error) {
	k.err = err
	if k.timer != nil {
		k.timer.Stop()
	}
	if err == nil {
		k.backoff = backoff{}
		return
	}
	k.backoff.failed(time.Now())
	if !k.closed {
		k.timer = time.AfterFunc(k.backoff.wait, k.retry)
	}
}

func (k *worker) retry() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.closed {
		k.start()
	}
}

// failing returns what the last run has left undone.
func (k *worker) failing() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

// progress is told by the task: those who wait shall look.
func (k *worker) progress() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.announce()
}

func (k *worker) announce() {
	if k.changed != nil {
		close(k.changed)
		k.changed = nil
	}
}

// wait waits until enough holds, which must take no lock, or nothing runs, and reports whether that came within the time.
// What the task itself calls must not wait for it.
func (k *worker) wait(enough func() bool, timeout time.Duration) bool {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	for {
		k.mu.Lock()
		if !k.running || k.own == reentry.Goroutine() || enough() {
			k.mu.Unlock()
			return true
		}
		if k.changed == nil {
			k.changed = make(chan struct{})
		}
		changed := k.changed
		k.mu.Unlock()
		select {
		case <-changed:
		case <-deadline.C:
			return false
		}
	}
}

// close has what failed tried once more, and ends the attempts.
func (k *worker) close() {
	k.mu.Lock()
	k.closed = true
	if k.timer != nil {
		k.timer.Stop()
	}
	failing := k.err != nil
	k.mu.Unlock()
	if failing {
		k.wake()
	}
}

// backoff delays what has failed: 1 s at first, twice as long each time, at most 30 s.
type backoff struct {
	wait  time.Duration
	until time.Time
}

func (b *backoff) over(now time.Time) bool { return b.wait == 0 || !now.Before(b.until) }

func (b *backoff) failed(now time.Time) {
	b.wait = min(max(2*b.wait, time.Second), 30*time.Second)
	b.until = now.Add(b.wait)
}
