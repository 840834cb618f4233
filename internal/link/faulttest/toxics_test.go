//go:build linux

package faulttest

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// toxics are what is done to connections, in both directions.
var toxics = []struct {
	name, attributes string
	effect           effect
}{
	{"timeout", `{"timeout": 0}`, breaks}, // what is sent vanishes, until the end, which is that of the connection
	{"reset_peer", `{"timeout": 20}`, breaks},
	{"slow_close", `{"delay": 100}`, gentle},
	{"bandwidth", `{"rate": 32}`, stalls}, // KB/s, far less than is logged
	{"latency", `{"latency": 100, "jitter": 20}`, gentle},
	{"slicer", `{"average_size": 3000, "size_variation": 2000, "delay": 10}`, gentle},
	{"limit_data", `{"bytes": 100000}`, breaks},
}

// effect is what a toxic does to a connection.
type effect int

const (
	breaks effect = iota // it ends
	stalls               // it may take longer than WriteTimeout allows
	gentle               // nothing that costs a record
)

// TestToxics: whatever is done to the connection, Handle returns in time, memory stays bounded, what arrives is whole, in
// order and no more than once, and when it is over all is as before.
func TestToxics(t *testing.T) {
	t.Parallel()
	for _, toxic := range toxics {
		for _, name := range names(streams) {
			t.Run(toxic.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				to := receive(t, streams[name], l, nil)
				p := between(t, l.Addr().String())
				var o order
				if toxic.effect == gentle {
					o.WriteTimeout = patience
				}
				r := newRemote(t, name, p.Listen, o, here)
				r.flows(t, to)

				for _, way := range []string{"upstream", "downstream"} {
					_, err := p.Toxics.AddToxicJson(strings.NewReader(fmt.Sprintf(`{"name": %q, "type": %q, "stream": %q, "attributes": %s}`,
						way, toxic.name, way, toxic.attributes)))
					if err != nil {
						t.Fatal(err)
					}
				}
				r.log(t, 10, 1000)
				for _, way := range []string{"upstream", "downstream"} {
					if err := p.Toxics.RemoveToxic(context.Background(), way); err != nil {
						t.Fatal(err)
					}
				}
				r.flows(t, to)
				c := r.close(t).Counts
				if toxic.effect == gentle && (c.Sent != c.Handled || c.Reconnects > 0) ||
					toxic.effect == breaks && c.Reconnects == 0 {
					t.Errorf("%+v", c)
				}
				p.Stop()
				to.stop()
				r.check(t, to)
			})
		}
	}
}

func init() { zerolog.SetGlobalLevel(zerolog.Disabled) } // some toxics write to stderr

// between returns a toxiproxy before a listener.
func between(t *testing.T, upstream string) *toxiproxy.Proxy {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := toxiproxy.NewProxy(server, t.Name(), "127.0.0.1:0", upstream)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}
