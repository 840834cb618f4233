package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/slogkit-go/slogkit/queue"
	"github.com/slogkit-go/slogkit/slogx"
)

// noTime leaves out what differs from run to run.
func noTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == "since") {
		return slog.Attr{}
	}
	return a
}

// stdout stands for a slow target.
func stdout(level slog.Leveler) slog.Handler {
	return slogx.NewStreamHandler(os.Stdout, &slogx.StreamOptions{Options: slogx.Options{Level: level, ReplaceAttr: noTime}})
}

func ExampleAsync() {
	handler := queue.Async(stdout(slog.LevelInfo), &queue.AsyncOptions{
		FlushLevel: slog.LevelError, // is out when the call returns
	})
	defer slogx.Close(handler) // the rest is out then

	logger := slog.New(handler).With("service", "shop")
	cart := []string{"apple", "pear"}
	logger.Info("ordered", "cart", cart)
	cart[0] = "orange" // the record has its own
	logger.Error("out of stock", "fruit", "pear")
	fmt.Println(handler.Stats().Waiting, "records wait")
	// Output:
	// level=INFO msg=ordered service=shop cart="[apple pear]"
	// level=ERROR msg="out of stock" service=shop fruit=pear
	// 0 records wait
}

// Several handlers behind one queue, each with the records that it is enabled for.
func ExampleListener() {
	ring := queue.NewRing(1000, nil)
	listener := queue.NewListener(ring, nil, stdout(slog.LevelDebug), slogx.JSON(os.Stdout, &slog.HandlerOptions{
		Level: slog.LevelWarn, ReplaceAttr: noTime,
	}))
	if err := listener.Start(); err != nil {
		fmt.Println(err)
	}
	logger := slog.New(queue.NewHandler(ring, nil))
	logger.Info("started")
	logger.WithGroup("disk").Warn("nearly full", "percent", 93)

	if err := listener.Stop(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// level=INFO msg=started
	// level=WARN msg="nearly full" disk.percent=93
	// {"level":"WARN","msg":"nearly full","disk":{"percent":93}}
}

// A handler that is slow, or one that needs several, goes behind a queue. What the parts are is one's own choice.
func ExampleNewHandler() {
	ring := queue.NewRing(1000, nil)
	listener := queue.NewListener(ring, nil, stdout(slog.LevelInfo))
	if err := listener.Start(); err != nil {
		fmt.Println(err)
	}
	handler := queue.NewHandler(ring, nil)
	slog.New(handler).With("service", "shop").Info("started", "port", 8080)

	if err := handler.Close(); err != nil { // no more records
		fmt.Println(err)
	}
	if err := listener.Stop(context.Background()); err != nil { // and those that are in are out
		fmt.Println(err)
	}
	// Output: level=INFO msg=started service=shop port=8080
}

// Python's way: a listener hands every record to every handler, whatever its level.
func ExampleNewListener() {
	ring := queue.NewRing(1000, nil)
	listener := queue.NewListener(ring, &queue.ListenerOptions{IgnoreHandlerLevel: true}, stdout(slog.LevelError))
	if err := listener.Start(); err != nil {
		fmt.Println(err)
	}
	slog.New(queue.NewHandler(ring, nil)).Info("started")
	if err := listener.Stop(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output: level=INFO msg=started
}

// The last records before something happens: a queue that forgets the oldest, and is emptied on demand.
func ExampleNewRing() {
	ring := queue.NewRing(3, &queue.RingOptions{Policy: queue.DropOldest})
	logger := slog.New(queue.NewHandler(ring, nil))
	for n := range 10 {
		logger.Info("step", "n", n)
	}
	stats := ring.Stats()
	fmt.Println(stats.Waiting, "wait,", stats.Dropped, "dropped")
	// Output: 3 wait, 7 dropped
}

// A channel is a queue, too: whoever receives from it gets whole records.
func ExampleChan() {
	records := make(chan slog.Record, 10)
	handler := queue.NewHandler(queue.Chan(records), nil)
	slog.New(handler).With("user", 17).WithGroup("request").Info("served", "status", 200)

	r := <-records
	r.Attrs(func(a slog.Attr) bool {
		fmt.Println(r.Message, a)
		return true
	})
	// Output:
	// served user=17
	// served request=[status=200]
}

// When the queue is nearly full, what matters less is dropped, and a record tells how much that was.
func ExampleDropBelow() {
	ring := queue.NewRing(5, &queue.RingOptions{Policy: queue.DropBelow(slog.LevelWarn)})
	handler := queue.NewHandler(ring, nil)
	ctx := context.Background()
	for n := range 7 { // nobody takes them out
		r := slog.Record{Level: slog.LevelInfo, Message: fmt.Sprint("record ", n)}
		if err := handler.Handle(ctx, r); err != nil {
			fmt.Println(n, err)
		}
	}
	slog.New(handler).Warn("disk is nearly full")

	listener := queue.NewListener(ring, nil, stdout(slog.LevelInfo))
	if err := errors.Join(listener.Start(), listener.Stop(ctx)); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 4 queue: full: record dropped
	// 5 queue: full: record dropped
	// 6 queue: full: record dropped
	// level=INFO msg="record 0"
	// level=INFO msg="record 1"
	// level=INFO msg="record 2"
	// level=INFO msg="record 3"
	// level=WARN msg="disk is nearly full"
	// level=WARN msg="queue: records dropped" dropped=3 levels.INFO=3
}

func ExampleFlushOnPanic() {
	handler := queue.Async(stdout(slog.LevelInfo), nil)
	defer slogx.Close(handler)
	work := func() {
		defer queue.FlushOnPanic(handler)
		slog.New(handler).Info("about to divide", "by", 0)
		panic("divided by zero")
	}
	defer func() { fmt.Println("recovered:", recover()) }() // or the program would end here
	work()
	// Output:
	// level=INFO msg="about to divide" by=0
	// recovered: divided by zero
}
