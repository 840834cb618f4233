//go:build !windows

package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/slogkit-go/slogkit/httpx"
	"github.com/slogkit-go/slogkit/slogx"
)

// A Poster sends records to a web server, several in each request.
type Poster struct {
	Name  string
	Batch int // records in a request
	Post  func(url string, c Case, n int) error
}

// Posters are slogkit's handler and a bare http.Client that sends the same bytes without having to make them, one record
// a request and a thousand.
func Posters() []Poster {
	var all []Poster
	for _, batch := range []int{1, 1000} {
		name := fmt.Sprintf(", %d a request", batch)
		all = append(all,
			Poster{"http.Client" + name, batch, func(url string, c Case, n int) error { return postBytes(url, c, n, batch) }},
			Poster{"slogkit httpx" + name, batch, func(url string, c Case, n int) error { return postRecords(url, c, n, batch) }})
	}
	return all
}

// postRecords waits for the answer to each request of a single record, as a bare client does.
func postRecords(url string, c Case, n, batch int) error {
	h := httpx.NewHandler(url, &httpx.Options{
		Encoding: httpx.NDJSON, Synchronous: batch == 1, Batch: httpx.Batch{Records: batch},
		Queue: httpx.Queue{BlockTimeout: -1}, CloseTimeout: time.Minute,
	})
	l := slog.New(h)
	if c.Prepare != nil {
		l = c.Prepare(l)
	}
	c.Log(l, n)
	if err := slogx.Close(h); err != nil {
		return err
	}
	if s := h.Stats(); s.Sent != int64(n) {
		return fmt.Errorf("%d of %d records sent: %+v", s.Sent, n, s)
	}
	return nil
}

func postBytes(url string, c Case, n, batch int) error {
	body, err := bodyOf(c, batch)
	if err != nil {
		return err
	}
	transport := new(http.Transport)
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport}
	for range n / batch {
		answer, err := client.Post(url, "application/x-ndjson", bytes.NewReader(body))
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusNoContent {
			return fmt.Errorf("answer %s", answer.Status)
		}
	}
	return nil
}

var bodies sync.Map // of [2]any{Case.Name, batch}

// bodyOf returns what httpx sends for so many records.
func bodyOf(c Case, batch int) ([]byte, error) {
	key := [2]any{c.Name, batch}
	if body, ok := bodies.Load(key); ok {
		return body.([]byte), nil
	}
	var body []byte
	keep := func(r *http.Request) (answer *http.Response, err error) {
		body, err = io.ReadAll(r.Body)
		return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody}, err
	}
	h := httpx.NewHandler("http://localhost/", &httpx.Options{
		Encoding: httpx.NDJSON, Batch: httpx.Batch{Records: batch, Age: time.Hour}, Client: &http.Client{Transport: roundTripper(keep)},
	})
	l := slog.New(h)
	if c.Prepare != nil {
		l = c.Prepare(l)
	}
	c.Log(l, batch)
	if err := h.Shutdown(context.Background()); err != nil {
		return nil, err
	}
	if n := bytes.Count(body, []byte("\n")); n != batch {
		return nil, fmt.Errorf("%d records in a request, want %d", n, batch)
	}
	bodies.Store(key, body)
	return body, nil
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// requests serves HTTP, and counts records as it answers.
func (c *counter) requests(l net.Listener) {
	server := http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			c.add(bytes.Count(body, []byte(message)))
			w.WriteHeader(http.StatusNoContent)
		}),
		ReadHeaderTimeout: time.Minute,
	}
	_ = server.Serve(l)
}
