//go:build linux

package faulttest

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

const (
	base       = "app.log"
	link       = "current"
	headerLine = "# the header of a file"
	count      = 40 // records of the script
)

// mode is one way to use the package.
type mode struct {
	name     string
	options  func(o *rotate.Options, dir string)
	json     bool  // through a Handler; else through a Writer
	writers  int   // on one file, taking turns; 0: 1
	maxBytes int64 // 0: 500
	stride   int   // of N, if the runs take long; 0: 1

	buffered bool // what was accepted may be lost later, if that is reported and counted
	refused  bool // what was refused may be whole in the file nevertheless
	mixed    bool // the records may be in another order
	copies   bool // with more than one fault, records may be there twice
	calm     bool // each record waits until nothing goes on in the background, not only those of the first half
}

// logger is a Handler or a Writer, and what became of the records it was given.
type logger struct {
	sink
	write func(i int, line string) error
	errs  *testkit.ErrorLog
	tries int
}

type sink interface {
	Rotate() error
	Flush() error
	Close() error
	Stats() rotate.Stats
}

// run is one run of the script.
type run struct {
	m       mode
	path    string // of the log file, for the Writers
	dir     string // for the checks
	loggers []*logger
	lines   []string // of the records, without newline
	errs    []error  // what Write and Handle said of them
	others  []error  // what Open, Rotate, Flush and Close said
	opened  []*testkit.ErrorLog
	faults  int      // that were injected
	bad     []string // what is wrong
}

// newRun prepares a run of m in a new directory, which is dir for the Writers and backing for the checks.
func newRun(t *testing.T, m mode, dir, backing string) *run {
	t.Helper()
	if err := os.Mkdir(backing, 0o700); err != nil {
		t.Fatal(err)
	}
	if m.linked() {
		if err := os.Symlink("elsewhere", filepath.Join(backing, link)); err != nil {
			t.Fatal(err)
		}
	}
	return &run{m: m, path: filepath.Join(dir, base), dir: backing}
}

func (r *run) wrong(format string, args ...any) { r.bad = append(r.bad, fmt.Sprintf(format, args...)) }

// other notes what a call that is no record's has returned.
func (r *run) other(call string, err error) {
	if err != nil {
		r.others = append(r.others, fmt.Errorf("%s: %w", call, err))
	}
}

// open opens the loggers. One that cannot be opened now is opened with its first record.
func (r *run) open() {
	r.loggers = nil
	for range max(r.m.writers, 1) {
		r.loggers = append(r.loggers, r.openOne())
	}
}

func (r *run) openOne() *logger {
	errs := new(testkit.ErrorLog)
	r.opened = append(r.opened, errs)
	opts := r.m.build(filepath.Dir(r.path))
	opts.ErrorHandler = errs.Handle
	l := &logger{errs: errs}
	again := func(call string, err error) { // another Writer, with another ErrorHandler
		r.other(call, err)
		l.errs = new(testkit.ErrorLog)
		r.opened = append(r.opened, l.errs)
		opts.ErrorHandler = l.errs.Handle
	}
	if r.m.json {
		h, err := rotate.Open(r.path, opts)
		if err != nil {
			again("Open", err)
			h = rotate.NewHandler(r.path, opts)
		}
		l.sink, l.write = h, func(i int, _ string) error {
			return h.Handle(context.Background(), record(i))
		}
		return l
	}
	w, err := rotate.OpenWriter(r.path, opts)
	if err != nil {
		again("OpenWriter", err)
		w = rotate.NewWriter(r.path, opts)
	}
	l.sink, l.write = w, func(_ int, line string) error {
		_, err := io.WriteString(w, line+"\n")
		return err
	}
	return l
}

// record is the ith record, which slog writes without a time.
func record(i int) slog.Record {
	level := slog.LevelInfo
	if i%15 == 14 {
		level = slog.LevelError
	}
	r := slog.NewRecord(time.Time{}, level, fmt.Sprintf("record %03d", i), 0)
	r.Add("pad", strings.Repeat("x", i*7%40))
	return r
}

// line is what the ith record is in the file, without the newline.
func (r *run) line(i int) string {
	if !r.m.json {
		return fmt.Sprintf("%03d, a line of text %s.", i, strings.Repeat("x", 10+i*7%60))
	}
	var b bytes.Buffer
	if err := slog.NewJSONHandler(&b, nil).Handle(context.Background(), record(i)); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// log logs the next record, each time through another logger.
func (r *run) log() error {
	i := len(r.lines)
	l := r.loggers[i%len(r.loggers)]
	line := r.line(i)
	err := l.write(i, line)
	l.tries++
	r.lines, r.errs = append(r.lines, line), append(r.errs, err)
	return err
}

// script is what all runs do, up to Close. It runs in a bubble, whose clock jumps.
func (r *run) script() {
	r.open()
	for i := range count {
		switch i {
		case 8:
			time.Sleep(2 * time.Second) // what failed is tried again
		case 15:
			r.rotate()
		case 22:
			time.Sleep(time.Hour) // another period begins
		case 27:
			r.other("Flush", r.loggers[len(r.loggers)-1].Flush())
		}
		_ = r.log()
		if r.m.calm || i < count/2 {
			time.Sleep(time.Millisecond) // which passes when nothing goes on in the background
		}
	}
}

// rotate is Rotate, which a Rotator that is still at work would refuse.
func (r *run) rotate() {
	time.Sleep(time.Millisecond)
	r.other("Rotate", r.loggers[0].Rotate())
}

// resume checks, after a fault has ended, that logging goes on by itself.
func (r *run) resume() {
	time.Sleep(35 * time.Second) // longer than any back-off
	before, reported := len(r.others), map[*testkit.ErrorLog]int{}
	for _, errs := range r.opened {
		reported[errs] = len(errs.All())
	}
	for range 3 {
		if err := r.log(); err != nil {
			r.wrong("the fault has ended, and a record still fails: %v", err)
		}
	}
	r.rotate()
	r.other("Flush", r.loggers[0].Flush())
	for _, err := range r.others[before:] {
		r.wrong("the fault has ended, and still: %v", err)
	}
	for _, errs := range r.opened {
		for _, err := range errs.All()[reported[errs]:] {
			r.wrong("the fault has ended, and still reported: %v", err)
		}
	}
	last := r.lines[len(r.lines)-1]
	if got, _ := os.ReadFile(filepath.Join(r.dir, base)); bytes.Contains(got, []byte(last)) {
		r.wrong("the fault has ended, and Rotate does not rotate")
	}
}

func (r *run) close() {
	for _, l := range r.loggers {
		r.other("Close", l.Close())
	}
}

// again has another Writer on the same files, without faults, finish what was left over.
func (r *run) again() {
	time.Sleep(time.Millisecond) // or the clock, which says what is older, would read the same
	before, opened := len(r.others), len(r.opened)
	r.open()
	for range 3 {
		if err := r.log(); err != nil {
			r.wrong("second Writer: %v", err)
		}
	}
	r.close()
	for _, err := range r.others[before:] {
		r.wrong("second Writer: %v", err)
	}
	for _, errs := range r.opened[opened:] {
		for _, err := range errs.All() {
			r.wrong("second Writer reports: %v", err)
		}
	}
}

// reported returns what all ErrorHandlers were told.
func (r *run) reported() []error {
	var all []error
	for _, errs := range r.opened {
		all = append(all, errs.All()...)
	}
	return all
}

// checkAccounts checks what the loggers, which are closed, and their ErrorHandlers say.
func (r *run) checkAccounts() {
	for i, l := range r.loggers {
		s := l.Stats()
		failed := 0
		reported := l.errs.All()
		for j, err := range r.errs {
			if err == nil || j%len(r.loggers) != i || j < len(r.lines)-r.triesOfAll() {
				continue
			}
			failed++
			if k := slices.IndexFunc(reported, func(e error) bool { return errors.Is(e, err) || errors.Is(err, e) }); k >= 0 {
				reported = slices.Delete(reported, k, k+1)
			} else {
				r.wrong("record %d: the ErrorHandler was not told: %v", j, err)
			}
		}
		if s.Handled != int64(l.tries) || s.Handled != s.Written+s.Failed {
			r.wrong("%d records, but %+v", l.tries, s)
		}
		if r.m.buffered { // where a record that Handle wanted to flush, and could not, is not refused
			continue
		}
		if s.Failed != int64(failed) || s.Errors != int64(len(reported)) {
			r.wrong("%d records refused and %d other errors reported, but %+v", failed, len(reported), s)
		}
		withRecord := 0
		for _, msg := range l.errs.Messages() {
			if msg != "" {
				withRecord++
			}
		}
		if r.m.json && withRecord != failed {
			r.wrong("%d records refused, %d reported with their record", failed, withRecord)
		}
	}
}

// checkClosed checks that no file is left open.
func (r *run) checkClosed() {
	for _, name := range openBelow(filepath.Dir(r.path)) {
		r.wrong("%s is still open", name)
	}
}

func (r *run) triesOfAll() (sum int) {
	for _, l := range r.loggers {
		sum += l.tries
	}
	return sum
}

// The names that the package makes.
var (
	backupName = regexp.MustCompile(`^app\.log\.(\d+|(\d{4}-\d\d-\d\d(?:_\d\d(?:-\d\d){0,2})?)(?:\.(\d+))?)(\.gz)?$`)
	stagedName = regexp.MustCompile(`^app\.log\.(?:next|rotating\.(\d+)(?:\.[-_0-9]+)?)$`)
	extraName  = regexp.MustCompile(`^app\.log\.lock$`)
	tempName   = regexp.MustCompile(`^app\.log\.compressing\.gz$|^current\.new$`)
)

// content is what a run has left: by name, whole files only.
type content struct {
	files map[string]string // what holds records: a backup that is there twice, compressed and not, counts once
	links map[string]string
}

// load reads the directory. If final, nothing may be unfinished.
func (r *run) load(final bool) content {
	c := content{files: map[string]string{}, links: map[string]string{}}
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		r.wrong("%v", err)
	}
	for _, e := range entries {
		name := e.Name()
		path := filepath.Join(r.dir, name)
		switch {
		case e.Type() == os.ModeSymlink && name == link:
			c.links[name], _ = os.Readlink(path)
		case tempName.MatchString(name), extraName.MatchString(name) && e.Type().IsRegular():
			if final && !extraName.MatchString(name) {
				r.wrong("%s is left over", name)
			}
		case name == base, stagedName.MatchString(name), backupName.MatchString(name):
			if final && stagedName.MatchString(name) {
				r.wrong("%s is left over", name)
			}
			text, err := readFile(path)
			if err != nil {
				r.wrong("%s: %v", name, err)
			}
			c.files[name] = text
		default:
			r.wrong("%s: who made that?", name)
		}
	}
	for name, text := range c.files {
		plain, compressed := strings.CutSuffix(name, ".gz")
		twice, ok := c.files[plain]
		switch {
		case !compressed || !ok:
		case final:
			r.wrong("%s and %s are both left", plain, name)
		case text != twice:
			r.wrong("%s and %s differ", plain, name)
		default:
			delete(c.files, name)
		}
	}
	return c
}

func readFile(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil || filepath.Ext(path) != ".gz" {
		return string(b), err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return "", err
	}
	b, err = io.ReadAll(z)
	return string(b), err
}

// checkFiles looks for every record. torn is how many lines may be.
func (r *run) checkFiles(torn int, final bool) {
	c := r.load(final)
	number := map[string]int{}
	for i, line := range r.lines {
		number[line] = i
	}
	found := make([]int, len(r.lines))
	last, lastName := -1, ""
	for _, name := range c.inOrder() {
		for at, line := range lines(c.files[name]) {
			i, whole := number[strings.TrimSuffix(line, "\n")]
			switch {
			case whole && strings.HasSuffix(line, "\n"):
				found[i]++
				if i < last && !r.m.mixed {
					r.wrong("%s: record %d after record %d of %s", name, i, last, lastName)
				}
				last, lastName = i, name
			case line == headerLine+"\n" && r.m.header():
				if at > 0 && torn == 0 {
					r.wrong("%s: the header is line %d", name, at+1)
				}
			case r.tornPart(strings.TrimSuffix(line, "\n")):
				if torn--; torn < 0 {
					r.wrong("%s:%d: a torn line too many: %q", name, at+1, line)
				}
			default:
				r.wrong("%s:%d: %q", name, at+1, line)
			}
		}
	}
	var lost []int
	for i, n := range found {
		switch {
		case n > 1 && !(r.m.copies && r.faults > 1):
			r.wrong("record %d is there %d times", i, n)
		case n == 1 && r.errs[i] != nil && !r.m.refused:
			r.wrong("record %d was refused (%v), and is there", i, r.errs[i])
		case n == 0 && r.errs[i] == nil:
			lost = append(lost, i)
		}
	}
	switch {
	case !r.m.buffered:
		if len(lost) > 0 {
			r.wrong("lost: %v", lost)
		}
	case len(lost) > r.reportedLost():
		r.wrong("%d reported as lost, but it is %v", r.reportedLost(), lost)
	case r.written() != r.there(found):
		r.wrong("the Stats say that %d records were written, but %d are there", r.written(), r.there(found))
	}
	if final && r.m.linked() && filepath.Base(c.links[link]) != base {
		r.wrong("the link points at %q", c.links[link])
	}
}

// written is how many records the loggers have written.
func (r *run) written() (sum int) {
	for _, l := range r.loggers {
		sum += int(l.Stats().Written)
	}
	return sum
}

// rotations is how many backups the loggers have made.
func (r *run) rotations() (sum int) {
	for _, l := range r.loggers {
		sum += int(l.Stats().Rotations)
	}
	return sum
}

// there is how many of the loggers' records were found.
func (r *run) there(found []int) (sum int) {
	for _, n := range found[len(found)-r.triesOfAll():] {
		sum += n
	}
	return sum
}

var lostText = regexp.MustCompile(`(\d+) records in the buffer of .* are lost`)

// reportedLost is how many records Close has given up, as the ErrorHandlers were told.
func (r *run) reportedLost() (sum int) {
	for _, err := range r.reported() {
		if m := lostText.FindStringSubmatch(err.Error()); m != nil {
			sum += number(m[1])
		}
	}
	return sum
}

// tornPart reports whether a line may be what a write that stopped short has left.
func (r *run) tornPart(line string) bool {
	if line == "" {
		return false
	}
	if r.m.header() && strings.HasPrefix(headerLine, line) {
		return true
	}
	for i, whole := range r.lines {
		if strings.HasPrefix(whole, line) && (r.errs[i] != nil || r.m.buffered) {
			return true
		}
	}
	return false
}

// lines splits text after each newline.
func lines(text string) []string {
	all := strings.SplitAfter(text, "\n")
	if all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
	return all
}

// inOrder returns the names of what holds records, the oldest first.
func (c *content) inOrder() []string {
	var names []string
	for name := range c.files {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int {
		return slices.Compare(age(x), age(y))
	})
	return names
}

// age makes names comparable: the backups with numbers or dates, what is to become one, the file, what comes next.
func age(name string) []int {
	if m := backupName.FindStringSubmatch(name); m != nil {
		if m[2] == "" {
			return []int{0, -number(m[1])}
		}
		return []int{0, number(strings.NewReplacer("-", "", "_", "").Replace(m[2])), number(m[3])}
	}
	switch m := stagedName.FindStringSubmatch(name); {
	case name == base:
		return []int{2}
	case m[1] != "":
		return []int{1, number(m[1])}
	default:
		return []int{3}
	}
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// describe lists the directory.
func (r *run) describe() (list []string) {
	entries, _ := os.ReadDir(r.dir)
	for _, e := range entries {
		path := filepath.Join(r.dir, e.Name())
		if e.Type() == os.ModeSymlink {
			target, _ := os.Readlink(path)
			list = append(list, e.Name()+" -> "+target)
			continue
		}
		text, err := readFile(path)
		line := fmt.Sprintf("%s: %d bytes:%s", e.Name(), len(text), r.summary(text))
		if err != nil {
			line += fmt.Sprintf(" (%v)", err)
		}
		list = append(list, line)
	}
	return list
}

// summary is a file's lines in short: the numbers of whole records, H for a header, the text of others.
func (r *run) summary(text string) string {
	var b strings.Builder
	first, last := -1, -1 // of records one after the other
	end := func() {
		if last > first {
			fmt.Fprintf(&b, "-%d", last)
		}
		first, last = -1, -1
	}
	for _, line := range lines(text) {
		i := slices.Index(r.lines, strings.TrimSuffix(line, "\n"))
		whole := i >= 0 && strings.HasSuffix(line, "\n")
		if whole && first >= 0 && i == last+1 {
			last = i
			continue
		}
		end()
		switch {
		case whole:
			fmt.Fprintf(&b, " %d", i)
			first, last = i, i
		case line == headerLine+"\n":
			b.WriteString(" H")
		default:
			fmt.Fprintf(&b, " %q", line)
		}
	}
	end()
	return b.String()
}

// errors lists all errors, the same ones together.
func (r *run) errors() (list []string) {
	times := map[string]int{}
	add := func(text string) {
		text = strings.ReplaceAll(text, filepath.Dir(r.path), "…")
		if times[text]++; times[text] == 1 {
			list = append(list, text)
		}
	}
	for _, err := range r.others {
		add(err.Error())
	}
	for _, err := range r.errs {
		if err != nil {
			add("a record: " + err.Error())
		}
	}
	for _, err := range r.reported() {
		add("reported: " + err.Error())
	}
	for i, text := range list {
		list[i] = fmt.Sprintf("%d × %s", times[text], text)
	}
	return list
}

// refusals are the numbers of the records that were refused.
func (r *run) refusals() (list []int) {
	for i, err := range r.errs {
		if err != nil {
			list = append(list, i)
		}
	}
	return list
}

// build returns the Options of m, but for the ErrorHandler.
func (m *mode) build(dir string) *rotate.Options {
	opts := &rotate.Options{MaxBytes: cmp.Or(m.maxBytes, 500), BackupCount: 60, Location: time.UTC}
	opts.Format = slogx.JSON
	if m.options != nil {
		m.options(opts, dir)
	}
	return opts
}

func (m *mode) header() bool { return m.build("").Header != nil }
func (m *mode) linked() bool { return m.build("").Symlink != "" }
