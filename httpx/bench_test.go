package httpx

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// sinkhole is a server that reads and forgets.
func sinkhole(b *testing.B) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNoContent)
	}))
	b.Cleanup(s.Close)
	return s
}

const batchLen = 1000

// captured returns the body of a request with n records.
func captured(b *testing.B, n int) []byte {
	b.Helper()
	tr := new(transport)
	h := NewHandler("https://h/", &Options{Encoding: NDJSON, Client: tr.client(), Batch: Batch{Records: n, Bytes: 8 << 20, Age: time.Hour}})
	logFive(slog.New(h), n)
	if err := h.Close(); err != nil {
		b.Fatal(err)
	}
	return []byte(tr.got()[0].body)
}

func logFive(l *slog.Logger, n int) {
	for range n {
		l.Info("request served", "method", "GET", "path", "/index.html", "status", 200, "took", 1500*time.Microsecond, "bytes", 5120)
	}
}

// BenchmarkOne is a record per request: by a bare http.Client, and by a Synchronous handler.
func BenchmarkOne(b *testing.B) {
	b.Run("http.Client", func(b *testing.B) { bare(b, captured(b, 1), 1) })
	b.Run("httpx", func(b *testing.B) {
		h := NewHandler(sinkhole(b).URL, &Options{Encoding: NDJSON, Synchronous: true})
		l := slog.New(h)
		for b.Loop() {
			logFive(l, 1)
		}
		finish(b, h)
	})
}

// BenchmarkBatch is a thousand records per request; ns/op are those of one record.
func BenchmarkBatch(b *testing.B) {
	b.Run("http.Client", func(b *testing.B) { bare(b, captured(b, batchLen), batchLen) })
	for name, o := range map[string]Options{"httpx": {}, "httpx JSON": {Options: slogx.Options{Format: slogx.JSON}}, "httpx gzip": {Gzip: true}} {
		b.Run(name, func(b *testing.B) {
			o.Encoding, o.Queue.BlockTimeout, o.CloseTimeout = NDJSON, -1, time.Minute
			h := NewHandler(sinkhole(b).URL, &o)
			l := slog.New(h)
			b.ResetTimer()
			logFive(l, b.N)
			finish(b, h)
		})
	}
}

func finish(b *testing.B, h *Handler) {
	if err := h.Close(); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	if s := h.Stats(); s.Sent != s.Handled {
		b.Fatalf("%+v", s)
	}
}

// bare posts the same bytes for each records records.
func bare(b *testing.B, body []byte, records int) {
	url := sinkhole(b).URL
	client := http.Client{Transport: new(http.Transport)}
	defer client.CloseIdleConnections()
	b.ResetTimer()
	for n := 0; n < b.N; n += records {
		r, err := client.Post(url, "application/x-ndjson", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
}
