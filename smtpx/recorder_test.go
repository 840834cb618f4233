package smtpx

import (
	"bytes"
	"encoding/base64"
	"io"
	"net"
	"sync"
	"testing"
)

// recorder stands before a server, as somebody on the way who reads all.
type recorder struct {
	net.Listener
	server string
	wg     sync.WaitGroup

	mu    sync.Mutex
	heard bytes.Buffer // from the clients
}

func newRecorder(t testing.TB, server string) *recorder {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{Listener: l, server: server}
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
		_, _ = io.Copy(client, server)
		_ = client.Close()
	})
	_, _ = io.Copy(io.MultiWriter(server, r), client)
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
