package bench

import (
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/DeRuina/timberjack"
	phuslu "github.com/phuslu/log"
	"github.com/rs/zerolog"
	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"
	"gopkg.in/natefinch/lumberjack.v2"
)

// Encoders are all handlers, the standard library's first.
func Encoders() []Encoder {
	return append([]Encoder{
		{Name: "slog JSON", New: newSlogJSON},
		{Name: "phuslu", New: newPhuslu},
		{Name: "zapslog", New: newZapslog},
		{Name: "zerolog", New: newZerolog, NoSource: true},
		{Name: "slog Text", New: newSlogText, Text: true},
	}, slogkitEncoders()...)
}

func newSlogJSON(w io.Writer, source bool) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{AddSource: source})
}

func newSlogText(w io.Writer, source bool) slog.Handler {
	return slog.NewTextHandler(w, &slog.HandlerOptions{AddSource: source})
}

// newPhuslu takes no lock around the Write, unlike all the others: it leaves that to its own writers.
func newPhuslu(w io.Writer, source bool) slog.Handler {
	return phuslu.SlogNewJSONHandler(w, &slog.HandlerOptions{AddSource: source})
}

func newZapslog(w io.Writer, source bool) slog.Handler {
	cfg := zapcore.EncoderConfig{
		TimeKey:        "time",
		LevelKey:       "level",
		MessageKey:     "msg",
		CallerKey:      "source",
		FunctionKey:    "function",
		EncodeTime:     zapcore.RFC3339NanoTimeEncoder,
		EncodeLevel:    zapcore.CapitalLevelEncoder,
		EncodeDuration: zapcore.NanosDurationEncoder,
		EncodeCaller:   zapcore.FullCallerEncoder,
	}
	core := zapcore.NewCore(zapcore.NewJSONEncoder(cfg), zapcore.Lock(zapcore.AddSync(w)), zapcore.InfoLevel)
	return zapslog.NewHandler(core, zapslog.WithCaller(source))
}

func newZerolog(w io.Writer, _ bool) slog.Handler {
	// Its defaults, whole seconds and milliseconds, would be less than what the others write.
	zerolog.TimeFieldFormat = time.RFC3339Nano
	zerolog.DurationFieldUnit = time.Nanosecond
	zerolog.DurationFieldInteger = true
	return zerolog.NewSlogHandler(zerolog.New(zerolog.SyncWriter(w)).Level(zerolog.InfoLevel))
}

// A FileWriter is a file that takes lines, and mostly one that rotates by size.
type FileWriter struct {
	Name       string
	Open       func(name string, maxMiB, backups int) (io.WriteCloser, error)
	Exact      bool // rotates between the very lines that the limit lies between: see [CheckExact]
	Compresses bool // its backups, to name.gz
}

// FileWriters are all rotating files, and the bare file as their floor.
func FileWriters() []FileWriter {
	return append([]FileWriter{
		{Name: "os.File", Open: openRaw},
		{Name: "lumberjack", Open: openLumberjack, Exact: true},
		{Name: "timberjack", Open: openTimberjack, Exact: true},
	}, slogkitFileWriters()...)
}

func openRaw(name string, _, _ int) (io.WriteCloser, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
}

func openLumberjack(name string, maxMiB, backups int) (io.WriteCloser, error) {
	return &lumberjack.Logger{Filename: name, MaxSize: maxMiB, MaxBackups: backups}, nil
}

func openTimberjack(name string, maxMiB, backups int) (io.WriteCloser, error) {
	return &timberjack.Logger{Filename: name, MaxSize: maxMiB, MaxBackups: backups}, nil
}

// CompressingWriters are the rotating files that make gzip files of their backups.
func CompressingWriters() []FileWriter {
	return append([]FileWriter{
		{Name: "lumberjack", Open: openLumberjackGzip, Exact: true, Compresses: true},
		{Name: "timberjack", Open: openTimberjackGzip, Exact: true, Compresses: true},
	}, slogkitCompressingWriters()...)
}

func openLumberjackGzip(name string, maxMiB, backups int) (io.WriteCloser, error) {
	return &lumberjack.Logger{Filename: name, MaxSize: maxMiB, MaxBackups: backups, Compress: true}, nil
}

func openTimberjackGzip(name string, maxMiB, backups int) (io.WriteCloser, error) {
	return &timberjack.Logger{Filename: name, MaxSize: maxMiB, MaxBackups: backups, Compression: "gzip"}, nil
}

// A FileHandler is a slog.Handler that writes JSON to a rotating file.
type FileHandler struct {
	Name string
	Open func(name string, maxMiB, backups int) (slog.Handler, io.Closer, error)
}

// FileHandlers are handlers over rotating files.
func FileHandlers() []FileHandler {
	return append([]FileHandler{
		{Name: "slog JSON + os.File", Open: over(newSlogJSON, openRaw)},
		{Name: "slog JSON + lumberjack", Open: over(newSlogJSON, openLumberjack)},
		{Name: "slog JSON + timberjack", Open: over(newSlogJSON, openTimberjack)},
		{Name: "phuslu + lumberjack", Open: over(newPhuslu, openLumberjack)},
		{Name: "phuslu + its FileWriter", Open: over(newPhuslu, openPhuslu)},
		{Name: "zapslog + lumberjack", Open: over(newZapslog, openLumberjack)},
		{Name: "zerolog + lumberjack", Open: over(newZerolog, openLumberjack)},
	}, slogkitFileHandlers()...)
}

func openPhuslu(name string, maxMiB, backups int) (io.WriteCloser, error) {
	return &phuslu.FileWriter{Filename: name, MaxSize: int64(maxMiB) << 20, MaxBackups: backups}, nil
}

func over(
	format func(io.Writer, bool) slog.Handler, open func(string, int, int) (io.WriteCloser, error),
) func(string, int, int) (slog.Handler, io.Closer, error) {
	return func(name string, maxMiB, backups int) (slog.Handler, io.Closer, error) {
		w, err := open(name, maxMiB, backups)
		if err != nil {
			return nil, nil, err
		}
		return format(w, false), w, nil
	}
}
