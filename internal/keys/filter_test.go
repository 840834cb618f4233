package keys

import (
	"fmt"
	"testing"
)

// TestFilter: what was added may be there; what was not is surely not, for the most part.
func TestFilter(t *testing.T) {
	var f Filter
	if f.May("") || f.May("key") {
		t.Error("the zero Filter is not empty")
	}
	keys := []string{"", "a", "b", "time", "level", "msg", "source", "request_id", "user", "\x00\xff", "日本語"}
	for _, key := range keys {
		f.Add(key)
		if !f.May(key) || !f.Add(key) {
			t.Errorf("%q was added and is not there", key)
		}
	}
	g := f // a copy is one of its own
	g.Add("other")
	for _, key := range keys {
		if !f.May(key) || !g.May(key) {
			t.Errorf("%q is gone", key)
		}
	}
	if f == g {
		t.Error("what was added to the copy is in the original")
	}
}

// TestFilterAdd: it tells of a key that may have been there, and only of such.
func TestFilterAdd(t *testing.T) {
	var f Filter
	for i := range 300 { // more than there are bits
		key := fmt.Sprint("key", i)
		if may := f.May(key); f.Add(key) != may {
			t.Errorf("Add(%q) reports %v", key, !may)
		}
	}
}

// TestFilterTells: the keys of an ordinary record are told apart.
func TestFilterTells(t *testing.T) {
	var f Filter
	wrong := 0
	for _, key := range []string{
		"time", "level", "msg", "source", "method", "path", "status", "bytes", "took", "remote", "host", "pid", "service",
		"version", "request_id", "trace_id", "span_id", "err", "error", "id", "name", "user", "user_id", "count", "size",
	} {
		if f.Add(key) {
			wrong++
		}
	}
	if wrong > 3 {
		t.Errorf("%d of 25 keys are taken for others", wrong)
	}
}

func TestFilterAllocations(t *testing.T) {
	var f Filter
	if got := testing.AllocsPerRun(100, func() { f.Add("key"); f.May("other") }); got != 0 {
		t.Errorf("%v allocations", got)
	}
}
