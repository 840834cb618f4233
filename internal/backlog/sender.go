package backlog

import (
	"errors"
	"time"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// run is the goroutine that sends.
func (q *Queue[T]) run() {
	returned := false
	defer func() {
		if !returned { // user code has called runtime.Goexit
			go q.run()
		}
	}()
	q.serving.Do(q.serve)
	returned = true
}

var errGoexit = errors.New("user code has called runtime.Goexit")

func (q *Queue[T]) serve() {
	if n := q.stranded(); n > 0 {
		q.settle(n)
		q.report(errGoexit)
	}
	for {
		batch, wait := q.next()
		switch {
		case len(batch) > 0:
			over := q.settle(q.send(batch))
			q.tell(over)
		case wait > 0:
			q.sleep(wait)
		default:
			return
		}
	}
}

// stranded returns how many records had been lent to a Send that has ended the goroutine.
func (q *Queue[T]) stranded() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.lent)
}

// next lends the records of a batch that is due. If there is none, wait is how long to sleep; if that is 0, too, the
// goroutine ends, and has said so.
func (q *Queue[T]) next() (batch []T, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sleeping = false
	if q.ctx.Err() != nil {
		q.lose()
	}
	if q.waiting.n > 0 {
		wait = q.untilDue()
		if wait <= 0 {
			return q.lend(), 0
		}
	} else if !q.closed {
		wait = q.config.Idle - time.Since(q.idle)
	}
	if wait <= 0 {
		q.running, q.waiting, q.lent, q.batch = false, fifo[T]{}, nil, nil // memory that a burst has needed
		q.endIfClosed()
		return nil, 0
	}
	q.sleeping = true
	return nil, wait
}

// full reports whether a batch is due for what is in it.
func (q *Queue[T]) full() bool {
	return q.waiting.n >= q.config.BatchRecords || q.config.MaxAge <= 0 ||
		q.bytes >= q.config.BatchBytes // nothing is lent when it matters
}

// untilDue returns how long it is until a batch of what waits is due.
func (q *Queue[T]) untilDue() time.Duration {
	oldest := q.waiting.at(0)
	if q.closed || q.full() || len(q.blocked) > 0 || oldest.number <= q.hurry {
		return 0
	}
	return q.config.MaxAge - time.Since(oldest.since)
}

// lend moves the oldest records from the queue to the hands of Send.
func (q *Queue[T]) lend() []T {
	q.lent, q.batch = q.lent[:0], q.batch[:0]
	var size int64
	for q.waiting.n > 0 && len(q.lent) < q.config.BatchRecords {
		if size += q.waiting.at(0).size; len(q.lent) > 0 && size > q.config.BatchBytes {
			break
		}
		e := q.waiting.pop()
		q.lent = append(q.lent, e)
		q.batch = append(q.batch, e.item)
	}
	select {
	case <-q.urged: // that was for an earlier batch
	default:
	}
	return q.batch
}

func (q *Queue[T]) send(batch []T) (done int) {
	err := safe.Do(func() error {
		done = q.config.Send(q.ctx, batch)
		return nil
	})
	if err != nil {
		q.report(err)
		return len(batch)
	}
	return min(max(done, 0), len(batch))
}

// settle is for when Send has done with so many of what it was lent. The others go back. It reports whether nothing waits.
func (q *Queue[T]) settle(done int) (empty bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	done = min(done, len(q.lent)) // they are gone if Close has lost patience
	for _, e := range q.lent[:done] {
		q.bytes -= e.size
	}
	q.stats.Done += int64(done)
	q.waiting.unpop(q.lent[done:])
	clear(q.lent)
	clear(q.batch)
	q.lent = q.lent[:0]
	q.letIn()
	q.finish()
	empty = q.waiting.n == 0
	if empty {
		q.idle = time.Now()
	}
	return empty
}

func (q *Queue[T]) sleep(wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-q.wake:
	}
}

// rouse wakes the goroutine if it sleeps. It is called with the lock held.
func (q *Queue[T]) rouse() {
	if q.sleeping {
		q.sleeping = false
		signal(q.wake)
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // not even the one before has been noticed
	}
}

// report tells Report, of whose own panic there is nobody to tell.
func (q *Queue[T]) report(err error) {
	_ = safe.Do(func() error {
		q.config.Report(err)
		return nil
	})
}
