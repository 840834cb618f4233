package rotate

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// User code that logs through the buffered Handler it is called by waits for nobody, at any level and in any size.
func TestUserCodeThatLogsWithABuffer(t *testing.T) {
	for name, with := range map[string]func(opts *Options, log func()){
		"Header": func(opts *Options, log func()) { opts.Header = func() []byte { log(); return []byte("header\n") } },
		"Namer":  func(opts *Options, log func()) { opts.Namer = func(name string) string { log(); return name } },
		"Rotator": func(opts *Options, log func()) {
			opts.Rotator = func(source, dest string) error { log(); return os.Rename(source, dest) }
		},
		"OnRotate": func(opts *Options, log func()) { opts.OnRotate = func(string, string) { log() } },
		"ErrorHandler": func(opts *Options, log func()) {
			opts.ErrorHandler = func(context.Context, slog.Record, error) { log() }
			opts.Header = func() []byte { panic("no header") }
		},
		"FlushLevel": func(opts *Options, log func()) {
			opts.FlushLevel = leveler(func() slog.Level { log(); return slog.LevelError })
		},
		"ReplaceAttr": func(opts *Options, log func()) {
			opts.Format = slogx.Text
			opts.ReplaceAttr = func(_ []string, a slog.Attr) slog.Attr { log(); return a }
		},
	} {
		for _, size := range []int{1, 20, 1000} {
			for _, another := range []bool{false, true} { // goroutine, which is waited for
				if another && size < 1000 {
					continue // each is an error, after a second
				}
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						var h *Handler
						var inside, calls atomic.Int32
						var logged atomic.Int64
						one := func(level slog.Level, msg string) {
							if h.Handle(context.Background(), slog.NewRecord(time.Time{}, level, msg, 0)) == nil {
								logged.Add(1)
							}
						}
						log := func() {
							defer inside.Add(-1)
							if inside.Add(1) > 1 || calls.Add(1) > 5 { // else it never ends
								return
							}
							all := func() {
								one(slog.LevelInfo, "user code")
								one(slog.LevelError, "user code, error")
								one(slog.LevelInfo, strings.Repeat("user code ", 5))
							}
							if !another {
								all()
								return
							}
							done := make(chan bool)
							go func() {
								all()
								done <- true
							}()
							<-done
						}
						opts := Options{Options: slogx.Options{Format: messageOnly, ErrorHandler: slogx.IgnoreErrors}}
						opts.MaxBytes, opts.BackupCount, opts.BufferSize, opts.FlushInterval = 100, 50, size, time.Millisecond
						with(&opts, log)
						dir := t.TempDir()
						h = NewHandler(filepath.Join(dir, "a"), &opts)
						within(t, 9*time.Second, "this", func() {
							for range 10 {
								one(slog.LevelInfo, "record")
								one(slog.LevelError, "error")
							}
							must(t, h.Flush())
							_ = h.Rotate() // a Rotator may be at it
							must(t, h.Reopen())
							one(slog.LevelInfo, "last")
							must(t, h.Close())
						})
						s := h.Stats()
						checkBuffered(t, s, 0)
						if s.Written != logged.Load() || logged.Load() < 21 {
							t.Errorf("%+v, %d logged", s, logged.Load())
						}
						lines := 0
						for _, content := range listing(t, dir) {
							lines += strings.Count(content, "\n") - strings.Count(content, "header\n")
						}
						if name != "ReplaceAttr" && lines != int(logged.Load()) {
							t.Errorf("%d lines, %d logged", lines, logged.Load())
						}
					})
				})
			}
		}
	}
}
