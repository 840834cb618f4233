//go:build !windows

package main

import (
	"fmt"
	"path/filepath"
	"sync"

	"github.com/slogkit-go/slogkit/bench"
)

// Records to another process: to a daemon's socket, and over a connection by one and by several goroutines.

func init() { bench.BeReceiver() } // and then nothing else here happens

func wireGroups(dir string) []group {
	sys := func(name, network string, c bench.Case, n, goroutines int, compare ...comparison) group {
		return wireGroup(dir, "syslog, "+name, network, bench.SyslogSenders(), c, n, goroutines, compare)
	}
	sock := func(name string, goroutines int, target float64) group {
		return wireGroup(dir, "socket, "+name, "tcp", bench.SocketSenders(), bench.Cases[1], 80_000, goroutines,
			[]comparison{{"slogkit socketx", "slog JSON + net.Conn", target}, {"no-op", "slog JSON + net.Conn", 0}})
	}
	message, five := bench.Cases[0], bench.Cases[1]
	std := func(target float64) comparison { return comparison{"slogkit syslogx", "log/syslog", target} }
	return []group{
		sys("unixgram, message", "unixgram", message, 20_000, 1, std(0.70), comparison{"slogkit syslogx", "write", 1.1}),
		sys("unixgram, "+five.Name, "unixgram", five, 20_000, 1, std(0.70)),
		sys("udp, message", "udp", message, 10_000, 1, std(0.97), comparison{"slogkit syslogx", "write", 0}),
		sys("udp, "+five.Name, "udp", five, 10_000, 1, std(0.97)),
		sys("tcp, 1 goroutine, "+five.Name, "tcp", five, 80_000, 1, std(0.10)),
		sys("tcp, 8 goroutines, "+five.Name, "tcp", five, 80_000, 8, std(0.10)),
		sock("tcp, 1 goroutine", 1, 0.08),
		sock("tcp, 8 goroutines", 8, 0.08),
	}
}

func wireGroup(dir, name, network string, senders []bench.Sender, c bench.Case, n, goroutines int, compare []comparison) group {
	g := group{name: name, columns: append(perRecord[:2:2], column{"lost %", "%.2f"}), compare: compare}
	start := sync.OnceValues(func() (*bench.Receiver, error) { // it ends with this process, which closes its stdin
		address := "127.0.0.1:0"
		if network == "unixgram" {
			address = filepath.Join(dir, fmt.Sprintf("%x", name))
		}
		return bench.StartReceiver(network, address)
	})
	for _, s := range senders {
		send := func(n int) ([]float64, error) {
			want := n
			if s.Name == "no-op" {
				want = 0
			}
			r, err := start()
			if err != nil {
				return nil, err
			}
			measured, err := timed(n, func() error { return bench.Send(s, network, r.Address, c, n, goroutines) })
			if err != nil {
				return nil, err
			}
			got, err := r.Take(want)
			if err == nil && network != "udp" && got != want {
				err = fmt.Errorf("%d of %d records have arrived", got, want)
			}
			return append(measured, 100*float64(want-got)/float64(n)), err
		}
		g.subjects = append(g.subjects, subject{
			name:     s.Name,
			rehearse: func() error { _, err := send(n / 10); return err },
			pass:     func() ([]float64, error) { return send(n) },
		})
	}
	return g
}
