package queue

import (
	"context"
	"time"
)

// A consumer that finds nothing lingers: it sleeps for a step at a time, and producers need not wake it, which would cost
// them more than all else. When nothing came for a number of steps the burst is over; it parks, and the next record
// wakes it.
const (
	lingerStep  = time.Millisecond
	lingerSteps = 100
)

// asleep is what a producer has to know of the consumer that sleeps, or slept last.
type asleep int8

const (
	awake     asleep = iota // looks for itself before it sleeps
	lingering               // to be woken if there is much to do
	parked                  // to be woken
)

// linger waits for records. It returns false if none came for long.
func (q *Ring) linger(ctx context.Context) bool {
	if !q.takeTurn(ctx) {
		return true
	}
	defer q.leaveTurn()
	for range lingerSteps {
		if !q.fallAsleep(lingering) {
			return true
		}
		q.step.Reset(lingerStep)
		select {
		case <-q.step.C:
		case <-q.wake:
		case <-done(ctx):
			q.step.Stop()
			return true
		}
	}
	return !q.fallAsleep(awake)
}

// park waits for records, however long it takes.
func (q *Ring) park(ctx context.Context) {
	if !q.takeTurn(ctx) {
		return
	}
	defer q.leaveTurn()
	q.trim()
	if !q.fallAsleep(parked) {
		return
	}
	select {
	case <-q.wake:
	case <-done(ctx):
	}
}

// takeTurn waits until no other consumer sleeps, for producers wake one only. It returns false if ctx was done before.
func (q *Ring) takeTurn(ctx context.Context) bool {
	select {
	case q.turn <- struct{}{}:
		return true
	case <-done(ctx):
		return false
	}
}

func (q *Ring) leaveTurn() { <-q.turn }

// fallAsleep returns false if there is something to do.
func (q *Ring) fallAsleep(how asleep) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.consumer = awake
	if q.waiting.n > 0 || q.drops.n > 0 || q.closed {
		return false
	}
	q.consumer = how
	return true
}

// trim lets go of memory that a large burst has needed.
func (q *Ring) trim() {
	const most = 16 << 10 // slots, about 5 MiB
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.used() == 0 && len(q.pool.unused) > most {
		q.pool, q.waiting, q.unused = pool{}, fifo{}, nil
	}
}

// rouse wakes a consumer that sleeps. It is called with the lock held.
func (q *Ring) rouse() {
	if q.consumer != awake {
		q.consumer = awake
		q.signal()
	}
}

// signal wakes the consumer, or keeps it from falling asleep.
func (q *Ring) signal() {
	select {
	case q.wake <- struct{}{}:
	default: // it has not even noticed the one before
	}
}
