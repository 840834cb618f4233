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
	for {
		if c.session == nil {
			session, err := c.server.open(ctx)
			if err != nil {
				return receipt{}, err
			}
			c.session = session
		}
		r, err := c.session.send(ctx, from, to, mail)
		if err == nil {
			return r, nil
		}
		stale := c.session.used && ctx.Err() == nil && endedBefore(err)
		_ = c.session.conn.Close()
		c.session = nil
		if !stale {
			return r, err
		}
	}
}

// endedBefore reports whether a session was over before this mail began, as when a server takes only so many in one.
func endedBefore(err error) bool {
	const closing = 421 // RFC 5321, section 3.8
	step, ok := errors.AsType[*stepError](err)
	reply, answered := errors.AsType[*textproto.Error](err)
	return ok && step.step == "MAIL" && temporary(err) && (!answered || reply.Code == closing)
}

func (c *carrier) rest(ctx context.Context) {
	if c.session != nil {
		c.session.quit(ctx)
		c.session = nil
	}
}
