//go:build !windows

package main

import (
	"fmt"
	"sync"

	"github.com/slogkit-go/slogkit/bench"
)

// Records to a web server in another process: one a request, and a thousand.

func httpGroups() []group {
	const one, batch = "slogkit httpx, 1 a request", "slogkit httpx, 1000 a request"
	g := group{
		name: "http, " + bench.Cases[1].Name, columns: perRecord,
		compare: []comparison{{one, "http.Client, 1 a request", 1.15}, {batch, one, 0.005}, {batch, "http.Client, 1000 a request", 0}},
	}
	start := sync.OnceValues(func() (*bench.Receiver, error) { return bench.StartReceiver("http", "127.0.0.1:0") })
	for _, p := range bench.Posters() {
		n := 500 * p.Batch
		if p.Batch > 1 {
			n = 100 * p.Batch
		}
		post := func(n int) ([]float64, error) {
			r, err := start()
			if err != nil {
				return nil, err
			}
			measured, err := timed(n, func() error { return p.Post("http://"+r.Address+"/", bench.Cases[1], n) })
			if err != nil {
				return nil, err
			}
			got, err := r.Take(n)
			if err == nil && got != n {
				err = fmt.Errorf("%d of %d records have arrived", got, n)
			}
			return measured, err
		}
		g.subjects = append(g.subjects, subject{
			name:     p.Name,
			rehearse: func() error { _, err := post(n / 10); return err },
			pass:     func() ([]float64, error) { return post(n) },
		})
	}
	return []group{g}
}
