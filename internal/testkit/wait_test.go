package testkit

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestEventually(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		Eventually(t, "59 s", func() bool { return time.Since(start) >= 59*time.Second })
		if said := failing(t, func(t testing.TB) { Eventually(t, "this", func() bool { return false }) }); said != "never: this" {
			t.Errorf("%q", said)
		}
	})
}

func TestWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		Within(t, func() { time.Sleep(29 * time.Second) })
		said := failing(t, func(t testing.TB) { Within(t, func() { time.Sleep(31 * time.Second) }) })
		if !strings.Contains(said, "wait_test.go") {
			t.Errorf("no stack in %q", said)
		}
		time.Sleep(time.Minute)
	})
}
