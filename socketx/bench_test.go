package socketx

import (
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/wire"
	"github.com/slogkit-go/slogkit/slogx"
)

func benchRecord() slog.Record {
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "request served", 0)
	r.AddAttrs(slog.String("method", "GET"), slog.Int("status", 200), slog.Duration("took", 1234567*time.Nanosecond),
		slog.Bool("cached", true), slog.Float64("ratio", 0.25))
	return r
}

// BenchmarkHandler sends records of five attributes over TCP to a peer that throws them away, Close included.
func BenchmarkHandler(b *testing.B) {
	for _, bench := range []struct {
		name string
		make func(conn func() net.Conn, address string) slog.Handler
	}{
		{"slog.JSONHandler", func(conn func() net.Conn, _ string) slog.Handler { return slog.NewJSONHandler(conn(), nil) }},
		{"JSON", func(_ func() net.Conn, address string) slog.Handler { return NewHandler("tcp", address, nil) }},
		{"Pickle", func(_ func() net.Conn, address string) slog.Handler {
			return NewHandler("tcp", address, &Options{Encoding: Pickle})
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			var receiving sync.WaitGroup
			receiving.Go(func() {
				if c, err := l.Accept(); err == nil {
					_, _ = io.Copy(io.Discard, c)
				}
			})
			var conn net.Conn
			h := bench.make(func() net.Conn {
				if conn, err = net.Dial("tcp", l.Addr().String()); err != nil {
					b.Fatal(err)
				}
				return conn
			}, l.Addr().String())
			r := benchRecord()
			b.ReportAllocs()
			for b.Loop() {
				if err := h.Handle(context.Background(), r); err != nil {
					b.Fatal(err)
				}
			}
			if err := slogx.Close(h); err != nil {
				b.Error(err)
			}
			if conn != nil {
				_ = conn.Close()
			}
			receiving.Wait()
			_ = l.Close()
		})
	}
}

// BenchmarkDecode is what a Server does with such a record before the Handler.
func BenchmarkDecode(b *testing.B) {
	r := benchRecord()
	d := newDecoders(maxRecord)
	o := Options{Encoding: Pickle}
	e := newEncoder(&o, false)
	pickled, err := e.append(nil, &r)
	if err != nil {
		b.Fatal(err)
	}
	for name, data := range map[string][]byte{"JSON": new(wire.Encoder).Append(nil, &r), "Pickle": pickled[lengthBytes:]} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := d.decode(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
