package factory_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

// record is a record without time or source.
func record(msg string, attrs ...slog.Attr) slog.Record {
	r := slog.NewRecord(time.Time{}, slog.LevelInfo, msg, 0)
	r.AddAttrs(attrs...)
	return r
}

func attrsOf(r slog.Record) (attrs []slog.Attr) {
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	return attrs
}

// formats are handlers to be under a Handler: ours, which take injected attributes, and others.
var formats = []struct {
	name string
	make func(io.Writer) slog.Handler
}{
	{"slogx.JSON", func(w io.Writer) slog.Handler { return slogx.JSON(w, nil) }},
	{"slogx.Text", func(w io.Writer) slog.Handler { return slogx.Text(w, nil) }},
	{"slog.JSON", func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) }},
	{"slog.Text", func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) }},
	{"Stream", func(w io.Writer) slog.Handler {
		return slogx.NewStreamHandler(w, &slogx.StreamOptions{Options: slogx.Options{Format: slogx.JSON}})
	}},
}

// openFile returns a rotate.Handler on a new file.
func openFile(t *testing.T, o slogx.Options) *rotate.Handler {
	t.Helper()
	h := rotate.NewHandler(filepath.Join(t.TempDir(), "log"), &rotate.Options{Options: o})
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// A kindOfLayer is a way to add attributes.
type kindOfLayer struct {
	name string
	make func(...slog.Attr) factory.Factory
}

var kinds = []kindOfLayer{
	{"Attrs", factory.Attrs},
	{"FromContext", fromContext},
	{"function", addAttrs},
}

func fromContext(attrs ...slog.Attr) factory.Factory {
	return factory.FromContext(func(context.Context) []slog.Attr { return attrs })
}

func addAttrs(attrs ...slog.Attr) factory.Factory {
	return func(_ context.Context, r slog.Record) slog.Record {
		r.AddAttrs(attrs...)
		return r
	}
}

// unchanged is a ReplaceAttr.
func unchanged(_ []string, a slog.Attr) slog.Attr { return a }

// textOf returns what h writes as Text for the record, and what Handle returns. Level and message "m" are left out.
func textOf(t *testing.T, wrap func(slog.Handler) slog.Handler, attrs ...slog.Attr) (string, error) {
	t.Helper()
	var buf bytes.Buffer
	err := wrap(slogx.Text(&buf, nil)).Handle(t.Context(), record("m", attrs...))
	line, ok := strings.CutPrefix(buf.String(), "level=INFO msg=m")
	if !ok || strings.Count(line, "\n") != 1 {
		t.Errorf("got %q", buf.String())
	}
	return strings.TrimSpace(line), err
}

// jsonOf returns the attributes that handlers which write JSON write for the record, ours and log/slog's alike.
func jsonOf(t *testing.T, wrap func(slog.Handler) slog.Handler, attrs ...slog.Attr) string {
	t.Helper()
	var ours, theirs bytes.Buffer
	for _, h := range []slog.Handler{slogx.JSON(&ours, nil), slog.NewJSONHandler(&theirs, nil)} {
		if err := wrap(h).Handle(t.Context(), record("m", attrs...)); err != nil {
			t.Error(err)
		}
	}
	if ours.String() != theirs.String() {
		t.Errorf("over slogx.JSON %sover slog.JSONHandler %s", &ours, &theirs)
	}
	line := strings.TrimPrefix(ours.String(), `{"level":"INFO","msg":"m"`)
	return strings.TrimPrefix(strings.TrimSuffix(line, "}\n"), ",")
}

// lineWriter keeps the lines that it is given.
type lineWriter struct {
	mu    sync.Mutex
	lines []string
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, string(p))
	return len(p), nil
}

// complaints collects what ErrorHandlers are told.
type complaints struct{ testkit.ErrorLog }

// want checks what was told since the last time.
func (c *complaints) want(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, err := range c.Take() {
		got = append(got, err.Error())
	}
	if !slices.Equal(got, want) {
		t.Errorf("ErrorHandler was told\n\t%q, want\n\t%q", got, want)
	}
}

// archive keeps records as they come, as an asynchronous handler would.
type archive struct {
	kept *[]kept
	with []slog.Attr
}

type kept struct {
	slog.Record
	copy []slog.Attr // at that time
}

func newArchive() *archive { return &archive{kept: new([]kept)} }

func (a *archive) Enabled(context.Context, slog.Level) bool { return true }

func (a *archive) Handle(_ context.Context, r slog.Record) error {
	*a.kept = append(*a.kept, kept{r, attrsOf(r)})
	return nil
}

func (a *archive) WithAttrs(attrs []slog.Attr) slog.Handler { return &archive{a.kept, attrs} }
func (a *archive) WithGroup(string) slog.Handler            { return &archive{a.kept, nil} }
