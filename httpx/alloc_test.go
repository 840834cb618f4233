package httpx

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// TestAllocs: a record costs next to none: what it is formatted into is cut from slabs.
func TestAllocs(t *testing.T) {
	testkit.SkipUnderRace(t)
	for encoding, most := range map[Encoding]float64{JSON: 10, Form: 1500} { // beside a request for each, those of Form are few
		tr := roundTripper(func(r *http.Request) (*http.Response, error) { return status(204), r.Body.Close() })
		h := NewHandler("https://h/", &Options{
			Options: failOnError(t), Encoding: encoding, Method: "POST", Client: &http.Client{Transport: tr},
			Batch: Batch{Records: 100_000, Bytes: 64 << 20, Age: time.Hour}, Queue: Queue{Records: 1_000_000, Bytes: 1 << 30},
		})
		if encoding == Form { // nothing is sent, else each record is a request
			h.sink = discard{}
		}
		r := record1("hello")
		ctx := t.Context()
		log := func() {
			for range 100 {
				_ = h.Handle(ctx, r)
			}
		}
		log()
		if n := testing.AllocsPerRun(50, log); n > most {
			t.Errorf("%v: %v allocations for 100 records", encoding, n)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
}

// discard is a sink that keeps nothing.
type discard struct{ sink }

func (discard) put(context.Context, *record) error { return nil }
func (discard) close(context.Context) error        { return nil }
