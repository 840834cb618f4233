package httpx

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                                 0,
		"0":                                0,
		"17":                               17 * time.Second,
		"-1":                               0,
		"1.5":                              0,
		"99999999999999999999":             0,
		"soon":                             0,
		"Thu, 01 Jan 2026 00:01:00 GMT":    time.Minute,
		"Thursday, 01-Jan-26 00:00:09 GMT": 9 * time.Second,
		"Wed, 31 Dec 2025 23:59:00 GMT":    0,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestJitter(t *testing.T) {
	const full = 10 * time.Second
	for range 100 {
		if got := jittered(full, 0); got < full/2 || got > full {
			t.Errorf("%v, want %v to %v", got, full/2, full)
		}
	}
	for after, want := range map[time.Duration]time.Duration{time.Minute: time.Minute, time.Hour: maxRetryAfter} {
		if got := jittered(full, after); got < want || got > want+2*time.Second {
			t.Errorf("Retry-After %v: %v", after, got)
		}
	}
	same := true
	first := jittered(full, 0)
	for range 100 {
		same = same && jittered(full, 0) == first
	}
	if same {
		t.Error("no jitter")
	}
}

func TestRetryDefaults(t *testing.T) {
	want := Retry{500 * time.Millisecond, 2, 30 * time.Second, 10 * time.Minute}
	if got := (Retry{}).withDefaults(false); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := (Retry{}).withDefaults(true); got.MaxElapsed != 5*time.Second {
		t.Errorf("%+v", got)
	}
}

// TestStatuses: which are tried again, and which lose the batch at once.
func TestStatuses(t *testing.T) {
	for code := 200; code < 600; code++ {
		if http.StatusText(code) == "" {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			var log errorLog
			tr := new(transport)
			tr.answer = func(n int, _ request) (*http.Response, error) {
				if n == 1 {
					return status(code), nil
				}
				return status(200), nil
			}
			h := NewHandler("https://h/p", &Options{Options: log.options(), Client: tr.client(), Encoding: JSON, Method: "PUT"})
			if err := errors.Join(h.Handle(t.Context(), record1("x")), h.Close()); err != nil {
				t.Error(code, err)
			}
			good := code/100 == 2
			again := code == 408 || code == 429 || code >= 500
			want := 1
			if again {
				want = 2
			}
			if n := len(tr.got()); n != want {
				t.Errorf("%d: %d requests, want %d", code, n, want)
			}
			if again && tr.requests[0].header.Get("Idempotency-Key") != tr.requests[1].header.Get("Idempotency-Key") {
				t.Errorf("%d: another key", code)
			}
			if s := h.Stats(); s.Requests != int64(want) || s.Retried != int64(want-1) {
				t.Errorf("%d: %+v", code, s)
			}
			if good || again {
				wantStats(t, h, 1, 0, 0, 0)
				if errs := log.All(); len(errs) > 0 {
					t.Error(code, errs)
				}
				return
			}
			wantStats(t, h, 0, 0, 1, 0)
			errs := log.All()
			var lost *LostError
			var se *StatusError
			if len(errs) != 1 || !errors.As(errs[0], &lost) || lost.Records != 1 || !errors.As(errs[0], &se) || se.Code != code {
				t.Error(code, errs)
			}
		})
	}
}

// TestGivesUp: after MaxElapsed, and goes on with the next batch. That it has come to that is told early, and once.
func TestGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log errorLog
		up := false
		tr := &transport{answer: func(int, request) (*http.Response, error) {
			if up {
				return status(200), nil
			}
			return nil, errors.New("no route")
		}}
		h := NewHandler("https://h/p?secret=1", &Options{
			Options: log.options(), Client: tr.client(), Encoding: NDJSON, Batch: Batch{Records: 2},
			Retry: Retry{MaxElapsed: time.Minute},
		})
		for _, m := range []string{"1", "2", "3"} {
			if err := h.Handle(t.Context(), record1(m)); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(20 * time.Second)
		errs := log.All()
		if len(errs) != 1 || errs[0].Error() != "httpx: POST https://h/p: no route (and goes on trying)" {
			t.Error(errs)
		}
		wantStats(t, h, 0, 0, 0, 3)
		time.Sleep(2 * time.Minute)
		errs = log.All()
		if len(errs) != 3 || errs[1].Error() != "httpx: 2 records lost: POST https://h/p: no route" || errs[2].Error() != "httpx: 1 records lost: POST https://h/p: no route" {
			t.Error(errs)
		}
		wantStats(t, h, 0, 0, 3, 0)
		keys := map[string]bool{}
		for _, r := range tr.got() {
			keys[r.header.Get("Idempotency-Key")+r.body] = true
		}
		if len(keys) != 2 {
			t.Errorf("%d keys and bodies for 2 batches", len(keys))
		}
		up = true
		if err := errors.Join(h.Handle(t.Context(), record1("4")), h.Close()); err != nil {
			t.Error(err)
		}
		wantStats(t, h, 1, 0, 3, 0)
	})
}

// TestErrorHandlerLogs: an ErrorHandler that logs through the handler that has failed is not told what comes of that.
func TestErrorHandlerLogs(t *testing.T) {
	for _, encoding := range []Encoding{Form, NDJSON} {
		synctest.Test(t, func(t *testing.T) {
			tr := &transport{answer: always(404)}
			var h *Handler
			var told atomic.Int64
			h = NewHandler("https://h/p", &Options{Client: tr.client(), Encoding: encoding, Options: slogx.Options{
				ErrorHandler: func(_ context.Context, _ slog.Record, err error) {
					if told.Add(1) < 10 {
						slog.New(h).Error("cannot log", "err", err)
					}
				},
			}})
			for range 2 {
				_ = h.Handle(t.Context(), record1("x"))
				time.Sleep(time.Minute)
			}
			if err := h.Close(); err != nil || told.Load() != 2 || len(tr.got()) != 4 {
				t.Errorf("%v: %v, told %d times, %d requests", encoding, err, told.Load(), len(tr.got()))
			}
			wantStats(t, h, 0, 0, 4, 0)
		})
	}
}

// TestNoRetry: with a negative MaxElapsed each batch is tried once.
func TestNoRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log errorLog
		tr := &transport{answer: always(503)}
		h := NewHandler("https://h/p", &Options{Options: log.options(), Client: tr.client(), Retry: Retry{MaxElapsed: -1}})
		for range 3 {
			_ = h.Handle(t.Context(), record1("x"))
		}
		if err := h.Close(); err != nil || len(tr.got()) != 3 || len(log.All()) != 3 {
			t.Error(err, len(tr.got()), log.All())
		}
		wantStats(t, h, 0, 0, 3, 0)
	})
}

// TestRetryAfterHeader is heeded.
func TestRetryAfterHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := new(transport)
		tr.answer = func(n int, _ request) (*http.Response, error) {
			if n == 1 {
				return status(429, "Retry-After", "40"), nil
			}
			return status(200), nil
		}
		h := NewHandler("https://h/p", &Options{Options: failOnError(t), Client: tr.client()})
		if err := h.Handle(t.Context(), record1("x")); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if len(tr.times) != 2 || tr.times[1].Sub(tr.times[0]) < 40*time.Second {
			t.Error(tr.times)
		}
	})
}

// TestTooLarge: a batch that is too large is sent in parts, each with a key of its own.
func TestTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log errorLog
		tr := new(transport)
		var taken []string
		keys := map[string]bool{}
		tr.answer = func(_ int, r request) (*http.Response, error) {
			keys[r.header.Get("Idempotency-Key")] = true
			msgs := messages(t, r.body)
			if len(msgs) > 3 || slices.Contains(msgs, "poison") {
				return status(413), nil
			}
			taken = append(taken, msgs...)
			return status(200), nil
		}
		h := NewHandler("https://h/p", &Options{Options: log.options(), Client: tr.client(), Encoding: JSON})
		for _, m := range []string{"1", "2", "3", "4", "poison", "5", "6"} {
			_ = h.Handle(t.Context(), record1(m))
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if !slices.Equal(taken, []string{"1", "2", "3", "4", "5", "6"}) || len(keys) != len(tr.got()) {
			t.Error(taken, len(keys), len(tr.got()))
		}
		if errs := log.All(); len(errs) != 1 || !strings.Contains(errs[0].Error(), "1 records lost") {
			t.Error(errs)
		}
		wantStats(t, h, 6, 0, 1, 0)
	})
}

// TestTimeout: a request that hangs is one that failed.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log errorLog
		hang := func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		h := NewHandler("https://h/p", &Options{
			Options: log.options(), Client: &http.Client{Transport: roundTripper(hang)}, Timeout: 3 * time.Second, Retry: Retry{MaxElapsed: -1},
		})
		_ = h.Handle(t.Context(), record1("x"))
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if errs := log.All(); len(errs) != 1 || !errors.Is(errs[0], context.DeadlineExceeded) {
			t.Error(errs)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestToken: one that cannot be had now may be had later; one that cannot be sent never.
func TestToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log errorLog
		tr := new(transport)
		calls := 0
		h := NewHandler("https://h/p", &Options{
			Options: log.options(), Client: tr.client(),
			Token: func(context.Context) (string, error) {
				switch calls++; calls {
				case 1:
					return "", errors.New("vault is sealed")
				case 2:
					panic("vault is gone")
				case 4:
					return "a\r\nX: y", nil
				}
				return "good", nil
			},
		})
		_ = h.Handle(t.Context(), record1("x"))
		_ = h.Handle(t.Context(), record1("y"))
		if err := h.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if got := tr.got(); len(got) != 1 || got[0].header.Get("Authorization") != "Bearer good" {
			t.Error(got)
		}
		if errs := log.All(); len(errs) != 1 || !strings.Contains(errs[0].Error(), "control characters") {
			t.Error(errs)
		}
		wantStats(t, h, 1, 0, 1, 0)
	})
}

// TestSynchronous: Handle returns what came of its own request.
func TestSynchronous(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log errorLog
		tr := new(transport)
		tr.answer = func(n int, _ request) (*http.Response, error) {
			switch n {
			case 1:
				return status(503), nil
			case 2:
				return status(200), nil
			case 3:
				return status(404), nil
			}
			return status(500), nil
		}
		h := NewHandler("https://h/p", &Options{Options: log.options(), Client: tr.client(), Encoding: JSON, Synchronous: true})
		if err := h.Handle(t.Context(), record1("1")); err != nil {
			t.Error(err)
		}
		var se *StatusError
		if err := h.Handle(t.Context(), record1("2")); !errors.As(err, &se) || se.Code != 404 || err.Error() != "httpx: POST https://h/p: Not Found" {
			t.Error(err)
		}
		began := time.Now()
		if err := h.Handle(t.Context(), record1("3")); !errors.As(err, &se) || se.Code != 500 || time.Since(began) > 5*time.Second {
			t.Error(err, time.Since(began))
		}
		// A context that is done has the record tried, but not waited for.
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began, n := time.Now(), len(tr.got())
		if err := h.Handle(ctx, record1("4")); err == nil || time.Since(began) > 0 || len(tr.got()) != n+1 {
			t.Error(err, time.Since(began))
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		wantStats(t, h, 1, 0, 3, 0)
		if errs := log.All(); len(errs) != 3 {
			t.Error(errs)
		}
	})
}

// TestSynchronousClose: Close waits for what is being sent, and then no longer.
func TestSynchronousClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log errorLog
		tr := &transport{answer: always(503)}
		h := NewHandler("https://h/p", &Options{
			Options: log.options(), Client: tr.client(), Synchronous: true, CloseTimeout: time.Second, Retry: Retry{MaxElapsed: time.Hour},
		})
		result := make(chan error, 1)
		go func() { result <- h.Handle(context.Background(), record1("x")) }()
		synctest.Wait()
		began := time.Now()
		if err := h.Close(); err == nil || time.Since(began) != time.Second {
			t.Error(err)
		}
		if err := <-result; err == nil || time.Since(began) != time.Second {
			t.Error(err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		wantStats(t, h, 0, 0, 1, 0)
	})
}

// TestReentry: user code that logs through the very handler neither hangs nor recurses.
func TestReentry(t *testing.T) {
	for _, synchronous := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var h *Handler
			var logged atomic.Int64
			rt := func(*http.Request) (*http.Response, error) {
				if logged.Add(1) < 100 {
					slog.New(h).Info("about to send")
				}
				return nil, errors.New("refused")
			}
			var opts Options
			opts.ErrorHandler = func(context.Context, slog.Record, error) {
				if logged.Add(1) < 100 {
					slog.New(h).Error("failed")
				}
			}
			opts.Client, opts.Synchronous = &http.Client{Transport: roundTripper(rt)}, synchronous
			opts.Queue.Records = 1
			h = NewHandler("https://h/p", &opts)
			slog.New(h).Info("x")
			_ = h.Close()
			if s := h.Stats(); s.Waiting != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestPanics: of a RoundTripper, an encoder's user code and the ErrorHandler are errors, and no more.
func TestPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log errorLog
		n := 0
		rt := func(*http.Request) (*http.Response, error) {
			if n++; n < 3 {
				panic("no transport")
			}
			return status(200), nil
		}
		h := NewHandler("https://h/p", &Options{
			Options: log.options(), Client: &http.Client{Transport: roundTripper(rt)},
			MapRecord: func(r slog.Record) []slog.Attr {
				if r.Message == "bad" {
					panic("no map")
				}
				return nil
			},
		})
		if err := h.Handle(t.Context(), record1("bad")); err == nil || err.Error() != "httpx: panic: no map" {
			t.Error(err)
		}
		h2 := NewHandler("https://h/p", &Options{Options: log.options(), Client: &http.Client{Transport: roundTripper(rt)}, Encoding: JSON})
		if err := errors.Join(h2.Handle(t.Context(), record1("x")), h2.Close(), h.Close()); err != nil {
			t.Error(err)
		}
		wantStats(t, h2, 1, 0, 0, 0)
	})
}
