package httpx

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSwitchingProtocols: an answer with which the connection changes hands is a status like others, for which no server can
// have us wait.
func TestSwitchingProtocols(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	closed := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			closed <- err
			return
		}
		defer c.Close()
		buffered := bufio.NewReader(c)
		if r, err := http.ReadRequest(buffered); err == nil {
			_, _ = io.Copy(io.Discard, r.Body)
		}
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
		_, err = buffered.ReadByte()
		closed <- err
	}()
	var log errorLog
	h := NewHandler("http://"+l.Addr().String(), &Options{Options: log.options(), Encoding: JSON, Synchronous: true, Retry: patience, Timeout: time.Minute})
	if err := h.Handle(t.Context(), record1("x")); err == nil || !strings.HasSuffix(err.Error(), ": 101 Switching Protocols") {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := <-closed; err != io.EOF { //nolint:errorlint // what Read returns
		t.Errorf("the connection is not closed: %v", err)
	}
}

// TestErrorTexts: an error repeats no secret, and not much at all, of what a server says.
func TestErrorTexts(t *testing.T) {
	const secret = "s3cret"
	long := strings.Repeat("x", 100_000)
	for _, tt := range []struct{ answer, want string }{
		{"301 Moved\r\nLocation: https://u:" + secret + "@h/in?token=" + secret + "#" + secret, `301 Moved: "to https://h/in"`},
		{"301 Moved\r\nLocation: /in?token=" + secret, `301 Moved: "to /in"`},
		{"301 Moved\r\nLocation: ?token=" + secret, `301 Moved: "to "`},
		{"301 Moved\r\nLocation: https://h/" + long, `301 Moved: "to https://h/` + long[:256-len("to https://h/")] + `"`},
		{"307 Moved\r\nLocation: http://[h/in?token=" + secret, "redirected to what is no URL"},
		{"307 Moved\r\nLocation: gopher://u:" + secret + "@h/in?token=" + secret, "redirected to what is neither http nor https"},
		{"400 " + long, "400 " + long[:256-len("400 ")]},
		{"400 \xff", "400 \uFFFD"},
	} {
		server := newRawServer(t, "HTTP/1.1 "+tt.answer+"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		address := "http://" + server.Addr().String() + "/"
		var log errorLog
		h := NewHandler(address+"?token="+secret, &Options{
			Options: log.options(), Encoding: JSON, Synchronous: true, Retry: Retry{MaxElapsed: -1}, Timeout: time.Minute,
		})
		if err := h.Handle(t.Context(), record1("x")); err == nil || err.Error() != "httpx: POST "+address+": "+tt.want {
			t.Errorf("%.400v, want %.400s", err, tt.want)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
}
