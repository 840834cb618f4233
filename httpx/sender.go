package httpx

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/slogkit-go/slogkit/internal/backlog"
	"github.com/slogkit-go/slogkit/internal/reentry"
	"github.com/slogkit-go/slogkit/internal/reported"
)

// sender is where the records of an asynchronous Handler wait, and whence they are sent.
type sender struct {
	queue   *backlog.Queue[entry]
	client  *client
	packer  packer
	tell    func(error) // the ErrorHandler
	telling reported.Teller
	failed  atomic.Int64 // records
}

// entry is a record that waits.
type entry struct {
	text  []byte
	quiet bool // it comes from the ErrorHandler, which is not told what becomes of it: that would never end
}

func newSender(c *client, o *Options, tell func(error)) *sender {
	s := &sender{client: c, packer: packer{o.Encoding, o.Gzip}, tell: tell}
	c.report = s.report
	s.queue = backlog.New(backlog.Config[entry]{
		MaxRecords: o.Queue.Records, MaxBytes: o.Queue.Bytes, Policy: o.Queue.Policy, BlockTimeout: o.Queue.BlockTimeout,
		BatchRecords: o.Batch.Records, BatchBytes: int64(o.Batch.Bytes), MaxAge: max(o.Batch.Age, 0),
		Send: s.sendAll, Report: s.report,
	})
	return s
}

// put hands over a record, which the sender keeps unless there is an error.
func (s *sender) put(ctx context.Context, r *record) error {
	e := entry{r.text, s.telling.Telling(ctx)}
	if err := s.queue.Put(ctx, e, r.level, len(r.text)+len(",")); err != nil {
		return err
	}
	r.kept = true
	return nil
}

// report tells the ErrorHandler of what went wrong in the background.
func (s *sender) report(err error) {
	s.telling.Tell(context.Background(), func() { s.tell(err) })
}

// sendAll is what the queue calls. It counts the records that fail, also if user code panics or ends the goroutine.
func (s *sender) sendAll(ctx context.Context, batch []entry) (done int) {
	before := s.client.sent.Load()
	done = len(batch)
	defer func() { s.failed.Add(int64(done) - (s.client.sent.Load() - before)) }()
	return s.send(ctx, batch)
}

// send sends a batch, in parts if the server says that it is too large. Only when ctx is done, since Close has no more time,
// is not all of it done with.
func (s *sender) send(ctx context.Context, batch []entry) (done int) {
	p, err := s.packer.pack(batch...)
	if err == nil {
		err = s.client.send(ctx, p, s.queue.Urged(), nil)
	}
	switch half := len(batch) / 2; {
	case err == nil:
	case ctx.Err() != nil && retryable(err):
		return 0
	case tooLarge(err) && half > 0:
		if done = s.send(ctx, batch[:half]); done < half {
			return done
		}
		return half + s.send(ctx, batch[half:])
	case slices.ContainsFunc(batch, func(e entry) bool { return !e.quiet }):
		s.report(&LostError{len(batch), err})
	}
	return len(batch)
}

func (s *sender) flush(ctx context.Context) error { return s.explain(s.queue.Flush(ctx)) }

func (s *sender) close(ctx context.Context) error {
	err := s.queue.Close(ctx)
	cause := s.explain(err)
	if !errors.Is(err, reentry.ErrInside) { // else what waits is still to be sent
		s.client.close()
	}
	return cause
}

// explain adds to an error of the queue why it could not be emptied.
func (s *sender) explain(err error) error {
	cause := s.client.cause()
	if err == nil || cause == nil {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

func (s *sender) stats() Stats {
	sent, failed := s.client.sent.Load(), s.failed.Load() // before Handled, which they are parts of
	q := s.queue.Stats()
	waiting := q.Handled - sent - failed - q.Dropped
	late := max(-waiting, 0) // given up by Close, but sent all the same, or failed, by user code that hung
	return Stats{
		Handled: q.Handled, Sent: sent, Dropped: q.Dropped - late, Failed: failed, Waiting: waiting + late, Blocked: q.Blocked,
	}
}
