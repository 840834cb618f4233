//go:build !windows

package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"log/syslog"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
	"github.com/slogkit-go/slogkit/socketx"
	"github.com/slogkit-go/slogkit/syslogx"
)

// A Sender is a handler that sends records to another process.
type Sender struct {
	Name string
	Open func(network, address string) (h slog.Handler, close func() error, err error)
}

// SyslogSenders are slogkit's syslog, the standard library's under slog's Text, and the bare write of what slogkit sends
// for a message without attributes, by a handler that does nothing else.
func SyslogSenders() []Sender {
	return []Sender{
		{"write", openWrite},
		{"log/syslog", openLogSyslog},
		{"slogkit syslogx", openSyslogx},
	}
}

// SocketSenders are slogkit's socket handler, slog's JSON writing to the connection, and a handler that does nothing.
func SocketSenders() []Sender {
	return []Sender{
		{"no-op", func(string, string) (slog.Handler, func() error, error) { return openNothing("") }},
		{"slog JSON + net.Conn", openSlogConn},
		{"slogkit socketx", openSocketx},
	}
}

func openWrite(network, address string) (slog.Handler, func() error, error) {
	c, err := net.Dial(network, address)
	if err != nil {
		return nil, nil, err
	}
	host, _ := os.Hostname()
	line := fmt.Sprintf("<14>1 2026-03-29T12:34:56.789012+00:00 %s app %d - - %s", host, os.Getpid(), message)
	return &writes{c: c, line: []byte(line)}, c.Close, nil
}

// writes is a handler that writes the same line for every record.
type writes struct {
	nothing
	c    net.Conn
	line []byte
}

func (h *writes) Handle(context.Context, slog.Record) error {
	_, err := h.c.Write(h.line)
	return err
}

func (h *writes) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h *writes) WithGroup(string) slog.Handler      { return h }

func openLogSyslog(network, address string) (slog.Handler, func() error, error) {
	w, err := syslog.Dial(network, address, syslog.LOG_INFO|syslog.LOG_USER, "app")
	if err != nil {
		return nil, nil, err
	}
	return slog.NewTextHandler(w, nil), w.Close, nil
}

func openSyslogx(network, address string) (slog.Handler, func() error, error) {
	h, err := syslogx.Open(network, address, &syslogx.Options{AppName: "app", WriteTimeout: time.Minute, CloseTimeout: time.Minute})
	if err != nil {
		return nil, nil, err
	}
	return h, h.Close, nil
}

func openSlogConn(network, address string) (slog.Handler, func() error, error) {
	c, err := net.Dial(network, address)
	if err != nil {
		return nil, nil, err
	}
	return newSlogJSON(c, false), c.Close, nil
}

func openSocketx(network, address string) (slog.Handler, func() error, error) {
	h := socketx.NewHandler(network, address, &socketx.Options{WriteTimeout: time.Minute})
	return h, func() error { return slogx.Close(h) }, nil
}

// Send logs n records for c by so many goroutines, and closes the handler.
func Send(s Sender, network, address string, c Case, n, goroutines int) error {
	h, closeAll, err := s.Open(network, address)
	if err != nil {
		return err
	}
	l := slog.New(h)
	if c.Prepare != nil {
		l = c.Prepare(l)
	}
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() { c.Log(l, n/goroutines) })
	}
	wg.Wait()
	return closeAll()
}

// A Receiver is another process, which reads all that is sent to it.
type Receiver struct {
	Network, Address string
	cmd              *exec.Cmd
	stdin            io.WriteCloser
	stdout           *bufio.Reader
}

const receiverEnv = "SLOGKIT_BENCH_RECEIVER"

// BeReceiver makes this process a receiver if [StartReceiver] has started it, and then does not return. A program that
// calls StartReceiver calls it first of all.
func BeReceiver() {
	if spec := os.Getenv(receiverEnv); spec != "" {
		network, address, _ := strings.Cut(spec, " ")
		if err := receive(network, address); err != nil {
			fmt.Fprintln(os.Stderr, "receiver:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// StartReceiver starts this program once more, as a receiver at that address.
func StartReceiver(network, address string) (*Receiver, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r := &Receiver{Network: network, cmd: exec.Command(exe)}
	r.cmd.Env = append(os.Environ(), receiverEnv+"="+network+" "+address)
	r.cmd.Stderr = os.Stderr
	if r.stdin, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.stdout = bufio.NewReader(stdout)
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	if r.Address, err = r.stdout.ReadString('\n'); err != nil {
		return nil, errors.Join(err, r.Stop())
	}
	r.Address = strings.TrimSpace(r.Address)
	return r, nil
}

// Take returns how many records have come since the last call. It waits until there are so many, or for a while no more.
func (r *Receiver) Take(want int) (int, error) {
	if _, err := fmt.Fprintln(r.stdin, want); err != nil {
		return 0, err
	}
	var got int
	_, err := fmt.Fscanln(r.stdout, &got)
	return got, err
}

// Stop ends the process.
func (r *Receiver) Stop() error {
	return errors.Join(r.stdin.Close(), r.cmd.Wait())
}

// receive is what the other process does: it counts records by their message.
func receive(network, address string) error {
	count := counter{patience: 30 * time.Second} // for what must come, unless the machine stands still
	if strings.HasPrefix(network, "udp") {
		count.patience = time.Second / 2 // for what may have been lost
	}
	if strings.HasPrefix(network, "udp") || network == "unixgram" {
		pc, err := net.ListenPacket(network, address)
		if err != nil {
			return err
		}
		defer pc.Close()
		if c, ok := pc.(interface{ SetReadBuffer(bytes int) error }); ok {
			_ = c.SetReadBuffer(4 << 20)
		}
		fmt.Println(pc.LocalAddr())
		go count.packets(pc)
	} else {
		serve := count.connections
		if network == "http" {
			network, serve = "tcp", count.requests
		}
		l, err := net.Listen(network, address)
		if err != nil {
			return err
		}
		defer l.Close()
		fmt.Println(l.Addr())
		go serve(l)
	}
	for {
		var want int
		if _, err := fmt.Scanln(&want); err != nil {
			return nil // stdin is closed
		}
		fmt.Println(count.take(want))
	}
}

// counter counts records as they come.
type counter struct {
	patience time.Duration // how long no record comes until no more are expected
	mu       sync.Mutex
	n        int
}

func (c *counter) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n += n
}

func (c *counter) take(want int) int {
	const pause = time.Millisecond
	for last, idle := -1, time.Duration(0); idle < c.patience; idle += pause {
		c.mu.Lock()
		n := c.n
		c.mu.Unlock()
		if n >= want {
			break
		}
		if n != last {
			last, idle = n, 0
		}
		time.Sleep(pause)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.n
	c.n = 0
	return n
}

func (c *counter) packets(pc net.PacketConn) {
	read := func(buf []byte) (int, error) {
		n, _, err := pc.ReadFrom(buf)
		return n, err
	}
	if conn, ok := pc.(net.Conn); ok { // without the address, which costs
		read = conn.Read
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := read(buf)
		if err != nil {
			return
		}
		c.add(bytes.Count(buf[:n], []byte(message)))
	}
}

func (c *counter) connections(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go c.connection(conn)
	}
}

func (c *counter) connection(conn net.Conn) {
	defer conn.Close()
	buf := make([]byte, 256<<10)
	kept := 0 // of the last read, where a message may be cut
	for {
		n, err := conn.Read(buf[kept:])
		if err != nil {
			return
		}
		all := buf[:kept+n]
		c.add(bytes.Count(all, []byte(message)))
		tail := all[max(0, len(all)-len(message)+1):]
		kept = copy(buf, tail)
	}
}
