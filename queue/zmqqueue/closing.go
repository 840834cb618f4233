package zmqqueue

import "sync/atomic"

// closing is the one time that something is closed.
type closing struct {
	begun *atomic.Bool
	done  chan struct{}
}

func newClosing() closing { return closing{new(atomic.Bool), make(chan struct{})} }

// close calls f, or waits until the first call of it has returned. To an ErrorHandler it returns at once, for f waits for
// the goroutine that it is on.
func (c closing) close(f func() error, inErrorHandler bool) error {
	switch first := c.begun.CompareAndSwap(false, true); {
	case first && inErrorHandler:
		go func() {
			defer close(c.done)
			_ = f()
		}()
	case first:
		defer close(c.done)
		return f()
	case !inErrorHandler:
		<-c.done
	}
	return nil
}
