// Quickstart logs the lines of a file as structured records: into JSON files rotated by size, into text files rotated
// every second, and, from warnings on, to a stream. Then it shows what it made.
//
//	go run ./examples/quickstart                       # a sample of a web server's log
//	go run ./examples/quickstart /var/log/nginx/access.log
//	journalctl -n 1000 | go run ./examples/quickstart -
package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

//go:embed testdata/access.log
var sample string

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(args []string, stdin io.Reader, out io.Writer) (err error) {
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: quickstart [flags] [FILE, or - for standard input]")
		flags.PrintDefaults()
	}
	dir := flags.String("dir", "", "`folder` for the log files (default: a new one under the system's temporary folder)")
	pace := flags.Duration("for", 2500*time.Millisecond, "spread the lines over this `time`, so that rotation by time has something to do; 0: no pauses")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" {
		if *dir, err = os.MkdirTemp("", "slogkit-quickstart-"); err != nil {
			return err
		}
	}
	lines, from, err := input(flags.Args(), stdin)
	if err != nil {
		return err
	}

	handler, err := open(*dir, out)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d lines of %s; the warnings among them:\n\n", len(lines), from)
	spent := replay(slog.New(handler), lines, *pace)
	if err := slogx.Close(handler); err != nil { // flushes and closes all three
		return err
	}
	return report(out, *dir, 2*len(lines), spent)
}

// input returns the lines of the file named as argument, of standard input for "-", or else of the sample.
func input(args []string, stdin io.Reader) (lines []string, from string, err error) {
	var r io.Reader = strings.NewReader(sample)
	from = "the sample"
	switch {
	case len(args) > 1:
		return nil, "", fmt.Errorf("%d files given, want one", len(args))
	case len(args) == 1 && args[0] == "-":
		r, from = stdin, "standard input"
	case len(args) == 1:
		f, err := os.Open(args[0])
		if err != nil {
			return nil, "", err
		}
		defer f.Close()
		r, from = f, args[0]
	}
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
	}
	return lines, from, scanner.Err()
}

// open sets up the three handlers, and is all there is to know of slogkit here.
func open(dir string, out io.Writer) (slog.Handler, error) {
	bySize, err := rotate.Open(filepath.Join(dir, "app.json"), &rotate.Options{
		Options:     slogx.Options{Format: slogx.JSON, Level: slog.LevelDebug},
		MaxBytes:    32 << 10,
		BackupCount: 5,
	})
	if err != nil {
		return nil, err
	}
	byTime, err := rotate.Open(filepath.Join(dir, "app.log"), &rotate.Options{
		Options:     slogx.Options{Level: slog.LevelDebug},
		When:        rotate.Second,
		BackupCount: 10,
	})
	if err != nil {
		return nil, errors.Join(err, bySize.Close())
	}
	warnings := slogx.NewStreamHandler(out, &slogx.StreamOptions{
		Options: slogx.Options{Level: slog.LevelWarn},
	})
	return slogx.Fanout(bySize, byTime, warnings), nil
}

// replay logs the lines in bursts over the given time, and returns how long the logging itself took.
func replay(logger *slog.Logger, lines []string, pace time.Duration) (spent time.Duration) {
	const bursts = 10
	start := time.Now()
	for burst := range bursts {
		time.Sleep(time.Until(start.Add(pace * time.Duration(burst) / bursts)))
		before := time.Now()
		for i := burst * len(lines) / bursts; i < (burst+1)*len(lines)/bursts; i++ {
			level, msg, attrs := parse(lines[i])
			logger.LogAttrs(context.Background(), level, msg, append(attrs, slog.Int("line", i+1))...)
		}
		spent += time.Since(before)
	}
	return spent
}

// request matches a line in the common or combined log format of web servers.
var request = regexp.MustCompile(`^(\S+) \S+ \S+ \[[^]]*\] "(\S+) (\S+)[^"]*" (\d{3}) (\d+|-)`)

// parse makes a record of a line: a request with its parts, or else the line as it is.
func parse(line string) (slog.Level, string, []slog.Attr) {
	m := request.FindStringSubmatch(line)
	if m == nil {
		return slog.LevelInfo, line, nil
	}
	status, _ := strconv.Atoi(m[4])
	size, _ := strconv.Atoi(m[5]) // "-": 0
	level := slog.LevelInfo
	switch {
	case status >= 500:
		level = slog.LevelError
	case status >= 400:
		level = slog.LevelWarn
	}
	return level, "request", []slog.Attr{
		slog.String("remote", m[1]), slog.String("method", m[2]), slog.String("path", m[3]),
		slog.Int("status", status), slog.Int("bytes", size),
	}
}
