//go:build linux

package httpx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// nginx is a real web server, with TLS and Basic authentication, in front of a receiver.
type nginx struct {
	dir     string
	address string // host:port
	program string
	running *exec.Cmd
	ended   chan error // one, when it has
	client  *http.Client
}

const nginxConf = `daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log error.log info;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path body; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
	client_max_body_size 64k;
	limit_req_zone $server_name zone=few:64k rate=2r/s;
	server {
		listen ADDRESS ssl http2; server_name localhost; ssl_certificate cert.pem; ssl_certificate_key key.pem;
		location / { auth_basic x; auth_basic_user_file htpasswd; proxy_pass BACKEND; }
		location /few { limit_req zone=few; limit_req_status 429; proxy_pass BACKEND; }
		location /503 { return 503; }
		location /429 { add_header Retry-After 1 always; return 429; }
		location /redir { return 307 /log; }
		location /drop { return 444; }
	}
}
`

func startNginx(t *testing.T, backend string) *nginx {
	t.Helper()
	program := testkit.Peer(t, "nginx", "/usr/sbin/nginx")
	ca := testkit.NewAuthority("ca")
	cert, key := testkit.PEM(ca.Issue(24*time.Hour, "localhost", "127.0.0.1"))
	n := &nginx{dir: t.TempDir(), program: program}
	n.write(t, "cert.pem", string(cert))
	n.write(t, "key.pem", string(key))
	n.write(t, "htpasswd", "alice:{PLAIN}s3cret\n")
	transport := &http.Transport{TLSClientConfig: ca.Client(), ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	n.client = &http.Client{Transport: transport}
	n.address = net.JoinHostPort("127.0.0.1", testkit.FreePort(t))
	n.write(t, "nginx.conf", strings.NewReplacer("ADDRESS", n.address, "BACKEND", backend).Replace(nginxConf))
	if err := n.start(t); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.kill)
	return n
}

func (n *nginx) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(n.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start waits until nginx can be reached, or has ended.
func (n *nginx) start(t *testing.T) error {
	t.Helper()
	n.running = exec.Command(n.program, "-p", n.dir, "-e", "error.log", "-c", "nginx.conf")
	if err := n.running.Start(); err != nil {
		return err
	}
	n.ended = make(chan error, 1)
	go func(cmd *exec.Cmd, ended chan<- error) { ended <- cmd.Wait() }(n.running, n.ended)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-n.ended:
			log, _ := os.ReadFile(filepath.Join(n.dir, "error.log"))
			return fmt.Errorf("nginx: %w: %s", err, log)
		case <-ctx.Done():
			n.kill()
			return ctx.Err()
		case <-tick.C:
			if c, err := net.Dial("tcp", n.address); err == nil {
				return c.Close()
			}
		}
	}
}

func (n *nginx) kill() {
	_ = n.running.Process.Kill()
	<-n.ended
}

func (n *nginx) url(path string) string { return "https://" + n.address + path }

// TestNginx: TLS, Basic authentication, HTTP/2, and what its error pages lead to.
func TestNginx(t *testing.T) {
	h := &census{seen: map[int64]int{}}
	backend := httptest.NewServer(NewReceiver(h, nil))
	defer backend.Close()
	n := startNginx(t, backend.URL)
	for i, tt := range []struct {
		path, user string
		code       int // of the error; 0: none; -1: no answer
	}{
		{"/log", "alice", 0},
		{"/log", "bob", 401},
		{"/log", "", 401},
		{"/redir", "alice", 0},
		{"/drop", "alice", -1},
	} {
		t.Run(tt.path+" "+tt.user, func(t *testing.T) {
			var log errorLog
			o := &Options{Options: log.options(), Encoding: JSON, Gzip: true, Client: n.client, Username: tt.user, Retry: Retry{MaxElapsed: -1}, Timeout: time.Minute, CloseTimeout: 2 * time.Minute}
			if tt.user != "" {
				o.Password = "s3cret"
			}
			if tt.code < 0 {
				o.Timeout = 2 * time.Second // net/http itself tries again for a while
			}
			c := NewHandler(n.url(tt.path), o)
			slog.New(c).Info("x", "n", i)
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			if tt.code == 0 {
				wantStats(t, c, 1, 0, 0, 0)
				return
			}
			wantStats(t, c, 0, 0, 1, 0)
			errs := log.All()
			var se *StatusError
			if len(errs) != 1 || errors.As(errs[0], &se) != (tt.code > 0) || se != nil && se.Code != tt.code {
				t.Error(errs)
			}
		})
	}
	if h.check(t, 2); h.seen[0] != 1 || h.seen[3] != 1 {
		t.Error(h.seen)
	}
}

// TestNginxRetries: what it answers with 503 and 429 is tried again and again, and its error is why Close loses the record.
func TestNginxRetries(t *testing.T) {
	n := startNginx(t, "http://localhost")
	for path, code := range map[string]int{"/503": 503, "/429": 429} {
		t.Run(path, func(t *testing.T) {
			c := NewHandler(n.url(path), &Options{
				Options: onlyOutages(t), Encoding: JSON, Client: n.client, Batch: Batch{Age: -1}, Retry: Retry{Start: time.Millisecond},
			})
			slog.New(c).Info("x")
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for c.Stats().Retried == 0 && ctx.Err() == nil {
				<-tick.C
			}
			cancel()
			var se *StatusError
			if err := c.Shutdown(ctx); !errors.As(err, &se) || se.Code != code {
				t.Error(err)
			}
			wantStats(t, c, 0, 1, 0, 0)
			if c.Stats().Retried == 0 {
				t.Error("tried once only")
			}
		})
	}
}

// TestNginxLimits: a body that is too large for it arrives in parts, and one more request than it wants a little later.
func TestNginxLimits(t *testing.T) {
	const records = 2000
	h := &census{seen: map[int64]int{}}
	backend := httptest.NewServer(NewReceiver(h, nil))
	defer backend.Close()
	n := startNginx(t, backend.URL)
	c := NewHandler(n.url("/few"), &Options{
		Options: onlyOutages(t), Encoding: NDJSON, Client: n.client, Retry: Retry{Start: time.Millisecond, Max: 10 * time.Millisecond},
		CloseTimeout: 2 * time.Minute,
	})
	for i := range records {
		slog.New(c).Info("x", "n", i, "more", strings.Repeat("y", 100))
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	h.check(t, records)
	wantStats(t, c, records, 0, 0, 0)
	if s := c.Stats(); s.Retried == 0 || s.Requests < 6 {
		t.Errorf("%+v", s)
	}
}

// TestNginxKilled: while it is killed and started again a few times, each record arrives once.
func TestNginxKilled(t *testing.T) {
	const records, kills = 40_000, 4
	h := &census{seen: map[int64]int{}}
	backend := httptest.NewServer(NewReceiver(h, nil))
	defer backend.Close()
	n := startNginx(t, backend.URL)
	c := NewHandler(n.url("/log"), &Options{
		Encoding: NDJSON, Client: n.client, Username: "alice", Password: "s3cret", Options: onlyOutages(t),
		Batch: Batch{Records: 50}, Retry: Retry{Start: time.Millisecond, Max: 20 * time.Millisecond},
		Queue: Queue{BlockTimeout: -1}, CloseTimeout: 2 * time.Minute,
	})
	for i := range records {
		if i%(records/kills) == records/kills/2 {
			n.kill()
			if err := n.start(t); err != nil {
				t.Fatal(err)
			}
		}
		slog.New(c).Info("x", "n", i)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	h.check(t, records)
	wantStats(t, c, records, 0, 0, 0)
	t.Logf("%+v", c.Stats())
}
