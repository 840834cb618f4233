package socketx_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
	"github.com/slogkit-go/slogkit/socketx"
)

// withoutTime prints so many records on standard output, and says so when another comes.
func withoutTime(records int) (handler slog.Handler, printed chan bool) {
	printed = make(chan bool)
	count := slogx.Filter(func(context.Context, slog.Record) bool {
		if records--; records < 0 {
			close(printed)
		}
		return records >= 0
	})
	return count(slogx.Text(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})), printed
}

func Example() {
	handler, printed := withoutTime(2)
	server := &socketx.Server{Handler: handler}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, slogx.ErrClosed) {
			panic(err)
		}
	}()

	client := socketx.NewHandler("tcp", listener.Addr().String(), &socketx.Options{BufferBytes: 1 << 20})
	logger := slog.New(client).With("service", "shop")
	logger.Info("order accepted", "id", 7, slog.Group("customer", "name", "Ada", "since", 1815))
	logger.Warn("slow", "took", 1500*time.Millisecond)
	logger.Info("last")
	if err := slogx.Close(client); err != nil {
		panic(err)
	}

	<-printed
	if err := server.Shutdown(context.Background()); err != nil {
		panic(err)
	}
	// Output:
	// level=INFO msg="order accepted" service=shop id=7 customer.name=Ada customer.since=1815
	// level=WARN msg=slow service=shop took=1.5s
}

// For a receiver in Python, such as the one in the logging cookbook.
func ExampleNewHandler() {
	handler := socketx.NewHandler("tcp", "127.0.0.1:9020", &socketx.Options{
		Options:     slogx.Options{ErrorHandler: slogx.IgnoreErrors}, // here is none
		Encoding:    socketx.Pickle,
		Logger:      "shop.web",
		BufferBytes: 1 << 20, // kept while the receiver is away
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	defer handler.Shutdown(ctx)

	slog.New(handler).Info("order placed", "id", 7)
	fmt.Println(handler.Stats().Handled, "record handled")
	// Output: 1 record handled
}

// Datagrams need no connection, and nobody knows whether they arrive.
func ExampleNewDatagramHandler() {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	handler := socketx.NewDatagramHandler("udp", conn.LocalAddr().String(), nil)
	defer handler.Close()

	r := slog.NewRecord(time.Date(2026, time.March, 29, 12, 0, 0, 0, time.UTC), slog.LevelWarn, "slow", 0)
	r.Add("took", 1500*time.Millisecond)
	if err := handler.Handle(context.Background(), r); err != nil {
		panic(err)
	}
	buf := make([]byte, 1500)
	n, _, err := conn.ReadFrom(buf)
	fmt.Printf("%s %v\n", buf[:n], err)
	// Output: {"v":1,"time":"2026-03-29T12:00:00Z","level":4,"msg":"slow","attrs":["took",{"d":1500000000}]} <nil>
}

// A program in Python may send to the same address, with nothing but its own library.
func ExampleServer() {
	handler, printed := withoutTime(1)
	server := &socketx.Server{Handler: handler}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, slogx.ErrClosed) {
			panic(err)
		}
	}()

	// This is what such a program does:
	//
	//	handler = logging.handlers.SocketHandler("127.0.0.1", port)
	//	logging.getLogger("shop").addHandler(handler)
	//	logging.getLogger("shop").warning("order %d is late", 7)
	//
	// and this is what it sends, shortened:
	pickle := "}(U\x04nameU\x04shopU\x03msgU\x0forder 7 is lateU\x07levelnoK\x1eu."
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		panic(err)
	}
	for range 2 {
		fmt.Fprintf(conn, "\x00\x00\x00%c%s", len(pickle), pickle)
	}
	if err := conn.Close(); err != nil {
		panic(err)
	}

	<-printed
	if err := server.Shutdown(context.Background()); err != nil {
		panic(err)
	}
	// Output: level=WARN msg="order 7 is late" name=shop
}

// PeerOf tells who has sent a record.
func ExamplePeerOf() {
	known := func(ctx context.Context, _ slog.Record) bool {
		peer := socketx.PeerOf(ctx)
		return peer != nil && peer.TLS != nil && len(peer.TLS.VerifiedChains) > 0
	}
	server := &socketx.Server{Handler: slogx.Filter(known)(slogx.NewStreamHandler(os.Stdout, nil))}
	fmt.Println(server.Stats().Received)
	// Output: 0
}
