package memory

import "slices"

// fifo has entries in the order in which they are to be delivered. Some at its head may be lent to the goroutine that
// delivers them; they stay where they are meanwhile, so that nothing is copied, or moved back if the target fails.
type fifo struct {
	entries []entry // those before head are gone
	head    int
	lent    int
}

// len counts the entries, those that are lent included.
func (q *fifo) len() int { return len(q.entries) - q.head }

// waiting returns the entries that are not lent.
func (q *fifo) waiting() []entry { return q.entries[q.head+q.lent:] }

func (q *fifo) push(e *entry) {
	if len(q.entries) == cap(q.entries) && q.lent == 0 && q.head > len(q.entries)/2 {
		n := copy(q.entries, q.entries[q.head:])
		clear(q.entries[n:])
		q.entries, q.head = q.entries[:n], 0
	}
	if q.entries == nil {
		q.entries = make([]entry, 0, 4) // not one, then two, then four
	}
	q.entries = append(q.entries, *e) // what is lent stays in the old array, if there is a new one
}

// drop takes out the oldest of the waiting, if there is one.
func (q *fifo) drop() (oldest entry, ok bool) {
	waiting := q.waiting()
	if len(waiting) == 0 {
		return entry{}, false
	}
	oldest = waiting[0]
	if q.lent == 0 {
		q.settle(1)
	} else {
		q.entries = slices.Delete(q.entries, q.head+q.lent, q.head+q.lent+1)
	}
	return oldest, true
}

// lend returns the first n of the waiting, which must not be changed. Nothing else may be lent.
func (q *fifo) lend(n int) []entry {
	q.lent = n
	return q.entries[q.head : q.head+n : q.head+n]
}

// settle ends the loan. The first n entries are gone, the others wait again.
func (q *fifo) settle(n int) {
	clear(q.entries[q.head : q.head+n])
	q.head += n
	q.lent = 0
	if q.head == len(q.entries) {
		q.entries, q.head = q.entries[:0], 0
	}
}

// truncate takes out all of the waiting, and returns how many that were.
func (q *fifo) truncate() int {
	waiting := q.waiting()
	clear(waiting)
	q.entries = q.entries[:q.head+q.lent]
	return len(waiting)
}
