package eventlogx_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"runtime"

	"github.com/slogkit-go/slogkit/eventlogx"
	"github.com/slogkit-go/slogkit/slogx"
)

// A program that runs on every system: elsewhere it writes to stderr.
func Example() {
	opts := &eventlogx.Options{Category: func(r slog.Record) uint16 { return 3 }}
	var h slog.Handler = slogx.NewStreamHandler(nil, nil)
	if runtime.GOOS == "windows" {
		h = eventlogx.NewHandler("shop", opts)
	}
	defer slogx.Close(h)

	slog.New(h).Warn("stock is low", "item", "tea", "left", 3)
}

// The errors of systems that have no event log, and no others, are as good as none.
func ExampleNewHandler() {
	h := eventlogx.NewHandler("shop", &eventlogx.Options{
		Options: slogx.Options{ErrorHandler: func(_ context.Context, r slog.Record, err error) {
			if !errors.Is(err, errors.ErrUnsupported) {
				fmt.Println("not logged:", r.Message, err)
			}
		}},
	})
	defer h.Close()

	slog.New(h).Warn("stock is low", "item", "tea", "left", 3)
	fmt.Println(h.Stats().Handled, "record handled")
	// Output: 1 record handled
}

// An identifier of its own for each kind of event, from an attribute.
func ExampleOptions_eventID() {
	h, err := eventlogx.Open("shop", &eventlogx.Options{
		EventID: func(r slog.Record) (id uint32) {
			id = 1
			r.Attrs(func(a slog.Attr) bool {
				if a.Key == "event" && a.Value.Kind() == slog.KindInt64 {
					id = uint32(a.Value.Int64())
				}
				return true
			})
			return id
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer h.Close()

	slog.New(h).Info("order placed", "event", 42)
}

// In the program that installs, as an administrator.
func ExampleInstall() {
	err := eventlogx.Install("shop", &eventlogx.InstallOptions{Log: "Application"})
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		log.Fatal(err)
	}
}

// In the program that uninstalls.
func ExampleRemove() {
	if err := eventlogx.Remove("shop"); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		log.Fatal(err)
	}
}

func ExampleMapLevel() {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError, slogx.LevelCritical} {
		fmt.Println(level, eventlogx.MapLevel(level))
	}
	// Output:
	// DEBUG Information
	// INFO Information
	// WARN Warning
	// ERROR Error
	// ERROR+4 Error
}
