// Pythonbridge has a Python program log into Go: its SocketHandler sends to a socketx.Server, which writes JSON into files
// that are rotated.
//
//	go run ./examples/pythonbridge
//	go run ./examples/pythonbridge -listen 127.0.0.1:9020 -dir /tmp/shop    # serves your own programs until interrupted
//
// The Python program is testdata/app.py. Without python3 its part is played by what it once sent, from testdata/recorded.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
	"github.com/slogkit-go/slogkit/socketx"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "pythonbridge:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("pythonbridge", flag.ContinueOnError)
	listen := flags.String("listen", "", "serve at this `address` until interrupted (default: testdata/app.py alone)")
	dir := flags.String("dir", "", "`folder` for the files (default: a new one, deleted at the end)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *dir == "" {
		if *dir, err = os.MkdirTemp("", "slogkit-pythonbridge-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(*dir)) }()
	}
	address, stay := *listen, *listen != ""
	if !stay {
		address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "serving %s\n", listener.Addr())

	handler := rotate.NewHandler(filepath.Join(*dir, "shop.log"), &rotate.Options{
		Options:     slogx.Options{Format: slogx.JSON},
		MaxBytes:    8 << 10,
		BackupCount: 5,
	})
	stats, err := serve(ctx, listener, handler, func(ctx context.Context) error {
		if stay {
			<-ctx.Done()
			return nil
		}
		return python(ctx, out, listener.Addr().(*net.TCPAddr))
	})
	if err := errors.Join(err, slogx.Close(handler)); err != nil {
		return err
	}
	fmt.Fprintf(out, "received %d records, refused %d\n", stats.Handled, stats.Refused)
	return show(out, handler.Name())
}

// serve hands what comes in, while work works, to handler.
func serve(
	ctx context.Context, l net.Listener, handler slog.Handler, work func(context.Context) error,
) (socketx.ServerStats, error) {
	server := &socketx.Server{Handler: handler}
	var serving sync.WaitGroup
	var served error
	serving.Go(func() { served = server.Serve(l) })
	worked := work(ctx)
	ending, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := server.Shutdown(ending) // receives what has been sent
	serving.Wait()
	if !errors.Is(served, slogx.ErrClosed) {
		err = errors.Join(err, served)
	}
	return server.Stats(), errors.Join(worked, err)
}

// show prints how many records are in each file, and a record with a traceback.
func show(out io.Writer, name string) error {
	names, err := filepath.Glob(name + "*")
	if err != nil {
		return err
	}
	var traceback []byte
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%-10s %3d records, %d bytes\n", filepath.Base(name), bytes.Count(data, []byte("\n")), len(data))
		for line := range bytes.Lines(data) {
			if traceback == nil && bytes.Contains(line, []byte("Traceback")) {
				traceback = line
			}
		}
	}
	_, err = out.Write(traceback)
	return err
}
