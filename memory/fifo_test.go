package memory

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFifo does at random what may be done, with a plain slice beside it.
func TestFifo(t *testing.T) {
	var q fifo
	var model []uint64 // what is lent comes first
	lent := 0
	var batch []entry
	numbers := func(entries []entry) (all []uint64) {
		for _, e := range entries {
			all = append(all, e.number)
		}
		return all
	}
	next := uint64(0)
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 50_000 {
		switch op := rnd.IntN(20); {
		case op < 10:
			next++
			q.push(&entry{number: next})
			model = append(model, next)
		case op < 13:
			e, ok := q.drop()
			if ok != (len(model) > lent) || ok && e.number != model[lent] {
				t.Fatalf("drop = %d, %v of %v, %d lent", e.number, ok, model, lent)
			}
			if ok {
				model = slices.Delete(model, lent, lent+1)
			}
		case op < 18 && lent == 0:
			lent = rnd.IntN(len(model) + 1)
			batch = q.lend(lent)
		case op < 18:
			if got := numbers(batch); !slices.Equal(got, model[:lent]) {
				t.Fatalf("lent were %v, have become %v", model[:lent], got)
			}
			n := rnd.IntN(lent + 1)
			q.settle(n)
			model, lent = model[n:], 0
		case rnd.IntN(20) == 0:
			if got := q.truncate(); got != len(model)-lent {
				t.Fatalf("truncate = %d, want %d", got, len(model)-lent)
			}
			model = model[:lent]
		}
		if q.len() != len(model) || !slices.Equal(numbers(q.waiting()), model[lent:]) {
			t.Fatalf("waiting %v, want %v", numbers(q.waiting()), model[lent:])
		}
		for _, e := range q.entries[:q.head] {
			if e.number != 0 {
				t.Fatal("what is gone is held")
			}
		}
	}
}
