package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func TestAlone(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), nil, &out); err != nil {
		t.Fatal(err)
	}
	first, log, _ := strings.Cut(out.String(), "\n\n")
	if !strings.HasPrefix(first, "serving http://127.0.0.1:") {
		t.Errorf("%q", first)
	}
	if n := strings.Count(log, "\n"); n != 7 {
		t.Errorf("%d records, want 7", n)
	}
	for _, want := range []string{
		`"stock":{"item":"teapot","left":3},"request_id":"r`, // the number at the root, though a group is open
		`"user":"guest","card":"REDACTED",`, `"request.user":"ann"`,
		`"err":"reserve unicorn: sold out","err.chain":[`,
		`"method":"POST","path":"/orders/unicorn","status":409,`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	if strings.Contains(log, "4111") {
		t.Errorf("a secret is in the log:\n%s", log)
	}
}

// TestRequests: many at a time, and each record says whose it is.
func TestRequests(t *testing.T) {
	name := filepath.Join(t.TempDir(), "shop.log")
	handler := newHandler(name)
	url, stop, err := serve("127.0.0.1:0", slog.New(handler))
	if err != nil {
		t.Fatal(err)
	}
	const customers = 40
	client := &http.Client{Transport: &http.Transport{}}
	var wg sync.WaitGroup
	for i := range customers {
		wg.Go(func() {
			req, _ := http.NewRequestWithContext(t.Context(), "GET", fmt.Sprintf("%s/items/%d", url, i), nil)
			req.SetBasicAuth(fmt.Sprint("user", i), "")
			resp, err := client.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			_ = resp.Body.Close()
		})
	}
	wg.Wait()
	client.CloseIdleConnections()
	stop()
	if err := slogx.Close(handler); err != nil {
		t.Fatal(err)
	}

	items, paths := map[string]string{}, map[string]string{} // by request
	for _, r := range records(t, name) {
		id := r["request_id"].(string)
		if stock, ok := r["stock"].(map[string]any); ok {
			items[id] = stock["item"].(string)
		} else {
			paths[id] = r["path"].(string)
		}
		if user := r["user"]; user != "user"+items[id] {
			t.Errorf("request %s of item %q is by %v", id, items[id], user)
		}
	}
	if len(items) != customers || len(paths) != customers {
		t.Errorf("%d and %d requests, want %d", len(items), len(paths), customers)
	}
	for id, item := range items {
		if paths[id] != "/items/"+item {
			t.Errorf("request %s: item %s, path %s", id, item, paths[id])
		}
	}
}

func records(t *testing.T, name string) (all []map[string]any) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r map[string]any
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// TestListen serves until it is interrupted, and keeps its log.
func TestListen(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	dir := t.TempDir()
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-listen", "127.0.0.1:0", "-dir", dir}, w)
		w.CloseWithError(io.EOF)
		ended <- err
	}()
	var url string
	line, _ := bufio.NewReader(r).ReadString('\n')
	if _, err := fmt.Sscanf(line, "serving %s", &url); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	if err := visit(t.Context(), strings.TrimSuffix(url, ",")); err != nil {
		t.Error(err)
	}
	interrupt()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("does not end")
	}
	if got := records(t, filepath.Join(dir, "shop.log")); len(got) != 7 {
		t.Errorf("%d records, want 7", len(got))
	}
}

func TestMistakes(t *testing.T) {
	for _, args := range [][]string{{"argument"}, {"-listen", "127.0.0.1:99999"}, {"-no-such-flag"}} {
		if err := run(t.Context(), args, io.Discard); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
