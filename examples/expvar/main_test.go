package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/rotate"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func TestAlone(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), nil, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"serving http://127.0.0.1:", `"Handled": 201,`, `"Failed": 20,`, `"Pending": 0,`, `"FailedRatio": 0.099`,
		"ALERT app.log: 10.0% of the records failed, 0.0% of the work in the background; 0 files pending",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
}

// listening runs the program until the test ends, and returns where it serves.
func listening(t *testing.T) (url string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-listen", "127.0.0.1:0"}, w)
		w.CloseWithError(io.EOF)
		ended <- err
	}()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Error("does not end")
		}
		if _, err := fetch(context.Background(), url); err == nil {
			t.Error("still serving")
		}
	})
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "serving "); ok {
			url = rest
		}
		if strings.HasPrefix(lines.Text(), "logging to ") {
			return url
		}
	}
	t.Fatalf("ended, serving %q", url)
	return ""
}

func get(t *testing.T, url string) health {
	t.Helper()
	vars, err := fetch(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	h, ok := vars.logs["app.log"]
	if !ok {
		t.Fatalf("no app.log: %s", vars.raw)
	}
	return h
}

func TestListen(t *testing.T) {
	url := listening(t)
	first := get(t, url)
	if first.Handled != first.Written+first.Failed || first.Rotations < 3 || first.Failed != 20 || first.Pending != 0 {
		t.Errorf("%+v", first)
	}
	if second := get(t, url); second.Handled != first.Handled+1 || second.FailedRatio >= first.FailedRatio {
		t.Errorf("%+v, after one more record %+v", first, second)
	}
	other, err := http.Get(strings.TrimSuffix(url, "/debug/vars"))
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer other.Body.Close()
	if other.StatusCode != http.StatusNotFound {
		t.Errorf("elsewhere: %s", other.Status)
	}
}

func TestHealth(t *testing.T) {
	for _, c := range []struct {
		stats rotate.Stats
		want  health
	}{
		{rotate.Stats{}, health{}},
		{rotate.Stats{Handled: 10, Written: 10, Rotations: 3}, health{}},
		{rotate.Stats{Handled: 10, Written: 5, Buffered: 1, Failed: 4}, health{FailedRatio: 0.4}},
		{rotate.Stats{Rotations: 1, Compressed: 1, Deleted: 1, Errors: 1}, health{ErrorRatio: 0.25}},
		{rotate.Stats{Pending: 2, Errors: 1}, health{ErrorRatio: 1, Backlog: true}},
	} {
		c.want.Stats = c.stats
		if got := healthOf(c.stats); got != c.want {
			t.Errorf("%+v, want %+v", got, c.want)
		}
	}
}

func TestMistakes(t *testing.T) {
	for _, args := range [][]string{{"argument"}, {"-listen", "127.0.0.1:99999"}} {
		if err := run(t.Context(), args, io.Discard); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
