//go:build linux

package smtpx

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
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
)

// missing skips the test, or fails it where peers are required.
func missing(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("SLOGKIT_REQUIRE_PEERS") == "1" {
		t.Fatal(err)
	}
	t.Skip(err)
}

// peer is a real mail server, with a certificate for 127.0.0.1.
type peer struct {
	dir, port string
	client    *tls.Config // trusts it
}

func (p *peer) addr() string { return net.JoinHostPort("127.0.0.1", p.port) }

// newPeer makes a folder with certificates.
func newPeer(t *testing.T) *peer {
	t.Helper()
	dir, err := os.MkdirTemp("", "smtpx") // not t.TempDir: other users must get in, and unix sockets have short names
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	ca := newAuthority(t, "ca")
	p := &peer{dir: dir, port: freePort(t), client: ca.trusting()}
	cert := ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, "server.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}))
	p.write(t, "server.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
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

// freePort is a port that nobody uses now.
func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
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
	eventually(t, program+" does not listen", func() bool {
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
	python, err := exec.LookPath("/usr/bin/python3")
	if err == nil {
		err = exec.Command(python, "-c", "import aiosmtpd").Run()
	}
	if err != nil {
		missing(t, err)
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
			missing(t, err)
		}
	}
	if os.Getuid() != 0 {
		t.Skip("postfix needs root")
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
