//go:build !unix

package link

import "net"

// pollable is a connection whose Read always waits.
type pollable struct {
	net.Conn
	waits bool
}

func newPollable(c net.Conn) *pollable { return &pollable{c, true} }

func (*pollable) pollable() bool { return false }
