package httpx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// TestConnections: Close leaves none, not even one of HTTP/2 with a request that hangs.
func TestConnections(t *testing.T) {
	for _, synchronous := range []bool{false, true} {
		for _, http2 := range []bool{false, true} {
			t.Run(fmt.Sprint(synchronous, http2), func(t *testing.T) {
				entered, closed := make(chan int, 10), make(chan struct{})
				server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the client has gone
					entered <- r.ProtoMajor
					<-r.Context().Done()
					panic(http.ErrAbortHandler) // an answer might still get through
				}))
				gone := sync.OnceFunc(func() { close(closed) })
				server.EnableHTTP2 = http2
				server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
					if s == http.StateClosed {
						gone()
					}
				}
				server.StartTLS()
				defer server.Close()
				h := NewHandler(server.URL, &Options{
					Options: slogx.Options{ErrorHandler: ignore}, Encoding: JSON, Batch: Batch{Age: -1}, Synchronous: synchronous,
					Timeout: time.Minute, Retry: patience,
				})
				h.client.http.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool(server)}
				var handling sync.WaitGroup
				handling.Go(func() { _ = h.Handle(t.Context(), record1("x")) })
				if major := <-entered; http2 != (major == 2) {
					t.Errorf("HTTP/%d", major)
				}
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				deadline, cancel := context.WithTimeout(ctx, time.Minute)
				defer cancel()
				if err := h.Shutdown(deadline); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				handling.Wait()
				select {
				case <-closed:
				case <-time.After(30 * time.Second):
					t.Error("the connection stays")
				}
				if c, err := h.client.conns.add(new(net.TCPConn)); !errors.Is(err, net.ErrClosed) {
					t.Error(c, err)
				}
			})
		}
	}
}

// TestCloseInside: Close within the ErrorHandler cannot wait for what waits, which is sent all the same.
func TestCloseInside(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.RawQuery, "msg=bad") {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	defer server.Close()
	var h *Handler
	ready, told := make(chan struct{}), make(chan error, 10)
	h = NewHandler(server.URL, &Options{
		Options: slogx.Options{ErrorHandler: func(_ context.Context, _ slog.Record, err error) {
			<-ready
			told <- errors.Join(err, h.Close())
		}},
		CloseTimeout: time.Minute,
	})
	for _, msg := range []string{"bad", "good", "good"} {
		if err := h.Handle(t.Context(), record1(msg)); err != nil {
			t.Error(err)
		}
	}
	close(ready)
	if err := <-told; !strings.Contains(err.Error(), "1 records lost") || !strings.Contains(err.Error(), "httpx: close: called by what") {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	wantStats(t, h, 2, 0, 1, 0)
}
