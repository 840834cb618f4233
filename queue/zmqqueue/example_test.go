package zmqqueue_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"

	"github.com/slogkit-go/slogkit/queue"
	"github.com/slogkit-go/slogkit/queue/zmqqueue"
	"github.com/slogkit-go/slogkit/slogx"
)

// withoutTime makes output that is the same each time.
func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func Example() {
	// The process that collects. Its end binds, here to a port that is free.
	collector, err := zmqqueue.OpenPull("tcp://127.0.0.1:*", &zmqqueue.ReceiveOptions{Options: zmqqueue.Options{Bind: true}})
	if err != nil {
		log.Fatal(err)
	}
	listener := queue.NewListener(collector, nil, slogx.NewStreamHandler(os.Stdout, &slogx.StreamOptions{
		Options: slogx.Options{Format: slogx.JSON, ReplaceAttr: withoutTime},
	}))
	if err := listener.Start(); err != nil {
		log.Fatal(err)
	}

	// A process that logs.
	handler := queue.NewHandler(zmqqueue.NewPush("tcp://"+collector.Addr().String(), nil), nil)
	logger := slog.New(handler).With("service", "web")
	logger.Info("request served", "status", 200, slog.Group("user", "id", 7))
	logger.Warn("disk nearly full", "used", 0.97)
	if err := slogx.Close(handler); err != nil { // waits until the collector has all
		fmt.Println(err)
	}

	if err := collector.Close(); err != nil {
		fmt.Println(err)
	}
	if err := listener.Stop(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"level":"INFO","msg":"request served","service":"web","status":200,"user":{"id":7}}
	// {"level":"WARN","msg":"disk nearly full","service":"web","used":0.97}
}

// For a Python program that follows the logging cookbook, and all others that subscribe. Here nobody has.
func ExampleNewPub() {
	publisher := zmqqueue.NewPub("tcp://127.0.0.1:*", &zmqqueue.SendOptions{
		Options:   zmqqueue.Options{Bind: true},
		Encoding:  zmqqueue.Python,
		Logger:    "shop.web",
		AddSource: true,
	})
	handler := queue.NewHandler(publisher, nil)
	slog.New(handler).Info("order placed", "id", 7)
	if err := slogx.Close(handler); err != nil {
		fmt.Println(err)
	}
	stats := publisher.Stats()
	fmt.Printf("%d records, %d of them heard by nobody\n", stats.Handled, stats.Unheard)
	// Output: 1 records, 1 of them heard by nobody
}

// Whoever wants to look on subscribes, here to what begins with "shop.".
func ExampleNewSub() {
	subscriber := zmqqueue.NewSub("tcp://127.0.0.1:5557", &zmqqueue.ReceiveOptions{Topics: []string{"shop."}})
	listener := queue.NewListener(subscriber, nil, slogx.NewStreamHandler(os.Stdout, nil))
	if err := listener.Start(); err != nil {
		log.Fatal(err)
	}
	// ... and in the end
	if err := subscriber.Close(); err != nil {
		fmt.Println(err)
	}
	if err := listener.Stop(context.Background()); err != nil {
		fmt.Println(err)
	}
}
