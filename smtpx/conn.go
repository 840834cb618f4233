package smtpx

import (
	"errors"
	"net"
	"time"
)

// maxReply is how much a server may say in one step, certificates included.
const maxReply = 256 << 10

var errTooLong = errors.New("the server says too much")

// conn is a connection on which each step has its time, and its share of what is read.
type conn struct {
	net.Conn
	left int // bytes that may be read in this step
}

// renew begins a step.
func (c *conn) renew(timeout time.Duration) error {
	c.left = maxReply
	return c.SetDeadline(time.Now().Add(timeout))
}

func (c *conn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errTooLong
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}
