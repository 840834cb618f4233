package rotate

import (
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func newWorker(task func() error) *worker { return &worker{task: task} }

func never() bool { return false }

// finish waits for the worker.
func (k *worker) finish(t *testing.T) {
	t.Helper()
	if !k.wait(never, time.Minute) {
		t.Fatal("the worker does not finish")
	}
}

// Whoever wakes it is heard: when it runs already, once more afterwards, however many they were.
func TestWorkerRunsAgain(t *testing.T) {
	began, goOn := make(chan bool), make(chan bool)
	var runs int
	k := newWorker(func() error {
		runs++
		began <- true
		<-goOn
		return nil
	})
	k.wake()
	<-began
	for range 5 {
		k.wake()
	}
	goOn <- true
	<-began
	goOn <- true
	k.finish(t)
	if runs != 2 {
		t.Errorf("%d runs", runs)
	}
	if k.running || k.own != 0 {
		t.Error("it has not noticed that it ended")
	}
}

// Nothing that was done before wake is missed by the run after it.
func TestWorkerMissesNothing(t *testing.T) {
	var wanted, done atomic.Int32
	k := newWorker(func() error {
		done.Store(wanted.Load())
		return nil
	})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 500 {
				mine := wanted.Add(1)
				k.wake()
				if !k.wait(func() bool { return done.Load() >= mine }, time.Minute) || done.Load() < mine {
					t.Error("missed")
				}
			}
		})
	}
	wg.Wait()
	k.finish(t)
}

// 1 s, 2 s, 4 s, … 30 s between attempts; a success makes that start over.
func TestWorkerTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		var attempts []int
		var mended atomic.Bool
		k := newWorker(func() error {
			mu.Lock()
			attempts = append(attempts, int(time.Since(start)/time.Second))
			mu.Unlock()
			if mended.Load() {
				return nil
			}
			return errors.New("no")
		})
		after := func(d time.Duration, want ...int) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(attempts, want) {
				t.Errorf("attempts at %v, want %v", attempts, want)
			}
			attempts = nil
		}
		k.wake()
		after(100*time.Second, 0, 1, 3, 7, 15, 31, 61, 91)
		mended.Store(true)
		after(100*time.Second, 121)
		if err := k.failing(); err != nil {
			t.Error(err)
		}
		mended.Store(false)
		k.wake()
		after(0, 200)
		k.wake() // an attempt out of turn puts the next one off
		after(5500*time.Millisecond, 200, 202)
		k.close() // once more, and never again
		after(time.Hour, 205)
	})
}

// After close nothing runs, were it even the timer that has just fired.
func TestWorkerIsQuietAfterClose(t *testing.T) {
	runs := 0
	k := newWorker(func() error { runs++; return nil })
	k.close()
	k.retry()
	k.finish(t)
	if runs != 0 {
		t.Errorf("%d runs", runs)
	}
}

func TestWorkerWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var k *worker
		var enough atomic.Bool
		k = newWorker(func() error {
			if !k.wait(never, time.Hour) {
				t.Error("the task waits for itself")
			}
			time.Sleep(10 * time.Second)
			enough.Store(true)
			k.progress()
			time.Sleep(10 * time.Second)
			return nil
		})
		if !k.wait(never, 0) {
			t.Error("nothing runs, and is waited for")
		}
		start := time.Now()
		took := func(want time.Duration) {
			t.Helper()
			if d := time.Since(start); d != want*time.Second {
				t.Errorf("%v, want %v s", d, int(want))
			}
		}
		k.wake()
		if k.wait(enough.Load, 5*time.Second) {
			t.Error("what is not done is enough")
		}
		took(5)
		if !k.wait(enough.Load, time.Minute) {
			t.Error("it is not enough")
		}
		took(10)
		if !k.wait(never, time.Minute) {
			t.Error("it has not ended")
		}
		took(20)
	})
}

// Who waits for the keeper and who wakes it must not wait for each other.
func TestRotateFlushAndWriteAtOnce(t *testing.T) {
	w := newWriter(t, filepath.Join(t.TempDir(), "a"), Options{MaxBytes: 2, BackupCount: 2, OnRotate: func(string, string) {}})
	within(t, time.Minute, "a rotation", func() {
		var wg sync.WaitGroup
		for _, f := range []func(){func() { _ = w.Rotate() }, func() { putNow(t, w, "x") }, func() { _ = w.Flush() }, func() { _ = w.Rotate() }} {
			wg.Go(func() {
				for range 200 {
					f()
				}
			})
		}
		wg.Wait()
	})
}

func TestBackoff(t *testing.T) {
	var b backoff
	now := time.Now()
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		if !b.over(now) {
			t.Error("too long")
		}
		b.failed(now)
		if b.wait != want*time.Second || b.over(now) || b.over(now.Add(b.wait-1)) {
			t.Errorf("%v, want %v s", b.wait, int(want))
		}
		now = now.Add(b.wait)
	}
}
