package rotate

import (
	"errors"
	"fmt"

	"github.com/slogkit-go/slogkit/internal/reentry"
)

// A file is not begun without the header, nor moved aside before the Namer has shown that it gives names. Both are user
// code, which is asked with no lock held: who finds that an answer is missing gives up with errAsk, and hold asks and
// starts over.
var errAsk = errors.New("rotate: the Namer or the Header has to be asked first")

// answers are what user code has said.
type answers struct {
	names   error         // what is wrong with the Namer's
	named   bool          // nothing is
	header  []byte        // of the next file
	headed  bool          // header is known
	asking  int           // goroutines that are at it
	reentry reentry.Guard // for user code may log
}

// hold runs f, which may begin a file, with what that takes: the lock of a Shared file, and answers.
func (w *Writer) hold(f func() error) error {
	for {
		err := w.locked(f)
		w.answers.headed = false
		if err != errAsk {
			return err
		}
		w.ask()
	}
}

// ask asks the Namer, once, and the Header. What these log themselves meets no Header.
func (w *Writer) ask() {
	a := &w.answers
	names, header := a.names, []byte(nil)
	var headerErr error
	a.asking++
	a.reentry.Do(func() {
		if w.config.Namer != nil && !a.named {
			names = w.unlocked(w.tryNames)
		}
		if w.config.Header != nil {
			headerErr = w.unlocked(func() error {
				header = w.config.Header()
				return nil
			})
		}
	})
	a.asking--
	a.names, a.named = names, names == nil
	a.header, a.headed = header, true
	if headerErr != nil {
		w.fail(fmt.Errorf("rotate: Header: %w", headerErr))
	}
}

// nextNames is nil if the Namer's names can be used.
func (w *Writer) nextNames() error {
	a := &w.answers
	if w.config.Namer == nil || a.named {
		return nil
	}
	if err := a.names; err != nil {
		a.names = nil // to be asked again, when the Writer tries again
		return err
	}
	return errAsk
}

// nextHeader returns what the next file begins with.
func (w *Writer) nextHeader() ([]byte, error) {
	if w.config.Header == nil || w.answers.headed {
		return w.answers.header, nil
	}
	return nil, errAsk
}
