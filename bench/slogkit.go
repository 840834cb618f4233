package bench

import (
	"io"
	"log/slog"

	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

func slogkitEncoders() []Encoder {
	return []Encoder{
		{Name: "slogkit JSON", New: newSlogkit(slogx.JSON)},
		{Name: "slogkit Text", New: newSlogkit(slogx.Text), Text: true},
	}
}

func newSlogkit(format slogx.Format) func(io.Writer, bool) slog.Handler {
	return func(w io.Writer, source bool) slog.Handler {
		return format(w, &slog.HandlerOptions{AddSource: source})
	}
}

func slogkitFileWriters() []FileWriter {
	return []FileWriter{{Name: "slogkit", Open: slogkitWith(rotate.Options{}), Exact: true}}
}

func slogkitWith(opts rotate.Options) func(name string, maxMiB, backups int) (io.WriteCloser, error) {
	return func(name string, maxMiB, backups int) (io.WriteCloser, error) {
		opts := opts
		opts.MaxBytes, opts.BackupCount = int64(maxMiB)<<20, backups
		return rotate.NewWriter(name, &opts), nil
	}
}

func slogkitBufferedWriters() []FileWriter {
	return []FileWriter{
		{Name: "slogkit buffered", Open: slogkitWith(rotate.Options{BufferSize: bufferBytes}), Exact: true},
	}
}

func slogkitCompressingWriters() []FileWriter {
	return []FileWriter{
		{Name: "slogkit", Open: slogkitWith(rotate.Options{Compressor: rotate.Gzip}), Exact: true, Compresses: true},
	}
}

func slogkitFileHandlers() []FileHandler {
	return []FileHandler{{Name: "slogkit", Open: openSlogkitHandler}}
}

func openSlogkitHandler(name string, maxMiB, backups int) (slog.Handler, io.Closer, error) {
	h := rotate.NewHandler(name, &rotate.Options{
		Options:     slogx.Options{Format: slogx.JSON},
		MaxBytes:    int64(maxMiB) << 20,
		BackupCount: backups,
	})
	return h, h, nil
}
