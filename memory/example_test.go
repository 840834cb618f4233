package memory_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/slogkit-go/slogkit/memory"
	"github.com/slogkit-go/slogkit/slogx"
)

// stdout returns a handler that prints records of this level and above, without the time.
func stdout(level slog.Level) slog.Handler {
	return slogx.Text(os.Stdout, &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
}

func ExampleNewHandler() {
	handler := memory.NewHandler(100, stdout(slog.LevelInfo), &memory.Options{
		Options:        slogx.Options{Level: slog.LevelDebug}, // below that of the target: details come with errors only
		DiscardOnClose: true,
	})
	defer handler.Close()

	logger := slog.New(handler).With("job", 7)
	logger.Debug("read", "rows", 12)
	logger.Debug("transformed", "rows", 11)
	logger.Error("cannot store", "err", errors.New("disk full"))
	logger.Debug("retrying")
	// Output:
	// level=DEBUG msg=read job=7 rows=12
	// level=DEBUG msg=transformed job=7 rows=11
	// level=ERROR msg="cannot store" job=7 err="disk full"
}

// Log before it is known where to.
func ExampleHandler_SetTarget() {
	early := memory.NewHandler(1, nil, nil)
	logger := slog.New(early).With("app", "shop")
	logger.Info("reading configuration")

	early.SetTarget(stdout(slog.LevelInfo)) // as the configuration says
	logger.Info("ready")
	// Output:
	// level=INFO msg="reading configuration" app=shop
	// level=INFO msg=ready app=shop
}

func ExampleNewBufferingHandler() {
	send := func(_ context.Context, records []slog.Record) error {
		fmt.Println("a message of", len(records), "records:")
		for _, r := range records {
			fmt.Println("-", r.Message)
		}
		return nil
	}
	handler := memory.NewBufferingHandler(3, send, nil)
	logger := slog.New(handler)
	for i := range 5 {
		logger.Info(fmt.Sprint("user ", i, " signed up"))
	}
	handler.Close()
	// Output:
	// a message of 3 records:
	// - user 0 signed up
	// - user 1 signed up
	// - user 2 signed up
	// a message of 2 records:
	// - user 3 signed up
	// - user 4 signed up
}

// Middleware for net/http: each request is an operation, and fails with a status of 500 or above, or a panic.
func ExampleNewScoped() {
	logger := slog.New(memory.NewScoped(stdout(slog.LevelInfo), nil))

	scope := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = memory.Do(r.Context(), func(ctx context.Context) error {
				sw := &statusWriter{ResponseWriter: w, status: http.StatusOK}
				next.ServeHTTP(sw, r.WithContext(ctx))
				if sw.status >= http.StatusInternalServerError {
					return errors.New(http.StatusText(sw.status))
				}
				return nil
			})
		})
	}
	server := httptest.NewServer(scope(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		logger.DebugContext(r.Context(), "looking up", "path", r.URL.Path)
		if r.URL.Path == "/broken" {
			logger.DebugContext(r.Context(), "no answer from the database")
			w.WriteHeader(http.StatusBadGateway)
		}
		logger.InfoContext(r.Context(), "served", "path", r.URL.Path)
	})))
	defer server.Close()

	for _, path := range []string{"/fine", "/broken", "/fine"} {
		if resp, err := http.Get(server.URL + path); err == nil {
			resp.Body.Close()
		}
	}
	// Output:
	// level=INFO msg=served path=/fine
	// level=INFO msg=served path=/broken
	// level=DEBUG msg="looking up" path=/broken
	// level=DEBUG msg="no answer from the database"
	// level=INFO msg=served path=/fine
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func ExampleBegin() {
	logger := slog.New(memory.NewScoped(stdout(slog.LevelInfo), nil))

	ctx, op := memory.Begin(context.Background())
	defer op.End(nil)

	for _, item := range []string{"apple", "stone", "pear"} {
		_ = memory.Do(ctx, func(ctx context.Context) error { // an operation within: one item
			logger.DebugContext(ctx, "peeling", "item", item)
			if item == "stone" {
				logger.ErrorContext(ctx, "too hard", "item", item)
			}
			return nil
		})
	}
	logger.InfoContext(ctx, "done")
	// Output:
	// level=DEBUG msg=peeling item=stone
	// level=ERROR msg="too hard" item=stone
	// level=INFO msg=done
}
