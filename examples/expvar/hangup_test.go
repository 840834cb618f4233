//go:build unix

package main

import (
	"os"
	"syscall"
	"testing"
	"time"
)

func TestHangup(t *testing.T) {
	url := listening(t)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); get(t, url).Reopened == 0; <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("not opened anew")
		}
	}
}
