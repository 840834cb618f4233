//go:build linux

package smtpx

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// peer is a real mail server, with a certificate for 127.0.0.1.
type peer struct {
	dir, port string
	client    *tls.Config // trusts it
}

func (p *peer) addr() string { return net.JoinHostPort("127.0.0.1", p.port) }

// newPeer makes a folder with certificates.
func newPeer(t *testing.T) *peer {
	t.Helper()
	dir := testkit.ShortDir(t)
	if err := os.Chmod(dir, 0o755); err != nil { // other users must get in
		t.Fatal(err)
	}
	ca := testkit.NewAuthority("ca")
	p := &peer{dir: dir, port: testkit.FreePort(t), client: ca.Client()}
	cert, key := testkit.PEM(ca.Issue(time.Hour, "127.0.0.1"))
	p.write(t, "server.pem", cert)
	p.write(t, "server.key", key)
	return p
}

func (p *peer) path(name string) string { return filepath.Join(p.dir, name) }

func (p *peer) write(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.path(name), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// install copies a configuration from testdata.
func (p *peer) install(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", from))
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, to, []byte(strings.NewReplacer("@DIR@", p.dir, "@PORT@", p.port).Replace(string(text))))
}

// run starts the daemon, waits until it greets, and stops it when the test is over.
func (p *peer) run(t *testing.T, greets bool, program string, args ...string) {
	t.Helper()
	c := exec.Command(program, args...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var output bytes.Buffer
	c.Stdout, c.Stderr = &output, &output
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.Wait()
	}()
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		<-ended
		if t.Failed() {
			log, _ := os.ReadFile(p.path("mail.log"))
			t.Logf("%s: %s%s", program, output.String(), log)
		}
	})
	testkit.Eventually(t, program+" listens", func() bool {
		select {
		case <-ended:
			t.Fatal(program + " has ended")
		default:
		}
		conn, err := net.Dial("tcp", p.addr())
		if err != nil {
			return false
		}
		defer conn.Close()
		if !greets {
			return true
		}
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		n, _ := conn.Read(make([]byte, 3))
		return n > 0
	})
}

// aiosmtpd starts one; with smtps it speaks TLS from the first byte.
func aiosmtpd(t *testing.T, smtps bool) *peer {
	t.Helper()
	python := testkit.Peer(t, "/usr/bin/python3")
	if err := exec.Command(python, "-c", "import aiosmtpd").Run(); err != nil {
		testkit.Missing(t, err)
	}
	p := newPeer(t)
	args := []string{"testdata/mailserver.py", p.port, p.path("out.json"), p.path("server.pem"), p.path("server.key")}
	if smtps {
		args = append(args, "smtps")
	}
	p.run(t, !smtps, python, args...)
	return p
}

// postfix starts one that has mailboxes for ops@example.net and dev@example.net, and knows alice@localhost.
func postfix(t *testing.T) *peer {
	t.Helper()
	const master = "/usr/lib/postfix/sbin/master"
	for _, program := range []string{master, "/usr/sbin/postfix", "/usr/sbin/saslpasswd2"} {
		if _, err := os.Stat(program); err != nil {
			testkit.Missing(t, err)
		}
	}
	if os.Getuid() != 0 {
		testkit.Missing(t, errors.New("postfix needs root"))
	}
	p := newPeer(t)
	p.install(t, "main.cf", "etc/main.cf")
	p.install(t, "master.cf", "etc/master.cf")
	p.install(t, "smtpd.conf", "etc/sasl/smtpd.conf")
	for name, owner := range map[string]string{"queue": "root", "data": "postfix", "mail": "nobody"} {
		p.own(t, name, owner)
	}
	add := exec.Command("/usr/sbin/saslpasswd2", "-f", p.path("sasldb2"), "-p", "-c", "-u", "localhost", "alice")
	add.Stdin = strings.NewReader("s3cret\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("saslpasswd2: %v: %s", err, out)
	}
	p.own(t, "sasldb2", "postfix")
	if out, err := exec.Command("/usr/sbin/postfix", "-c", p.path("etc"), "check").CombinedOutput(); err != nil {
		t.Fatalf("postfix check: %v: %s", err, out)
	}
	p.run(t, true, master, "-d", "-c", p.path("etc"))
	return p
}

// own gives a file, or a folder that it makes, to a user.
func (p *peer) own(t *testing.T, name, owner string) {
	t.Helper()
	u, err := user.Lookup(owner)
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	if _, err := os.Stat(p.path(name)); err != nil {
		if err := os.Mkdir(p.path(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(p.path(name), uid, -1); err != nil {
		t.Fatal(err)
	}
}
