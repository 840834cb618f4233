//go:build linux

package faulttest

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"time"

	"go.uber.org/goleak"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// resources are what a process has in use.
type resources struct {
	ours        goleak.Option // ignores the goroutines that there are
	goroutines  int
	descriptors []string
	heap        int64
}

// usage is what a process has in use beside what it had.
type usage struct {
	Goroutines, Descriptors int
	Heap                    int64
}

// before takes stock before there is anything under test. The network's own descriptors, made for its first use, are there
// by then.
func before() resources {
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		_ = l.Close()
	}
	return resources{goleak.IgnoreCurrent(), runtime.NumGoroutine(), descriptors(), heap()}
}

// descriptors are what /proc/self/fd says of each.
func descriptors() []string {
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return []string{err.Error()}
	}
	var all []string
	for _, e := range entries {
		if target, err := os.Readlink(dir + "/" + e.Name()); err == nil { // else it is dir's own, closed again
			all = append(all, e.Name()+" "+target)
		}
	}
	return all
}

// heap is how much is in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// most looks, until done, at what is in use at most.
func (r *resources) most(done <-chan struct{}) (most usage) {
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for over := false; ; {
		now := r.now()
		most.Goroutines = max(most.Goroutines, now.Goroutines)
		most.Descriptors = max(most.Descriptors, now.Descriptors)
		most.Heap = max(most.Heap, now.Heap)
		if over {
			return most
		}
		select {
		case <-done:
			over = true
		case <-look.C:
		}
	}
}

func (r *resources) now() usage {
	return usage{runtime.NumGoroutine() - r.goroutines, len(descriptors()) - len(r.descriptors), heap() - r.heap}
}

// left says what is left of what came after r: goroutines and descriptors. Those that are about to go have a while for it.
func (r *resources) left() string {
	if err := testkit.Leaks(r.ours); err != nil {
		return err.Error()
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(margin); ; <-tick.C {
		now := descriptors()
		if len(now) == len(r.descriptors) {
			return ""
		}
		if time.Now().After(deadline) {
			return fmt.Sprintf("descriptors: %q, before %q", now, r.descriptors)
		}
	}
}
