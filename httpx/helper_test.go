package httpx

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var at = time.Date(2026, 3, 29, 12, 34, 56, 789, time.UTC)

// patience is for Synchronous handlers on a machine that is busy.
var patience = Retry{MaxElapsed: 2 * time.Minute}

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

// errorLog is an ErrorHandler that remembers.
type errorLog struct{ testkit.ErrorLog }

func (l *errorLog) options() slogx.Options { return slogx.Options{ErrorHandler: l.Handle} }

// failOnError returns options for tests in which there are no errors.
func failOnError(t *testing.T) slogx.Options { return slogx.Options{ErrorHandler: testkit.NoErrors(t)} }

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

// wantStats checks the counts, and that they add up.
func wantStats(t *testing.T, h *Handler, sent, dropped, failed, waiting int64) {
	t.Helper()
	s := h.Stats()
	if s.Sent != sent || s.Dropped != dropped || s.Failed != failed || s.Waiting != waiting || s.Handled != sent+dropped+failed+waiting {
		t.Errorf("%+v, want %d sent, %d dropped, %d failed, %d waiting", s, sent, dropped, failed, waiting)
	}
}

// linesTo is a handler that writes records as lines of JSON.
func linesTo(b *testkit.Buffer) slog.Handler {
	return slog.NewJSONHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug})
}
