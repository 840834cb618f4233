package rotate_test

import (
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

func tempDir() string {
	dir, err := os.MkdirTemp("", "rotate")
	if err != nil {
		log.Fatal(err)
	}
	return dir
}

func list(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range entries {
		fmt.Println(e.Name())
	}
}

func Example() {
	dir := tempDir()
	defer os.RemoveAll(dir)

	handler := rotate.NewHandler(filepath.Join(dir, "app.log"), &rotate.Options{
		Options:     slogx.Options{Format: slogx.JSON},
		MaxBytes:    1000,
		BackupCount: 3,
	})
	logger := slog.New(handler)
	for i := range 50 {
		logger.Info("request served", "id", i)
	}
	if err := handler.Close(); err != nil {
		fmt.Println(err)
	}
	list(dir)
	// Output:
	// app.log
	// app.log.1
	// app.log.2
	// app.log.3
}

// By size: app.log, app.log.1 and app.log.2, each smaller than 1000 bytes.
func ExampleNewHandler() {
	dir := tempDir()
	defer os.RemoveAll(dir)

	handler := rotate.NewHandler(filepath.Join(dir, "app.log"), &rotate.Options{MaxBytes: 1000, BackupCount: 2})
	logger := slog.New(handler)
	for i := range 50 {
		logger.Info("request served", "id", i)
	}
	if err := handler.Close(); err != nil {
		fmt.Println(err)
	}
	stats := handler.Stats()
	fmt.Println(stats.Written, "records,", stats.Failed, "failed")
	list(dir)
	// Output:
	// 50 records, 0 failed
	// app.log
	// app.log.1
	// app.log.2
}

// At noon in New York, every day, two weeks of backups.
func ExampleNewHandler_byTime() {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		fmt.Println(err)
		return
	}
	handler := rotate.NewHandler("/var/log/shop/orders.log", &rotate.Options{
		When:        rotate.Midnight,
		AtTime:      rotate.At(12, 0, 0),
		Location:    newYork,
		BackupCount: 14,
	})
	fmt.Println(filepath.Base(handler.Name()))
	// Output:
	// orders.log
}

func ExampleSchedule() {
	next, layout, err := rotate.Schedule(rotate.Monday, 1, rotate.At(6, 30, 0), time.UTC)
	if err != nil {
		fmt.Println(err)
		return
	}
	t := time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)
	fmt.Println(next(t))
	fmt.Println(t.Format(layout))
	// Output:
	// 2026-11-23 06:30:00 +0000 UTC
	// 2026-11-21
}

// A Writer serves whatever writes a line at a time.
func ExampleNewWriter() {
	dir := tempDir()
	defer os.RemoveAll(dir)

	w := rotate.NewWriter(filepath.Join(dir, "old.log"), &rotate.Options{
		MaxBytes:    10 << 20,
		BackupCount: 5,
		Namer:       func(name string) string { return name + ".bak" },
	})
	defer w.Close()
	logger := log.New(w, "shop: ", 0)
	logger.Print("hello")
	if err := w.Rotate(); err != nil {
		fmt.Println(err)
	}
	list(dir)
	// Output:
	// old.log
	// old.log.1.bak
}

// Open says now what NewHandler says of the first record.
func ExampleOpen() {
	_, err := rotate.Open(os.TempDir(), &rotate.Options{MaxBytes: 1000, BackupCount: 2})
	fmt.Println(err != nil)
	// Output: true
}

// For log.SetOutput, with the file open before the program does anything else.
func ExampleOpenWriter() {
	dir := tempDir()
	defer os.RemoveAll(dir)

	w, err := rotate.OpenWriter(filepath.Join(dir, "app.log"), &rotate.Options{MaxBytes: 10 << 20, BackupCount: 5})
	if err != nil {
		log.Fatal(err)
	}
	defer w.Close()
	logger := log.New(w, "", 0)
	logger.Print("hello")
	fmt.Println(w.Stats().Bytes, "bytes")
	// Output: 6 bytes
}
