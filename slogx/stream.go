package slogx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"reflect"
	"sync"
	"time"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/logfile"
	"github.com/slogkit-go/slogkit/internal/safe"
)

// StreamOptions are the options of a [StreamHandler]. The zero value is ready to use.
type StreamOptions struct {
	Options

	// Terminator ends each record, Python's StreamHandler.terminator.
	Terminator string // "": "\n"

	// Timeout is how long Handle, SetStream, Flush and Close wait for a stream that a stalled record holds.
	Timeout time.Duration // 0: 2 s
}

// ErrBusy is returned when a stream is held by another record for longer than [StreamOptions.Timeout]: it is stalled,
// or its Write logs through the very handler that called it.
var ErrBusy = errors.New("slogx: stream is busy")

// StreamHandler writes records to a stream that it does not own, as Python's logging.StreamHandler does: one Write for
// each, terminator included, then Flush, if the stream has such a method.
type StreamHandler struct {
	emitter *Emitter
	stream  *stream
}

// NewStreamHandler returns a StreamHandler on w; on os.Stderr if w is nil. It performs no I/O; nil opts are the zero
// StreamOptions.
func NewStreamHandler(w io.Writer, opts *StreamOptions) *StreamHandler {
	var o StreamOptions
	if opts != nil {
		o = *opts
	}
	if w == nil {
		w = os.Stderr
	}
	if o.ErrorHandler == nil {
		o.ErrorHandler = StderrErrors("StreamHandler")
	}
	if o.Timeout <= 0 {
		o.Timeout = 2 * time.Second
	}
	s := &stream{w: w, terminator: o.Terminator, timeout: o.Timeout, held: make(chan struct{}, 1)}
	return &StreamHandler{NewEmitter(s, o.Options), s}
}

// Enabled reports whether records of this level are handled.
func (h *StreamHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.emitter.Enabled(ctx, level)
}

// Handle writes r to the stream.
func (h *StreamHandler) Handle(ctx context.Context, r slog.Record) error {
	return h.emitter.Handle(ctx, r)
}

// Injector serves package factory; see [Emitter.Injector].
func (h *StreamHandler) Injector() *encode.Injector { return h.emitter.Injector() }

// WithAttrs returns a handler on the same stream whose records begin with attrs.
func (h *StreamHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	return &StreamHandler{h.emitter.WithAttrs(attrs), h.stream}
}

// WithGroup returns a handler on the same stream whose further attributes are in the group name.
func (h *StreamHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &StreamHandler{h.emitter.WithGroup(name), h.stream}
}

// SetStream makes w (os.Stderr if nil) the stream of this handler and of all derived from it. It flushes the old stream and returns it; it
// returns nil, and does nothing, if w is the stream already.
func (h *StreamHandler) SetStream(w io.Writer) io.Writer {
	if w == nil {
		w = os.Stderr
	}
	old, err := h.stream.set(w)
	if err != nil {
		_ = h.emitter.Report(context.Background(), slog.Record{}, fmt.Errorf("SetStream: %w", err))
	}
	return old
}

// Flush calls the stream's Flush, or Sync if it has that instead. A terminal or a pipe has nothing to sync.
func (h *StreamHandler) Flush() error {
	if err := h.stream.lock(); err != nil {
		return err
	}
	defer h.stream.unlock()
	return h.stream.flush(true)
}

// Drain is Flush, but leaves a stream alone that can only Sync.
func (h *StreamHandler) Drain() error {
	if err := h.stream.lock(); err != nil {
		return err
	}
	defer h.stream.unlock()
	return h.stream.flush(false)
}

// Close flushes the stream and leaves it open, for it belongs to the caller. Further records are refused with
// [ErrClosed]. It returns nil if the handler is closed already.
func (h *StreamHandler) Close() error { return h.stream.close() }

// Stats returns how many records were written, and how many failed.
func (h *StreamHandler) Stats() Stats {
	h.stream.counting.Lock()
	defer h.stream.counting.Unlock()
	return Stats(h.stream.stats)
}

// Sink identifies what derived handlers share; see [Close].
func (h *StreamHandler) Sink() any { return h.stream }

// stream is what the handlers of one stream share. Its lock gives up after a time, because it is held while the
// stream's Write runs, which may stall or log.
type stream struct {
	terminator string // "": as formatted
	timeout    time.Duration
	held       chan struct{} // the lock; guards what follows
	w          io.Writer
	closed     bool
	torn       bool // the last Write stopped in the middle of a record

	counting sync.Mutex // held for nothing else, so that Stats never waits
	stats    logfile.Stats
}

func (s *stream) lock() error {
	select {
	case s.held <- struct{}{}:
		return nil
	default:
	}
	t := time.NewTimer(s.timeout)
	defer t.Stop()
	select {
	case s.held <- struct{}{}:
		return nil
	case <-t.C:
		return fmt.Errorf("%w for %v", ErrBusy, s.timeout)
	}
}

func (s *stream) unlock() { <-s.held }

// Write writes one record.
func (s *stream) Write(p []byte) (int, error) {
	n, err := s.write(p)
	s.counting.Lock()
	defer s.counting.Unlock()
	s.stats.Count(n, err)
	return n, err
}

func (s *stream) write(p []byte) (_ int, err error) {
	defer safe.Recover(&err)
	if err := s.lock(); err != nil {
		return 0, err
	}
	defer s.unlock()
	if s.closed {
		return 0, ErrClosed
	}
	line := p
	if s.terminator != "" && s.terminator != "\n" {
		line = append(bytes.TrimSuffix(p, []byte("\n")), s.terminator...)
	}
	if s.torn {
		line = append([]byte(s.end()), line...)
	}
	wasTorn := s.torn
	s.torn = true // unless Write returns, and says otherwise
	n, err := s.w.Write(line)
	switch {
	case n >= len(line):
		s.torn = false
	case n <= 0:
		s.torn = wasTorn
	}
	if err == nil && n < len(line) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return 0, err
	}
	return len(p), s.flush(false)
}

// end is what ends a record.
func (s *stream) end() string {
	if s.terminator == "" {
		return "\n"
	}
	return s.terminator
}

// flush empties the stream's own buffer; with sync it also syncs a stream that can do only that.
func (s *stream) flush(sync bool) (err error) {
	defer safe.Recover(&err)
	switch f := s.w.(type) {
	case interface{ Flush() error }:
		return f.Flush()
	case interface{ Flush() }:
		f.Flush()
	case *os.File:
		if info, err := f.Stat(); sync && err == nil && info.Mode().IsRegular() {
			return f.Sync()
		}
	case interface{ Sync() error }:
		if sync {
			return f.Sync()
		}
	}
	return nil
}

func (s *stream) set(w io.Writer) (old io.Writer, err error) {
	if err := s.lock(); err != nil {
		return nil, err
	}
	defer s.unlock()
	if same(s.w, w) {
		return nil, nil
	}
	err = s.flush(true)
	old, s.w, s.torn = s.w, w, false
	return old, err
}

func same(a, b io.Writer) bool {
	return reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.ValueOf(a).Comparable() && a == b
}

func (s *stream) close() error {
	if err := s.lock(); err != nil {
		return err
	}
	defer s.unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.flush(true)
}
