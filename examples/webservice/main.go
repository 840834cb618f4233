// Webservice is an HTTP service whose every record says which request it belongs to, though only the middleware in front
// knows. It sends itself some requests and shows what they left in its log.
//
//	go run ./examples/webservice
//	go run ./examples/webservice -listen 127.0.0.1:8080 -dir /tmp/shop    # serves until interrupted
//
// logging.go is what there is to know of slogkit here; request.go is the middleware, and service.go the service, which
// knows nothing of either.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "webservice:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("webservice", flag.ContinueOnError)
	listen := flags.String("listen", "", "serve at this `address` until interrupted (default: at a free port of 127.0.0.1, a few requests of its own, and end)")
	dir := flags.String("dir", "", "`folder` for the log (default: a new one, deleted at the end)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *dir == "" {
		if *dir, err = os.MkdirTemp("", "slogkit-webservice-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(*dir)) }()
	}
	name := filepath.Join(*dir, "shop.log")
	handler := newHandler(name)
	defer func() { err = errors.Join(err, slogx.Close(handler)) }()

	address, stay := *listen, *listen != ""
	if !stay {
		address = "127.0.0.1:0"
	}
	url, stop, err := serve(address, slog.New(handler))
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintf(out, "serving %s, logging to %s\n", url, name)
	if stay {
		<-ctx.Done()
		return nil
	}
	if err := visit(ctx, url); err != nil {
		return err
	}
	stop() // which waits for the last request
	return show(out, name)
}

// serve serves the shop at address. stop waits for the requests that are being served.
func serve(address string, logger *slog.Logger) (url string, stop func(), err error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: logged(logger, newShop(logger)), ReadHeaderTimeout: 5 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, "webservice:", err)
		}
	}()
	return fmt.Sprintf("http://%s", listener.Addr()), func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			_ = server.Close() // cuts off who does not end
		}
		<-done
	}, nil
}
