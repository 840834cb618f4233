package httpx

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/slogkit-go/slogkit/slogx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var at = time.Date(2026, 3, 29, 12, 34, 56, 789, time.UTC)

// patience is for Synchronous handlers on a machine that is busy.
var patience = Retry{MaxElapsed: 30 * time.Second}

// record1 is a record with a time that does not change.
func record1(msg string, attrs ...slog.Attr) slog.Record {
	r := slog.NewRecord(at, slog.LevelInfo, msg, 0)
	r.AddAttrs(attrs...)
	return r
}

// request is what a server got.
type request struct {
	method, uri, host string
	header            http.Header
	body              string // decompressed
}

// transport is an http.RoundTripper that answers by itself, so that a test can have a clock of its own.
type transport struct {
	mu       sync.Mutex
	requests []request
	times    []time.Time
	answer   func(n int, r request) (*http.Response, error) // n counts from 1; nil: 204
}

func (tr *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	got := request{method: r.Method, uri: r.URL.RequestURI(), host: r.Host, header: r.Header.Clone()}
	if r.Body != nil {
		got.body = readBody(r.Header, r.Body)
		_ = r.Body.Close()
	}
	tr.mu.Lock()
	tr.requests = append(tr.requests, got)
	tr.times = append(tr.times, time.Now())
	n := len(tr.requests)
	tr.mu.Unlock()
	if tr.answer == nil {
		return status(http.StatusNoContent), nil
	}
	return tr.answer(n, got)
}

func readBody(h http.Header, body io.Reader) string {
	if h.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			return err.Error()
		}
		body = z
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// got returns the requests so far.
func (tr *transport) got() []request {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return append([]request(nil), tr.requests...)
}

func (tr *transport) client() *http.Client { return &http.Client{Transport: tr} }

// status is an answer; header is name, value, ...
func status(code int, header ...string) *http.Response {
	r := &http.Response{
		StatusCode: code, Status: http.StatusText(code), ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")),
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// always answers each request with the same status.
func always(code int, header ...string) func(int, request) (*http.Response, error) {
	return func(int, request) (*http.Response, error) { return status(code, header...), nil }
}

// errorLog is an ErrorHandler.
type errorLog struct {
	mu   sync.Mutex
	errs []error
}

func (l *errorLog) handle(_ context.Context, _ slog.Record, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errs = append(l.errs, err)
}

func (l *errorLog) all() []error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]error(nil), l.errs...)
}

func (l *errorLog) options() slogx.Options { return slogx.Options{ErrorHandler: l.handle} }

// failOnError is an ErrorHandler for tests in which there are none.
func failOnError(t *testing.T) slogx.Options {
	t.Helper()
	return slogx.Options{ErrorHandler: func(_ context.Context, _ slog.Record, err error) { t.Error("ErrorHandler:", err) }}
}

func closing(t *testing.T, h *Handler) *Handler {
	t.Helper()
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// messages returns those of records in the wire form, or as slog.JSONHandler writes them.
func messages(t *testing.T, body string) (msgs []string) {
	t.Helper()
	var records []struct{ Msg string }
	if !strings.HasPrefix(body, "[") {
		body = "[" + strings.Join(strings.Split(strings.TrimSpace(body), "\n"), ",") + "]"
	}
	if err := json.Unmarshal([]byte(body), &records); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	for _, r := range records {
		msgs = append(msgs, r.Msg)
	}
	return msgs
}

// lines is what a handler writes to that keeps records as lines of JSON.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *lines) handler() slog.Handler {
	return slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})
}

// wantStats checks the counts, and that they add up.
func wantStats(t *testing.T, h *Handler, sent, dropped, failed, waiting int64) {
	t.Helper()
	s := h.Stats()
	if s.Sent != sent || s.Dropped != dropped || s.Failed != failed || s.Waiting != waiting || s.Handled != sent+dropped+failed+waiting {
		t.Errorf("%+v, want %d sent, %d dropped, %d failed, %d waiting", s, sent, dropped, failed, waiting)
	}
}
