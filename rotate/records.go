package rotate

import "sort"

// records are whole records one after the other.
type records struct {
	bytes []byte
	ends  []int // of each
}

func (r *records) add(p []byte) {
	r.bytes = append(r.bytes, p...)
	r.ends = append(r.ends, len(r.bytes))
}

// remove takes the first n records off.
func (r *records) remove(n int) {
	gone := r.end(n)
	r.bytes = r.bytes[:copy(r.bytes, r.bytes[gone:])]
	r.ends = r.ends[:copy(r.ends, r.ends[n:])]
	for i := range r.ends {
		r.ends[i] -= gone
	}
}

func (r *records) len() int { return len(r.ends) }

// end returns how many bytes the first n records have.
func (r *records) end(n int) int {
	if n == 0 {
		return 0
	}
	return r.ends[n-1]
}

// within returns how many of the records are complete in the first n bytes.
func (r *records) within(n int64) int {
	return sort.Search(len(r.ends), func(i int) bool { return int64(r.ends[i]) > n })
}

// writeRecords is write for several records.
func (w *Writer) writeRecords(r *records) (written int, err error) {
	if w.batch != nil {
		for begin := 0; written < r.len(); written++ {
			end := r.ends[written]
			if _, err := w.batch.add(r.bytes[begin:end]); err != nil {
				return written, err
			}
			begin = end
		}
		return written, nil
	}
	w.mu.Lock()
	defer w.unlock()
	return w.putGroup(r)
}

// putGroup is putAll, commits what was written if each record is to be, and counts. It is called with the lock held.
func (w *Writer) putGroup(r *records) (written int, err error) {
	w.stats.Handled += int64(r.len())
	written, err = w.putAll(r, w.prepare)
	if commitErr := w.commit(); commitErr != nil {
		w.stats.Written -= int64(written)
		w.stats.Bytes -= int64(r.end(written))
		written, err = 0, join(err, commitErr)
	}
	w.stats.Failed += int64(r.len() - written)
	return written, err
}

// putAll appends records, each to the file it belongs to, as prepare finds it, until one fails. It returns how many have
// been written whole.
func (w *Writer) putAll(r *records, prepare func(int) error) (done int, err error) {
	for err == nil && done < r.len() {
		var n int
		n, err = w.putSome(r, done, prepare)
		done += n
	}
	w.stats.Written += int64(done)
	w.stats.Bytes += int64(r.end(done))
	return done, err
}

// putSome appends, of the records from the given one on, those that belong to the same file.
func (w *Writer) putSome(r *records, from int, prepare func(int) error) (n int, err error) {
	begin := r.end(from)
	err = w.hold(func() error {
		if err := prepare(r.ends[from] - begin); err != nil {
			return err
		}
		room := min(w.config.limit-w.file.Size()-1, int64(len(r.bytes))) // the limit is not reached
		upTo := max(r.within(int64(begin)+room), from+1)
		written, err := w.file.Write(r.bytes[begin:r.ends[upTo-1]])
		n = r.within(int64(begin+written)) - from
		return err
	})
	return n, err
}
