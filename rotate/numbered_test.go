package rotate

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// appendNumbered appends record n of a writer, of a length that changes, and such that none is the beginning of another.
func appendNumbered(b []byte, writer, n int) []byte {
	b = strconv.AppendInt(b, int64(writer), 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(n), 10)
	b = append(b, " xxxxxxx"[:1+n%8]...)
	return append(b, "$\n"...)
}

// ledger checks numbered records, in bounded memory: each writer's must be there from 0 on, in order, none twice.
type ledger struct {
	next  []int // number, of each writer
	torn  int   // lines that are no record
	gaps  bool  // records may be missing
	lost  int   // of those
	bytes int64
	want  []byte
}

func newLedger(writers int) *ledger { return &ledger{next: make([]int, writers)} }

// read reads what a file holds, which must be fewer bytes than limit.
func (l *ledger) read(t testing.TB, path string, limit int64) {
	t.Helper()
	r, closeFile := openLog(t, path)
	defer closeFile()
	lines := bufio.NewReaderSize(r, 64<<10)
	size := int64(0)
	for {
		line, err := lines.ReadSlice('\n')
		size += int64(len(line))
		if len(line) > 0 {
			l.line(t, path, line)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	if size >= limit {
		t.Errorf("%s has %d bytes", path, size)
	}
	l.bytes += size
}

func (l *ledger) line(t testing.TB, path string, line []byte) {
	if l.isNext(line) {
		return
	}
	t.Helper()
	if bytes.IndexByte(line, 0) >= 0 {
		t.Fatalf("%s: NUL in %.80q", path, line)
	}
	var writer, n int
	_, err := fmt.Sscanf(string(line), "%d %d ", &writer, &n)
	if err != nil || writer < 0 || writer >= len(l.next) || !bytes.Equal(line, appendNumbered(nil, writer, n)) {
		l.torn++
		t.Logf("%s: torn: %.80q", filepath.Base(path), line)
		return
	}
	switch next := l.next[writer]; {
	case n > next && l.gaps:
		l.lost += n - next
		l.next[writer] = n + 1
	case n > next:
		t.Fatalf("%s: writer %d: %d to %d are missing", path, writer, next, n-1)
	default:
		t.Fatalf("%s: writer %d: %d comes after %d", path, writer, n, next-1)
	}
}

// isNext takes what is expected, for there may be millions.
func (l *ledger) isNext(line []byte) bool {
	writer := 0
	for _, c := range line {
		if c == ' ' {
			break
		}
		writer = 10*writer + int(c-'0')
	}
	if writer < 0 || writer >= len(l.next) {
		return false
	}
	l.want = appendNumbered(l.want[:0], writer, l.next[writer])
	if !bytes.Equal(line, l.want) {
		return false
	}
	l.next[writer]++
	return true
}

// wantAll checks that all of each writer's records were there, and no line that is none.
func (l *ledger) wantAll(t testing.TB, records int) {
	t.Helper()
	for writer, next := range l.next {
		if next != records {
			t.Errorf("writer %d: the last of %d records is %d", writer, records, next-1)
		}
	}
	if l.torn > 0 {
		t.Errorf("%d lines are torn", l.torn)
	}
}

// openLog opens a file that may be compressed.
func openLog(t testing.TB, path string) (r io.Reader, closeFile func()) {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	r = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	return r, func() { _ = f.Close() }
}

// logFiles are those of one Writer.
type logFiles struct {
	inOrder   []string // that hold records, the oldest first
	plain     int      // backups that are not compressed
	dates     int      // different ones, of backups
	unarchive []string // moved aside, and no backups yet
	temporary []string // half compressed
}

var backupSuffix = regexp.MustCompile(`^\.(?:rotating\.(\d+)(?:\..*)?|(\d{4}-[-_\d]+)(?:\.(\d+))?|(\d+))$`)

// filesOf finds the files of the Writer at path. Where a backup is there both as it was written and compressed, as a
// crash may leave it, the two must be the same, and only one counts.
func filesOf(t testing.TB, path string) (found logFiles) {
	t.Helper()
	type file struct {
		path            string
		class, number   int
		date            string
		plain, isBackup bool
	}
	var files []file
	dates := map[string]bool{}
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	for _, e := range entries {
		suffix, ok := strings.CutPrefix(e.Name(), filepath.Base(path))
		if !ok || suffix == ".lock" {
			continue
		}
		full := filepath.Join(filepath.Dir(path), e.Name())
		if suffix == ".compressing.gz" {
			found.temporary = append(found.temporary, full)
			continue
		}
		suffix, packed := strings.CutSuffix(suffix, ".gz")
		m := backupSuffix.FindStringSubmatch(suffix)
		switch f := (file{path: full, plain: !packed}); {
		case suffix == "" && !packed:
			f.class = 2
			files = append(files, f)
		case m == nil:
			t.Fatalf("what is %s?", e.Name())
		case m[1] != "":
			f.class, f.number = 1, atoi(t, m[1])
			files = append(files, f)
			found.unarchive = append(found.unarchive, full)
		case packed && exists(strings.TrimSuffix(full, ".gz")):
			wantSame(t, strings.TrimSuffix(full, ".gz"), full)
		case m[2] != "":
			f.date, f.isBackup = m[2], true
			dates[f.date] = true
			if m[3] != "" {
				f.number = atoi(t, m[3])
			}
			files = append(files, f)
		default:
			f.number, f.isBackup = -atoi(t, m[4]), true
			files = append(files, f)
		}
	}
	slices.SortFunc(files, func(x, y file) int {
		return cmp.Or(cmp.Compare(x.class, y.class), cmp.Compare(x.date, y.date), cmp.Compare(x.number, y.number))
	})
	for _, f := range files {
		found.inOrder = append(found.inOrder, f.path)
		if f.isBackup && f.plain {
			found.plain++
		}
	}
	found.dates = len(dates)
	return found
}

func wantSame(t testing.TB, plain, packed string) {
	t.Helper()
	r, closeFile := openLog(t, packed)
	defer closeFile()
	content, err := io.ReadAll(r)
	must(t, err)
	if string(content) != read(t, plain) {
		t.Fatalf("%s is not made of %s", packed, plain)
	}
}

// readLogs checks the records of a Writer's files.
func (l *ledger) readLogs(t testing.TB, path string, limit int64) logFiles {
	t.Helper()
	found := filesOf(t, path)
	for _, file := range found.inOrder {
		l.read(t, file, limit)
	}
	return found
}

// wantFinished checks that nothing is left to be done.
func (f logFiles) wantFinished(t testing.TB, compressed bool) {
	t.Helper()
	if len(f.unarchive) > 0 || len(f.temporary) > 0 || compressed && f.plain > 0 {
		t.Errorf("left to be done: %q, %q, %d backups to be compressed", f.unarchive, f.temporary, f.plain)
	}
}

func atoi(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	must(t, err)
	return n
}

// A ledger that sees nothing proves nothing.
func TestLedger(t *testing.T) {
	for text, want := range map[string]ledger{
		"0 0 $\n0 1 x$\n1 0 $\n": {next: []int{2, 1}},
		"0 0 $\n0 1 x\n0 2 x":    {next: []int{1, 0}, torn: 2},
		"0 0 $\n0 1 0 1 x$\n":    {next: []int{1, 0}, torn: 1},
		"0 1 x$\n0 3 xxx$\n":     {next: []int{4, 0}, gaps: true, lost: 2},
	} {
		l := ledger{next: make([]int, 2), gaps: want.gaps}
		for line := range strings.Lines(text) {
			l.line(t, "text", []byte(line))
		}
		if !slices.Equal(l.next, want.next) || l.torn != want.torn || l.lost != want.lost {
			t.Errorf("%q: %+v", text, l)
		}
	}
}
