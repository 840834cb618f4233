package smtpx_test

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"mime"
	"net/mail"
	"strings"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
	"github.com/slogkit-go/slogkit/smtpx"
)

// noTime makes examples say the same every time.
func noTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// printNext prints the next mail that a server gets, which has no HTML.
func (s *mailServer) printNext() {
	m, err := mail.ReadMessage(strings.NewReader(<-s.mails))
	if err != nil {
		log.Fatal(err)
	}
	subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	text, _ := io.ReadAll(m.Body)
	fmt.Printf("To: %s\nSubject: %s\n\n%s", m.Header.Get("To"), subject, strings.NewReplacer("=3D", "=", "\r\n", "\n").Replace(string(text)))
}

func Example() {
	server := newMailServer()
	defer server.Close()

	h := smtpx.NewHandler(server.addr, "Shop <shop@example.com>", []string{"ops@example.com"}, &smtpx.Options{
		Options:  slogx.Options{Level: slog.LevelError, ReplaceAttr: noTime},
		Username: "alice", Password: "s3cret",
		AllowPlaintextAuth: true, // this server has no TLS, but is in this process
		TextOnly:           true,
	})
	defer h.Close()
	logger := slog.New(h)

	logger.Info("order placed", "id", 42)
	logger.Error("out of tea", "id", 43, slog.Group("user", "name", "Ada"))
	server.printNext()
	// Output:
	// To: <ops@example.com>
	// Subject: ERROR: out of tea
	//
	// level=ERROR msg="out of tea" id=43 user.name=Ada
}

// Many errors, one mail.
func Example_digest() {
	server := newMailServer()
	server.open = true
	defer server.Close()

	h := smtpx.NewHandler(server.addr, "shop@example.com", []string{"ops@example.com"}, &smtpx.Options{
		Options:   slogx.Options{ReplaceAttr: noTime},
		Digest:    &smtpx.Digest{Window: 5 * time.Minute, MaxRecords: 3, FlushLevel: slogx.LevelAlert},
		RateLimit: 12,
		TextOnly:  true,
	})
	logger := slog.New(h)
	for i := range 500 {
		logger.Error("no answer", "try", i)
	}
	h.Close()
	server.printNext()
	// Output:
	// To: <ops@example.com>
	// Subject: ERROR: no answer (+499 more)
	//
	// 3 records; 497 more suppressed: 497 ERROR
	//
	// level=ERROR msg="no answer" try=0
	// level=ERROR msg="no answer" try=1
	// level=ERROR msg="no answer" try=2
}

// What Python's SMTPHandler does: a fixed subject, text alone, and the caller waits.
func Example_python() {
	server := newMailServer()
	server.open = true
	defer server.Close()

	h := smtpx.NewHandler(server.addr, "shop@example.com", []string{"ops@example.com", "dev@example.com"}, &smtpx.Options{
		Options:     slogx.Options{ReplaceAttr: noTime},
		Subject:     smtpx.FixedSubject("Shop"),
		TextOnly:    true,
		Synchronous: true,
	})
	defer h.Close()
	slog.New(h).Error("out of tea")
	server.printNext()
	// Output:
	// To: <ops@example.com>, <dev@example.com>
	// Subject: Shop
	//
	// level=ERROR msg="out of tea"
}

// A subject that says where it happened.
func ExampleOptions_subject() {
	server := newMailServer()
	server.open = true
	defer server.Close()

	h := smtpx.NewHandler(server.addr, "shop@example.com", []string{"ops@example.com"}, &smtpx.Options{
		Options: slogx.Options{ReplaceAttr: noTime},
		Subject: func(r slog.Record) string {
			subject := r.Message
			r.Attrs(func(a slog.Attr) bool {
				if a.Key == "branch" {
					subject = "[" + a.Value.String() + "] " + subject
				}
				return true
			})
			return subject
		},
		TextOnly: true,
	})
	defer h.Close()
	slog.New(h).With("branch", "Graz\r\nBcc: evil@example.com").Error("out of tea")
	server.printNext()
	// Output:
	// To: <ops@example.com>
	// Subject: [Graz Bcc: evil@example.com] out of tea
	//
	// level=ERROR msg="out of tea" branch="Graz\r\nBcc: evil@example.com"
}
