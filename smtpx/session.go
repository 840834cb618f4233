package smtpx

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// server is where mail goes, and who we are there.
type server struct {
	host, port string
	opts       *Options
}

func (s *server) address() string { return net.JoinHostPort(s.host, s.port) }

// session is a connection to a server that takes mail from us. It belongs to one goroutine.
type session struct {
	server *server
	conn   *conn
	client *smtp.Client // nil: not greeted yet
}

// open connects, encrypts and authenticates.
func (s *server) open(ctx context.Context) (*session, error) {
	c := &session{server: s}
	if err := c.dial(ctx); err != nil {
		return nil, err
	}
	defer c.abortWith(ctx)()
	open := false
	defer func() {
		if !open { // also if user code has panicked, or ended the goroutine
			_ = c.conn.Close()
		}
	}()
	if err := c.greet(ctx); err != nil {
		return nil, c.explain(ctx, err)
	}
	open = true
	return c, nil
}

func (c *session) dial(ctx context.Context) error {
	dial := c.server.opts.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	ctx, cancel := context.WithTimeout(ctx, c.server.opts.Timeout)
	defer cancel()
	raw, err := dial(ctx, "tcp", c.server.address())
	if err != nil {
		return c.failed("connect", err)
	}
	c.conn = &conn{Conn: raw}
	return nil
}

// abortWith has the connection closed when ctx is done, and returns what ends that.
func (c *session) abortWith(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = c.conn.Close() })
}

// explain returns why err came if it is that ctx was done.
func (c *session) explain(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return &stepError{c.server.address(), "gave up", errors.Join(context.Cause(ctx), err)}
}

// step does one of the steps of a session, in which the server has the time of a timeout to answer.
func (c *session) step(name string, do func() error) error {
	err := c.conn.renew(c.server.opts.Timeout)
	if err == nil {
		err = do()
	}
	return c.failed(name, err)
}

func (c *session) failed(name string, err error) error {
	if err == nil {
		return nil
	}
	return &stepError{c.server.address(), name, err}
}

// greet does all that comes before the first mail.
func (c *session) greet(ctx context.Context) error {
	o := c.server.opts
	raw := net.Conn(c.conn)
	if o.TLS == TLSImplicit {
		encrypted := tls.Client(c.conn, c.tlsConfig())
		if err := c.step("TLS", func() error { return encrypted.HandshakeContext(ctx) }); err != nil {
			return err
		}
		raw = encrypted
	}
	err := c.step("greeting", func() (err error) {
		c.client, err = smtp.NewClient(raw, c.server.host)
		return err
	})
	if err != nil {
		return err
	}
	c.client.SkipSMTPUTF8(true)
	if err := c.step("EHLO", func() error { return c.client.Hello(o.LocalName) }); err != nil {
		return err
	}
	if err := c.startTLS(); err != nil {
		return err
	}
	return c.authenticate(ctx)
}

func (c *session) tlsConfig() *tls.Config {
	config := new(tls.Config)
	if given := c.server.opts.TLSConfig; given != nil {
		config = given.Clone()
	}
	config.ServerName = cmp.Or(config.ServerName, c.server.host)
	return config
}

var errNotOffered = errors.New("the server does not offer it")

func (c *session) startTLS() error {
	o := c.server.opts
	if o.TLS == TLSImplicit || o.TLS == TLSNone {
		return nil
	}
	if offered, _ := c.client.Extension("STARTTLS"); !offered {
		if o.encrypted() {
			return c.failed("STARTTLS", errNotOffered)
		}
		return nil
	}
	return c.step("STARTTLS", func() error { return c.client.StartTLS(c.tlsConfig()) })
}

func (c *session) authenticate(ctx context.Context) error {
	o := c.server.opts
	if o.Username == "" {
		return nil
	}
	_, encrypted := c.client.TLSConnectionState()
	if !encrypted && !o.AllowPlaintextAuth { // startTLS has seen to it; but this must never happen
		return c.failed("AUTH", errNotOffered)
	}
	offered, mechanisms := c.client.Extension("AUTH")
	if !offered {
		return c.failed("AUTH", errNotOffered)
	}
	m, err := choose(o.Mechanism, mechanisms, encrypted)
	if err != nil {
		return c.failed("AUTH", err)
	}
	auth, err := o.credentials(ctx, m, c.server.host, c.client)
	if err != nil {
		return c.failed("AUTH "+string(m), err)
	}
	return c.step("AUTH "+string(m), func() error { return c.client.Auth(auth) })
}

// receipt is what a server did with a mail.
type receipt struct {
	accepted []mailbox // it has taken it for these
	refused  []Refusal // but not for these
}

// send sends a mail. With an error nobody got it but, perhaps, if the server's last word was lost.
func (c *session) send(ctx context.Context, from mailbox, to []mailbox, mail []byte) (receipt, error) {
	defer c.abortWith(ctx)()
	r, err := c.transact(from, to, mail)
	if err != nil {
		return r, c.explain(ctx, err)
	}
	return r, nil
}

func (c *session) transact(from mailbox, to []mailbox, mail []byte) (r receipt, err error) {
	sender := from.envelope
	if offered, _ := c.client.Extension("SIZE"); offered { // RFC 1870
		sender += " SIZE=" + strconv.Itoa(len(mail))
	}
	utf8, _ := c.client.Extension("SMTPUTF8")
	c.client.SkipSMTPUTF8(!from.foreign() && !slices.ContainsFunc(to, mailbox.foreign))
	if from.foreign() && !utf8 {
		return r, c.failed("MAIL", errNoUTF8)
	}
	if err := c.step("MAIL", func() error { return c.client.Mail(sender) }); err != nil {
		return r, err
	}
	for _, m := range to {
		err := c.failed("RCPT", errNoUTF8)
		refused := m.foreign() && !utf8
		if !refused {
			err = c.step("RCPT", func() error { return c.client.Rcpt(m.envelope) })
			refused = isReply(err)
		}
		switch {
		case refused:
			r.refused = append(r.refused, Refusal{Address: m.header.Address, Err: err, to: m})
		case err != nil:
			return receipt{}, err
		default:
			r.accepted = append(r.accepted, m)
		}
	}
	if len(r.accepted) == 0 {
		return r, c.step("RSET", c.client.Reset)
	}
	if err := c.data(mail); err != nil {
		return receipt{refused: r.refused}, err
	}
	return r, nil
}

var errNoUTF8 = errors.New("the server takes no addresses that are not ASCII")

// data sends the mail itself, each part of it in a step's time.
func (c *session) data(mail []byte) error {
	return c.step("DATA", func() error {
		w, err := c.client.Data()
		for err == nil && len(mail) > 0 {
			const part = 64 << 10
			n := min(len(mail), part)
			if err = c.conn.renew(c.server.opts.Timeout); err == nil {
				_, err = w.Write(mail[:n])
			}
			mail = mail[n:]
		}
		if err == nil {
			err = c.conn.renew(c.server.opts.Timeout)
		}
		if err == nil {
			err = w.Close()
		}
		return err
	})
}

// quit ends the session. Whatever the server makes of that, its mails are sent.
func (c *session) quit(ctx context.Context) {
	defer func() { _ = c.conn.Close() }()
	defer c.abortWith(ctx)()
	_ = safe.Do(func() error { return c.step("QUIT", c.client.Quit) })
}

// patience is how long a session may take in all; see Options.SendTimeout.
func (s *server) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, s.opts.SendTimeout, errSendTimeout(s.opts.SendTimeout))
}

type errSendTimeout time.Duration

func (e errSendTimeout) Error() string { return "not sent within " + time.Duration(e).String() }
