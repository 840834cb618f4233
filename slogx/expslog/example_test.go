package expslog_test

import (
	"log/slog"
	"os"

	xslog "golang.org/x/exp/slog"

	"github.com/slogkit-go/slogkit/slogx/expslog"
)

// A package that has not moved to log/slog yet logs to the program's handler.
func ExampleFromStd() {
	h := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: dropTime})

	slog.New(h).Info("new code", "n", 1)
	xslog.New(expslog.FromStd(h)).With("old", true).
		Warn("old code", xslog.Group("req", xslog.String("method", "GET"), xslog.Int("status", 404)))

	// Output:
	// level=INFO msg="new code" n=1
	// level=WARN msg="old code" old=true req.method=GET req.status=404
}

// A handler that exists only for x/exp serves code on log/slog.
func ExampleToStd() {
	h := xslog.NewJSONHandler(os.Stdout, &xslog.HandlerOptions{
		ReplaceAttr: func(groups []string, a xslog.Attr) xslog.Attr {
			if len(groups) == 0 && a.Key == xslog.TimeKey {
				return xslog.Attr{}
			}
			return a
		},
	})

	slog.New(expslog.ToStd(h)).WithGroup("job").Info("done", "id", 7)

	// Output:
	// {"level":"INFO","msg":"done","job":{"id":7}}
}

func dropTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
