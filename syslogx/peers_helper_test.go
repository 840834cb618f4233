//go:build linux

package syslogx

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// peer is a real daemon that writes what it gets to a file, a line of JSON for each message.
type peer struct {
	dir           string
	udp, tcp, tls string // addresses
	unix          string // a path
	ca            *testkit.Authority
	command       func() *exec.Cmd
	running       *exec.Cmd
	bom           bool // keeps the byte order mark
	lines         *bufio.Reader
	file          *os.File
	half          []byte // of a line
}

var peers = map[string]func(*testing.T) *peer{"rsyslog": rsyslog, "syslog-ng": syslogNG}

func rsyslog(t *testing.T) *peer {
	program := testkit.Peer(t, "rsyslogd", "/usr/sbin/rsyslogd")
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
	program := testkit.Peer(t, filepath.Join(root, "/usr/sbin/syslog-ng"))
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
	p := &peer{dir: testkit.ShortDir(t), ca: testkit.NewAuthority("ca")}
	cert, key := testkit.PEM(p.ca.Issue(time.Hour, "127.0.0.1"))
	for name, content := range map[string][]byte{"ca.pem": p.ca.PEM(), "server.pem": cert, "server.key": key} {
		if err := os.WriteFile(filepath.Join(p.dir, name), content, 0o600); err != nil {
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
		port := testkit.FreePort(t)
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

// start starts the daemon and waits until it listens everywhere.
func (p *peer) start(t *testing.T) {
	t.Helper()
	// A daemon that was killed before it had written its number leaves an empty file, with which rsyslog does not start.
	if err := os.Remove(filepath.Join(p.dir, "pid")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
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
	testkit.Eventually(t, "the daemon listens", func() bool {
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

// mend ends the line that a daemon was killed over, lest the next one's first be joined to it. All others are read.
func (p *peer) mend(t *testing.T) {
	t.Helper()
	if len(p.half) == 0 {
		return
	}
	p.half = nil
	f, err := os.OpenFile(p.file.Name(), os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = f.WriteString("\n")
		err = errors.Join(err, f.Close())
	}
	if err == nil {
		_, err = p.lines.ReadBytes('\n')
	}
	if err != nil {
		t.Fatal(err)
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
