package logfile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// together puts records one after the other, as WriteRecords takes them.
func together(records ...string) (p []byte, ends []int) {
	for _, r := range records {
		p = append(p, r...)
		ends = append(ends, len(p))
	}
	return p, ends
}

func TestWriteRecords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	s := NewSink(path, Options{Lines: true}, false)
	n, err := s.WriteRecords(together("1\n", "two\n", "3\n"))
	if must(t, err); n != 3 {
		t.Errorf("%d records are written", n)
	}
	_, err = s.Write([]byte("4\n"))
	must(t, err)
	want(t, path, "1\ntwo\n3\n4\n")
	if got := s.Stats(); got != (Stats{Handled: 4, Written: 4, Bytes: 10}) {
		t.Errorf("%+v", got)
	}
	must(t, s.Close())
	if n, err := s.WriteRecords(together("5\n", "6\n")); n != 0 || !errors.Is(err, ErrClosed) {
		t.Errorf("%d, %v", n, err)
	}
	if got := s.Stats(); got != (Stats{Handled: 6, Written: 4, Failed: 2, Bytes: 10}) {
		t.Errorf("%+v", got)
	}
}

// What cannot be opened now can be later.
func TestWriteRecordsOpens(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	path := filepath.Join(dir, "a")
	must(t, os.WriteFile(dir, nil, 0o600)) // a file where the directory should be
	s := NewSink(path, Options{}, false)
	if n, err := s.WriteRecords(together("1\n")); n != 0 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
	must(t, os.Remove(dir))
	if n, err := s.WriteRecords(together("2\n", "3\n")); n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	want(t, path, "2\n3\n")
	must(t, s.Close())
}

// All records go to the file that has the name when they are written.
func TestWriteRecordsWatches(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	s := NewSink(path, Options{}, true)
	_, err := s.WriteRecords(together("1\n", "2\n"))
	must(t, err)
	if err := os.Rename(path, path+".moved"); err != nil {
		t.Skip("an open file cannot be moved here: ", err)
	}
	_, err = s.WriteRecords(together("3\n", "4\n"))
	must(t, err)
	want(t, path+".moved", "1\n2\n")
	want(t, path, "3\n4\n")
	must(t, s.Close())
}

// A part of a record that is left in the file is ended before the next ones.
func TestWriteRecordsAfterATear(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	must(t, os.WriteFile(path, []byte("1\ntor"), 0o600))
	s := NewSink(path, Options{}, false)
	s.SetLines(true)
	if n, err := s.WriteRecords(together("2\n", "3\n")); n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	want(t, path, "1\ntor\n2\n3\n")
	if got := s.Stats(); got.Bytes != 4 {
		t.Errorf("%+v", got)
	}
	must(t, s.Close())
}
