//go:build linux

package syslogx

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// peer is a real daemon that writes what it gets to a file, a line of JSON for each message.
type peer struct {
	dir           string
	udp, tcp, tls string // addresses
	unix          string // a path
	ca            *authority
	command       func() *exec.Cmd
	running       *exec.Cmd
	bom           bool // keeps the byte order mark
	lines         *bufio.Reader
	file          *os.File
	half          []byte // of a line
}

// missing skips the test, or fails it where peers are required.
func missing(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("SLOGKIT_REQUIRE_PEERS") == "1" {
		t.Fatal(err)
	}
	t.Skip(err)
}

var peers = map[string]func(*testing.T) *peer{"rsyslog": rsyslog, "syslog-ng": syslogNG}

func rsyslog(t *testing.T) *peer {
	program, err := exec.LookPath("rsyslogd")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/rsyslogd"); err != nil {
			missing(t, err)
		}
	}
	p := newPeer(t, "rsyslog.conf")
	p.bom = true
	p.command = func() *exec.Cmd {
		return exec.Command(program, "-n", "-f", filepath.Join(p.dir, "rsyslog.conf"), "-i", filepath.Join(p.dir, "pid"))
	}
	p.start(t)
	return p
}

// syslogNG runs the syslog-ng below SLOGKIT_SYSLOG_NG, where its package is unpacked, for Debian does not let it be
// installed beside rsyslog; or the one that is installed.
func syslogNG(t *testing.T) *peer {
	root := os.Getenv("SLOGKIT_SYSLOG_NG")
	program, err := exec.LookPath(filepath.Join(root, "/usr/sbin/syslog-ng"))
	if err != nil {
		missing(t, err)
	}
	p := newPeer(t, "syslog-ng.conf")
	modules, _ := filepath.Glob(filepath.Join(root, "/usr/lib/syslog-ng/*/"))
	p.command = func() *exec.Cmd {
		args := []string{
			"-F", "--no-caps", "-f", filepath.Join(p.dir, "syslog-ng.conf"), "-R", filepath.Join(p.dir, "persist"),
			"-c", filepath.Join(p.dir, "ctl"), "-p", filepath.Join(p.dir, "pid"),
		}
		for _, m := range modules {
			if info, err := os.Stat(m); err == nil && info.IsDir() && root != "" {
				args = append(args, "--module-path="+m)
				break
			}
		}
		c := exec.Command(program, args...)
		if root != "" {
			lib := filepath.Join(root, "/usr/lib/syslog-ng")
			c.Env = append(os.Environ(), "LD_LIBRARY_PATH="+strings.Join(append(modules, lib), ":"))
		}
		return c
	}
	p.start(t)
	return p
}

// newPeer makes a folder with a configuration and certificates.
func newPeer(t *testing.T, conf string) *peer {
	t.Helper()
	p := &peer{dir: shortDir(t), ca: newAuthority(t, "ca")}
	cert := p.ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"ca.pem":     {Type: "CERTIFICATE", Bytes: p.ca.cert.Raw},
		"server.pem": {Type: "CERTIFICATE", Bytes: cert.Certificate[0]},
		"server.key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(p.dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join("testdata", conf))
	if err != nil {
		t.Fatal(err)
	}
	p.unix = filepath.Join(p.dir, "log.sock")
	replace := []string{"@DIR@", p.dir}
	for name, address := range map[string]*string{"@UDP@": &p.udp, "@TCP@": &p.tcp, "@TLS@": &p.tls} {
		port := freePort(t)
		*address = net.JoinHostPort("127.0.0.1", port)
		replace = append(replace, name, port)
	}
	text = []byte(strings.NewReplacer(replace...).Replace(string(text)))
	if err := os.WriteFile(filepath.Join(p.dir, conf), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if p.file, err = os.OpenFile(filepath.Join(p.dir, "out.json"), os.O_RDONLY|os.O_CREATE, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.file.Close() })
	p.lines = bufio.NewReaderSize(p.file, 1<<20)
	return p
}

// freePort is a port that nobody uses now, neither for TCP nor for UDP.
func freePort(t *testing.T) string {
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		pc, err := net.ListenPacket("udp", l.Addr().String())
		_ = l.Close()
		if err == nil {
			_ = pc.Close()
			return strconv.Itoa(port)
		}
	}
	t.Fatal("no port is free")
	return ""
}

// start starts the daemon and waits until it listens everywhere.
func (p *peer) start(t *testing.T) {
	t.Helper()
	c := p.command()
	var output bytes.Buffer
	c.Stdout, c.Stderr = &output, &output
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	p.running = c
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s: %s", c.Path, output.String())
		}
	})
	eventually(t, "the daemon does not listen", func() bool {
		for _, address := range []string{p.tcp, p.tls} {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				return false
			}
			_ = conn.Close()
		}
		conn, err := net.Dial("unixgram", p.unix)
		if err != nil {
			return false
		}
		_ = conn.Close()
		return true
	})
}

// kill ends it at once.
func (p *peer) kill() {
	if p.running != nil {
		_ = p.running.Process.Kill()
		_ = p.running.Wait()
		p.running = nil
	}
}

// eventually polls.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(60 * time.Second); !done(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

// arrived is a message as a daemon writes it.
type arrived struct {
	Fac, Sev, TS, Host, App, ProcID, MsgID, Msg string
	params                                      map[string]string
}

// next returns the next line of the file; nil if there is none now.
func (p *peer) next(t *testing.T) *arrived {
	t.Helper()
	part, err := p.lines.ReadBytes('\n')
	p.half = append(p.half, part...)
	if err == io.EOF {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	line := p.half
	p.half = nil
	a := &arrived{params: map[string]string{}}
	var raw map[string]any
	if err := json.Unmarshal(line, &raw); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if err := json.Unmarshal(line, a); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	collect(raw, "", a.params)
	return a
}

// collect finds the parameters, wherever the daemon has put them.
func collect(in any, path string, into map[string]string) {
	m, ok := in.(map[string]any)
	if !ok {
		if _, name, ok := strings.Cut(path, defaultID+"."); ok {
			into[name] = in.(string)
		}
		return
	}
	for key, v := range m {
		if s, ok := v.(string); ok && key == "params" { // JSON in JSON
			var inner any
			if json.Unmarshal([]byte(s), &inner) == nil {
				v = inner
			}
		}
		collect(v, path+"."+key, into)
	}
}
