package socketx

import (
	"context"
	"crypto/tls"
	"net"
)

// A Peer is who has sent a record.
type Peer struct {
	Addr net.Addr             // nil or without a name on unix sockets
	TLS  *tls.ConnectionState // with the certificates of the client, if it was asked for them; nil: not over TLS
}

// PeerOf returns who has sent the record that a [Server] handles with ctx; nil if ctx is not from a Server.
func PeerOf(ctx context.Context) *Peer {
	peer, _ := ctx.Value(peerKey{}).(*Peer)
	return peer
}

type peerKey struct{}

func withPeer(ctx context.Context, p *Peer) context.Context {
	return context.WithValue(ctx, peerKey{}, p)
}

func (p *Peer) String() string {
	if p.Addr == nil || p.Addr.String() == "" || p.Addr.String() == "@" {
		return "an unnamed socket"
	}
	return p.Addr.String()
}
