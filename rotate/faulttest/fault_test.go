//go:build linux

package faulttest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/rotate"
)

var (
	only  = flag.Int("n", 0, "only the run in which the Nth operation fails")
	every = flag.Bool("every", false, "each N with each fault, which takes minutes")
)

func TestMain(m *testing.M) { testkit.Main(m) }

// modes are all ways to use the package that differ in what they ask of the system.
var modes = []mode{
	{name: "size", json: true},
	{name: "fewBackups", options: func(o *rotate.Options, _ string) { o.BackupCount = 12 }},
	{name: "timedAndSize", options: timed},
	{name: "rotator", mixed: true, json: true, options: func(o *rotate.Options, _ string) { o.Rotator = os.Rename }},
	{name: "copyingRotator", stride: 2, mixed: true, copies: true, options: func(o *rotate.Options, _ string) { o.Rotator = copyAndTruncate }},
	{name: "gzip", stride: 3, options: func(o *rotate.Options, _ string) { o.Compressor = rotate.Gzip }},
	{name: "headerAndSymlink", json: true, options: headed},
	{name: "buffer", json: true, buffered: true, refused: true, options: func(o *rotate.Options, _ string) { o.BufferSize = 300 }},
	{name: "syncEveryRecord", stride: 2, refused: true, options: func(o *rotate.Options, _ string) { o.Sync = rotate.SyncEveryRecord }},
	// Two Writers with buffers would write them at the same time, and a bubble whose one goroutine waits for a file lock
	// and another for a mutex stands still for ever.
	{name: "shared", stride: 2, json: true, writers: 2, calm: true, options: func(o *rotate.Options, _ string) { o.Shared = true }},
	{name: "everything", stride: 8, mixed: true, buffered: true, refused: true, options: everything},
}

func timed(o *rotate.Options, _ string) { o.When = rotate.Hour }

func headed(o *rotate.Options, dir string) {
	o.Header = func() []byte { return []byte(headerLine + "\n") }
	o.Symlink = filepath.Join(dir, link)
}

func everything(o *rotate.Options, dir string) {
	timed(o, dir)
	headed(o, dir)
	o.Shared, o.Compressor, o.BufferSize, o.Sync = true, rotate.Gzip, 150, rotate.SyncEveryRecord
}

// faults are all that are injected. A stride of s tries every sth N, unless -every is set: the same N with one error or
// another makes a difference in few places.
var faults = []struct {
	fault
	stride int
	resume bool // the fault ends before Close, and logging must go on by itself
}{
	{fault: fault{name: "ENOSPC", errno: syscall.ENOSPC}, stride: 1},
	{fault: fault{name: "EIO", errno: syscall.EIO}, stride: 9},
	{fault: fault{name: "EDQUOT", errno: syscall.EDQUOT}, stride: 9},
	{fault: fault{name: "EMFILE", errno: syscall.EMFILE, kinds: openOps}, stride: 5},
	{fault: fault{name: "EIOofLookup", errno: syscall.EIO, kinds: lookOps}, stride: 29},
	{fault: fault{name: "ShortThenENOSPC", errno: syscall.ENOSPC, halve: true}, stride: 4},
	{fault: fault{name: "ShortThenEIOx5", errno: syscall.EIO, halve: true, times: 5}, stride: 9, resume: true},
	{fault: fault{name: "ShortThenOn", halve: true}, stride: 9},
	{fault: fault{name: "EIOx5", errno: syscall.EIO, times: 5}, stride: 9, resume: true},
	{fault: fault{name: "ENOSPCofWritesx5", errno: syscall.ENOSPC, times: 5, kinds: []op{opWrite}}, stride: 9, resume: true},
	{fault: fault{name: "ENOSPCtillCleared", errno: syscall.ENOSPC, times: always}, stride: 9, resume: true},
	{fault: fault{name: "EDQUOTtillTheEnd", errno: syscall.EDQUOT, times: always}, stride: 9},
}

func TestFaults(t *testing.T) {
	for i, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			f := mount(t)
			for j, what := range faults {
				t.Run(what.name, func(t *testing.T) {
					stride := what.stride * max(m.stride, 1)
					if testing.Short() || testkit.Race {
						stride *= 5
					}
					if *every {
						stride = 1
					}
					sweep(t, f, m, &what.fault, what.resume, (i+j)%stride+1, stride)
				})
			}
		})
	}
}

// sweep runs the script with the Nth operation failing, for N = first, first + stride and so on until that is not
// reached.
func sweep(t *testing.T, f *faultFS, m mode, what *fault, resume bool, first, stride int) {
	const patience, limit = 3, 2000
	if *only > 0 {
		first = *only
	}
	failures := 0
	for n := first; n < limit; n += stride {
		bad, clean := tryOnce(t, f, m, what, n, resume)
		if bad != "" {
			t.Error(bad)
			failures++
		}
		if clean {
			t.Logf("N = %d, %d ... %d", first, first+stride, n)
		}
		if clean || *only > 0 || failures == patience {
			return
		}
	}
	t.Errorf("no end after N = %d", limit)
}

// tryOnce is one run of the script. It reports what is wrong, and whether the fault was not reached.
func tryOnce(t *testing.T, f *faultFS, m mode, what *fault, n int, resume bool) (bad string, clean bool) {
	dir := strconv.Itoa(n)
	r := newRun(t, m, filepath.Join(f.dir, dir), filepath.Join(f.backing, dir))
	f.arm(what, n)
	defer time.AfterFunc(time.Minute, func() {
		abortAll()
		panic(fmt.Sprintf("%s, %s, N = %d hangs", m.name, what.name, n))
	}).Stop()
	synctest.Test(t, func(*testing.T) { clean = r.all(f, resume) })
	if len(r.bad) > 0 {
		bad = fmt.Sprintf("%s, %s, N = %d\n%s", m.name, what.name, n, r.story(f))
	}
	if err := os.RemoveAll(r.dir); err != nil {
		t.Fatal(err)
	}
	return bad, clean
}

// all runs the script and all checks. It reports whether the fault was not reached.
func (r *run) all(f *faultFS, resume bool) (clean bool) {
	r.script()
	if resume {
		f.clear()
		r.resume()
	}
	r.close()
	f.clear()
	injected, reached, _ := f.happened()
	r.faults = len(injected)
	torn := 0
	for _, what := range injected {
		if strings.HasPrefix(what, string(opWrite)) {
			torn++
		}
	}
	r.checkAccounts()
	r.checkFiles(torn, false)
	r.checkClosed()
	if !reached {
		r.checkClean()
	}
	if len(r.bad) == 0 {
		r.again()
		r.checkAccounts()
		r.checkFiles(torn, true)
		r.checkClosed()
	}
	return !reached
}

// checkClean checks a run without a fault.
func (r *run) checkClean() {
	if len(r.others)+len(r.reported()) > 0 {
		r.wrong("errors without a fault")
	}
	for i, err := range r.errs {
		if err != nil {
			r.wrong("record %d fails without a fault", i)
		}
	}
	if r.rotations() < 3 {
		r.wrong("%d rotations only", r.rotations())
	}
}

// story says what is wrong with a run, and what has happened in it. f may be nil.
func (r *run) story(f *faultFS) string {
	const many = 8
	var b strings.Builder
	list := func(title, bullet string, lines []string) {
		fmt.Fprintf(&b, "%s:\n", title)
		if len(lines) > many && *only == 0 {
			lines = append(lines[:many:many], fmt.Sprintf("and %d more (-n shows all)", len(lines)-many))
		}
		for _, line := range lines {
			fmt.Fprintf(&b, "  %s%s\n", bullet, line)
		}
	}
	list("wrong", "* ", r.bad)
	if f != nil {
		injected, _, trace := f.happened()
		list("injected", "", injected)
		if *only > 0 {
			list("operations", "", trace)
		}
	}
	list("errors", "", r.errors())
	fmt.Fprintf(&b, "refused: %v\n", r.refusals())
	list("files", "", r.describe())
	return b.String()
}

// copyAndTruncate is a Rotator that leaves the file where it is, empty.
func copyAndTruncate(source, dest string) error {
	b, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	if err := os.WriteFile(dest, b, 0o600); err != nil {
		_ = os.Remove(dest)
		return err
	}
	return os.Truncate(source, 0)
}
