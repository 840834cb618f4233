package link

import (
	"errors"
	"fmt"
	"time"

	"github.com/slogkit-go/slogkit/internal/logfile"
	"github.com/slogkit-go/slogkit/internal/reported"
)

// ErrClosed is returned after Close.
var ErrClosed = logfile.ErrClosed

// ErrDown is what a record is refused with during an outage.
var ErrDown = errors.New("down")

// ErrBusy is what a record is refused with if there is a connection, but for WriteTimeout no room for the record.
var ErrBusy = errors.New("too slow, and the buffer is full")

// TooLongError is about a datagram that is too long for its socket.
type TooLongError struct {
	Size int // in bytes
	Err  error
}

func (e *TooLongError) Error() string {
	return fmt.Sprintf("a datagram of %d bytes: %v", e.Size, e.Err)
}

// Unwrap returns the system's error.
func (e *TooLongError) Unwrap() error { return e.Err }

// outage is what is known of the current one.
type outage struct {
	name   string
	begun  time.Time // zero: there is none
	lost   int64
	refuse error   // what records are refused with
	untold []error // for OnError
}

// begin notes a failure; the first is the cause of the outage.
func (o *outage) begin(cause error) {
	if !o.begun.IsZero() {
		return
	}
	o.begun = time.Now()
	o.refuse = reported.Mark(fmt.Errorf("%s is %w: %w", o.name, ErrDown, cause))
	o.untold = append(o.untold, fmt.Errorf("%s: %w", o.name, cause))
}

// end is for when there are no more failures, or there will be no more attempts.
func (o *outage) end() {
	if o.begun.IsZero() {
		return
	}
	if o.lost > 0 {
		took := time.Since(o.begun).Round(time.Millisecond)
		o.untold = append(o.untold, fmt.Errorf("%s: %w for %v: %d records lost", o.name, ErrDown, took, o.lost))
	}
	o.begun, o.lost = time.Time{}, 0
}

// take returns what is to be told.
func (o *outage) take() []error {
	errs := o.untold
	o.untold = nil
	return errs
}

// Stats count records since the Stream or Datagram was made: Handled = Sent + Dropped + Failed + Buffered.
type Stats struct {
	Handled    int64 // given to Write
	Sent       int64 // of those, handed to the system whole
	Dropped    int64 // of those, lost in outages
	Failed     int64 // of those, refused with an error of their own
	Buffered   int64 // of those, still waiting
	Bytes      int64 // of the records sent
	Retried    int64 // records sent again, for the first time had failed
	Reconnects int64 // connections after the first
}
