package bench

import (
	"context"
	"io"
	"log/slog"
	"time"
)

// Discard is where encoded records go. It is not io.Discard, which some libraries recognise and then skip the work.
var Discard io.Writer = discard{}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// An Encoder is a slog.Handler that turns a record into bytes.
type Encoder struct {
	Name     string
	Text     bool // key=value rather than JSON
	NoSource bool // cannot write the call site
	New      func(w io.Writer, source bool) slog.Handler
}

// Supports reports whether e can do what c asks for.
func (e Encoder) Supports(c Case) bool { return !c.Source || !e.NoSource }

// Logger returns a logger that is ready for c and writes to w.
func (e Encoder) Logger(c Case, w io.Writer) *slog.Logger {
	l := slog.New(e.New(w, c.Source))
	if c.Prepare != nil {
		l = c.Prepare(l)
	}
	return l
}

// A Case is one shape of log call.
type Case struct {
	Name    string
	Source  bool                            // with the call site
	Prepare func(*slog.Logger) *slog.Logger // With and WithGroup, outside the timed part; nil: nothing
	Log     func(l *slog.Logger, n int)     // logs n records

	group string      // the attributes' group
	attrs []slog.Attr // what has to be in each record, prepared or not
}

const (
	message = "request served"
	group   = "request"
)

// started is the time attribute: older than the record, as such attributes are.
var started = time.Date(2026, time.March, 29, 12, 34, 56, 789_012_345, time.UTC)

// Cases are the log calls that are measured. "5 attributes" are a string, an int, a duration, a bool and a time;
// "5 with float" has a float64 in the place of the time; "10 attributes" are those six and two strings and two
// ints more.
var Cases = []Case{
	{Name: "message", Log: logMessage},
	{Name: "5 attributes", Log: logFive, attrs: five},
	{Name: "5 with float", Log: logFiveFloat, attrs: fiveFloat},
	{Name: "10 attributes", Log: logTen, attrs: ten},
	{Name: "With(5) + 1", Prepare: withFive, Log: logOne, attrs: append(five[:5:5], one)},
	{Name: "WithGroup + 5", Prepare: withGroup, Log: logFive, group: group, attrs: five},
	{Name: "source", Source: true, Log: logMessage},
}

// Rich is a log call with what keeps a queue busy: With, a group and a LogValuer.
var Rich = Case{Name: "With, group, LogValuer", Prepare: withFiveAndGroup, Log: logRich}

// user is a LogValuer.
type user struct {
	id   int
	name string
}

func (u *user) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("id", u.id), slog.String("name", u.name))
}

func withFiveAndGroup(l *slog.Logger) *slog.Logger { return withGroup(withFive(l)) }

func logRich(l *slog.Logger, n int) {
	ctx := context.Background()
	u := &user{42, "gopher"}
	for range n {
		l.LogAttrs(ctx, slog.LevelInfo, message, slog.String("remote", "192.0.2.17"), slog.Any("user", u), slog.Int("bytes", 4096))
	}
}

// The attributes as [Check] expects them. The functions below write them out again, because building them is part of
// what a log call costs.
var (
	one  = slog.String("remote", "192.0.2.17")
	five = []slog.Attr{
		slog.String("method", "GET"),
		slog.Int("status", 200),
		slog.Duration("elapsed", 1234567*time.Nanosecond),
		slog.Bool("cached", true),
		slog.Time("started", started),
	}
	fiveFloat = append(five[:4:4], slog.Float64("ratio", 0.8125))
	ten       = append(five[:5:5],
		slog.Float64("ratio", 0.8125),
		one,
		slog.String("path", "/v1/items/42?fields=name,price"),
		slog.Int("bytes", 4096),
		slog.Int("worker", 7),
	)
)

func withFive(l *slog.Logger) *slog.Logger {
	args := make([]any, len(five))
	for i, a := range five {
		args[i] = a
	}
	return l.With(args...)
}

func withGroup(l *slog.Logger) *slog.Logger { return l.WithGroup(group) }

func logMessage(l *slog.Logger, n int) {
	ctx := context.Background()
	for range n {
		l.LogAttrs(ctx, slog.LevelInfo, message)
	}
}

func logOne(l *slog.Logger, n int) {
	ctx := context.Background()
	for range n {
		l.LogAttrs(ctx, slog.LevelInfo, message, slog.String("remote", "192.0.2.17"))
	}
}

func logFive(l *slog.Logger, n int) {
	ctx := context.Background()
	for range n {
		l.LogAttrs(ctx, slog.LevelInfo, message,
			slog.String("method", "GET"),
			slog.Int("status", 200),
			slog.Duration("elapsed", 1234567*time.Nanosecond),
			slog.Bool("cached", true),
			slog.Time("started", started),
		)
	}
}

func logFiveFloat(l *slog.Logger, n int) {
	ctx := context.Background()
	for range n {
		l.LogAttrs(ctx, slog.LevelInfo, message,
			slog.String("method", "GET"),
			slog.Int("status", 200),
			slog.Duration("elapsed", 1234567*time.Nanosecond),
			slog.Bool("cached", true),
			slog.Float64("ratio", 0.8125),
		)
	}
}

func logTen(l *slog.Logger, n int) {
	ctx := context.Background()
	for range n {
		l.LogAttrs(ctx, slog.LevelInfo, message,
			slog.String("method", "GET"),
			slog.Int("status", 200),
			slog.Duration("elapsed", 1234567*time.Nanosecond),
			slog.Bool("cached", true),
			slog.Time("started", started),
			slog.Float64("ratio", 0.8125),
			slog.String("remote", "192.0.2.17"),
			slog.String("path", "/v1/items/42?fields=name,price"),
			slog.Int("bytes", 4096),
			slog.Int("worker", 7),
		)
	}
}
