package rotate

import (
	"compress/gzip"
	"io"
)

// A Compressor makes backups smaller. It must be safe for concurrent use.
type Compressor interface {
	// Extension is appended to the name of a compressed backup, with its dot: ".gz". It is asked for once; without one the
	// Compressor is refused, for the compressed backup would have the name of the other.
	Extension() string

	// NewWriter returns a writer that compresses to w. Its Close ends the stream, and leaves w open.
	NewWriter(w io.Writer) (io.WriteCloser, error)
}

// GzipLevel is a [Compressor] that makes .gz files (RFC 1952), with one of the levels of compress/gzip.
type GzipLevel int

// Gzip is the [Compressor] that makes .gz files, at gzip's default level.
const Gzip GzipLevel = gzip.DefaultCompression

// Extension returns ".gz".
func (GzipLevel) Extension() string { return ".gz" }

// NewWriter returns a gzip.Writer. It is an error if l is no level of gzip.
func (l GzipLevel) NewWriter(w io.Writer) (io.WriteCloser, error) {
	return gzip.NewWriterLevel(w, int(l))
}
