package socketx

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/link"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestOutage: what is lost is counted, and told twice; what is buffered comes first.
func TestOutage(t *testing.T) {
	address := filepath.Join(testkit.ShortDir(t), "s") // which nobody else takes while we do not listen
	errs := new(errorLog)
	size := len(line("0"))
	o := Options{BufferBytes: 3 * size, RetryStart: time.Millisecond, RetryMax: time.Millisecond}
	o.ErrorHandler = errs.Handle
	h := newHandler(t, "unix", address, o).(*Handler)
	handle(t, h, "0", "1", "2")
	if err := h.Flush(); !errors.Is(err, link.ErrDown) {
		t.Error(err)
	}
	errs.want(t, "unix "+address)
	if err := slogx.Drain(h); err != nil { // as a queue's Listener does, which would have nothing new to say
		t.Errorf("Drain in an outage: %v", err)
	}
	if err := h.Handle(t.Context(), record("3")); !errors.Is(err, link.ErrDown) {
		t.Error(err)
	}
	if got := h.Stats(); got.Handled != 4 || got.Buffered != 3 || got.Dropped != 1 {
		t.Errorf("%+v", got)
	}
	errs.WantNone(t)
	l, err := net.Listen("unix", address)
	if err != nil {
		t.Fatal(err)
	}
	r := newReceiver()
	s := &Server{Handler: r, ErrorHandler: testkit.NoErrors(t)}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.Serve(l) })
	r.want(t, "0", "1", "2")
	handle(t, h, "4")
	r.want(t, "4")
	errs.want(t, "1 records lost")
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if got := h.Stats(); got.Handled != 5 || got.Sent != 4 || got.Dropped != 1 || got.Bytes != int64(4*size) {
		t.Errorf("%+v", got)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	serving.Wait()
	errs.WantNone(t)
}

// TestServerRestarts: a Server that shuts down tells its senders, so nothing is lost between it and the next.
func TestServerRestarts(t *testing.T) {
	r := newReceiver()
	s := &Server{Handler: r, ErrorHandler: testkit.NoErrors(t), drainMost: soon}
	address := serve(t, s, "unix")
	var o Options
	o.BufferBytes, o.RetryStart, o.RetryMax = 1<<20, time.Millisecond, time.Millisecond
	o.ErrorHandler = slogx.IgnoreErrors // that the socket is away for a moment
	h := newHandler(t, "unix", address, o).(*Handler)
	n, got := 0, 0
	for range 5 {
		for range 100 {
			handle(t, h, fmt.Sprint(n))
			n++
		}
		for ; got < n-50; got++ {
			r.want(t, fmt.Sprint(got))
		}
		// The others may still be on their way.
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		l, err := net.Listen("unix", address)
		if err != nil {
			t.Fatal(err)
		}
		s = &Server{Handler: r, ErrorHandler: testkit.NoErrors(t), drainMost: soon}
		var serving sync.WaitGroup
		t.Cleanup(func() {
			_ = s.Close()
			serving.Wait()
		})
		serving.Go(func() { _ = s.Serve(l) })
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	for ; got < n; got++ {
		r.want(t, fmt.Sprint(got))
	}
	if got := h.Stats(); got.Sent != int64(n) || got.Dropped != 0 {
		t.Errorf("%+v", got)
	}
}
