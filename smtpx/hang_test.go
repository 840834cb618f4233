package smtpx

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestHang: a server that says nothing more at one step or another holds up nobody, and no goroutine for longer than the
// step may take.
func TestHang(t *testing.T) {
	for step, want := range map[string]string{
		"TLS": "TLS: ", "greeting": "greeting: ", "EHLO": "EHLO: ", "STARTTLS": "STARTTLS: ", "handshake": "STARTTLS: ",
		"AUTH": "AUTH PLAIN: ", "MAIL": "MAIL: ", "RCPT": "RCPT: ", "DATA": "DATA: ", "end": "DATA: ", "QUIT": "",
	} {
		for _, synchronous := range []bool{false, true} {
			t.Run(step, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { testHang(t, step, want, synchronous) })
			})
		}
	}
}

func testHang(t *testing.T, step, want string, synchronous bool) {
	ca := testkit.NewAuthority("ca")
	cert := new(ca.Issue(time.Hour, "mx.example"))
	f := &fake{cert: cert, implicit: step == "TLS", ext: []string{"AUTH PLAIN"}, auth: anyAuth, hang: step}
	var log testkit.ErrorLog
	o := Options{
		Options: slogx.Options{ErrorHandler: log.Handle}, TLSConfig: ca.Client(), Username: testUser, Password: testPassword,
		MaxRetries: -1, Synchronous: synchronous, DialContext: f.pipe(),
	}
	if step == "TLS" {
		o.TLS = TLSImplicit
	}
	h := NewHandler("mx.example", "me@example.com", someone, &o)
	start := time.Now()
	err := h.Handle(t.Context(), record(slog.LevelError, "x"))
	waits := synchronous && want != ""
	if took := time.Since(start); waits != (err != nil) || waits != (took == 5*time.Second) || !waits && took > 0 {
		t.Errorf("%v after %v", err, took)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	f.wg.Wait()
	if took := time.Since(start); took != 5*time.Second {
		t.Errorf("all in all %v", took)
	}
	errs := log.Take()
	s := balanced(t, h)
	if want == "" {
		if len(errs) > 0 || s.Sent != 1 {
			t.Errorf("%v, %+v", errs, s)
		}
		return
	}
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), want) || !temporary(errs[0]) || s.Failed != 1 {
		t.Errorf("%v, %+v", errs, s)
	}
}

// TestConnectHangs: nor does one that cannot even be reached.
func TestConnectHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log testkit.ErrorLog
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		h := NewHandler("mx.example", "me@example.com", someone, &Options{
			Options: slogx.Options{ErrorHandler: log.Handle}, DialContext: dial, MaxRetries: 1,
		})
		start := time.Now()
		slog.New(h).Error("x")
		if time.Since(start) > 0 {
			t.Error("the caller waits")
		}
		time.Sleep(12 * time.Second) // 5 + 1 + 5
		if errs := log.Take(); len(errs) != 1 || !strings.Contains(errs[0].Error(), "mx.example:25: connect: ") {
			t.Errorf("%v", errs)
		}
		_ = h.Close()
		balanced(t, h)
	})
}

// TestTrickle: a server that says something now and then, but never all, ends after SendTimeout or a step's time.
func TestTrickle(t *testing.T) {
	for name, c := range map[string]struct {
		say  string // over and over
		want string
	}{
		"one line for ever": {"x", "EHLO: "},
		"lines for ever":    {"250-x\r\n", "EHLO: "},
	} {
		synctest.Test(t, func(t *testing.T) {
			client, server := net.Pipe()
			var wg sync.WaitGroup
			defer wg.Wait()
			wg.Go(func() {
				defer server.Close()
				_, _ = server.Write([]byte("220 hello\r\n"))
				_, _ = server.Read(make([]byte, 100))
				for {
					time.Sleep(time.Second)
					if _, err := server.Write([]byte(c.say)); err != nil {
						return
					}
				}
			})
			start := time.Now()
			_, err := Open("mx.example", "me@example.com", someone, &Options{
				DialContext: func(context.Context, string, string) (net.Conn, error) { return client, nil },
			})
			if took := time.Since(start); err == nil || !strings.Contains(err.Error(), c.want) || took != 5*time.Second {
				t.Errorf("%s: %v after %v", name, err, took)
			}
		})
	}
}

// TestSendTimeout: steps that each take nearly all of their time do not add up to for ever.
func TestSendTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{reply: func(step, _ string, _ int) string {
			time.Sleep(4 * time.Second)
			return ""
		}}
		defer f.wg.Wait()
		to := strings.Split(strings.Repeat("a@example.com,", 20)+"b@example.com", ",")
		for i := range to {
			to[i] = string(rune('a'+i)) + to[i]
		}
		h := NewHandler("mx.example", "me@example.com", to, &Options{
			Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, Synchronous: true, DialContext: f.pipe(),
		})
		start := time.Now()
		err := h.Handle(t.Context(), record(slog.LevelInfo, "x"))
		if took := time.Since(start); err == nil || !strings.Contains(err.Error(), "not sent within 30s") || took != 30*time.Second {
			t.Errorf("%v after %v", err, took)
		}
		_ = h.Close()
		balanced(t, h)
	})
}

// TestTooMuch: a server that says too much at once is not listened to.
func TestTooMuch(t *testing.T) {
	f := (&fake{reply: func(step, _ string, _ int) string {
		if step == "EHLO" {
			return strings.Repeat("250-x\r\n", 1<<20)
		}
		return ""
	}}).start(t)
	_, err := Open(f.addr(), "me@example.com", someone, patient(Options{}))
	if err == nil || !strings.Contains(err.Error(), errTooLong.Error()) {
		t.Error(err)
	}
}

// TestAbandoned: with Synchronous, a caller waits for its turn for a limited time, and its mail is not sent after that.
func TestAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &post{block: make(chan struct{})}
		h := posting(p, Options{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}, Synchronous: true})
		go func() { _ = h.Handle(context.Background(), record(slog.LevelInfo, "one")) }()
		synctest.Wait()
		start := time.Now()
		err := h.Handle(t.Context(), record(slog.LevelInfo, "two"))
		if took := time.Since(start); err == nil || !strings.Contains(err.Error(), errTurn.Error()) || took != 30*time.Second {
			t.Errorf("%v after %v", err, took)
		}
		close(p.block)
		synctest.Wait()
		if all := p.letters(t); len(all) != 1 || all[0].subject != "INFO: one" {
			t.Errorf("%d mails", len(all))
		}
		_ = h.Close()
		if s := balanced(t, h); s.Sent != 1 || s.Failed != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// TestReuse: mails in quick succession share a session; one that the server ends is not missed.
func TestReuse(t *testing.T) {
	f := (&fake{reply: func(step, _ string, n int) string {
		if step == "MAIL" && n == 3 {
			return "421 enough for now"
		}
		return ""
	}}).start(t)
	h := NewHandler(f.addr(), "me@example.com", someone, patient(Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, MaxRetries: -1}))
	composing, held := make(chan struct{}, 11), make(chan struct{})
	h.sink.composer.subject = func(r slog.Record) string {
		composing <- struct{}{}
		<-held
		return r.Message
	}
	slog.New(h).Info("x")
	<-composing
	for range 10 { // in one batch
		slog.New(h).Info("x")
	}
	close(held)
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	for range 11 {
		f.next(t)
	}
	if n := strings.Count(strings.Join(f.commands(), "\n"), "EHLO"); n != 3 { // of the first mail, of two more, and of the rest
		t.Errorf("%d sessions", n)
	}
	if s := balanced(t, h); s.Sent != 11 || s.Retried != 0 {
		t.Errorf("%+v", s)
	}
}
