package smtpx

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"syscall"

	"github.com/slogkit-go/slogkit/internal/backlog"
)

// ErrFull is returned for a record that the queue had no room for. It was dropped and counted. The ErrorHandler is not told of
// each, but of each burst, by a [DropError].
var ErrFull = backlog.ErrFull

// DropError tells of records that were dropped because there was no room: N of them, the first at the time Since, and of each
// slog.Level as many as Levels says.
type DropError = backlog.Drops

// stepError says in which step of a session with which server something went wrong.
type stepError struct {
	server, step string
	err          error
}

func (e *stepError) Error() string {
	return "smtpx: " + e.server + ": " + e.step + ": " + e.err.Error()
}

func (e *stepError) Unwrap() error { return e.err }

// Refusal is a recipient for whom the server does not take a mail.
type Refusal struct {
	Address string
	Err     error // mostly wraps a *textproto.Error, the server's answer

	to mailbox
}

// RefusedError says for whom a mail was not taken. If Accepted is not 0 it was for others, who have it now.
type RefusedError struct {
	Refused  []Refusal
	Accepted int // recipients
}

// Error has each address and what the server said.
func (e *RefusedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "smtpx: %d of %d recipients refused", len(e.Refused), len(e.Refused)+e.Accepted)
	for i, r := range e.Refused {
		b.WriteString([]string{": ", "; "}[min(i, 1)])
		b.WriteString(r.Address + ": " + answer(r.Err))
	}
	return b.String()
}

// Unwrap returns the answers.
func (e *RefusedError) Unwrap() []error {
	errs := make([]error, len(e.Refused))
	for i, r := range e.Refused {
		errs[i] = r.Err
	}
	return errs
}

// answer is err without what is said already.
func answer(err error) string {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return reply.Error()
	}
	if step, ok := errors.AsType[*stepError](err); ok {
		return step.err.Error()
	}
	return err.Error()
}

func isReply(err error) bool {
	_, ok := errors.AsType[*textproto.Error](err)
	return ok
}

// temporary reports whether the same may succeed later: what the server says is (RFC 5321, section 4.2.1), and what the
// network does.
func temporary(err error) bool {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return reply.Code >= 400 && reply.Code < 500
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return true
	}
	_, network := errors.AsType[*net.OpError](err)
	_, system := errors.AsType[syscall.Errno](err)
	timeout, ok := errors.AsType[net.Error](err)
	return network || system || ok && timeout.Timeout() || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, io.ErrClosedPipe) || errors.Is(err, net.ErrClosed)
}
