package httpx

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestSlogtest: slog's contract, through a receiver, in each encoding that keeps structure.
func TestSlogtest(t *testing.T) {
	for name, opts := range map[string]Options{
		"JSON":               {Encoding: JSON},
		"NDJSON":             {Encoding: NDJSON},
		"JSON, gzip":         {Encoding: JSON, Gzip: true},
		"NDJSON, Format":     {Encoding: NDJSON, Options: slogx.Options{Format: slogx.JSON}},
		"JSON, foreign":      {Encoding: JSON, Options: slogx.Options{Format: slogx.FormatOf(slog.NewJSONHandler)}},
		"NDJSON, by oneself": {Encoding: NDJSON, Synchronous: true},
		"JSON, ReplaceAttr": {Encoding: JSON, Options: slogx.Options{
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr { return a },
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var out testkit.Buffer
			server := httptest.NewServer(NewReceiver(linesTo(&out), nil))
			defer server.Close()
			opts.ErrorHandler = failOnError(t).ErrorHandler
			opts.CloseTimeout, opts.Retry = time.Minute, patience
			var h *Handler
			slogtest.Run(t, func(t *testing.T) slog.Handler {
				out.Take()
				h = closing(t, NewHandler(server.URL, &opts))
				return h
			}, func(t *testing.T) map[string]any {
				if err := h.Flush(); err != nil {
					t.Fatal(err)
				}
				return testkit.ParseJSON(t, out.String())
			})
		})
	}
}

// TestSameRecord: what comes out of the receiver is what went in: kinds, the order of attributes, duplicate keys, groups.
func TestSameRecord(t *testing.T) {
	log := func(h slog.Handler) {
		l := slog.New(h).With("a", 1, "a", 2).WithGroup("g").With("b", uint64(1<<63))
		l.Warn("naïve\n\"漢字\" \u2028", "z", 1.5, "t", at, "d", at.Sub(at.Add(-1)), "bool", true, "nil", nil,
			slog.Group("h", "x", []string{"1", "2"}), "e", http.ErrNoCookie, "bytes", []byte{0, 255})
	}
	var want testkit.Buffer
	drop := func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Time(slog.TimeKey, at)
		}
		return a
	}
	log(slog.NewJSONHandler(&want, &slog.HandlerOptions{ReplaceAttr: drop}))
	for _, encoding := range []Encoding{JSON, NDJSON} {
		for _, format := range []slogx.Format{nil, slogx.JSON} {
			var got testkit.Buffer
			server := httptest.NewServer(NewReceiver(slog.NewJSONHandler(&got, nil), nil))
			opts := &Options{Encoding: encoding, Options: failOnError(t), CloseTimeout: time.Minute}
			opts.ReplaceAttr, opts.Format = drop, format
			h := NewHandler(server.URL, opts)
			log(h)
			if err := h.Close(); err != nil {
				t.Error(err)
			}
			server.Close()
			if got.String() != want.String() {
				t.Errorf("%v, own format %v:\ngot  %swant %s", encoding, format != nil, got.String(), want.String())
			}
		}
	}
}
