package queue

import (
	"context"
	"log/slog"

	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/safe"
	"github.com/slogkit-go/slogkit/internal/snapshot"
	"github.com/slogkit-go/slogkit/slogx"
)

// Options are the options of a [Handler]. Of slogx.Options it uses Level and ErrorHandler; the others are those of the
// handlers at the other end.
type Options struct {
	slogx.Options
}

// Handler puts records into a [Queue], Python's QueueHandler. What could change later is resolved or copied before Handle
// returns: LogValuers, and what slices, maps and pointers lead to.
type Handler struct {
	queue  Queue
	ring   *Ring // the queue, if it is one
	with   *snapshot.With
	level  slog.Leveler
	teller *teller
}

// NewHandler returns a Handler that puts records into q, and panics if that is nil, as slog.New does. nil opts are the zero
// Options. To a [Ring] it hands what WithAttrs and WithGroup gave it beside the record, so that a [Listener]'s handlers format
// that once; into any other queue as part of the record.
func NewHandler(q Queue, opts *Options) *Handler {
	if q == nil {
		panic("queue: NewHandler: nil Queue")
	}
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Level == nil {
		o.Level = slog.LevelInfo
	}
	if o.ErrorHandler == nil {
		o.ErrorHandler = slogx.StderrErrors("queue.Handler")
	}
	ring, _ := q.(*Ring)
	return &Handler{queue: q, ring: ring, level: o.Level, teller: &teller{onError: o.ErrorHandler}}
}

// Enabled reports whether records of this level are handled.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool { return reaches(level, h.level) }

// Handle puts r into the queue. A record that a Ring drops is [ErrFull], of which the ErrorHandler is not told: the
// stream is. All other errors go to the ErrorHandler, too.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	var err error
	if h.ring != nil {
		err = h.ring.put(reported.Carry(ctx), &r, h.with)
	} else {
		err = h.enqueue(ctx, r)
	}
	if err != nil {
		err = h.teller.tell(ctx, r, err)
	}
	return err
}

// enqueue is for queues that may be anything.
func (h *Handler) enqueue(ctx context.Context, r slog.Record) (err error) {
	defer safe.Recover(&err)
	return h.queue.Enqueue(ctx, h.with.Flatten(snapshot.Record(r)))
}

// WithAttrs returns a Handler of the same queue whose records begin with attrs.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler { return h.derive(h.with.Attrs(attrs)) }

// WithGroup returns a Handler of the same queue whose further attributes are in the group name.
func (h *Handler) WithGroup(name string) slog.Handler { return h.derive(h.with.Group(name)) }

func (h *Handler) derive(with *snapshot.With) *Handler {
	if with == h.with {
		return h
	}
	h2 := *h
	h2.with = with
	return &h2
}

// Close closes the queue. A Listener goes on until it is empty.
func (h *Handler) Close() error { return safe.Do(h.queue.Close) }

// Sink identifies what derived handlers share; see [slogx.Close].
func (h *Handler) Sink() any { return h.queue }
