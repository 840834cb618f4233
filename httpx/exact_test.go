package httpx

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// census is a handler that counts records by their attribute n. Now and then it fails.
type census struct {
	slog.Handler
	mu   sync.Mutex
	seen map[int64]int
	odds int // it fails once in so many; 0: never
}

func (h *census) Enabled(context.Context, slog.Level) bool { return true }

func (h *census) Handle(_ context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.odds > 0 && rand.IntN(h.odds) == 0 {
		return errors.New("not now")
	}
	r.Attrs(func(a slog.Attr) bool {
		h.seen[a.Value.Int64()]++
		return false
	})
	return nil
}

// check wants each of n records exactly once.
func (h *census) check(t *testing.T, n int) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.seen) != n {
		t.Errorf("%d records have come, want %d", len(h.seen), n)
	}
	for i, times := range h.seen {
		if times != 1 {
			t.Errorf("record %d came %d times", i, times)
		}
	}
}

// flapping is a server that fails in every way there is, about every second time.
type flapping struct {
	http.Handler
	mu   sync.Mutex
	ways map[int]int
}

func (f *flapping) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	way := rand.IntN(14)
	f.mu.Lock()
	f.ways[way]++
	f.mu.Unlock()
	switch way {
	case 0: // before the body is read
		w.WriteHeader(http.StatusServiceUnavailable)
	case 1:
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusTooManyRequests)
	case 2: // gone before it has handled anything
		hangUp(w, false)
	case 3: // after it has handled everything, and nobody knows
		f.handle(r)
		hangUp(w, false)
	case 4: // reset in the middle of the request's body
		_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/2)
		hangUp(w, true)
	case 5: // reset in the middle of the answer
		f.handle(r)
		c := hijack(w)
		_, _ = io.WriteString(c, "HTTP/1.1 200 O")
		reset(c)
	case 6: // when it has read half of it
		_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/2)
		w.WriteHeader(http.StatusRequestTimeout)
	default:
		f.Handler.ServeHTTP(w, r)
	}
}

// handle is for requests that are handled, but not answered.
func (f *flapping) handle(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	again := r.Clone(context.Background())
	again.Body = io.NopCloser(bytes.NewReader(body))
	f.Handler.ServeHTTP(httptest.NewRecorder(), again)
}

func hijack(w http.ResponseWriter) net.Conn {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	return c
}

func hangUp(w http.ResponseWriter, hard bool) {
	c := hijack(w)
	if hard {
		reset(c)
		return
	}
	_ = c.Close()
}

// reset has the peer get an RST.
func reset(c net.Conn) {
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

// TestExactlyOnce: over a server that fails in all ways, behind which a handler fails as well, each record arrives once.
func TestExactlyOnce(t *testing.T) {
	n := 200_000
	if testkit.Race || testing.Short() {
		n = 40_000
	}
	for _, opts := range []Options{
		{Encoding: NDJSON, Batch: Batch{Records: 500}},
		{Encoding: JSON, Gzip: true, Batch: Batch{Records: 300}},
	} {
		t.Run(opts.Encoding.String(), func(t *testing.T) {
			h := &census{seen: map[int64]int{}, odds: 5000}
			f := &flapping{Handler: NewReceiver(h, &ReceiverOptions{ErrorHandler: ignore}), ways: map[int]int{}}
			server := httptest.NewUnstartedServer(f)
			server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
			server.Start()
			defer server.Close()
			opts.Options = onlyOutages(t)
			opts.Retry = Retry{Start: time.Microsecond, Max: time.Millisecond}
			opts.Queue.BlockTimeout, opts.CloseTimeout = -1, time.Minute
			c := NewHandler(server.URL, &opts)
			var all sync.WaitGroup
			const goroutines = 4
			for g := range goroutines {
				all.Go(func() {
					l := slog.New(c)
					for i := g; i < n; i += goroutines {
						l.Info("record", "n", i)
					}
				})
			}
			all.Wait()
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			h.check(t, n)
			wantStats(t, c, int64(n), 0, 0, 0)
			s := c.Stats()
			t.Logf("%+v, ways %v", s, f.ways)
			if s.Retried == 0 {
				t.Error("nothing was tried twice")
			}
		})
	}
}

// onlyOutages has an ErrorHandler that takes no error but one of an outage.
func onlyOutages(t *testing.T) slogx.Options {
	return slogx.Options{ErrorHandler: func(_ context.Context, _ slog.Record, err error) {
		var going tryingOn
		if !errors.As(err, &going) {
			t.Error(err)
		}
	}}
}

func ignore(context.Context, slog.Record, error) {}
