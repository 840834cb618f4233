package httpx_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/slogkit-go/slogkit/httpx"
	"github.com/slogkit-go/slogkit/slogx"
)

// noTime leaves out what differs each time.
func noTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// Records go to a server in batches, and are there what they were here.
func Example() {
	out := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: noTime})
	server := httptest.NewServer(httpx.NewReceiver(out, nil))
	defer server.Close()

	h := httpx.NewHandler(server.URL, &httpx.Options{Encoding: httpx.NDJSON, Gzip: true})
	l := slog.New(h).With("service", "shop")
	l.Info("started", "port", 8080)
	l.Warn("slow", slog.Group("query", "table", "orders", "took", "1.2s"))
	if err := slogx.Close(h); err != nil {
		fmt.Println(err)
	}
	// Output:
	// level=INFO msg=started service=shop port=8080
	// level=WARN msg=slow service=shop query.table=orders query.took=1.2s
}

// What Python's HTTPHandler sends, with fields of one's own.
func ExampleOptions_mapRecord() {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL)
	}))
	defer server.Close()

	h := httpx.NewHandler(server.URL+"/log", &httpx.Options{
		Synchronous: true,
		MapRecord: func(r slog.Record) []slog.Attr {
			return []slog.Attr{slog.String("text", r.Message), slog.Int("severity", slogx.PythonLevel(r.Level))}
		},
	})
	defer slogx.Close(h)
	slog.New(h).Error("disk full")
	// Output:
	// GET /log?text=disk+full&severity=40
}

// A receiver that wants to know who sends. The sender is told, as it cannot know that its records are lost otherwise.
func ExampleNewReceiver() {
	receiver := httpx.NewReceiver(slog.NewTextHandler(os.Stdout, nil), &httpx.ReceiverOptions{
		Authenticate: func(r *http.Request) error {
			if user, password, _ := r.BasicAuth(); user != "shop" || password != os.Getenv("LOG_PASSWORD") {
				return errors.New("unknown")
			}
			return nil
		},
	})
	server := httptest.NewTLSServer(receiver)
	defer server.Close()

	h := httpx.NewHandler(server.URL, &httpx.Options{
		Encoding: httpx.JSON,
		Client:   server.Client(),
		Username: "somebody",
		Options: slogx.Options{ErrorHandler: func(_ context.Context, _ slog.Record, err error) {
			var status *httpx.StatusError
			if errors.As(err, &status) {
				fmt.Println(status)
			}
		}},
	})
	slog.New(h).Info("hello")
	if err := slogx.Close(h); err != nil {
		fmt.Println(err)
	}
	fmt.Println(h.Stats().Failed)
	// Output:
	// 401 Unauthorized: "unauthorized"
	// 1
}
