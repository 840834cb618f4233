// Package reentry notices that a goroutine calls what it is in the middle of.
package reentry

import (
	"bytes"
	"errors"
	"runtime"
	"strconv"
	"sync"
)

// ErrInside is returned by what would have to wait for the goroutine that it is called on.
var ErrInside = errors.New("called by what would have to return first")

// Guard knows which goroutines are inside. It is for rare paths only, since the runtime tells a goroutine's number in no
// other way than at the head of a stack trace: that costs a microsecond, or twenty where the stack is deep.
type Guard struct {
	mu     sync.Mutex
	inside map[uint64]bool
}

// Do calls f, unless this goroutine is in another Do of g already.
func (g *Guard) Do(f func()) {
	id := Goroutine()
	if !g.enter(id) {
		return
	}
	defer g.leave(id)
	f()
}

// Inside reports whether this goroutine is in a Do of g.
func (g *Guard) Inside() bool {
	id := Goroutine()
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inside[id]
}

func (g *Guard) enter(id uint64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside[id] {
		return false
	}
	if g.inside == nil {
		g.inside = map[uint64]bool{}
	}
	g.inside[id] = true
	return true
}

func (g *Guard) leave(id uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.inside, id)
}

// Goroutine returns the number of the goroutine that calls it, from "goroutine 123 [running]:".
func Goroutine() uint64 {
	var buf [len("goroutine 18446744073709551615 ")]byte
	head := buf[:runtime.Stack(buf[:], false)]
	digits, _, _ := bytes.Cut(bytes.TrimPrefix(head, []byte("goroutine ")), []byte(" "))
	id, _ := strconv.ParseUint(string(digits), 10, 64)
	return id
}
