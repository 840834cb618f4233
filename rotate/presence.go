package rotate

import (
	"sync/atomic"
	"time"
)

// presence decides when a Writer looks whether its file is still where it was. A look costs more than a write of a
// short record may, so there are a few in each period: whoever writes less often than that looks each time, and
// whoever writes faster notices a deleted file with that delay. A timer, not the clock, ends a period, because reading
// the clock would cost more than the rest of a write's preparation; it runs only while records come.
type presence struct {
	looks   atomic.Int32 // left in this period
	running atomic.Bool
	timer   *time.Timer
}

const (
	looksPerPeriod = 20
	lookPeriod     = 100 * time.Millisecond
)

func (p *presence) start() {
	p.looks.Store(looksPerPeriod)
}

// due reports whether to look now.
func (p *presence) due() bool {
	n := p.looks.Load()
	if n == 0 {
		return false
	}
	p.looks.Store(n - 1)
	if !p.running.Load() {
		p.running.Store(true)
		if p.timer == nil {
			p.timer = time.AfterFunc(lookPeriod, p.refill)
		} else {
			p.timer.Reset(lookPeriod)
		}
	}
	return true
}

// refill lets go of the timer first: were it last, due could use up all looks in between and leave nobody to refill them.
func (p *presence) refill() {
	p.running.Store(false)
	p.looks.Store(looksPerPeriod)
}

func (p *presence) stop() {
	if p.timer != nil {
		p.timer.Stop()
	}
}
