package bench

import (
	"sync"
	"time"
	_ "unsafe" // for go:linkname
)

// lumberjack names a backup by the millisecond, and overwrites the one before if that was made in the same. Behind a
// buffer it fills a file of 1 MiB faster than that, and a third of the lines or more are gone. So that it can be
// measured all the same, its clock is replaced by one that gives no millisecond twice.
//
//go:linkname lumberjackClock gopkg.in/natefinch/lumberjack%2ev2.currentTime
var lumberjackClock func() time.Time

func init() {
	var mu sync.Mutex
	var last time.Time
	lumberjackClock = func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now().Truncate(time.Millisecond)
		if !now.After(last) {
			now = last.Add(time.Millisecond)
		}
		last = now
		return now
	}
}
