package httpx

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"testing"
	"time"
)

// rawServer answers each request on its own connection, and keeps what it got, byte by byte.
type rawServer struct {
	net.Listener
	got chan string
}

func newRawServer(t *testing.T, answer string) *rawServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveRaw(t, l, answer)
}

func serveRaw(t *testing.T, l net.Listener, answer string) *rawServer {
	t.Helper()
	s := &rawServer{l, make(chan string, 10)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.serve(c, answer)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return s
}

func (s *rawServer) serve(c net.Conn, answer string) {
	defer c.Close()
	var raw strings.Builder
	r, err := http.ReadRequest(bufio.NewReader(io.TeeReader(c, &raw)))
	if err != nil {
		s.got <- err.Error()
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	_, _ = io.WriteString(c, answer)
	s.got <- raw.String()
}

const noContent = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"

// TestRedirectCredentials: they go to where they belong, and nowhere else.
func TestRedirectCredentials(t *testing.T) {
	const secret = "s3cret"
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, method := range []string{"GET", "POST"} {
			t.Run(fmt.Sprint(code, " ", method), func(t *testing.T) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				secureConfig := new(tls.Config)
				raw := serveRaw(t, tls.NewListener(l, secureConfig), noContent)
				secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("X-Api-Key") != secret || r.Header.Get("Authorization") == "" {
						t.Error("no credentials at home")
					}
					http.Redirect(w, r, "https://"+raw.Addr().String()+"/else", code)
				}))
				defer secure.Close()
				secureConfig.Certificates = secure.TLS.Certificates
				var log errorLog
				h := NewHandler(secure.URL+"/p?token="+secret, &Options{
					Options: log.options(), Method: method, Client: secure.Client(), Username: "u", Password: secret, Synchronous: true, Retry: patience, Timeout: time.Minute,
					Header: http.Header{"X-Api-Key": {secret}, "Cookie": {"c=" + secret}, "X-Tenant": {secret}},
				})
				err = h.Handle(t.Context(), record1("x"))
				defer h.Close()
				if method == "POST" && code < 307 { // the body would be lost
					var se *StatusError
					if !errors.As(err, &se) || se.Code != code || len(raw.got) > 0 {
						t.Error(err, len(raw.got))
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				got := <-raw.got
				if !strings.HasPrefix(got, method+" /else HTTP/1.1\r\n") || strings.Contains(got, secret) || strings.Contains(got, "Authorization") ||
					strings.Contains(got, "dTpz") || !strings.Contains(got, "Idempotency-Key: ") {
					t.Error(got)
				}
				if method == "POST" && (!strings.Contains(got, "Content-Type: application/x-www-form-urlencoded\r\n") || !strings.Contains(got, "\r\n\r\nname=root&msg=x&")) {
					t.Error(got)
				}
			})
		}
	}
}

// TestRedirectHome: on the same host, port and scheme credentials stay; once they have been elsewhere they do not come back.
func TestRedirectHome(t *testing.T) {
	var seen []string
	var away *httptest.Server
	home := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.URL.Path+" "+r.Header.Get("Authorization"))
		switch r.URL.Path {
		case "/a":
			http.Redirect(w, r, "/b", http.StatusTemporaryRedirect)
		case "/c":
			http.Redirect(w, r, away.URL, http.StatusPermanentRedirect)
		}
	}))
	defer home.Close()
	away = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, "away "+r.Header.Get("Authorization"))
		http.Redirect(w, r, home.URL+"/d", http.StatusTemporaryRedirect)
	}))
	defer away.Close()
	client := home.Client()
	client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool(home, away)}
	for _, path := range []string{"/a", "/c"} {
		h := NewHandler(home.URL+path, &Options{
			Options: failOnError(t), Encoding: JSON, Client: client, Synchronous: true, Retry: patience, Timeout: time.Minute,
			Header: http.Header{"Authorization": {"key"}},
		})
		if err := errors.Join(h.Handle(t.Context(), record1("x")), h.Close()); err != nil {
			t.Error(err)
		}
	}
	if got := strings.Join(seen, ", "); got != "/a key, /b key, /c key, away , /d " {
		t.Error(got)
	}
}

// TestRedirectToPlaintext is not followed from https: the records are not for everybody to read.
func TestRedirectToPlaintext(t *testing.T) {
	raw := newRawServer(t, noContent)
	secure := httptest.NewTLSServer(http.RedirectHandler("http://"+raw.Addr().String(), http.StatusTemporaryRedirect))
	defer secure.Close()
	var log errorLog
	h := NewHandler(secure.URL, &Options{Options: log.options(), Client: secure.Client(), Synchronous: true, Retry: patience, Timeout: time.Minute})
	if err := h.Handle(t.Context(), record1("x")); !errors.Is(err, errPlaintext) {
		t.Error(err)
	}
	if err := h.Close(); err != nil || len(raw.got) > 0 {
		t.Error(err, len(raw.got))
	}
}

// TestRedirectLoop ends, and is not tried again.
func TestRedirectLoop(t *testing.T) {
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		http.Redirect(w, r, "/", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	var log errorLog
	h := NewHandler(server.URL, &Options{Options: log.options(), Encoding: JSON, Synchronous: true, Retry: patience, Timeout: time.Minute})
	if err := h.Handle(t.Context(), record1("x")); !errors.Is(err, errRedirects) || n != 10 {
		t.Error(err, n)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}

// TestRedirectElsewhere: neither to a scheme that nobody speaks, nor where the caller's own CheckRedirect refuses.
func TestRedirectElsewhere(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "gopher://x"+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	no := errors.New("no")
	for want, client := range map[error]*http.Client{
		errElsewhere:            nil,
		no:                      {CheckRedirect: func(*http.Request, []*http.Request) error { return permanent(no) }},
		http.ErrUseLastResponse: {CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	} {
		var log errorLog
		to := server.URL
		if want != errElsewhere { //nolint:errorlint // the key itself
			answer := "HTTP/1.1 307 Temporary Redirect\r\nLocation: /next\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
			to = "http://" + newRawServer(t, answer).Addr().String()
		}
		h := NewHandler(to, &Options{Options: log.options(), Encoding: JSON, Synchronous: true, Client: client, Retry: patience, Timeout: time.Minute})
		err := h.Handle(t.Context(), record1("x"))
		var se *StatusError
		if last := errors.As(err, &se); !errors.Is(err, want) && !(last && se.Code == 307 && want == http.ErrUseLastResponse) { //nolint:errorlint // the key itself
			t.Errorf("%v, want %v", err, want)
		}
		_ = h.Close()
	}
}

// TestWire: what goes over a connection, byte by byte, and the next request over the same one.
func TestWire(t *testing.T) {
	var dumps []string
	addrs := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := httputil.DumpRequest(r, true)
		dumps = append(dumps, string(b))
		addrs[r.RemoteAddr] = true
		if len(dumps)%2 == 0 {
			w.WriteHeader(http.StatusAccepted)
		}
		_, _ = io.WriteString(w, strings.Repeat("answer ", 1000)) // is read, so that the connection can be used again
	}))
	defer server.Close()
	h := NewHandler(server.URL+"/in", &Options{Options: failOnError(t), Encoding: JSON, Synchronous: true, Retry: patience, Timeout: time.Minute})
	const requests = 8
	for range requests {
		if err := h.Handle(t.Context(), record1("x")); err != nil {
			t.Error(err)
		}
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if len(addrs) == requests { // net/http gives up a connection where the end of a write is not noted within 50 ms
		t.Error("no connection was used again")
	}
	for _, want := range []string{"POST /in HTTP/1.1\r\n", "Content-Type: application/json\r\n", "User-Agent: slogkit-httpx\r\n", "\r\n\r\n[{\"v\":1,"} {
		if !strings.Contains(dumps[0], want) {
			t.Errorf("no %q in %s", want, dumps[0])
		}
	}
}

// TestUnknownCertificate: TLS is verified, and nothing is sent to somebody unknown.
func TestUnknownCertificate(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request") }))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	server.StartTLS()
	defer server.Close()
	var log errorLog
	h := NewHandler(server.URL, &Options{
		Options: log.options(), Encoding: JSON, Username: "u", Password: "p", Synchronous: true, Retry: Retry{MaxElapsed: -1}, Timeout: time.Minute,
	})
	var unknown x509.UnknownAuthorityError
	if err := h.Handle(t.Context(), record1("x")); !errors.As(err, &unknown) {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}
