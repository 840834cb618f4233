package httpx

import (
	"context"
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
	left []int         // records that are yet to be handed on
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
	d := &delivery{sum: sum, turn: make(chan struct{}, 1), left: make([]int, n)}
	for i := range d.left {
		d.left[i] = i
	}
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
	var failed []int
	for _, i := range d.left {
		if handOn(i) != nil {
			failed = append(failed, i)
		}
	}
	d.left = failed
	if len(failed) > 0 {
		return problemf(http.StatusInternalServerError, "%d records failed", len(failed))
	}
	return nil
}
