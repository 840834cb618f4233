package testkit

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Main is what TestMain has to do: it runs the tests, and fails if they leave goroutines behind.
func Main(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if err := Leaks(); err != nil {
			fmt.Fprintln(os.Stderr, "goleak:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// Leaks returns an error for goroutines that are left but for those of options, which are goleak's. Those about to end have
// half a minute for that, where goleak itself gives half a second, which a busy machine may need for less.
func Leaks(options ...goleak.Option) error {
	for deadline := time.Now().Add(patience / 2); ; {
		if err := goleak.Find(options...); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}
