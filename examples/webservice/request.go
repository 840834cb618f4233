package main

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// requestKey is the key of a request's attributes in its context.
type requestKey struct{}

// requestAttrs returns what a record of the request in ctx has to say of it.
func requestAttrs(ctx context.Context) []slog.Attr {
	if ctx == nil {
		return nil
	}
	attrs, _ := ctx.Value(requestKey{}).([]slog.Attr)
	return attrs
}

var requests atomic.Int64

// logged serves as next does, gives each request a number and logs what came of it.
func logged(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		user, _, _ := r.BasicAuth()
		ctx := context.WithValue(r.Context(), requestKey{}, []slog.Attr{
			slog.String("request_id", "r"+strconv.FormatInt(requests.Add(1), 10)),
			slog.String("user", user),
		})
		status := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(status, r.WithContext(ctx))
		logger.InfoContext(ctx, "request", "method", r.Method, "path", r.URL.Path,
			"status", status.status, "took", time.Since(start).Round(time.Microsecond))
	})
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

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
