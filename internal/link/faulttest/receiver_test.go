//go:build linux

package faulttest

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
)

// receiver is the peer: it keeps the names of the records that it gets, by connection.
type receiver struct {
	kind   *kind
	socket io.Closer     // a net.Listener or a net.PacketConn
	gate   chan struct{} // closed when it begins to read; nil: from the start

	mu    sync.Mutex
	conns []*incoming
	has   map[id]int // how often each record has come

	serving sync.WaitGroup
}

// incoming is what came over a connection, or in datagrams.
type incoming struct {
	net.Conn // nil: datagrams
	ids      []id
	wrong    error // what is no record
}

// receive has connections accepted, and read from when there is no gate, or it is closed.
func receive(t *testing.T, k *kind, l net.Listener, gate chan struct{}) *receiver {
	r := &receiver{kind: k, socket: l, gate: gate, has: map[id]int{}}
	t.Cleanup(r.stop)
	r.serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			in := &incoming{Conn: c}
			r.mu.Lock()
			r.conns = append(r.conns, in)
			r.mu.Unlock()
			r.serving.Go(func() { r.read(in) })
		}
	})
	return r
}

// receivePackets has datagrams received.
func receivePackets(t *testing.T, k *kind, p net.PacketConn) *receiver {
	in := new(incoming)
	r := &receiver{kind: k, socket: p, conns: []*incoming{in}, has: map[id]int{}}
	t.Cleanup(r.stop)
	r.serving.Go(func() {
		buf := make([]byte, 64<<10)
		for {
			n, _, err := p.ReadFrom(buf)
			if err != nil || !r.take(in, buf[:n]) {
				return
			}
		}
	})
	return r
}

// read reads records until the connection ends.
func (r *receiver) read(in *incoming) {
	defer in.Close()
	if r.gate != nil {
		<-r.gate
	}
	c := in.Conn
	if r.kind.tls {
		_, cert := identity()
		secure := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})
		if secure.Handshake() != nil {
			return
		}
		c = secure
	}
	br := bufio.NewReaderSize(c, 64<<10)
	for {
		data, err := r.kind.frame(br)
		if err != nil {
			// However the connection ends, the last record may be cut.
			var network net.Error
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, &network) {
				r.mu.Lock()
				in.wrong = err
				r.mu.Unlock()
			}
			return
		}
		if !r.take(in, data) {
			return
		}
	}
}

// take notes a record. It reports whether it is one.
func (r *receiver) take(in *incoming, data []byte) bool {
	text, err := r.kind.decode(data)
	var i id
	if err == nil {
		i, err = parse(text)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		in.wrong = err
		return false
	}
	in.ids = append(in.ids, i)
	r.has[i]++
	return true
}

// begin has connections read from.
func (r *receiver) begin() {
	select {
	case <-r.gate:
	default:
		close(r.gate)
	}
}

// stop closes everything, and waits for the goroutines.
func (r *receiver) stop() {
	_ = r.socket.Close()
	r.mu.Lock()
	for _, c := range r.conns {
		if c.Conn != nil {
			_ = c.Close()
		}
	}
	r.mu.Unlock()
	if r.gate != nil {
		r.begin()
	}
	r.serving.Wait()
}

// vanish is stop, but without a word to the other side, if the network is down.
func (r *receiver) vanish() {
	r.mu.Lock()
	for _, c := range r.conns {
		_ = c.Conn.(*net.TCPConn).SetLinger(0)
	}
	r.mu.Unlock()
	r.stop()
}

// count returns how many of the records that a report is about have come.
func (r *receiver) count(logged *report) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for w := range writers {
		for number := logged.Begin[w]; number < logged.End[w]; number++ {
			if r.has[id{w, number}] > 0 {
				n++
			}
		}
	}
	return n
}
