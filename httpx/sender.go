package httpx

import (
	"context"
	"fmt"

	"github.com/slogkit-go/slogkit/internal/backlog"
)

// sender is where the records of an asynchronous Handler wait, and whence they are sent.
type sender struct {
	queue  *backlog.Queue[[]byte]
	client *client
	packer packer
	report func(error)
}

func newSender(c *client, o *Options, report func(error)) *sender {
	c.report = report
	s := &sender{client: c, packer: packer{o.Encoding, o.Gzip}, report: report}
	s.queue = backlog.New(backlog.Config[[]byte]{
		MaxRecords: o.Queue.Records, MaxBytes: o.Queue.Bytes, Policy: o.Queue.Policy, BlockTimeout: o.Queue.BlockTimeout,
		BatchRecords: o.Batch.Records, BatchBytes: int64(o.Batch.Bytes), MaxAge: max(o.Batch.Age, 0),
		Send: s.send, Report: report,
	})
	return s
}

// put hands over a record, which the sender keeps unless there is an error.
func (s *sender) put(ctx context.Context, r *record) error {
	if err := s.queue.Put(ctx, r.text, r.level, len(r.text)+len(",")); err != nil {
		return err
	}
	r.kept = true
	return nil
}

// send is what the queue calls. Only when ctx is done, since Close has no more time, is not all of the batch done with.
func (s *sender) send(ctx context.Context, batch [][]byte) (done int) {
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
	default:
		s.report(&LostError{len(batch), err})
	}
	return len(batch)
}

func (s *sender) flush(ctx context.Context) error { return s.explain(s.queue.Flush(ctx)) }

func (s *sender) close(ctx context.Context) error {
	err := s.queue.Close(ctx)
	cause := s.explain(err)
	s.client.close()
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
	sent := s.client.sent.Load() // before those that it is a part of
	q := s.queue.Stats()
	failed := max(q.Done-sent, 0)
	return Stats{
		Handled: q.Handled, Sent: sent, Dropped: q.Dropped, Failed: failed,
		Waiting: max(q.Handled-sent-failed-q.Dropped, 0), Blocked: q.Blocked,
	}
}
