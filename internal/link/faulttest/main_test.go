//go:build linux

package faulttest

import (
	"flag"
	"os"
	"testing"
	"time"
)

// roleVariable says what this process is to be; nothing: the test.
const roleVariable = "FAULTTEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "handler":
		obey(new(subject))
	case "server":
		obey(new(serverSubject))
	default:
		// The tests do little but wait, so more of them may do so at the same time than there are processors.
		if err := flag.Set("test.parallel", "16"); err != nil {
			panic(err)
		}
		os.Exit(m.Run())
	}
}

const (
	// patience is for what comes soon, unless the machine is very busy.
	patience = 60 * time.Second

	// margin is what a bounded wait may be late on such a machine.
	margin = 20 * time.Second
)
