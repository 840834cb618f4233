package slogx_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// noTime makes output the same each time.
func noTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func Example() {
	handler := slogx.NewStreamHandler(os.Stdout, &slogx.StreamOptions{
		Options: slogx.Options{Format: slogx.JSON, ReplaceAttr: noTime},
	})
	logger := slog.New(handler).With("service", "shop")
	logger.Info("order placed", "order", 17, slog.Group("customer", "id", 4, "country", "NZ"))
	// Output:
	// {"level":"INFO","msg":"order placed","service":"shop","order":17,"customer":{"id":4,"country":"NZ"}}
}

func ExampleFanout() {
	opts := slogx.Options{ReplaceAttr: noTime}
	all := slogx.NewStreamHandler(os.Stdout, &slogx.StreamOptions{Options: opts})
	opts.Level, opts.Format = slog.LevelError, slogx.JSON
	severe := slogx.NewStreamHandler(os.Stdout, &slogx.StreamOptions{Options: opts})

	logger := slog.New(slogx.Fanout(all, severe))
	logger.Info("started")
	logger.Error("disk is full", "path", "/var")
	// Output:
	// level=INFO msg=started
	// level=ERROR msg="disk is full" path=/var
	// {"level":"ERROR","msg":"disk is full","path":"/var"}
}

func ExampleFilter() {
	handler := slogx.NewStreamHandler(os.Stdout, &slogx.StreamOptions{Options: slogx.Options{ReplaceAttr: noTime}})
	quiet := slogx.Filter(func(_ context.Context, r slog.Record) bool { return r.Message != "heartbeat" })

	logger := slog.New(slogx.Chain(handler, quiet))
	logger.Info("heartbeat")
	logger.Info("stopped")
	// Output:
	// level=INFO msg=stopped
}

func ExampleShutdown() {
	opts := slogx.Options{ErrorHandler: slogx.IgnoreErrors, ReplaceAttr: noTime}
	file := slogx.NewFileHandler("app.log", &slogx.FileOptions{Options: opts})
	stream := slogx.NewStreamHandler(os.Stdout, &slogx.StreamOptions{Options: opts})
	handler := slogx.Fanout(file, stream)

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	fmt.Println(slogx.Shutdown(ctx, handler))
	fmt.Println(errors.Is(file.Handle(ctx, slog.Record{}), slogx.ErrClosed))
	// Output:
	// <nil>
	// true
}

func ExampleFormatOf() {
	handler := slogx.NewStreamHandler(os.Stdout, &slogx.StreamOptions{
		Options: slogx.Options{Format: slogx.FormatOf(slog.NewTextHandler), ReplaceAttr: noTime},
	})
	slog.New(handler).Info("any handler's format")
	// Output:
	// level=INFO msg="any handler's format"
}

func ExampleMakeRecord() {
	r, err := slogx.MakeRecord(map[string]any{
		"msg": "%s is at %d%%", "args": []any{"disk", 93}, "levelno": 30, "created": 1e9, "host": "db1",
	})
	if err != nil {
		fmt.Println(err)
	}
	handler := slogx.Text(os.Stdout, &slog.HandlerOptions{ReplaceAttr: noTime})
	_ = handler.Handle(context.Background(), r)
	// Output:
	// level=WARN msg="disk is at 93%" host=db1
}

func ExampleNamed() {
	var levels slogx.Levels
	levels.Set("db", slog.LevelWarn)
	sink := slogx.NewStreamHandler(os.Stdout, &slogx.StreamOptions{
		Options: slogx.Options{Level: &levels, ReplaceAttr: noTime}, // passes what some name passes
	})
	root := slog.New(levels.Handler(sink))
	db := slogx.Named(root, "db")
	pool := slogx.Named(db.With("host", "db1"), "pool")

	root.Info("started")
	pool.Info("connected")
	levels.Set("db.pool", slog.LevelDebug) // seen by loggers that there are
	pool.Debug("pinged")
	db.Info("migrated")
	// Output:
	// level=INFO msg=started
	// level=DEBUG msg=pinged logger=db.pool host=db1
}

func ExampleLevels() {
	var levels slogx.Levels
	flags := flag.NewFlagSet("shop", flag.ContinueOnError)
	flags.TextVar(&levels, "log", &slogx.Levels{}, "`levels`, such as info,db=warn")

	fmt.Println(flags.Parse([]string{"-log", "info,db=warn,db.pool=debug"}))
	fmt.Println(levels.LevelOf("http.server"), levels.LevelOf("db.query"), levels.LevelOf("db.pool.conn"))
	fmt.Println(levels.UnmarshalText([]byte("info,db=loud")))
	// Output:
	// <nil>
	// INFO WARN DEBUG
	// slogx: levels: "db=loud": slog: level string "loud": unknown name
}

func ExampleDedup() {
	handler := slogx.JSON(os.Stdout, &slog.HandlerOptions{ReplaceAttr: noTime})
	for _, policy := range []slogx.Duplicates{slogx.First, slogx.Last, slogx.Rename} {
		logger := slog.New(slogx.Chain(handler, slogx.Dedup(policy))).With("user", 4, slog.Group("http", "method", "GET"))
		logger.Info("served", "user", 17, slog.Group("http", "status", 200))
	}
	// Output:
	// {"level":"INFO","msg":"served","user":4,"http":{"method":"GET","status":200}}
	// {"level":"INFO","msg":"served","user":17,"http":{"method":"GET","status":200}}
	// {"level":"INFO","msg":"served","user":4,"user#2":17,"http":{"method":"GET","status":200}}
}

// Warnings, with a line of dashes after each.
func ExampleNewStreamHandler() {
	handler := slogx.NewStreamHandler(os.Stdout, &slogx.StreamOptions{
		Options:    slogx.Options{Level: slog.LevelWarn, ReplaceAttr: noTime},
		Terminator: "\n--\n",
	})
	logger := slog.New(handler)
	logger.Info("started")
	logger.Warn("disk is nearly full", "percent", 93)
	handler.SetStream(os.Stderr)
	logger.Warn("somebody else reads this")
	// Output:
	// level=WARN msg="disk is nearly full" percent=93
	// --
}

// The file is made with the first record, and is private.
func ExampleNewFileHandler() {
	dir, err := os.MkdirTemp("", "slogx")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	handler := slogx.NewFileHandler(filepath.Join(dir, "log", "app.log"), &slogx.FileOptions{
		Options: slogx.Options{Format: slogx.JSON, ReplaceAttr: noTime},
	})
	slog.New(handler).Info("started", "port", 8080)
	if err := handler.Close(); err != nil {
		fmt.Println(err)
	}
	text, err := os.ReadFile(handler.Name())
	fmt.Println(string(text), err)
	// Output:
	// {"level":"INFO","msg":"started","port":8080}
	//  <nil>
}

// What is wrong with the file is known before there is a record.
func ExampleOpenFileHandler() {
	_, err := slogx.OpenFileHandler(os.TempDir(), nil)
	fmt.Println(err != nil)
	// Output: true
}

// A library's logger, until its user gives it another.
func ExampleNewNullHandler() {
	logger := slog.New(slogx.NewNullHandler())
	logger.Error("nobody hears this")
	fmt.Println(logger.Enabled(context.Background(), slog.LevelError))
	// Output: false
}
