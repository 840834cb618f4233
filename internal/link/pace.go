package link

import "time"

// pace tells records that come alone from those that come in quick succession, which are written by the goroutine
// together.
type pace struct {
	last   time.Duration // when the last record came that found nobody writing
	streak int           // how many came in quick succession
	quick  bool          // the goroutine gathers records
}

const (
	succession = 50 * time.Microsecond // records less than this apart come in quick succession,
	long       = 16                    // if there are as many
	lull       = 4                     // fewer records in a gathering end it
	gathering  = 200 * time.Microsecond
	enough     = chunk / 2 // bytes end a gathering early
)

// calm reports whether the record that comes now is to be written at once.
func (p *pace) calm(now time.Duration) bool {
	if now-p.last > succession {
		p.streak = 0
	}
	p.last = now
	p.streak++
	if p.streak < long {
		return true
	}
	p.streak = 0
	p.quick = true
	return false
}

// took is for the goroutine, which has taken n records that came while it wrote or gathered others.
func (p *pace) took(n int) { p.quick = n >= lull }
