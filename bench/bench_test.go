package bench

import (
	"log/slog"
	"path/filepath"
	"slices"
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
			for _, f := range slices.Concat(FileWriters(), BufferedWriters()) {
				b.Run(f.Name, func(b *testing.B) {
					name := filepath.Join(b.TempDir(), "app.log")
					b.SetBytes(LineBytes)
					b.ReportAllocs()
					if err := WriteLines(f, name, Load{MaxMiB: size.maxMiB, Backups: 2, Lines: b.N}); err != nil {
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

// BenchmarkStall gives the time of the Write that rotates, where ns/op would be about all those between too.
func BenchmarkStall(b *testing.B) {
	for _, kind := range []struct {
		name  string
		files []FileWriter
	}{
		{"plain", FileWriters()[1:]}, // os.File does not rotate
		{"gzip", CompressingWriters()},
	} {
		b.Run(kind.name, func(b *testing.B) {
			for _, f := range kind.files {
				b.Run(f.Name, func(b *testing.B) {
					stalls, err := Stalls(f, filepath.Join(b.TempDir(), "app.log"), 1, 5, b.N)
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(Quantiles(stalls, 0.5)[0], "µs/rotation")
					b.ReportMetric(0, "ns/op")
				})
			}
		})
	}
}

func BenchmarkLatency(b *testing.B) {
	for _, f := range slices.Concat(FileWriters(), BufferedWriters()) {
		b.Run(f.Name, func(b *testing.B) {
			name := filepath.Join(b.TempDir(), "app.log")
			took, err := Latencies(f, name, Load{MaxMiB: 1, Backups: 5, Lines: b.N, Goroutines: 8})
			if err != nil {
				b.Fatal(err)
			}
			for i, q := range Quantiles(took, 0.5, 0.99, 0.999, 1) {
				b.ReportMetric(q, []string{"p50-µs", "p99-µs", "p99.9-µs", "max-µs"}[i])
			}
		})
	}
}
