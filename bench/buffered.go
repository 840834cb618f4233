package bench

import (
	"bufio"
	"errors"
	"io"
	"os"

	"go.uber.org/zap/zapcore"
)

// bufferBytes is the size of all buffers, zap's default.
const bufferBytes = 256 << 10

// BufferedFiles are buffers over a bare file: floors for those over a file that rotates.
//
// phuslu's AsyncWriter is not among them. It keeps the bytes of a Write after that has returned, which suits its own
// logger; everybody else would have to copy each line for it.
func BufferedFiles() []FileWriter {
	return []FileWriter{
		{Name: "bufio + os.File", Open: openBufio}, // for one goroutine only
		{Name: "zap + os.File", Open: zapOver(openRaw)},
	}
}

// BufferedWriters are the rotating files that collect lines before they write them.
func BufferedWriters() []FileWriter {
	return append([]FileWriter{
		{Name: "zap + lumberjack", Open: zapOver(openLumberjack)},
	}, slogkitBufferedWriters()...)
}

func openBufio(name string, _, _ int) (io.WriteCloser, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return bufioFile{bufio.NewWriterSize(file, bufferBytes), file}, nil
}

type bufioFile struct {
	*bufio.Writer
	file *os.File
}

func (b bufioFile) Close() error { return errors.Join(b.Flush(), b.file.Close()) }

func zapOver(open func(string, int, int) (io.WriteCloser, error)) func(string, int, int) (io.WriteCloser, error) {
	return func(name string, maxMiB, backups int) (io.WriteCloser, error) {
		file, err := open(name, maxMiB, backups)
		if err != nil {
			return nil, err
		}
		// Without its Sync method a bare file is not committed to disk at the end, which nobody else does either.
		ws := zapcore.AddSync(struct{ io.Writer }{file})
		return zapFile{&zapcore.BufferedWriteSyncer{WS: ws, Size: bufferBytes}, file}, nil
	}
}

type zapFile struct {
	*zapcore.BufferedWriteSyncer
	file io.Closer
}

func (z zapFile) Close() error { return errors.Join(z.Stop(), z.file.Close()) }
