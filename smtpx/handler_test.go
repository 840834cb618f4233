package smtpx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/reported"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestInvalid: what is wrong is said for each record, and by Open, before anything is sent.
func TestInvalid(t *testing.T) {
	user := func(o Options) Options {
		o.Username, o.Password = "u", "p"
		return o
	}
	for want, c := range map[string]struct {
		server, from, to string
		opts             Options
	}{
		"invalid server \"\"":                 {"", "a@b.c", "d@e.f", Options{}},
		"invalid server \"a b:25\"":           {"a b:25", "a@b.c", "d@e.f", Options{}},
		"invalid server \"mx:\"":              {"mx:", "a@b.c", "d@e.f", Options{}},
		"invalid address \"\"":                {"mx", "", "d@e.f", Options{}},
		"invalid address \"not an address\"":  {"mx", "not an address", "d@e.f", Options{}},
		"not one, but 2":                      {"mx", "a@b.c, d@e.f", "d@e.f", Options{}},
		"invalid address \"d\"":               {"mx", "a@b.c", "d", Options{}},
		"has control characters":              {"mx", "a@b.c", "d@e.f\r\nBcc: evil@e.f", Options{}},
		"\"\\\"a\\\\\\rb\\\"@b.c\": it has":   {"mx", "\"a\\\rb\"@b.c", "d@e.f", Options{}},
		"?q?a=0Db?= <a@b.c>\": it has":        {"mx", "=?utf-8?q?a=0Db?= <a@b.c>", "d@e.f", Options{}},
		"longer than 254 bytes":               {"mx", "a@b.c", strings.Repeat("d", 240) + "@example.example", Options{}},
		"its name is too long":                {"mx", strings.Repeat("A", 500) + " <a@b.c>", "d@e.f", Options{}},
		"invalid TLS: TLSPolicy(9)":           {"mx", "a@b.c", "d@e.f", Options{TLS: 9}},
		"invalid LocalName":                   {"mx", "a@b.c", "d@e.f", Options{LocalName: "a\r\nQUIT"}},
		"unknown Mechanism: \"GUESS\"":        {"mx", "a@b.c", "d@e.f", user(Options{Mechanism: "GUESS"})},
		"invalid RateLimit: -1":               {"mx", "a@b.c", "d@e.f", Options{RateLimit: -1}},
		"Synchronous does not go":             {"mx", "a@b.c", "d@e.f", Options{Synchronous: true, Digest: new(Digest)}},
		"Username has control":                {"mx", "a@b.c", "d@e.f", Options{Username: "a\x00b", Password: "p"}},
		"Password has control":                {"mx", "a@b.c", "d@e.f", Options{Username: "a", Password: "p\r\n"}},
		"needs a Username":                    {"mx", "a@b.c", "d@e.f", Options{Password: "p"}},
		"a Username needs":                    {"mx", "a@b.c", "d@e.f", Options{Username: "u"}},
		"needs Mechanism XOAUTH2":             {"mx", "a@b.c", "d@e.f", Options{Username: "u", Token: func(context.Context) (string, error) { return "", nil }}},
		"without TLS need AllowPlaintextAuth": {"mx", "a@b.c", "d@e.f", user(Options{TLS: TLSNone})},
	} {
		t.Run(want, func(t *testing.T) {
			var log testkit.ErrorLog
			c.opts.ErrorHandler = log.Handle
			given := c.opts
			h := closing(t, NewHandler(c.server, c.from, []string{c.to}, &c.opts))
			for range 2 {
				err := h.Handle(t.Context(), record(slog.LevelInfo, "x"))
				if err == nil || !strings.Contains(err.Error(), want) || len(log.Take()) != 1 {
					t.Errorf("%v", err)
				}
			}
			if _, err := Open(c.server, c.from, []string{c.to}, &c.opts); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Open: %v", err)
			}
			if err := h.Flush(); err != nil {
				t.Error(err)
			}
			if c.opts.Timeout != given.Timeout || c.opts.LocalName != given.LocalName {
				t.Error("the options were written to")
			}
		})
	}
	if _, err := parseRecipients(nil); err == nil {
		t.Error("no recipient is no error")
	}
}

func TestSplitServer(t *testing.T) {
	for server, want := range map[string]string{
		"mx": "mx:25", "mx:2525": "mx:2525", "[::1]:26": "[::1]:26", "::1": "[::1]:25", "[::1]": "[::1]:25", "10.0.0.1": "10.0.0.1:25",
	} {
		host, port, err := splitServer(server, "25")
		if got := (&server0{host, port}).String(); got != want || err != nil {
			t.Errorf("%s: %s, %v", server, got, err)
		}
	}
	for want, o := range map[string]Options{"25": {}, "587": {Username: "u"}, "465": {Username: "u", TLS: TLSImplicit}} {
		if got := o.port(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

type server0 struct{ host, port string }

func (s *server0) String() string { return (&server{host: s.host, port: s.port}).address() }

// TestSlogtest: what a mail says is what a handler must, by our own formats and others.
func TestSlogtest(t *testing.T) {
	for name, format := range map[string]slogx.Format{"JSON": slogx.JSON, "slog.JSON": slogx.FormatOf(slog.NewJSONHandler)} {
		t.Run(name, func(t *testing.T) {
			p := new(post)
			slogtest.Run(t, func(t *testing.T) slog.Handler {
				return closing(t, posting(p, Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t), Format: format}, Synchronous: true}))
			}, func(t *testing.T) map[string]any {
				all := p.letters(t)
				if len(all) != 1 {
					t.Fatalf("%d mails", len(all))
				}
				return testkit.ParseJSON(t, all[0].text)
			})
		})
	}
}

// TestTableSlogtest: so does its table.
func TestTableSlogtest(t *testing.T) {
	p := new(post)
	slogtest.Run(t, func(t *testing.T) slog.Handler {
		return closing(t, posting(p, Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, Synchronous: true}))
	}, func(t *testing.T) map[string]any {
		all := p.letters(t)
		if len(all) != 1 {
			t.Fatalf("%d mails", len(all))
		}
		return nested(t, tableOf(t, all[0].html))
	})
}

// TestUserCode: what goes wrong there is an error of this record, and the mail is sent all the same where it can be.
func TestUserCode(t *testing.T) {
	for name, c := range map[string]struct {
		opts Options
		args []any
		want string // of the error
		sent bool
	}{
		"Subject":     {Options{Subject: func(slog.Record) string { panic("oops") }}, nil, "Subject: panic: oops", true},
		"ReplaceAttr": {Options{Options: slogx.Options{ReplaceAttr: func([]string, slog.Attr) slog.Attr { panic("oops") }}}, nil, "panic: oops", false},
		"LogValuer":   {Options{}, []any{"v", testkit.ValuerFunc(func() slog.Value { panic("oops") })}, "", true},
		"Format":      {Options{Options: slogx.Options{Format: failing}}, nil, "cannot format", false},
	} {
		t.Run(name, func(t *testing.T) {
			var log testkit.ErrorLog
			p := new(post)
			c.opts.ErrorHandler = log.Handle
			h := closing(t, posting(p, c.opts))
			_ = h.Handle(t.Context(), record(slog.LevelError, "hello", c.args...))
			if err := h.Flush(); err != nil {
				t.Error(err)
			}
			if errs := log.Take(); (c.want != "") != (len(errs) == 1) || len(errs) == 1 && !strings.Contains(errs[0].Error(), c.want) {
				t.Errorf("told %v", errs)
			}
			if all := p.letters(t); c.sent != (len(all) == 1) || c.sent && all[0].subject != "ERROR: hello" {
				t.Errorf("%d mails", len(all))
			}
			balanced(t, h)
		})
	}
}

// TestDialPanics: that is an error, too, and the next mail is sent.
func TestDialPanics(t *testing.T) {
	f := (&fake{}).start(t)
	n := 0
	h := closing(t, NewHandler(f.addr(), "me@example.com", someone, patient(Options{
		Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, Synchronous: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if n++; n == 1 {
				panic("oops")
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	})))
	if err := h.Handle(t.Context(), record(slog.LevelInfo, "x")); err == nil || err.Error() != "panic: oops" {
		t.Error(err)
	}
	if err := h.Handle(t.Context(), record(slog.LevelInfo, "y")); err != nil {
		t.Error(err)
	}
	_ = h.Close()
	if s := balanced(t, h); s.Sent != 1 || s.Failed != 1 {
		t.Errorf("%+v", s)
	}
}

// TestConnPanics: a connection that has failed in that way is closed, too, and not used again.
func TestConnPanics(t *testing.T) {
	f := (&fake{}).start(t)
	var conns []*panicky
	h := closing(t, NewHandler(f.addr(), "me@example.com", someone, patient(Options{
		Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, Synchronous: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			raw, err := new(net.Dialer).DialContext(ctx, network, address)
			c := &panicky{Conn: raw, reads: len(conns)}
			conns = append(conns, c)
			return c, err
		},
	})))
	for range 6 { // greeting, EHLO, MAIL, RCPT, DATA, and the end of that
		if err := h.Handle(t.Context(), record(slog.LevelInfo, "x")); err == nil || !strings.Contains(err.Error(), "panic: oops") {
			t.Errorf("%d: %v", len(conns), err)
		}
	}
	if err := h.Handle(t.Context(), record(slog.LevelInfo, "x")); err != nil { // QUIT does no harm
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	for n, c := range conns {
		if !c.closed {
			t.Errorf("%d: it is open", n)
		}
	}
	if s := balanced(t, h); s.Failed != 6 || s.Sent != 1 || len(conns) != 7 {
		t.Errorf("%d connections: %+v", len(conns), s)
	}
}

// panicky is a connection that panics after so many reads.
type panicky struct {
	net.Conn
	reads  int
	closed bool
}

func (p *panicky) Read(b []byte) (int, error) {
	if p.reads--; p.reads < 0 {
		panic("oops")
	}
	return p.Conn.Read(b)
}

func (p *panicky) Close() error {
	p.closed = true
	return p.Conn.Close()
}

// TestReplaceAttr: the table has what it makes of attributes, and what panics there does not keep the mail.
func TestReplaceAttr(t *testing.T) {
	p := new(post)
	inMail := false
	h := posting(p, Options{Synchronous: true, Options: slogx.Options{
		ErrorHandler: testkit.NoErrors(t),
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			switch {
			case a.Key == "secret":
				return slog.String("secret", "***")
			case a.Key == slog.TimeKey:
				return slog.Attr{}
			case a.Key == "late" && inMail:
				panic("oops")
			case a.Key == "late":
				inMail = true
			}
			return a
		},
	}})
	slog.New(h).Info("x", slog.Group("g", "secret", "hunter2", "late", 1))
	_ = h.Close()
	l := p.letters(t)[0]
	if strings.Contains(l.text+l.html, "hunter2") {
		t.Errorf("%s%s", l.text, l.html)
	}
	want := map[string]string{"level": "INFO", "msg": "x", "g.secret": "***", "g.late": "!PANIC: ReplaceAttr"}
	if got := tableOf(t, l.html); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

// TestReplacedSubject: what ReplaceAttr takes out of a message is not in the subject either.
func TestReplacedSubject(t *testing.T) {
	for want, replace := range map[string]func([]string, slog.Attr) slog.Attr{
		"ERROR: ***": func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.MessageKey {
				a.Value = slog.StringValue("***")
			}
			return a
		},
		"FATAL: x": func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.LevelKey {
				a.Value = slog.StringValue("FATAL")
			}
			return a
		},
		"x": func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.LevelKey {
				return slog.Attr{}
			}
			return a
		},
		"ERROR": func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.MessageKey {
				return slog.Attr{}
			}
			return a
		},
	} {
		p := new(post)
		h := posting(p, Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t), ReplaceAttr: replace}})
		slog.New(h).Error("x")
		_ = h.Close()
		if got := p.letters(t)[0].subject; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestSnapshot: what the caller changes after the call does not show.
func TestSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := new(post)
		h := posting(p, Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, Digest: new(Digest)})
		m, s := map[string]int{"a": 1}, []string{"old"}
		shared := []slog.Attr{slog.Int("first", 1), slog.Int("second", 2)}
		child := h.WithAttrs(shared)
		slog.New(child).Info("x", "m", m, "s", s)
		m["a"], s[0], shared[0] = 2, "new", slog.Int("first", 3)
		_ = h.Close()
		l := p.letters(t)[0]
		got := tableOf(t, l.html)
		if got["m"] != "map[a:1]" || got["s"] != "[old]" || got["first"] != "1" || !strings.Contains(l.text, "first=1 second=2 m=map[a:1] s=[old]") {
			t.Errorf("%v %s", got, l.text)
		}
	})
}

// TestDerived: siblings do not see each other's attributes, and all share one sink.
func TestDerived(t *testing.T) {
	p := new(post)
	var errs testkit.ErrorLog
	h := posting(p, Options{Options: slogx.Options{ErrorHandler: errs.Handle}, Synchronous: true})
	if h.WithAttrs(nil) != slog.Handler(h) || h.WithGroup("") != slog.Handler(h) {
		t.Error("nothing makes another handler")
	}
	base := slog.New(h).With("a", 1).WithGroup("g").With("b", 2)
	var children []*slog.Logger
	for _, name := range []string{"x", "y", "z"} {
		children = append(children, base.With("c", name).WithGroup(name))
	}
	for _, child := range children {
		child.Info("m", "d", 3)
	}
	for i, l := range p.letters(t) {
		name := string("xyz"[i])
		want := " a=1 g.b=2 g.c=" + name + " g." + name + ".d=3\n"
		if got := tableOf(t, l.html); !strings.HasSuffix(l.text, want) || got["g.c"] != name || got["g."+name+".d"] != "3" || len(got) != 7 {
			t.Errorf("%s%v", l.text, got)
		}
	}
	child := children[0].Handler().(*Handler)
	if child.Sink() != h.Sink() {
		t.Error("not the same sink")
	}
	if err := slogx.Close(slogx.Fanout(h, child)); err != nil {
		t.Error(err)
	}
	if told := errs.Take(); len(told) > 0 {
		t.Error(told)
	}
	if err := child.Handle(context.Background(), record(slog.LevelInfo, "x")); !errors.Is(err, slogx.ErrClosed) {
		t.Error("not closed")
	}
}

// TestWithPanics: a handler that cannot be derived is still one.
func TestWithPanics(t *testing.T) {
	var errs testkit.ErrorLog
	p := new(post)
	h := closing(t, posting(p, Options{Synchronous: true, Options: slogx.Options{ErrorHandler: errs.Handle, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == "bad" {
			panic("oops")
		}
		return a
	}}}))
	slog.New(h).With("bad", 1).Info("x")
	if told := errs.Take(); len(told) != 1 || told[0].Error() != "WithAttrs: panic: oops" {
		t.Errorf("told %v", told)
	}
	if n := len(p.letters(t)); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// TestDeepGroups: groups without end have one in the table.
func TestDeepGroups(t *testing.T) {
	v := slog.IntValue(1)
	for range 2 * maxDepth {
		v = slog.GroupValue(slog.Attr{Key: "g", Value: v})
	}
	page := table{most: 1 << 20}.page("", []slog.Record{record(slog.LevelInfo, "x", "a", v)})
	if rows := tableOf(t, page); rows["a"+strings.Repeat(".g", maxDepth-1)] != "!ERROR:nested too deeply" || len(rows) != 4 {
		t.Errorf("%v", rows)
	}
	wide := make([]any, 0, 2000)
	for i := range 1000 {
		wide = append(wide, fmt.Sprint("key", i), strings.Repeat("x", 100))
	}
	if page := (table{most: 10_000}).page("", []slog.Record{record(slog.LevelInfo, "x", wide...)}); len(page) > 11_000 || !strings.HasSuffix(page, tableTail+pageTail) {
		t.Errorf("%d bytes: %s", len(page), page)
	}
}

// TestReentry: user code may log through the handler that has called it.
func TestReentry(t *testing.T) {
	t.Run("ErrorHandler", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := &post{fail: func(int) error { return errors.New("down") }}
			var h *Handler
			told := 0
			h = posting(p, Options{Options: slogx.Options{ErrorHandler: func(_ context.Context, r slog.Record, err error) {
				told++
				slog.New(h).Error("could not mail " + r.Message)
			}}})
			slog.New(h).Error("x")
			time.Sleep(time.Hour)
			synctest.Wait()
			if told != 1 || p.attempts() != 2 {
				t.Errorf("told %d times of %d attempts", told, p.attempts())
			}
			_ = h.Close()
			balanced(t, h)
		})
	})
	t.Run("Goexit", func(t *testing.T) { // as t.FailNow does
		synctest.Test(t, func(t *testing.T) {
			p := &post{fail: func(int) error { return errors.New("down") }}
			told := 0
			h := posting(p, Options{Options: slogx.Options{ErrorHandler: func(context.Context, slog.Record, error) {
				if told++; told == 1 {
					runtime.Goexit()
				}
			}}})
			for range 10 {
				slog.New(h).Error("x")
			}
			time.Sleep(time.Minute)
			if err := h.Close(); err != nil {
				t.Error(err)
			}
			if s := balanced(t, h); s.Failed != 10 || told < 2 {
				t.Errorf("told %d times: %+v", told, s)
			}
		})
	})
	t.Run("Goexit, and a caller waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			h := posting(new(post), Options{Synchronous: true, Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, Subject: func(slog.Record) string {
				if n++; n == 1 {
					runtime.Goexit()
				}
				return "s"
			}})
			start := time.Now()
			if err := h.Handle(t.Context(), record(slog.LevelInfo, "x")); !errors.Is(err, errGoexit) || time.Since(start) > 0 {
				t.Errorf("%v after %v", err, time.Since(start))
			}
			if err := h.Handle(t.Context(), record(slog.LevelInfo, "x")); err != nil {
				t.Error(err)
			}
			_ = h.Close()
			if s := balanced(t, h); s.Failed != 1 || s.Sent != 1 {
				t.Errorf("%+v", s)
			}
		})
	})
	t.Run("Subject", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := new(post)
			var h *Handler
			once := sync.OnceFunc(func() { slog.New(h).Info("from Subject") })
			h = posting(p, Options{Synchronous: true, Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, Subject: func(r slog.Record) string {
				once()
				return r.Message
			}})
			start := time.Now()
			slog.New(h).Info("x")
			if err := h.Flush(); err != nil || time.Since(start) > 0 {
				t.Errorf("%v after %v", err, time.Since(start))
			}
			if n := len(p.letters(t)); n != 2 {
				t.Errorf("%d mails", n)
			}
			_ = h.Close()
		})
	})
}

// TestQueueFull: what there is no room for is dropped as the policy says, and told as one burst.
func TestQueueFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log testkit.ErrorLog
		p := &post{block: make(chan struct{})}
		h := posting(p, Options{Options: slogx.Options{ErrorHandler: log.Handle}, QueueRecords: 10, Policy: DropNewest})
		start := time.Now()
		for range 100 {
			err := h.Handle(t.Context(), record(slog.LevelInfo, "x"))
			if err != nil && (!errors.Is(err, ErrFull) || reported.Rest(err) != nil) {
				t.Errorf("%v", err)
			}
		}
		if time.Since(start) > 0 {
			t.Error("the caller waits")
		}
		close(p.block)
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if s := balanced(t, h); s.Dropped != 90 || s.Sent != 10 {
			t.Errorf("%+v", s)
		}
		errs := log.Take()
		if drops, ok := errors.AsType[*DropError](errors.Join(errs...)); !ok || len(errs) != 1 || drops.N != 90 {
			t.Errorf("%v", errs)
		}
	})
}

// TestGoroutines: there is none before it is needed, one then, and none after Close.
func TestGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running := func() int {
			synctest.Wait()
			stacks := make([]byte, 1<<20)
			return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "backlog.(*Queue[...]).run(")
		}
		before := running()
		p := new(post)
		h := posting(p, Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, Digest: new(Digest)})
		if n := running(); n != before {
			t.Errorf("%d goroutines before there is a record", n-before)
		}
		for range 50 {
			slog.New(h).Info("x")
		}
		if n := running(); n != before+1 {
			t.Errorf("%d goroutines for 50 records", n-before)
		}
		_ = h.Close()
		if n := running(); n != before {
			t.Errorf("%d goroutines are left", n-before)
		}
	})
}

// TestConcurrent: records of many goroutines are all accounted for, whenever Close comes.
func TestConcurrent(t *testing.T) {
	for name, o := range map[string]Options{
		"digest": {Digest: &Digest{Window: time.Millisecond, MaxRecords: 7}, RateLimit: 20}, "one by one": {RateLimit: 20, QueueRecords: 10},
		"synchronous": {RateLimit: 20, Synchronous: true},
	} {
		t.Run(name, func(t *testing.T) { testConcurrent(t, o) })
	}
}

func testConcurrent(t *testing.T, o Options) {
	f := (&fake{}).start(t)
	o.ErrorHandler, o.BlockTimeout, o.SendTimeout = slogx.IgnoreErrors, patience, patience
	h := NewHandler(f.addr(), "me@example.com", someone, patient(o))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				_ = h.Handle(context.Background(), record(slog.LevelInfo, "x", "i", i))
				if s := h.Stats(); s.Waiting < 0 || s.Handled != s.Sent+s.Dropped+s.Failed+s.Suppressed+s.Waiting {
					t.Errorf("%+v", s)
				}
			}
		})
	}
	wg.Wait()
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	s := balanced(t, h)
	if s.Handled != 1600 || s.Dropped+s.Failed != 0 {
		t.Errorf("%+v", s)
	}
	var shown, counted int64
	for range s.Mails {
		l := read(t, f.next(t).data)
		shown += int64(strings.Count(l.text, "level=INFO"))
		if _, n, ok := strings.Cut(strings.Split(l.text, "\n")[0], " more suppressed: "); ok {
			n, _, _ = strings.Cut(n, " ")
			counted += atoi(t, n)
		}
	}
	if shown != s.Sent || counted != s.Suppressed {
		t.Errorf("%d shown and %d counted: %+v", shown, counted, s)
	}
}
