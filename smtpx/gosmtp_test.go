package smtpx_test

import (
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
	"github.com/slogkit-go/slogkit/smtpx"
)

// mailServer is somebody else's SMTP server, in this process. It takes what is authenticated as alice with s3cret, or all
// if open.
type mailServer struct {
	*smtp.Server
	addr  string
	open  bool
	mails chan string
}

func newMailServer() *mailServer {
	s := &mailServer{mails: make(chan string, 1000)}
	s.Server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{server: s}, nil }))
	s.Domain, s.AllowInsecureAuth, s.EnableSMTPUTF8 = "localhost", true, true
	s.ErrorLog = log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	s.addr = l.Addr().String()
	go func() { _ = s.Serve(l) }()
	return s
}

type mailSession struct {
	server *mailServer
	known  bool
}

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "alice" || password != "s3cret" {
			return errors.New("who?")
		}
		s.known = true
		return nil
	}), nil
}

func (s *mailSession) Mail(string, *smtp.MailOptions) error {
	if !s.known && !s.server.open {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *mailSession) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (s *mailSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.server.mails <- string(text)
	return err
}

func (s *mailSession) Reset()        {}
func (s *mailSession) Logout() error { return nil }

// TestGoSMTP: records of several goroutines, by way of somebody else's server.
func TestGoSMTP(t *testing.T) {
	server := newMailServer()
	defer server.Close()
	h, err := smtpx.Open(server.addr, "me@example.com", []string{"ü@example.com"}, &smtpx.Options{
		Options:  slogx.Options{ErrorHandler: testkit.NoErrors(t)},
		Username: "alice", Password: "s3cret", AllowPlaintextAuth: true, Timeout: time.Minute, CloseTimeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 25 {
				slog.New(h).Error("x", "i", i)
			}
		})
	}
	wg.Wait()
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if n, s := len(server.mails), h.Stats(); n != 100 || s.Mails != 100 || s.Sent != 100 {
		t.Errorf("%d mails, %+v", n, s)
	}
	if _, err := smtpx.Open(server.addr, "me@example.com", []string{"you@example.com"}, &smtpx.Options{
		Username: "alice", Password: "guessed", AllowPlaintextAuth: true,
	}); err == nil {
		t.Error("a wrong password gets us in")
	}
}
