//go:build linux

package faulttest

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// subject is a handler under test, in a process of its own.
type subject struct {
	handler
	before resources
	told   atomic.Int64 // errors of the ErrorHandler
	next   [writers]int // numbers of records

	mu   sync.Mutex
	last string // error of the ErrorHandler
}

// writers is how many goroutines log.
const writers = 4

// order is what the process of a handler is told. The first has Kind.
type order struct {
	// Make the handler.
	Kind, Address             string
	Datagrams                 bool
	CA                        []byte
	Buffer                    int
	DialTimeout, WriteTimeout time.Duration

	// Have each writer log records of Size bytes: a burst, and then some at a measured pace, these for so long at most.
	Size, Burst, Paced int
	For                time.Duration

	Flush bool          // for up to 5 s
	Close time.Duration // within that; if there is something to be logged, at the end of the bursts
}

// report is what it answers.
type report struct {
	Begin, End [writers]int   // numbers of the records that were logged
	Refused    [writers][]int // of those, those for which Handle returned an error
	Slowest    time.Duration  // call of Handle, Flush or Close
	Most       usage          // while records were logged
	Counts     counts
	Told       int64  // errors that the ErrorHandler was told so far
	Last       string // the last of them
	Err        string // of Flush or Close
	Left       string // after Close
}

const (
	retryStart = 20 * time.Millisecond
	retryMax   = 100 * time.Millisecond
)

func (s *subject) do(o order) report {
	var r report
	switch {
	case o.Kind != "":
		s.open(&o)
	case o.Flush:
		if s.flush != nil {
			r.timed(s.flush)
		}
	case o.Close > 0:
		s.shut(&o, &r)
	default:
		s.log(&o, &r, nil)
	}
	r.Counts = s.stats()
	r.Told = s.told.Load()
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Last = s.last
	return r
}

func (r *report) timed(f func() error) {
	start := time.Now()
	if err := f(); err != nil {
		r.Err = err.Error()
	}
	r.Slowest = time.Since(start)
}

func (s *subject) open(o *order) {
	s.before = before()
	opts := options{
		dialTimeout: o.DialTimeout, writeTimeout: o.WriteTimeout, retryStart: retryStart, retryMax: retryMax, buffer: o.Buffer,
		onError: func(_ context.Context, _ slog.Record, err error) {
			s.told.Add(1)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.last = err.Error()
		},
	}
	if len(o.CA) > 0 {
		opts.tls = trust(o.CA)
	}
	kinds := streams
	if o.Datagrams {
		kinds = datagrams
	}
	s.handler = kinds[o.Kind].open(o.Address, opts)
}

// shut closes the handler, perhaps while records are logged.
func (s *subject) shut(o *order, r *report) {
	var closed report
	shut := func() {
		closed.timed(func() error {
			ctx, cancel := context.WithTimeout(context.Background(), o.Close)
			defer cancel()
			return s.close(ctx)
		})
	}
	if o.Burst > 0 {
		s.log(o, r, shut)
	} else {
		shut()
	}
	r.Slowest, r.Err = max(r.Slowest, closed.Slowest), closed.Err
	r.Left = s.before.left()
}

// log has all writers log, and watches what is in use meanwhile. After the bursts it calls then, unless that is nil.
func (s *subject) log(o *order, r *report, then func()) {
	r.Begin = s.next
	var slowest [writers]time.Duration
	var working, bursts sync.WaitGroup
	bursts.Add(writers)
	deadline := time.Now().Add(cmp.Or(o.For, time.Hour))
	for w := range writers {
		working.Go(func() { slowest[w], r.Refused[w] = s.write(w, o, deadline, bursts.Done) })
	}
	if then != nil {
		working.Go(func() {
			bursts.Wait()
			then()
		})
	}
	done := make(chan struct{})
	go func() {
		working.Wait()
		close(done)
	}()
	r.Most = s.before.most(done)
	r.End = s.next
	r.Slowest = slices.Max(slowest[:])
}

// write is a writer.
func (s *subject) write(w int, o *order, deadline time.Time, burst func()) (slowest time.Duration, refused []int) {
	pace := time.NewTicker(2 * time.Millisecond)
	defer pace.Stop()
	for n := range o.Burst + o.Paced {
		if n == o.Burst {
			burst()
		}
		if n >= o.Burst {
			<-pace.C
		}
		start := time.Now()
		if n >= o.Burst && start.After(deadline) {
			break
		}
		number := s.next[w]
		s.next[w]++
		record := slog.NewRecord(start, slog.LevelInfo, message(id{w, number}, o.Size), 0)
		if err := s.Handle(context.Background(), record); err != nil {
			refused = append(refused, number)
		}
		slowest = max(slowest, time.Since(start))
	}
	return slowest, refused
}
