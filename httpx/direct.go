package httpx

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/slogkit-go/slogkit/slogx"
)

// direct is what takes the place of a sender in a Synchronous Handler.
type direct struct {
	client *client
	packer packer
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	closed  bool
	handled int64
	failed  int64
	active  int64
	idle    chan struct{} // closed when there is nothing active any more; nil: nobody waits
}

var errRecursion = errors.New("called by the http.Client that would send it")

func newDirect(c *client, o *Options) *direct {
	d := &direct{client: c, packer: packer{o.Encoding, o.Gzip}}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return d
}

// put sends a record. The first try is made even if ctx is done, for what is logged then is often worth most.
func (d *direct) put(ctx context.Context, r *record) (err error) {
	if err := d.enter(); err != nil {
		return err
	}
	failed := true // unless we get to the end
	defer func() { d.leave(failed) }()
	p, err := d.packer.pack(entry{text: r.text})
	if err != nil {
		return err
	}
	err = d.client.send(detached{d.ctx, ctx}, p, nil, ctx.Done())
	failed = err != nil
	return err
}

// detached is a context with the values of another.
type detached struct {
	context.Context
	values context.Context
}

func (c detached) Value(key any) any {
	if v := c.Context.Value(key); v != nil { // by which package context finds out when it is done, without a goroutine
		return v
	}
	return c.values.Value(key)
}

func (d *direct) enter() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return slogx.ErrClosed
	}
	d.handled++
	if d.active >= deep && recursive() {
		d.failed++
		return errRecursion
	}
	d.active++
	return nil
}

// deep is how many calls of put may be within one another. One may be, of an http.RoundTripper that logs through another
// handler; but one that logs through its own would never end.
const deep = 4

// recursive reports whether we are in so many calls of put. To look costs more than a mutex, hence only when it may be so.
func recursive() bool {
	var pcs [1000]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs[:])])
	for calls := 0; ; {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, "httpx.(*direct).put") {
			calls++
		}
		if calls > deep || !more {
			return calls > deep
		}
	}
}

func (d *direct) leave(failed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if failed {
		d.failed++
	}
	if d.active--; d.active == 0 && d.idle != nil {
		close(d.idle)
		d.idle = nil
	}
}

// flush waits until nothing is being sent.
func (d *direct) flush(ctx context.Context) error {
	d.mu.Lock()
	if d.active == 0 {
		d.mu.Unlock()
		return nil
	}
	if d.idle == nil {
		d.idle = make(chan struct{})
	}
	idle, n := d.idle, d.active
	d.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%d records are being sent: %w", n, context.Cause(ctx))
	}
}

// close lets what is being sent be sent, until ctx is done. Whoever sends it is told the rest.
func (d *direct) close(ctx context.Context) error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	err := d.flush(ctx)
	d.cancel()
	d.client.close()
	return err
}

func (d *direct) stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Stats{Handled: d.handled, Sent: d.handled - d.failed - d.active, Failed: d.failed, Waiting: d.active}
}
