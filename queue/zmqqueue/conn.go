package zmqqueue

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// inFlight is what the system may hold of a connection at either end, in bytes: it is lost when the peer is killed.
const inFlight = 256 << 10

// conn is a connection after its handshake.
type conn struct {
	raw     net.Conn
	sys     syscall.RawConn
	in      *bufio.Reader
	timeout time.Duration // of a write
	body    bytes.Buffer  // of the message at hand

	writing sync.Mutex
	dead    atomic.Bool

	sub *subscriber // of PUB
}

// handshake makes a conn of raw, which the caller closes in any case.
func handshake(raw net.Conn, kind zmq4.SocketType, o *Options, writeTimeout time.Duration) (c *conn, err error) {
	c = &conn{raw: raw, in: bufio.NewReaderSize(raw, 32<<10), timeout: writeTimeout}
	if kind == zmq4.Pub {
		c.sub = newSubscriber()
	}
	if c.sys, err = raw.(syscall.Conn).SyscallConn(); err != nil {
		return nil, err
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(inFlight) // if the system will not, more is in flight
		_ = tcp.SetWriteBuffer(inFlight)
	}
	if err := raw.SetDeadline(time.Now().Add(o.DialTimeout)); err != nil {
		return nil, err
	}
	if err := greet(&greeter{Conn: raw, in: c.in}, kind, o.Bind); err != nil {
		return nil, err
	}
	return c, raw.SetDeadline(time.Time{})
}

// greet shakes hands. The library believes what a peer says of lengths, so it gets to read whole units of bounded size,
// and may panic.
func greet(g *greeter, kind zmq4.SocketType, server bool) (err error) {
	defer safe.Recover(&err)
	_, err = zmq4.Open(g, null.Security(), kind, nil, server, nil)
	return err
}

// greeter is what the library reads a handshake from: the greeting, then frames that are not too long.
type greeter struct {
	net.Conn
	in      *bufio.Reader
	greeted bool
	unit    []byte // what is left of it
}

func (g *greeter) Read(p []byte) (int, error) {
	if len(g.unit) == 0 {
		if err := g.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, g.unit)
	g.unit = g.unit[n:]
	return n, nil
}

func (g *greeter) next() error {
	size := 64 // the greeting
	if g.greeted {
		h, err := readHeader(g.in)
		if err != nil {
			return err
		}
		if h.size > maxCommand {
			return fmt.Errorf("%w: %d bytes of handshake", errProtocol, h.size)
		}
		g.unit = appendHeader(g.unit[:0], h.flags, int(h.size))
		size = int(h.size)
	}
	g.greeted = true
	n := len(g.unit)
	g.unit = append(g.unit, make([]byte, size)...)
	_, err := io.ReadFull(g.in, g.unit[n:])
	return err
}

// errProtocol is what ends the connection to a peer that does not speak ZMTP 3.
var errProtocol = errors.New("not ZMTP 3")

const (
	maxCommand = 4 << 10 // bytes; PING and READY have a few dozen
	maxSkip    = 1 << 30 // bytes; longer frames end the connection, as there must be some limit
)

// message is one that was received.
type message struct {
	frames  int
	size    int64  // of all frames
	tooLong bool   // and skipped
	payload []byte // the last frame, until the next is received
}

// receive reads the next message, and answers commands that come before it. A message that is too long is skipped.
func (c *conn) receive(limit int) (m message, err error) {
	if c.body.Cap() > 64<<10 {
		c.body = bytes.Buffer{}
	}
	for {
		h, err := readHeader(c.in)
		switch {
		case err != nil:
			return m, err
		case h.flags&commandFlag != 0:
			if err := c.command(h); err != nil {
				return m, err
			}
			continue
		case h.size > maxSkip:
			return m, fmt.Errorf("%w: a frame of %d bytes", errProtocol, h.size)
		}
		m.frames++
		m.size += h.size
		c.body.Reset()
		to := io.Writer(&c.body) // grows with what comes, not with what is announced
		if m.size > int64(limit) {
			m.tooLong, to = true, io.Discard
		}
		if _, err := io.CopyN(to, c.in, h.size); err != nil {
			return m, cutShort(err)
		}
		if h.flags&moreFlag == 0 {
			m.payload = c.body.Bytes()
			return m, nil
		}
	}
}

// command reads a command, and answers it if it is PING (ZMTP 3.1, "Heartbeating").
func (c *conn) command(h header) error {
	if h.size > maxCommand || h.flags&moreFlag != 0 {
		return fmt.Errorf("%w: a command of %d bytes", errProtocol, h.size)
	}
	b := make([]byte, h.size)
	if _, err := io.ReadFull(c.in, b); err != nil {
		return cutShort(err)
	}
	const ping, ttl = "\x04PING", 2
	if len(b) < len(ping)+ttl || string(b[:len(ping)]) != ping {
		return nil
	}
	// What the peer has sent is read in any case, even if it hears nothing any more.
	_, _ = c.write(appendFrame(nil, commandFlag, append([]byte("\x04PONG"), b[len(ping)+ttl:]...)))
	return nil
}

// peer names the other end in errors.
func peer(c net.Conn) string {
	if c.RemoteAddr().Network() == "unix" { // where clients have no address
		return "a peer"
	}
	return "peer " + c.RemoteAddr().String()
}

// write writes whole frames.
func (c *conn) write(b []byte) (n int, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.raw.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, err
	}
	return c.raw.Write(b)
}

// alive reports whether the connection is there, as far as the system knows. A write would say so too late: the first
// after the end of a peer succeeds.
func (c *conn) alive() bool { return !c.dead.Load() && !hungUp(c.sys) }

// kill ends the connection; whoever reads from it will find out.
func (c *conn) kill() {
	c.dead.Store(true)
	_ = c.raw.Close()
}

// endWriting lets a write end that is under way, and no other begin. A peer that has closed its end in order still reads.
func (c *conn) endWriting() {
	c.dead.Store(true)
	c.writing.Lock()
	defer c.writing.Unlock()
}

// finish tells the peer, after what has been published, that nothing more will come. It closes its end when it has read
// all, and by that tells us so.
func (c *conn) finish() {
	if c.sub != nil {
		c.sub.close()
		return
	}
	c.finishWriting()
}

func (c *conn) finishWriting() {
	if half, ok := c.raw.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
