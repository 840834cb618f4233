package queue

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// The record that tells of drops, as a handler prints it.
func TestDropRecord(t *testing.T) {
	for _, tt := range []struct {
		levels []slog.Level
		want   string
	}{
		{[]slog.Level{slog.LevelDebug}, "level=WARN dropped=1 levels.DEBUG=1"},
		{[]slog.Level{0, 0, 4, 0}, "level=WARN dropped=4 levels.INFO=3 levels.WARN=1"},
		{[]slog.Level{12, -4, 8, 12, 1}, "level=ERROR+4 dropped=5 levels.DEBUG=1 levels.INFO+1=1 levels.ERROR=1 levels.ERROR+4=2"},
	} {
		synctest.Test(t, func(t *testing.T) {
			q := fullRing(t, 1, &RingOptions{Policy: DropNewest})
			first := time.Now()
			for _, level := range tt.levels {
				wantErr(t, q.Enqueue(context.Background(), record(level, "m")), ErrFull)
				time.Sleep(time.Second)
			}
			_ = q.Close()
			var b bytes.Buffer
			h := slogx.Text(&b, &slog.HandlerOptions{AddSource: true})
			for {
				r, err := q.Dequeue(context.Background())
				if err != nil {
					break
				}
				if r.Message == DropMessage {
					if !r.Time.Equal(time.Now()) {
						t.Errorf("at %v", r.Time)
					}
					r.Time = time.Time{}
					must(t, h.Handle(context.Background(), r))
				}
			}
			since := " since=" + first.Format("2006-01-02T15:04:05.000Z07:00")
			want := strings.Replace(tt.want, " dropped", ` msg="queue: records dropped" dropped`, 1)
			want = strings.Replace(want, " levels", since+" levels", 1) + "\n"
			wantEqual(t, b.String(), want)
		})
	}
}

// When the stream is told: once for a burst, when nothing waits any more; or after a second if there is no end to it.
func TestWhenDropsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewRing(4, &RingOptions{Policy: DropNewest})
		next := func() string {
			r, err := q.Dequeue(ended())
			if err != nil {
				return ""
			}
			if r.Message == DropMessage {
				return strings.Repeat("!", int(droppedIn(t, r)))
			}
			return r.Message
		}
		put := func(msgs string) {
			for _, msg := range strings.Split(msgs, "") {
				_ = q.Enqueue(context.Background(), info(msg))
			}
		}
		take := func(want string) {
			t.Helper()
			var got string
			for range want {
				got += next()
			}
			if got != want {
				t.Errorf("%q came out, want %q", got, want)
			}
		}
		put("1234xx")
		take("1234")
		if got := next(); got != "!!" {
			t.Errorf("%q", got)
		}
		if got := next(); got != "" {
			t.Errorf("%q is told again", got)
		}
		put("1234x")
		take("12")
		put("56xx")
		take("345")
		time.Sleep(time.Second - 1)
		put("78") // not a moment without records
		take("67")
		time.Sleep(time.Nanosecond)
		if got := next(); got != "!!!" {
			t.Errorf("after a second: %q", got)
		}
		put("901x")
		take("8901")
		if got := next(); got != "!" {
			t.Errorf("in the end: %q", got)
		}
		check(t, q.Stats())
	})
}

// What was dropped is told before the end, also if nothing was left in the Ring when it was closed.
func TestDropsAreToldBeforeTheEnd(t *testing.T) {
	for name, before := range map[string]func(q *Ring){
		"full":  func(*Ring) {},
		"empty": func(q *Ring) { _, _ = q.Dequeue(context.Background()) },
	} {
		q := fullRing(t, 1, &RingOptions{Policy: DropNewest})
		_ = q.Enqueue(context.Background(), info("dropped"))
		before(q)
		must(t, q.Close())
		got := empty(t, q)
		if len(got) == 0 || got[len(got)-1] != DropMessage {
			t.Errorf("%s: %q", name, got)
		}
		if _, err := q.Dequeue(context.Background()); err != io.EOF { //nolint:errorlint // as Queue says
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A Listener tells its handlers, and only those that take records of that level.
func TestListenerTellsOfDrops(t *testing.T) {
	q := fullRing(t, 1, &RingOptions{Policy: DropNewest})
	_ = q.Enqueue(context.Background(), info("dropped"))
	var warn, fatal bytes.Buffer
	l := NewListener(q, nil, slogx.Text(&warn, &slog.HandlerOptions{Level: slog.LevelWarn}),
		slogx.Text(&fatal, &slog.HandlerOptions{Level: slogx.LevelCritical}))
	must(t, l.Start())
	stop(t, l)
	if !strings.Contains(warn.String(), DropMessage) || fatal.Len() != 0 {
		t.Errorf("%q, %q", warn.String(), fatal.String())
	}
}
