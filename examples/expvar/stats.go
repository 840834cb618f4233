package main

import (
	"bytes"
	"context"
	"encoding/json"
	"expvar"
	"fmt"
	"io"
	"net/http"

	"github.com/slogkit-go/slogkit/rotate"
)

// logs has the Stats of each log file by its name. In a map of one's own a name can be set again, by the next handler of
// that file; expvar.Publish panics.
var logs = expvar.NewMap("logs")

func publish(name string, handler *rotate.Handler) {
	logs.Set(name, expvar.Func(func() any { return healthOf(handler.Stats()) }))
}

// health is the Stats and what of them is worth an alert.
type health struct {
	rotate.Stats

	// FailedRatio is which part of all records was not written: anything but 0 is a loss. To see that it goes on, compare
	// Failed with its value of a minute ago.
	FailedRatio float64

	// ErrorRatio is which part of what was tried in the background failed: rotation, compression, deletion. Nothing is
	// lost yet, but the disk may fill. Each is tried again, so this falls when the cause is gone.
	ErrorRatio float64

	// Backlog says that files wait to become backups. For a moment after a rotation that is in order; for minutes not.
	Backlog bool
}

func healthOf(s rotate.Stats) health {
	return health{
		Stats:       s,
		FailedRatio: ratio(s.Failed, s.Handled),
		ErrorRatio:  ratio(s.Errors, s.Errors+s.Rotations+s.Compressed+s.Deleted),
		Backlog:     s.Pending > 0,
	}
}

func ratio(part, all int64) float64 {
	if all == 0 {
		return 0 // JSON knows no NaN
	}
	return float64(part) / float64(all)
}

// show fetches what is published, as a monitor would, and prints the part that is about logs.
func show(ctx context.Context, out io.Writer, url string) error {
	vars, err := fetch(ctx, url)
	if err != nil {
		return err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, vars.raw, "", "  "); err != nil {
		return err
	}
	fmt.Fprintf(out, "\"logs\": %s\n", &pretty)
	for name, h := range vars.logs {
		if h.Failed > 0 || h.Errors > 0 || h.Backlog {
			fmt.Fprintf(out, "ALERT %s: %.1f%% of the records failed, %.1f%% of the work in the background; %d files pending\n",
				name, 100*h.FailedRatio, 100*h.ErrorRatio, h.Pending)
		}
	}
	return nil
}

// published is what /debug/vars says of logs.
type published struct {
	raw  json.RawMessage
	logs map[string]health
}

func fetch(ctx context.Context, url string) (p published, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return p, err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return p, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return p, fmt.Errorf("GET %s: %s", url, response.Status)
	}
	var vars struct{ Logs json.RawMessage }
	if err := json.NewDecoder(response.Body).Decode(&vars); err != nil {
		return p, err
	}
	p.raw = vars.Logs
	return p, json.Unmarshal(p.raw, &p.logs)
}
