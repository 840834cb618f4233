package encode

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

func TestFloats(t *testing.T) {
	check := func(f float64) {
		t.Helper()
		for _, f := range []float64{f, -f} {
			want, err := json.Marshal(f)
			if err == nil && string(appendJSONFloat(nil, f)) != string(want) {
				t.Fatalf("JSON %x: %s, want %s", f, appendJSONFloat(nil, f), want)
			}
			if got, want := string(appendTextFloat(nil, f)), strconv.FormatFloat(f, 'g', -1, 64); got != want {
				t.Fatalf("Text %x: %s, want %s", f, got, want)
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	n := 300_000
	if testkit.Race { // there is one goroutine
		n /= 10
	}
	for range n {
		f := float64(r.Uint64N(1<<r.IntN(54))) / math.Pow10(r.IntN(10))
		check(f)
		check(math.Nextafter(f, 0))
		check(math.Nextafter(f, math.MaxFloat64))
		check(r.ExpFloat64())
		check(math.Float64frombits(r.Uint64()))
	}
	for _, f := range []float64{0, 1e-4, 1e5, 1e6, 1e9, 999999.999999, 0.000001, 0.5e-6, 1e21, math.Inf(1), math.NaN()} {
		check(f)
	}
}

func TestDurations(t *testing.T) {
	check := func(d time.Duration) {
		t.Helper()
		for _, d := range []time.Duration{d, -d} {
			if got := string(appendDuration(nil, d)); got != d.String() {
				t.Fatalf("%d: %s, want %s", int64(d), got, d)
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 3))
	for range 300_000 {
		d := time.Duration(r.Uint64() >> r.IntN(64))
		check(d)
		check(d.Round(time.Millisecond))
		check(d.Truncate(time.Hour))
	}
	check(math.MinInt64)
	check(math.MaxInt64)
}

func TestInts(t *testing.T) {
	check := func(u uint64) {
		t.Helper()
		if got, want := string(appendUint([]byte("x"), u)), "x"+strconv.FormatUint(u, 10); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
		if got, want := string(appendInt(nil, int64(u))), strconv.FormatInt(int64(u), 10); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
	for p := uint64(1); ; p *= 10 {
		check(p - 1)
		check(p)
		check(p + 1)
		if p > math.MaxUint64/10 {
			break
		}
	}
	r := rand.New(rand.NewPCG(1, 4))
	for range 300_000 {
		check(r.Uint64() >> r.IntN(64))
	}
	check(math.MaxUint64)
	check(1 << 63)
}
