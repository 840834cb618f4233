package socketx

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// ServePacket receives datagrams from p, each a record, and closes it in the end. A datagram that is none is an error, and
// no more. What arrives while the Handler is busy waits in the socket's buffer, as much of it as fits: see
// net.UDPConn.SetReadBuffer. ServePacket returns [slogx.ErrClosed] after Shutdown or Close.
func (s *Server) ServePacket(p net.PacketConn) error {
	src := &packetSource{PacketConn: p, most: s.drainTime()}
	if err := s.begin(src, 0); err != nil {
		return errors.Join(err, p.Close())
	}
	defer s.end(src, 0)
	// One byte more than any record may have, with its length, tells what is cut; and no datagram of UDP is cut, since
	// that would be an error of the socket on Windows.
	buf := make([]byte, max(lengthBytes+s.maxBytes()+1, 64<<10))
	var wait pause
	for silent := false; src.mayGoOn(); {
		n, from, err := p.ReadFrom(buf)
		switch {
		case err == nil:
			wait, silent = 0, false
			s.packet(buf[:n], from)
		case errors.Is(err, os.ErrDeadlineExceeded) && s.stopping():
			if silent {
				return slogx.ErrClosed
			}
			silent = true // see quiet
		default:
			if err := s.trouble(err, &wait); err != nil {
				return err
			}
		}
	}
	return slogx.ErrClosed
}

func (s *Server) packet(data []byte, from net.Addr) {
	ctx := withPeer(s.ctx, &Peer{Addr: from})
	data, err := datagram(data, s.maxBytes())
	if err != nil {
		s.refuse()
	} else {
		err = s.receive(ctx, data)
	}
	if err != nil {
		s.report(ctx, slog.Record{}, err)
	}
}

// packetSource is a socket for datagrams that a Server serves.
type packetSource struct {
	net.PacketConn
	most     time.Duration // of draining
	mu       sync.Mutex
	draining time.Time // since when; zero: not
}

// mayGoOn has the next datagram of a Server that shuts down come soon. It is false when that has waited long enough.
func (p *packetSource) mayGoOn() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.draining.IsZero() {
		return true
	}
	_ = p.SetReadDeadline(time.Now().Add(quiet))
	return time.Since(p.draining) < p.most
}

func (p *packetSource) drain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.draining.IsZero() {
		return
	}
	p.draining = time.Now()
	_ = p.SetReadDeadline(p.draining.Add(quiet))
}
