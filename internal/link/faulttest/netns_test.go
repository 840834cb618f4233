//go:build linux

package faulttest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// hosts are two network namespaces with a cable between them, and nothing else: that of the receiver and that of the
// handler.
type hosts struct{ server, client string }

const (
	serverIP   = "10.99.1.2"
	serverPort = "6514"
	clientIP   = "10.99.1.1"
)

var hostsMade atomic.Int64

// newHosts makes two hosts, or skips the test where that is not allowed.
func newHosts(t *testing.T) hosts {
	t.Helper()
	if os.Getenv("SLOGKIT_NO_NETNS") == "1" {
		t.Skip("SLOGKIT_NO_NETNS is set")
	}
	if err := canMakeHosts(); err != nil {
		testkit.Missing(t, err)
	}
	h, err := makeHosts()
	t.Cleanup(h.remove)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// canMakeHosts tries all that the tests need.
var canMakeHosts = sync.OnceValue(func() error {
	h, err := makeHosts()
	defer h.remove()
	for _, f := range faults {
		if err == nil {
			err = errors.Join(h.do(f.begin), h.do(f.end))
		}
	}
	return err
})

func makeHosts() (hosts, error) {
	name := fmt.Sprintf("slogkit-%d-%d", os.Getpid(), hostsMade.Add(1))
	h := hosts{name + "-server", name + "-client"}
	for _, command := range []string{
		"ip netns add SERVER",
		"ip netns add CLIENT",
		"ip link add cable netns SERVER type veth peer name cable netns CLIENT",
		"ip -n SERVER addr add " + serverIP + "/24 dev cable",
		"ip -n CLIENT addr add " + clientIP + "/24 dev cable",
		"ip -n SERVER link set lo up",
		"ip -n CLIENT link set lo up",
		"ip -n SERVER link set cable up",
		"ip -n CLIENT link set cable up",
	} {
		if err := h.do(command); err != nil {
			return h, err
		}
	}
	return h, nil
}

// remove is for when nothing is in them any more. They end with the last socket.
func (h hosts) remove() {
	_ = h.do("ip netns del SERVER")
	_ = h.do("ip netns del CLIENT")
}

// do runs a command with their names put in; "" does nothing.
func (h hosts) do(command string) error {
	words := strings.Fields(strings.NewReplacer("SERVER", h.server, "CLIENT", h.client).Replace(command))
	if len(words) == 0 {
		return nil
	}
	if output, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, output)
	}
	return nil
}

func (h hosts) must(t *testing.T, command string) {
	t.Helper()
	if err := h.do(command); err != nil {
		t.Fatal(err)
	}
}

// on calls f on one of the hosts.
func on(host string, f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // for ever: the thread ends with the goroutine
		done <- func() error {
			ns, err := os.Open("/run/netns/" + host)
			if err != nil {
				return err
			}
			defer ns.Close()
			if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("setns: %w", err)
			}
			return f()
		}()
	}()
	return <-done
}

// start starts a process on the client.
func (h hosts) start(c *exec.Cmd) error { return on(h.client, c.Start) }

var serverAddress = net.JoinHostPort(serverIP, serverPort)

// receive receives on the server.
func (h hosts) receive(t *testing.T, k *kind, datagrams bool) *receiver {
	t.Helper()
	var l net.Listener
	var p net.PacketConn
	err := on(h.server, func() (err error) {
		if datagrams {
			p, err = net.ListenPacket("udp", serverAddress)
		} else {
			l, err = net.Listen("tcp", serverAddress)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if datagrams {
		return receivePackets(t, k, p)
	}
	return receive(t, k, l, nil)
}
