package httpx

import (
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// TestStatsMeanwhile: the counts add up while records are sent, and none seems to have failed.
func TestStatsMeanwhile(t *testing.T) {
	tr := roundTripper(func(r *http.Request) (*http.Response, error) { return status(204), r.Body.Close() })
	h := NewHandler("https://h/", &Options{
		Options: failOnError(t), Encoding: JSON, Client: &http.Client{Transport: tr}, Batch: Batch{Records: 100},
		Queue: Queue{BlockTimeout: -1}, CloseTimeout: time.Minute,
	})
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if s := h.Stats(); s.Failed > 0 || s.Handled != s.Sent+s.Dropped+s.Waiting {
				t.Errorf("%+v", s)
				return
			}
		}
	}()
	const n = 50_000
	for range n {
		if err := h.Handle(t.Context(), record1("x")); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	<-done
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	wantStats(t, h, n, 0, 0, 0)
}

// TestLateAnswer: what Close gives up, since a RoundTripper hangs, counts as dropped, and as sent once it is.
func TestLateAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr, gate := new(transport), make(chan struct{})
		tr.answer = func(int, request) (*http.Response, error) { <-gate; return status(204), nil }
		h := NewHandler("https://h/", &Options{Options: failOnError(t), Client: tr.client(), Encoding: JSON})
		for range 3 {
			_ = h.Handle(t.Context(), record1("x"))
		}
		if err := h.Close(); err == nil {
			t.Error("nothing was lost")
		}
		wantStats(t, h, 0, 3, 0, 0)
		close(gate)
		synctest.Wait()
		wantStats(t, h, 3, 0, 0, 0)
	})
}

// TestGoexit: records fail whose RoundTripper ends the goroutine; those after them do not.
func TestGoexit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log errorLog
		tr := new(transport)
		tr.answer = func(n int, r request) (*http.Response, error) {
			switch {
			case n == 1:
				return status(413), nil
			case n == 3:
				runtime.Goexit()
			}
			return status(204), nil
		}
		h := NewHandler("https://h/", &Options{Options: log.options(), Client: tr.client(), Encoding: JSON, Batch: Batch{Records: 3}})
		for range 4 {
			_ = h.Handle(t.Context(), record1("x"))
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		wantStats(t, h, 2, 0, 2, 0)
		if errs := log.All(); len(errs) != 1 {
			t.Error(errs)
		}
	})
}
