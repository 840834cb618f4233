package zstd

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/slogkit-go/slogkit/rotate"
)

// Level is a [rotate.Compressor] that makes .zst files. Each level of the compressor, a zstd.EncoderLevel, converts to
// one; the zero Level is invalid.
type Level zstd.EncoderLevel

// The levels, with the level of the zstd program that each comes near.
const (
	Fastest = Level(zstd.SpeedFastest)           // 1
	Default = Level(zstd.SpeedDefault)           // 3
	Better  = Level(zstd.SpeedBetterCompression) // 7
	Best    = Level(zstd.SpeedBestCompression)   // 11
)

var _ rotate.Compressor = Default

// window is how far back, in bytes, a repetition is found. With the compressor's own 8 MiB, Default takes 18 MiB of
// memory and makes logs no smaller: lines resemble those near them.
const window = 1 << 20

// Extension returns ".zst".
func (Level) Extension() string { return ".zst" }

// NewWriter returns a zstd.Encoder, which compresses in the goroutine that writes. It is an error if l is none of the
// levels.
func (l Level) NewWriter(w io.Writer) (io.WriteCloser, error) {
	z, err := zstd.NewWriter(w,
		zstd.WithEncoderLevel(zstd.EncoderLevel(l)),
		zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(window),
	)
	if err != nil { // not return z, err: z is a nil *Encoder
		return nil, fmt.Errorf("rotate/zstd: level %d: %w", int(l), err)
	}
	return z, nil
}
