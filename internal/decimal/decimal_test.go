package decimal

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

func TestPut(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	check := func(u uint64) {
		t.Helper()
		b := make([]byte, 3+MaxInt)
		if got, want := string(b[3:PutUint(b, 3, u)]), strconv.FormatUint(u, 10); got != want {
			t.Errorf("PutUint(%s) = %s", want, got)
		}
		if got, want := string(b[3:PutInt(b, 3, int64(u))]), strconv.FormatInt(int64(u), 10); got != want {
			t.Errorf("PutInt(%s) = %s", want, got)
		}
		if got, want := Len(u), len(strconv.FormatUint(u, 10)); got != want {
			t.Errorf("Len(%d) = %d", u, got)
		}
	}
	for u := range uint64(100_000) {
		check(u)
	}
	for p := uint64(1); ; p *= 10 {
		check(p - 1)
		check(p)
		check(-p)
		if p > math.MaxUint64/10 {
			break
		}
	}
	for shift := range 64 {
		for range 1000 {
			check(rnd.Uint64() >> shift)
		}
		check(1<<shift - 1)
		check(1 << shift)
	}
	check(math.MaxUint64)
}

func TestPutNine(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range uint32(100_000) {
		for _, n := range []uint32{i, 999_999_999 - i, i * 10_000, rnd.Uint32N(1_000_000_000)} {
			var b [9]byte
			PutNine(&b, n)
			if want := fmt.Sprintf("%09d", n); string(b[:]) != want {
				t.Fatalf("PutNine(%s) = %s", want, b[:])
			}
		}
	}
}
