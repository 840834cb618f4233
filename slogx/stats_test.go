package slogx_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/slogkit-go/slogkit/slogx"
)

func TestStats(t *testing.T) {
	opts := slogx.Options{ErrorHandler: slogx.IgnoreErrors}
	var out bytes.Buffer
	stream := slogx.NewStreamHandler(&out, &slogx.StreamOptions{Options: opts})
	file := slogx.NewFileHandler(filepath.Join(t.TempDir(), "app.log"), &slogx.FileOptions{Options: opts})
	for name, h := range map[string]interface {
		slog.Handler
		io.Closer
		Stats() slogx.Stats
	}{"stream": stream, "file": file} {
		t.Run(name, func(t *testing.T) {
			logger := slog.New(h)
			logger.Info("one")
			logger.With("a", 1).Info("two")
			logger.Debug("not enabled")
			before := h.Stats()
			if before.Handled != 2 || before.Written != 2 || before.Failed != 0 || before.Bytes == 0 {
				t.Errorf("%+v", before)
			}
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			logger.Info("too late")
			if s := h.Stats(); s != (slogx.Stats{Handled: 3, Written: 2, Failed: 1, Bytes: before.Bytes}) {
				t.Errorf("%+v", s)
			}
		})
	}
	if s := stream.Stats(); s.Bytes != int64(out.Len()) {
		t.Errorf("%d bytes counted, %d written", s.Bytes, out.Len())
	}
}

func TestStatsOfPanic(t *testing.T) {
	h := slogx.NewStreamHandler(panicking{}, &slogx.StreamOptions{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}})
	slog.New(h).Info("m")
	if s := h.Stats(); s != (slogx.Stats{Handled: 1, Failed: 1}) {
		t.Errorf("%+v", s)
	}
}

type panicking struct{}

func (panicking) Write([]byte) (int, error) { panic(errors.New("no")) }
