package encode

import (
	"log/slog"
	"testing"
	"time"
)

// Records that are formatted one after the other on a Line are what they are alone, whatever the ones before have left: open
// groups, prefixes, or a panic in the middle.
func TestNext(t *testing.T) {
	replace := func(groups []string, a slog.Attr) slog.Attr {
		if a.Key == "panics" {
			panic("ReplaceAttr")
		}
		return slog.Attr{Key: a.Key, Value: slog.AnyValue(append([]string{a.Value.String()}, groups...))}
	}
	empty := slog.Group("empty", slog.Group("", slog.Attr{}))
	for _, opts := range []*slog.HandlerOptions{nil, {AddSource: true}, {ReplaceAttr: replace}} {
		for name, root := range map[string]*Handler{"JSON": NewJSON(nil, opts), "Text": NewText(nil, opts)} {
			var handlers []*Handler
			for _, h := range []*Handler{root, root.Group("g"), root.With([]slog.Attr{slog.Int("a", 1)}).Group("g").Group("h").With([]slog.Attr{slog.Int("b", 2)})} {
				handlers = append(handlers, h, h.Group("open"))
			}
			var records []slog.Record
			for _, attrs := range [][]slog.Attr{
				nil,
				{slog.Int("n", 1)},
				{slog.Group("x", slog.Group("y", slog.Int("n", 1)))},
				{empty},
				{empty, slog.Int("n", 1)},
				{slog.Group("x", slog.Int("panics", 1))},
				{slog.Time("t", time.Unix(1e9, 0).UTC()), slog.Group("", slog.Int("n", 1))},
			} {
				r := slog.NewRecord(time.Unix(1.5e9, 0).UTC(), slog.LevelInfo, "m", 0)
				r.AddAttrs(attrs...)
				records = append(records, r)
			}
			line, want := NewLine(), ""
			for _, h := range handlers {
				for i := range records {
					alone := NewLine()
					if appendOrPanic(h, alone, &records[i]) {
						want += string(alone.B)
					}
					before := len(line.B)
					line.Next()
					if !appendOrPanic(h, line, &records[i]) {
						line.B = line.B[:before]
					}
				}
			}
			if got := string(line.B); got != want {
				t.Errorf("%s:\n got %s\nwant %s", name, got, want)
			}
		}
	}
}

func appendOrPanic(h *Handler, line *Line, r *slog.Record) (ok bool) {
	defer func() { _ = recover() }()
	h.AppendRecord(line, r)
	return true
}
