package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// visit sends the requests of a customer.
func visit(ctx context.Context, base string) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	card := url.Values{"card": {"4111 1111 1111 1111"}}.Encode()
	for _, v := range []struct{ method, path, body string }{
		{"GET", "/items/teapot", ""},
		{"POST", "/orders/teapot", card},
		{"POST", "/orders/unicorn", card},
	} {
		req, err := http.NewRequestWithContext(ctx, v.method, base+v.path, strings.NewReader(v.body))
		if err != nil {
			return err
		}
		req.SetBasicAuth("ann", "secret")
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	return nil
}

// show prints the log.
func show(out io.Writer, name string) error {
	log, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\n%s", log)
	return err
}
