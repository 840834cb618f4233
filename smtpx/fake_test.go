package smtpx

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is a server that behaves as its fields say, which must not change any more once it is started.
type fake struct {
	cert     *tls.Certificate                          // for STARTTLS, which it then offers
	implicit bool                                      // TLS from the first byte, with cert
	ext      []string                                  // of EHLO
	hang     string                                    // the step at which it says nothing more
	reply    func(step, line string, count int) string // instead of its own answer; "": that; count is per step, from 0
	auth     func(c *conversation, line string) bool   // answers AUTH

	listener net.Listener
	got      chan *received
	wg       sync.WaitGroup

	mu    sync.Mutex
	lines []string // commands
	count map[string]int
	conns map[net.Conn]bool
}

// hangUp, as a reply, ends the connection.
const hangUp = "hang up"

var errHangUp = errors.New(hangUp)

// received is a mail, and for whom.
type received struct {
	from string
	to   []string
	data string // without dot-stuffing
	tls  bool
}

// start serves until the test is over.
func (f *fake) start(t testing.TB) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.init(l)
	f.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.wg.Go(func() { f.serve(c) })
		}
	})
	t.Cleanup(f.stop)
	return f
}

func (f *fake) init(l net.Listener) {
	f.listener, f.got = l, make(chan *received, 10_000)
	f.count, f.conns = map[string]int{}, map[net.Conn]bool{}
}

// pipe prepares f for a test whose time is not real, and returns what connects to it. When all connections are closed,
// wg is done.
func (f *fake) pipe() func(context.Context, string, string) (net.Conn, error) {
	f.init(nil)
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		f.wg.Go(func() { f.serve(server) })
		return client, nil
	}
}

func (f *fake) stop() {
	_ = f.listener.Close()
	f.mu.Lock()
	for c := range f.conns {
		_ = c.Close()
	}
	f.mu.Unlock()
	f.wg.Wait()
}

func (f *fake) addr() string { return f.listener.Addr().String() }

// commands returns what clients said so far.
func (f *fake) commands() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.lines)
}

// next returns the next mail.
func (f *fake) next(t testing.TB) *received {
	t.Helper()
	select {
	case m := <-f.got:
		return m
	case <-time.After(patience):
		t.Fatal("no mail arrives")
		return nil
	}
}

// none fails the test if there is another mail.
func (f *fake) none(t testing.TB) {
	t.Helper()
	select {
	case m := <-f.got:
		t.Errorf("one more mail:\n%s", m.data)
	default:
	}
}

// conversation is a connection to a fake.
type conversation struct {
	*fake
	conn net.Conn
	r    *bufio.Reader
	tls  bool
}

func (f *fake) serve(conn net.Conn) {
	f.mu.Lock()
	f.conns[conn] = true
	f.mu.Unlock()
	c := &conversation{fake: f, conn: conn, r: bufio.NewReader(conn)}
	defer func() { _ = c.conn.Close() }()
	if f.implicit && c.secure("TLS") != nil {
		return
	}
	if _, err := c.say("greeting", "", "220 fake ready"); err != nil {
		return
	}
	for c.command() == nil {
	}
}

// secure goes over to TLS.
func (c *conversation) secure(step string) error {
	if c.hang == step {
		c.stall()
		return errHangUp
	}
	c.conn = tls.Server(c.conn, &tls.Config{Certificates: []tls.Certificate{*c.cert}})
	c.r, c.tls = bufio.NewReader(c.conn), true
	return nil
}

// say answers, or does what it is told to do instead, and returns what it said.
func (c *conversation) say(step, line, answer string) (string, error) {
	if c.hang == step {
		c.stall()
		return "", errHangUp
	}
	c.mu.Lock()
	n := c.count[step]
	c.count[step]++
	c.mu.Unlock()
	if c.reply != nil {
		if other := c.reply(step, line, n); other == hangUp {
			return "", errHangUp
		} else if other != "" {
			answer = other
		}
	}
	_, err := io.WriteString(c.conn, answer+"\r\n")
	return answer, err
}

// stall reads what comes, and is silent.
func (c *conversation) stall() { _, _ = io.Copy(io.Discard, c.r) }

func (c *conversation) line() (string, error) {
	line, err := c.r.ReadString('\n')
	return strings.TrimSuffix(line, "\r\n"), err
}

// heard is line for a command.
func (c *conversation) heard() (verb, line string, err error) {
	line, err = c.line()
	if err == nil {
		c.mu.Lock()
		c.lines = append(c.lines, line)
		c.mu.Unlock()
	}
	verb, _, _ = strings.Cut(line, " ")
	return strings.ToUpper(verb), line, err
}

// command answers one command, with all that belongs to it.
func (c *conversation) command() error {
	verb, line, err := c.heard()
	if err != nil {
		return err
	}
	switch verb {
	case "EHLO":
		return c.ehlo(line)
	case "STARTTLS":
		answer, err := c.say(verb, line, "220 go on")
		if err != nil || answer[0] != '2' {
			return err
		}
		return c.secure("handshake")
	case "AUTH":
		answer := "535 5.7.8 no"
		if c.hang != verb && c.auth != nil && c.auth(c, line) {
			answer = "235 welcome"
		}
		_, err = c.say(verb, line, answer)
	case "MAIL":
		return c.mail(line)
	case "QUIT":
		_, _ = c.say(verb, line, "221 bye")
		return errHangUp
	default:
		_, err = c.say(verb, line, "250 fine")
	}
	return err
}

func (c *conversation) ehlo(line string) error {
	all := append([]string{"fake"}, c.ext...)
	if c.cert != nil && !c.tls {
		all = append(all, "STARTTLS")
	}
	last := len(all) - 1
	_, err := c.say("EHLO", line, strings.Join(append(prefixed("250-", all[:last]), "250 "+all[last]), "\r\n"))
	return err
}

func prefixed(prefix string, words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = prefix + w
	}
	return out
}

// mail is a transaction.
func (c *conversation) mail(line string) error {
	m := &received{from: line, tls: c.tls}
	if _, err := c.say("MAIL", line, "250 fine"); err != nil {
		return err
	}
	for {
		verb, line, err := c.heard()
		if err != nil {
			return err
		}
		switch verb {
		case "RCPT":
			answer, err := c.say(verb, line, "250 fine")
			if err != nil {
				return err
			}
			if answer[0] == '2' {
				m.to = append(m.to, strings.Trim(strings.TrimPrefix(line, "RCPT TO:"), "<>"))
			}
		case "DATA":
			answer, err := c.say(verb, line, "354 go on")
			if err != nil || answer[0] != '3' {
				return err
			}
			return c.data(m)
		case "QUIT":
			_, _ = c.say(verb, line, "221 bye")
			return errHangUp
		default:
			_, err := c.say(verb, line, "250 fine")
			return err
		}
	}
}

func (c *conversation) data(m *received) error {
	var b strings.Builder
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		if line == "." {
			break
		}
		b.WriteString(strings.TrimPrefix(line, ".") + "\r\n")
	}
	m.data = b.String()
	answer, err := c.say("end", "", "250 taken")
	if err == nil && answer[0] == '2' {
		c.got <- m
	}
	return err
}
