package rotate

import (
	"fmt"
	"sync"
)

// rotating are the files that Writers of this program have open and rotate, and how many do so without Shared. Two of these
// rename each other's files; the system does not tell a program from itself, so nothing else would.
var rotating struct {
	mu    sync.Mutex
	alone map[string]int
}

// settleIn says that w has its file open. It returns an error if that is another's, too.
func (w *Writer) settleIn() error {
	if w.shared != nil || w.config.keep == 0 {
		return nil
	}
	rotating.mu.Lock()
	defer rotating.mu.Unlock()
	if rotating.alone == nil {
		rotating.alone = map[string]int{}
	}
	rotating.alone[w.path]++
	w.settled = true
	if n := rotating.alone[w.path]; n > 1 {
		return fmt.Errorf("%d handlers of this program rotate %s: without Shared they lose records", n, w.path)
	}
	return nil
}

// moveOut undoes settleIn.
func (w *Writer) moveOut() {
	if !w.settled {
		return
	}
	rotating.mu.Lock()
	defer rotating.mu.Unlock()
	if rotating.alone[w.path]--; rotating.alone[w.path] == 0 {
		delete(rotating.alone, w.path)
	}
	w.settled = false
}
