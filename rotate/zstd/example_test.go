package zstd_test

import (
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/rotate/zstd"
	"github.com/slogkit-go/slogkit/slogx"
)

func Example() {
	dir, err := os.MkdirTemp("", "zstd")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	handler := rotate.NewHandler(filepath.Join(dir, "app.log"), &rotate.Options{
		Options:     slogx.Options{Format: slogx.JSON},
		MaxBytes:    1000,
		BackupCount: 3,
		Compressor:  zstd.Default,
	})
	logger := slog.New(handler)
	for i := range 50 {
		logger.Info("request served", "id", i)
	}
	if err := handler.Close(); err != nil {
		fmt.Println(err)
	}

	entries, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range entries {
		fmt.Println(e.Name())
	}
	// Output:
	// app.log
	// app.log.1.zst
	// app.log.2.zst
	// app.log.3.zst
}
