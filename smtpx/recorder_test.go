package smtpx

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// recorder stands before a server, as somebody on the way who reads all.
type recorder struct {
	net.Listener
	server string
	strips bool // STARTTLS from what the server offers
	wg     sync.WaitGroup

	mu    sync.Mutex
	heard bytes.Buffer // from the clients
}

func newRecorder(t testing.TB, server string) *recorder { return newRecorderThat(t, server, false) }

func newRecorderThat(t testing.TB, server string, strips bool) *recorder {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{Listener: l, server: server, strips: strips}
	r.wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.wg.Go(func() { r.pass(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		r.wg.Wait()
	})
	return r
}

func (r *recorder) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", r.server)
	if err != nil {
		return
	}
	defer server.Close()
	r.wg.Go(func() {
		if r.strips {
			copyStripped(client, server)
		} else {
			_, _ = io.Copy(client, server)
		}
		_ = client.Close()
	})
	_, _ = io.Copy(io.MultiWriter(server, r), client)
}

// copyStripped copies lines, but for the offer of STARTTLS.
func copyStripped(w io.Writer, r io.Reader) {
	for lines := bufio.NewReader(r); ; {
		line, err := lines.ReadString('\n')
		if _, werr := io.WriteString(w, strings.Replace(line, "STARTTLS", "X-NOTHING", 1)); err != nil || werr != nil {
			return
		}
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.heard.Write(p)
}

// secretOn returns what of user and password, in the ways in which mechanisms write them, was on the wire; "": nothing.
func (r *recorder) secretOn(user, password string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	plain := "\x00" + user + "\x00" + password
	for _, secret := range []string{
		user, password, base64.StdEncoding.EncodeToString([]byte(user)), base64.StdEncoding.EncodeToString([]byte(password)),
		base64.StdEncoding.EncodeToString([]byte(plain)), "AUTH",
	} {
		if bytes.Contains(r.heard.Bytes(), []byte(secret)) {
			return secret
		}
	}
	return ""
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.heard.String()
}
