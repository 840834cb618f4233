package bench

import (
	"log/slog"
	"path/filepath"
	"testing"
)

func BenchmarkEncode(b *testing.B) {
	for _, c := range Cases {
		b.Run(c.Name, func(b *testing.B) {
			for _, e := range Encoders() {
				if !e.Supports(c) {
					continue
				}
				b.Run(e.Name, func(b *testing.B) {
					l := e.Logger(c, Discard)
					c.Log(l, 1)
					b.ReportAllocs()
					b.ResetTimer()
					c.Log(l, b.N)
				})
			}
		})
	}
}

// The two sizes: a file that rotates now and then, and one that hardly does.
var fileSizes = []struct {
	name   string
	maxMiB int
}{
	{"10 MiB", 10},
	{"100 MiB", 100},
}

func BenchmarkFileLine(b *testing.B) {
	for _, size := range fileSizes {
		b.Run(size.name, func(b *testing.B) {
			for _, f := range FileWriters() {
				b.Run(f.Name, func(b *testing.B) {
					name := filepath.Join(b.TempDir(), "app.log")
					b.SetBytes(LineBytes)
					b.ReportAllocs()
					if err := WriteLines(f, name, size.maxMiB, 2, b.N); err != nil {
						b.Fatal(err)
					}
				})
			}
		})
	}
}

func BenchmarkFileHandler(b *testing.B) {
	c := Cases[1]
	for _, size := range fileSizes {
		b.Run(size.name, func(b *testing.B) {
			for _, f := range FileHandlers() {
				b.Run(f.Name, func(b *testing.B) {
					h, closer, err := f.Open(filepath.Join(b.TempDir(), "app.log"), size.maxMiB, 2)
					if err != nil {
						b.Fatal(err)
					}
					l := slog.New(h)
					b.ReportAllocs()
					b.ResetTimer()
					c.Log(l, b.N)
					if err := closer.Close(); err != nil {
						b.Fatal(err)
					}
				})
			}
		})
	}
}
