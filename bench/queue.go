package bench

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	phuslu "github.com/phuslu/log"
	"go.uber.org/zap/zapcore"

	"github.com/slogkit-go/slogkit/queue"
	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

// A Deferrer is a handler that leaves writing to a file to later, or to nobody.
type Deferrer struct {
	Name string
	Open func(name string) (h slog.Handler, close func() error, err error)
}

// Deferrers are slogkit's queue, its peers, a handler that does nothing, and one that defers nothing.
func Deferrers() []Deferrer {
	return []Deferrer{
		{"no-op", openNothing},
		{"slog JSON + os.File", openSlogFile},
		{"slog JSON + zap", openSlogZap},
		{"phuslu + its AsyncWriter", openPhusluAsync},
		{"slogkit Async", openAsync},
	}
}

func openNothing(string) (slog.Handler, func() error, error) {
	return nothing{}, func() error { return nil }, nil
}

type nothing struct{}

func (nothing) Enabled(context.Context, slog.Level) bool  { return true }
func (nothing) Handle(context.Context, slog.Record) error { return nil }
func (n nothing) WithAttrs([]slog.Attr) slog.Handler      { return n }
func (n nothing) WithGroup(string) slog.Handler           { return n }

func openSlogFile(name string) (slog.Handler, func() error, error) {
	f, err := openRaw(name, 0, 0)
	if err != nil {
		return nil, nil, err
	}
	return newSlogJSON(f, false), f.Close, nil
}

func openSlogZap(name string) (slog.Handler, func() error, error) {
	f, err := openRaw(name, 0, 0)
	if err != nil {
		return nil, nil, err
	}
	ws := &zapcore.BufferedWriteSyncer{WS: zapcore.AddSync(struct{ io.Writer }{f}), Size: bufferBytes}
	return newSlogJSON(ws, false), func() error { return errors.Join(ws.Stop(), f.Close()) }, nil
}

// openPhusluAsync makes the composition that phuslu documents. Its AsyncWriter keeps the bytes of a Write after that has
// returned, so lines may come out garbled; copying them for it would be somebody else's cost.
func openPhusluAsync(name string) (slog.Handler, func() error, error) {
	w := &phuslu.AsyncWriter{ChannelSize: 4096, Writer: &phuslu.FileWriter{Filename: name, EnsureFolder: true}}
	return newPhuslu(w, false), w.Close, nil
}

func openAsync(name string) (slog.Handler, func() error, error) {
	h := queue.Async(rotate.NewHandler(name, &rotate.Options{Options: slogx.Options{Format: slogx.JSON}}), nil)
	return h, func() error { return slogx.Close(h) }, nil
}

// Sustained logs n records for c by so many goroutines, and closes the handler.
func Sustained(d Deferrer, name string, c Case, n, goroutines int) error {
	h, closeAll, err := d.Open(name)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() { c.Log(c.logger(h), n/goroutines) })
	}
	wg.Wait()
	return closeAll()
}

func (c Case) logger(h slog.Handler) *slog.Logger {
	l := slog.New(h)
	if c.Prepare != nil {
		l = c.Prepare(l)
	}
	return l
}

// Calls logs n records for c, with so much time between two, and returns how many ns each call took.
func Calls(d Deferrer, name string, c Case, n int, between time.Duration) ([]float64, error) {
	h, closeAll, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	l := c.logger(h)
	c.Log(l, 1000) // pools and slots as in the middle of a program
	took := make([]float64, n)
	for i := range took {
		compute(between)
		start := time.Now()
		c.Log(l, 1)
		took[i] = float64(time.Since(start))
	}
	return took, closeAll()
}

// CountRecords counts the lines of all files in dir.
func CountRecords(dir string) (lines int, err error) {
	contents, err := readAll(dir)
	for _, b := range contents {
		lines += bytes.Count(b, []byte("\n"))
	}
	return lines, err
}
