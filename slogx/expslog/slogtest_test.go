package expslog_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/slogtest"

	xslog "golang.org/x/exp/slog"
	xslogtest "golang.org/x/exp/slog/slogtest"

	"github.com/slogkit-go/slogkit/slogx/expslog"
)

// A standard handler behind two bridges passes the standard suite.
func TestSlogtestRoundTrip(t *testing.T) {
	var buf bytes.Buffer
	h := stdRoundTrip(slog.NewJSONHandler(&buf, &slog.HandlerOptions{AddSource: true}))
	results := func() []map[string]any { return parseLines(t, buf.Bytes()) }
	if err := slogtest.TestHandler(h, results); err != nil {
		t.Error(err)
	}
}

// A standard handler behind FromStd passes x/exp's suite.
func TestExpSlogtestFromStd(t *testing.T) {
	var buf bytes.Buffer
	h := expslog.FromStd(slog.NewJSONHandler(&buf, nil))
	results := func() []map[string]any { return parseLines(t, buf.Bytes()) }
	if err := xslogtest.TestHandler(h, results); err != nil {
		t.Error(err)
	}
}

// An x/exp handler behind two bridges passes x/exp's suite.
func TestExpSlogtestRoundTrip(t *testing.T) {
	var buf bytes.Buffer
	h := expRoundTrip(xslog.NewJSONHandler(&buf, nil))
	results := func() []map[string]any { return parseLines(t, buf.Bytes()) }
	if err := xslogtest.TestHandler(h, results); err != nil {
		t.Error(err)
	}
}

// An x/exp handler behind ToStd passes the standard suite, but for the checks
// that are younger than x/exp and that its handlers do not know of.
func TestSlogtestToStd(t *testing.T) {
	want := []string{
		`unexpected key "H": a Handler should not output groups if there are no attributes`,
		`unexpected key "H": a Handler should not output nested groups if there are no attributes`,
	}
	for _, addSource := range []bool{false, true} {
		var buf bytes.Buffer
		h := expslog.ToStd(xslog.NewJSONHandler(&buf, &xslog.HandlerOptions{AddSource: addSource}))
		results := func() []map[string]any { return parseLines(t, buf.Bytes()) }
		got := failures(slogtest.TestHandler(h, results))
		if !slices.Equal(got, want) {
			t.Errorf("AddSource %v: failed checks:\n%s\nwant:\n%s", addSource, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// failures lists the errors in a joined one, without file positions.
func failures(err error) []string {
	if err == nil {
		return nil
	}
	var msgs []string
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		msg, _, _ := strings.Cut(e.Error(), " (")
		msgs = append(msgs, msg)
	}
	return msgs
}
