package smtpx

import (
	"context"
	"errors"
	"net/textproto"
)

// transport takes mails to a server.
type transport interface {
	// send makes one attempt.
	send(ctx context.Context, from mailbox, to []mailbox, mail []byte) (receipt, error)

	// rest is for when there is nothing more to send for now.
	rest(ctx context.Context)
}

// carrier keeps a session between mails that come in quick succession. One that has failed is never used again.
type carrier struct {
	server  *server
	session *session // nil: none
}

func (c *carrier) send(ctx context.Context, from mailbox, to []mailbox, mail []byte) (receipt, error) {
	ctx, cancel := c.server.patience(ctx)
	defer cancel()
	if kept := c.session; kept != nil {
		c.session = nil
		r, err := c.sendOn(ctx, kept, from, to, mail)
		if err == nil || ctx.Err() != nil || !endedBefore(err) {
			return r, err
		}
	}
	fresh, err := c.server.open(ctx)
	if err != nil {
		return receipt{}, err
	}
	return c.sendOn(ctx, fresh, from, to, mail)
}

// sendOn keeps the session only if all went well; else, or if that panics, it is closed.
func (c *carrier) sendOn(ctx context.Context, session *session, from mailbox, to []mailbox, mail []byte) (r receipt, err error) {
	defer func() {
		if c.session == nil {
			_ = session.conn.Close()
		}
	}()
	r, err = session.send(ctx, from, to, mail)
	if err == nil {
		c.session = session
	}
	return r, err
}

// endedBefore reports whether a session was over before this mail began, as when a server takes only so many in one.
func endedBefore(err error) bool {
	const closing = 421 // RFC 5321, section 3.8
	step, ok := errors.AsType[*stepError](err)
	reply, answered := errors.AsType[*textproto.Error](err)
	return ok && step.step == "MAIL" && temporary(err) && (!answered || reply.Code == closing)
}

func (c *carrier) rest(ctx context.Context) {
	if kept := c.session; kept != nil {
		c.session = nil
		kept.quit(ctx)
	}
}
