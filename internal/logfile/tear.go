package logfile

import "bytes"

// A process that dies while it writes may leave a part of a record at the end of the file. Whoever appends next, now or
// after a restart, must not write on in that line.

// tearWindow is how much of a file's end is searched for a newline.
const tearWindow = 64 << 10

// lookForTear finds out whether the last line of the file was never ended. What holds no newline at all may be anything
// but lines, unless the records are known to be such.
func (f *File) lookForTear() {
	f.torn, f.unended = false, false
	if f.size == 0 || f.endsWith(1, '\n') {
		return
	}
	f.torn = f.lines
	f.unended = !f.lines && f.endsWith(tearWindow, '\n')
}

// endsWith reports whether c is among the last n bytes of the file. A file that cannot be read is taken to be whole.
func (f *File) endsWith(n int64, c byte) bool {
	n = min(n, f.size)
	var last [1]byte
	tail := last[:]
	if n > 1 {
		tail = make([]byte, n)
	}
	if _, err := f.f.ReadAt(tail, f.size-n); err != nil {
		return n == 1
	}
	return bytes.IndexByte(tail, c) >= 0
}

// mendBefore ends a torn line before p is written, unless what is written are no lines.
func (f *File) mendBefore(p []byte) error {
	if !f.torn && (len(p) == 0 || p[len(p)-1] != '\n') {
		f.unended = false
		return nil
	}
	return f.mend()
}

// mend ends a torn line.
func (f *File) mend() error {
	n, err := f.f.Write([]byte{'\n'})
	f.size += int64(n)
	f.torn, f.unended = err != nil, false
	return err
}
