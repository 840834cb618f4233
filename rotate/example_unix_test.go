//go:build unix

package rotate_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/slogkit-go/slogkit/rotate"
)

// What a program does on SIGHUP, after logrotate has moved its file:
//
//	hup := make(chan os.Signal, 1)
//	signal.Notify(hup, syscall.SIGHUP)
//	go func() {
//		for range hup {
//			handler.Reopen()
//		}
//	}()
func ExampleHandler_Reopen() {
	dir := tempDir()
	defer os.RemoveAll(dir)

	handler := rotate.NewHandler(filepath.Join(dir, "app.log"), nil)
	defer handler.Close()
	logger := slog.New(handler)
	logger.Info("before")
	if err := os.Rename(handler.Name(), handler.Name()+".old"); err != nil {
		fmt.Println(err)
	}
	if err := handler.Reopen(); err != nil {
		fmt.Println(err)
	}
	logger.Info("after")
	list(dir)
	// Output:
	// app.log
	// app.log.old
}

// Another program, such as logrotate, moves the file away; the next record makes it anew.
func ExampleNewWatchedHandler() {
	dir := tempDir()
	defer os.RemoveAll(dir)

	handler := rotate.NewWatchedHandler(filepath.Join(dir, "app.log"), nil)
	defer handler.Close()
	logger := slog.New(handler)
	logger.Info("before")
	if err := os.Rename(handler.Name(), handler.Name()+".old"); err != nil {
		fmt.Println(err)
	}
	logger.Info("after")
	list(dir)
	// Output:
	// app.log
	// app.log.old
}
