package httpx

import (
	"context"
	"math/big"
	"net/http"
	"sync"
)

// deliveries remembers batches by their Idempotency-Keys, the latest ones.
type deliveries struct {
	most  int
	mu    sync.Mutex
	byKey map[string]*delivery
	keys  []string // a ring once there are as many as there may be; next is the oldest then
	next  int
}

// delivery is a batch, of which some records may have been handed on.
type delivery struct {
	sum  uint64        // of its body
	turn chan struct{} // of requests with the same key
	n    int           // records
	left big.Int       // a bit for each that is yet to be handed on, for there may be many, of many batches
}

// of returns the delivery of a batch of n records.
func (ds *deliveries) of(key string, sum uint64, n int) (*delivery, error) {
	const longest = 256
	if len(key) > longest {
		return nil, problemf(http.StatusBadRequest, "Idempotency-Key of %d bytes, more than %d", len(key), longest)
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if d := ds.byKey[key]; d != nil {
		if d.sum != sum {
			return nil, problemf(http.StatusUnprocessableEntity, "Idempotency-Key of another body")
		}
		return d, nil
	}
	d := &delivery{sum: sum, turn: make(chan struct{}, 1), n: n}
	one := big.NewInt(1)
	d.left.Lsh(one, uint(n)).Sub(&d.left, one) // n bits
	ds.add(key, d)
	return d, nil
}

func (ds *deliveries) add(key string, d *delivery) {
	if ds.byKey == nil {
		ds.byKey = map[string]*delivery{}
	}
	ds.byKey[key] = d
	if len(ds.keys) < ds.most {
		ds.keys = append(ds.keys, key)
		return
	}
	delete(ds.byKey, ds.keys[ds.next])
	ds.keys[ds.next] = key
	ds.next = (ds.next + 1) % ds.most
}

// take hands on what is left, after whoever is doing that already.
func (d *delivery) take(ctx context.Context, handOn func(i int) error) error {
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return problemf(http.StatusServiceUnavailable, "being handled")
	}
	defer func() { <-d.turn }()
	failed := 0
	for i := range d.n {
		switch {
		case d.left.Bit(i) == 0:
		case handOn(i) != nil:
			failed++
		default:
			d.left.SetBit(&d.left, i, 0)
		}
	}
	if failed > 0 {
		return problemf(http.StatusInternalServerError, "%d records failed", failed)
	}
	d.left = big.Int{} // none, and no memory for it
	return nil
}
