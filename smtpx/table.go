package smtpx

import (
	"fmt"
	"html"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/slogkit-go/slogkit/internal/encode"
	"github.com/slogkit-go/slogkit/internal/safe"
)

// table makes the HTML part: a table for each record. Nothing in it comes from elsewhere, and nothing in a record is
// more than text.
type table struct {
	source  bool
	replace func([]string, slog.Attr) slog.Attr // nil: none
	most    int                                 // bytes of records
}

const (
	pageHead = `<!DOCTYPE html><html><head><meta charset="utf-8"></head><body style="font-family:sans-serif">` + "\n"
	pageTail = "</body></html>\n"

	tableHead = `<table border="1" cellspacing="0" cellpadding="4" style="border-collapse:collapse;margin-bottom:1em">` + "\n"
	tableTail = "</table>\n"
	rowForm   = `<tr><th align="left" valign="top">%s</th><td style="white-space:pre-wrap">%s</td></tr>` + "\n"
)

// page returns the part for records of which it shows as many as there is room for, under a note.
func (t table) page(note string, records []slog.Record) string {
	var b strings.Builder
	b.WriteString(pageHead)
	if note != "" {
		b.WriteString("<p>" + escape(note) + "</p>\n")
	}
	for i, r := range records {
		one := t.record(r)
		if i > 0 && b.Len()+len(one) > t.most {
			fmt.Fprintf(&b, "<p>%d more in the text</p>\n", len(records)-i)
			break
		}
		b.WriteString(one)
	}
	b.WriteString(pageTail)
	return b.String()
}

// title returns level and message, as ReplaceAttr has them: what it takes out is not to be in the subject either.
func (t table) title(r slog.Record) string {
	level, message := t.replaced(nil, slog.Any(slog.LevelKey, r.Level)), t.replaced(nil, slog.String(slog.MessageKey, r.Message))
	var parts []string
	for _, a := range []slog.Attr{level, message} {
		if !a.Equal(slog.Attr{}) {
			parts = append(parts, valueText(a.Value))
		}
	}
	return strings.Join(parts, ": ")
}

func (t table) record(r slog.Record) string {
	w := rows{table: t}
	if !r.Time.IsZero() {
		w.attr(nil, slog.Time(slog.TimeKey, r.Time), 0)
	}
	w.attr(nil, slog.Any(slog.LevelKey, r.Level), 0)
	if src := r.Source(); t.source && src != nil {
		w.attr(nil, slog.Any(slog.SourceKey, src), 0)
	}
	w.attr(nil, slog.String(slog.MessageKey, r.Message), 0)
	r.Attrs(func(a slog.Attr) bool {
		w.attr(nil, a, 0)
		return true
	})
	if w.cut {
		w.row("…", "and more")
	}
	return tableHead + w.b.String() + tableTail
}

// rows are those of one record.
type rows struct {
	table
	b   strings.Builder
	cut bool // there was no room for some
}

const maxDepth = 100 // of groups

// attr adds a row for a, or one for each of a group.
func (w *rows) attr(groups []string, a slog.Attr, depth int) {
	if w.b.Len() > w.most {
		w.cut = true
		return
	}
	a.Value = a.Value.Resolve()
	if a.Value.Kind() != slog.KindGroup {
		a = w.replaced(groups, a)
	}
	switch {
	case a.Equal(slog.Attr{}):
	case a.Value.Kind() != slog.KindGroup:
		w.row(strings.Join(append(slices.Clip(groups), a.Key), "."), valueText(a.Value))
	case depth == maxDepth:
		w.row(strings.Join(groups, "."), "!ERROR:nested too deeply")
	default:
		if a.Key != "" {
			groups = append(slices.Clip(groups), a.Key)
		}
		for _, member := range a.Value.Group() {
			w.attr(groups, member, depth+1)
		}
	}
}

// replaced returns what ReplaceAttr makes of a. Its panic shows in place of the value: the text part has told of it.
func (t table) replaced(groups []string, a slog.Attr) (r slog.Attr) {
	if t.replace == nil {
		return a
	}
	err := safe.Do(func() error {
		r = t.replace(groups, a)
		r.Value = r.Value.Resolve()
		return nil
	})
	if err != nil {
		return slog.String(a.Key, "!PANIC: ReplaceAttr")
	}
	return r
}

func (w *rows) row(name, value string) {
	const mostOfName = 1000 // bytes
	fmt.Fprintf(&w.b, rowForm, escape(shorten(name, min(w.most, mostOfName))), escape(shorten(value, w.most)))
}

func escape(s string) string { return html.EscapeString(printable(s)) }

// valueText is what Text writes for v, before it is quoted.
func valueText(v slog.Value) string {
	switch v.Kind() {
	case slog.KindTime:
		return v.Time().Format(time.RFC3339Nano)
	case slog.KindAny:
		return encode.AnyString(v.Any())
	default:
		return v.String()
	}
}
