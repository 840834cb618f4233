package link

import "sort"

// records are whole records one after the other. Those that are done stay at the beginning until all are.
type records struct {
	bytes []byte
	ends  []int // of each
	done  int   // how many are done
}

func (r *records) add(p []byte) {
	r.bytes = append(r.bytes, p...)
	r.ends = append(r.ends, len(r.bytes))
}

// len and size are of those not done.
func (r *records) len() int  { return len(r.ends) - r.done }
func (r *records) size() int { return len(r.bytes) - r.begin() }

// begin is where those not done begin.
func (r *records) begin() int {
	if r.done == 0 {
		return 0
	}
	return r.ends[r.done-1]
}

// within returns how many of those not done are complete in their first n bytes.
func (r *records) within(n int) int {
	left := r.ends[r.done:]
	begin := r.begin()
	return sort.Search(len(left), func(i int) bool { return left[i]-begin > n })
}

// first returns the bytes of the first n not done.
func (r *records) first(n int) []byte {
	if n == 0 {
		return nil
	}
	return r.bytes[r.begin():r.ends[r.done+n-1]]
}

// finish has the first n done.
func (r *records) finish(n int) {
	r.done += n
	if r.done == len(r.ends) {
		r.bytes, r.ends, r.done = r.bytes[:0], r.ends[:0], 0
	}
}

// keep drops all but the first n not done.
func (r *records) keep(n int) {
	r.ends = r.ends[:r.done+n]
	r.bytes = r.bytes[:r.begin()+len(r.first(n))]
	r.finish(0)
}

// shrink lets go of a buffer that an outage has made large.
func (r *records) shrink(most int) {
	if cap(r.bytes) > most && r.len() == 0 {
		*r = records{}
	}
}
