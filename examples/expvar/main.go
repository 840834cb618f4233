// Expvar publishes the Stats of a rotated log file at /debug/vars, for whatever watches the program. It logs some records,
// the first of them in vain, and shows what its own /debug/vars then says.
//
//	go run ./examples/expvar
//	go run ./examples/expvar -listen 127.0.0.1:8080    # goes on serving, and logs each request, until interrupted
//
// That page shows the command line and the use of memory, too: do not serve it to strangers.
package main

import (
	"context"
	"errors"
	"expvar"
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

	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "expvar:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("expvar", flag.ContinueOnError)
	listen := flags.String("listen", "", "serve at this `address` until interrupted (default: at a free port of 127.0.0.1, and end)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	address, stay := *listen, *listen != ""
	if !stay {
		address = "127.0.0.1:0"
	}

	dir, err := os.MkdirTemp("", "slogkit-expvar-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	handler := rotate.NewHandler(filepath.Join(dir, "app.log"), &rotate.Options{
		Options:     slogx.Options{Format: slogx.JSON},
		MaxBytes:    4 << 10,
		BackupCount: 5,
		Compressor:  rotate.Gzip,
	})
	defer func() { err = errors.Join(err, slogx.Close(handler)) }()
	publish("app.log", handler)
	defer reopenOnHangup(handler)()
	logger := slog.New(handler)

	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	defer serve(listener, logger)()
	url := fmt.Sprintf("http://%s/debug/vars", listener.Addr())
	fmt.Fprintf(out, "serving %s\n", url)

	if err := work(logger, handler); err != nil {
		return err
	}
	if err := show(ctx, out, url); err != nil {
		return err
	}
	if stay {
		fmt.Fprintf(out, "logging to %s until interrupted\n", handler.Name())
		<-ctx.Done()
	}
	return nil
}

// reopenOnHangup is for logrotate and the like. On Windows the signal never comes.
func reopenOnHangup(handler *rotate.Handler) (stop func()) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range hangup {
			if err := handler.Reopen(); err != nil {
				fmt.Fprintln(os.Stderr, "expvar:", err)
			}
		}
	}()
	return func() {
		signal.Stop(hangup)
		close(hangup)
		<-done
	}
}

// serve serves what is published, and nothing else: http.DefaultServeMux may have more than the world should see.
func serve(listener net.Listener, logger *slog.Logger) (stop func()) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/vars", func(w http.ResponseWriter, r *http.Request) {
		logger.Info("request", "path", r.URL.Path, "remote", r.RemoteAddr)
		expvar.Handler().ServeHTTP(w, r)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, "expvar:", err)
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			_ = server.Close() // cuts off who does not end
		}
		<-done
	}
}

// work logs 200 records. For the first 20 of them a directory has the file's name, to have something to be alarmed by;
// each is an error of its own, and the ErrorHandler, here the default, says so on stderr.
func work(logger *slog.Logger, handler *rotate.Handler) error {
	if err := os.Mkdir(handler.Name(), 0o700); err != nil {
		return err
	}
	for i := range 200 {
		if i == 20 {
			if err := os.Remove(handler.Name()); err != nil {
				return err
			}
		}
		logger.Info("order accepted", "id", i, "amount", 100+i)
	}
	return handler.Flush() // no file waits to be a backup
}
