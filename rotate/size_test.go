package rotate

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// sizeScenario is one of testdata/oracle/size_rotation.json, as its schema key explains.
type sizeScenario struct {
	ID           int
	Name         string
	MaxBytes     int64
	BackupCount  int
	Mode         string
	Delay        bool
	Pre          map[string]string
	ReopenBefore []int `json:"reopen_before"`
	Messages     []string

	Files          map[string]oracleContent
	FilesBytes     map[string]oracleContent `json:"files_bytes"`
	Rollovers      []int                    `json:"rollover_before_msg"`
	RolloversBytes []int                    `json:"rollover_before_msg_bytes"`
}

// oracleContent has the text of a small file only.
type oracleContent struct {
	Size    int
	SHA256  string
	Content string
}

func sizeScenarios(t *testing.T) []sizeScenario {
	var o struct{ Scenarios []sizeScenario }
	oracleFile(t, "size_rotation.json.gz", &o)
	for i := range o.Scenarios {
		if s := &o.Scenarios[i]; s.FilesBytes != nil { // measured in bytes, as here
			s.Files, s.Rollovers = s.FilesBytes, s.RolloversBytes
		}
	}
	if len(o.Scenarios) != 169 {
		t.Fatalf("%d scenarios", len(o.Scenarios))
	}
	return o.Scenarios
}

// What CPython's RotatingFileHandler leaves, in bytes, a Writer leaves and a Handler too.
func TestSizeOracle(t *testing.T) {
	for _, kind := range []string{"Writer", "Handler"} {
		t.Run(kind, func(t *testing.T) {
			for _, s := range sizeScenarios(t) {
				if testing.Short() && s.ID%4 != 0 {
					continue
				}
				t.Run(fmt.Sprintf("%d %s", s.ID, s.Name), func(t *testing.T) { s.replay(t, kind == "Handler") })
			}
		})
	}
}

func (s *sizeScenario) replay(t *testing.T, handler bool) {
	dir := t.TempDir()
	for name, content := range s.Pre {
		create(t, filepath.Join(dir, name), content)
	}
	opts := Options{
		MaxBytes: s.MaxBytes, BackupCount: s.BackupCount, Truncate: s.Mode == "w", Delay: s.Delay,
	}
	opts.ErrorHandler, opts.Format = testkit.NoErrors(t), messageOnly
	var h *Handler
	open := func() {
		var err error
		if h, err = Open(filepath.Join(dir, "app.log"), &opts); err != nil {
			t.Fatal(err)
		}
	}
	open()
	var rollovers []int
	for i, msg := range s.Messages {
		if slices.Contains(s.ReopenBefore, i) {
			must(t, h.Close())
			open()
		}
		before := h.Stats().Rotations
		if handler {
			slog.New(h).Info(msg)
		} else {
			put(t, h.writer, msg+"\n")
		}
		h.writer.wait()
		if h.Stats().Rotations != before {
			rollovers = append(rollovers, i)
		}
	}
	checkStats(t, h.Stats())
	must(t, h.Close())
	files := listing(t, dir)
	for name, f := range s.Files {
		if got, ok := files[name]; !ok || len(got) != f.Size || fmt.Sprintf("%x", sha256.Sum256([]byte(got))) != f.SHA256 {
			t.Errorf("%s: got %q, want %q (%d bytes)", name, got, f.Content, f.Size)
		}
	}
	if len(files) != len(s.Files) {
		t.Errorf("%d files, want %d", len(files), len(s.Files))
	}
	if s.BackupCount > 0 && !slices.Equal(rollovers, s.Rollovers) { // Python rolls over with no effect
		t.Errorf("rollovers before %v, want %v", rollovers, s.Rollovers)
	}
}

func TestOversizedRecordGoesWholeIntoAFreshFile(t *testing.T) {
	dir := t.TempDir()
	w := newWriter(t, filepath.Join(dir, "app.log"), Options{MaxBytes: 64, BackupCount: 3})
	big := strings.Repeat("x", 100_000) + "\n"
	put(t, w, "small\n")
	put(t, w, big)
	put(t, w, "small again\n")
	wantFiles(t, dir, map[string]string{"app.log": "small again\n", "app.log.1": big, "app.log.2": "small\n"})
	if s := w.Stats(); s != (Stats{Handled: 3, Written: 3, Bytes: int64(len(big)) + 18, Rotations: 2}) {
		t.Errorf("%+v", s)
	}
}

// A count that stands for "all" costs no more than the backups that there are.
func TestHugeBackupCount(t *testing.T) {
	for _, namer := range []func(string) string{nil, func(name string) string { return name + ".old" }} {
		dir := t.TempDir()
		w := newWriter(t, filepath.Join(dir, "app.log"), Options{MaxBytes: 1, BackupCount: math.MaxInt, Namer: namer})
		within(t, time.Minute, "rotation", func() {
			for i := range 5 {
				put(t, w, strconv.Itoa(i))
			}
		})
		if got := names(t, dir); len(got) != 5 || read(t, filepath.Join(dir, got[4])) != "0" {
			t.Errorf("%v", got)
		}
	}
}

// Beyond a count from which on the directory is read the outcome is the same.
func TestManyBackups(t *testing.T) {
	for _, count := range []int{49, 50, 51, 60} {
		dir := t.TempDir()
		w := newWriter(t, filepath.Join(dir, "app.log"), Options{MaxBytes: 1, BackupCount: count})
		create(t, filepath.Join(dir, "app.log.+7"), "not a number of ours")
		create(t, filepath.Join(dir, "app.log.08"), "nor that")
		want := map[string]string{"app.log.+7": "not a number of ours", "app.log.08": "nor that"}
		for i := range 75 {
			put(t, w, strconv.Itoa(i))
		}
		want["app.log"] = "74"
		for i := 1; i <= count; i++ {
			want["app.log."+strconv.Itoa(i)] = strconv.Itoa(74 - i)
		}
		wantFiles(t, dir, want)
	}
}

// What cannot be a backup keeps its name, and the numbers go around it.
func TestDirectoryAtABackupsName(t *testing.T) {
	for _, count := range []int{1, 2, 3, 60} {
		dir := t.TempDir()
		must(t, os.Mkdir(filepath.Join(dir, "app.log.1"), 0o700))
		must(t, os.Mkdir(filepath.Join(dir, "app.log.3"), 0o700))
		create(t, filepath.Join(dir, "app.log.3", "precious"), "x")
		w := newWriter(t, filepath.Join(dir, "app.log"), Options{MaxBytes: 1, BackupCount: count})
		for i := range 6 {
			put(t, w, strconv.Itoa(i))
		}
		want := map[string]string{"app.log": "5", "app.log.1/": "", "app.log.3/": ""}
		for i, number := range []int{2, 4, 5, 6, 7}[:min(count, 5)] {
			want["app.log."+strconv.Itoa(number)] = strconv.Itoa(4 - i)
		}
		wantFiles(t, dir, want)
	}
}

// copytruncate: the size that the Writer remembers is wrong, and it must not write where the end was.
func TestExternalTruncation(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	w := newWriter(t, path, Options{MaxBytes: 100, BackupCount: 2})
	put(t, w, strings.Repeat("a", 89)+"\n")
	must(t, os.Truncate(path, 0))
	put(t, w, strings.Repeat("b", 49)+"\n") // 140 bytes as far as the Writer knows
	put(t, w, strings.Repeat("c", 39)+"\n")
	wantFiles(t, dir, map[string]string{"app.log": strings.Repeat("b", 49) + "\n" + strings.Repeat("c", 39) + "\n"})
	put(t, w, strings.Repeat("d", 9)+"\n")
	wantFiles(t, dir, map[string]string{
		"app.log": strings.Repeat("d", 9) + "\n", "app.log.1": strings.Repeat("b", 49) + "\n" + strings.Repeat("c", 39) + "\n",
	})
}

func TestTruncate(t *testing.T) {
	for _, tt := range []struct {
		opts Options
		want string
	}{
		{Options{Truncate: true}, "new\n"},
		{Options{Truncate: true, BackupCount: 3}, "new\n"},
		{Options{Truncate: true, MaxBytes: 1000}, "old\nnew\n"}, // as Python: maxBytes > 0 means mode a
		{Options{Truncate: true, MaxBytes: 1000, BackupCount: 1}, "old\nnew\n"},
		{Options{Truncate: true, When: Day}, "old\nnew\n"},
		{Options{}, "old\nnew\n"},
	} {
		for _, delay := range []bool{false, true} {
			path := filepath.Join(t.TempDir(), "app.log")
			create(t, path, "old\n")
			tt.opts.Delay = delay
			w, err := OpenWriter(path, &tt.opts)
			must(t, err)
			if delay && read(t, path) != "old\n" {
				t.Error("truncated before the first record")
			}
			put(t, w, "new\n")
			must(t, w.Reopen()) // which empties nothing
			put(t, w, "more\n")
			must(t, w.Close())
			if got := read(t, path); got != tt.want+"more\n" {
				t.Errorf("%+v: %q", tt.opts, got)
			}
		}
	}
}

func TestRotate(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts Options
		want map[string]string // after: a Rotate b Rotate Rotate c
	}{
		{"never", Options{}, map[string]string{"app.log": "abc"}},
		{"size without backups", Options{MaxBytes: 10}, map[string]string{"app.log": "abc"}},
		{"count alone", Options{BackupCount: 5}, map[string]string{"app.log": "c", "app.log.1": "", "app.log.2": "b", "app.log.3": "a"}},
		{"size", Options{MaxBytes: 10, BackupCount: 2}, map[string]string{"app.log": "c", "app.log.1": "", "app.log.2": "b"}},
		{"time", Options{When: Midnight}, map[string]string{"app.log": "c", "app.log.D": "a", "app.log.D.1": "b", "app.log.D.2": ""}},
		{"time, count", Options{When: Midnight, BackupCount: 2}, map[string]string{"app.log": "c", "app.log.D.1": "b", "app.log.D.2": ""}},
		{"both", Options{When: Midnight, MaxBytes: 10, BackupCount: 1}, map[string]string{"app.log": "c", "app.log.D.2": ""}},
	} {
		for _, custom := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, Rotator %v", tt.name, custom), func(t *testing.T) {
				dir := t.TempDir()
				opts := tt.opts
				if custom {
					opts.Rotator = os.Rename
				}
				w := newWriter(t, filepath.Join(dir, "app.log"), opts)
				put(t, w, "a")
				must(t, w.Rotate())
				put(t, w, "b")
				must(t, w.Rotate())
				must(t, w.Rotate())
				put(t, w, "c")
				got := map[string]string{}
				for name, content := range listing(t, dir) {
					if w.backups.layout != "" {
						if suffix, ok := strings.CutPrefix(name, "app.log."); ok {
							date, _, _ := strings.Cut(suffix, ".")
							name = strings.Replace(name, date, "D", 1)
						}
					}
					got[name] = content
				}
				if fmt.Sprint(got) != fmt.Sprint(tt.want) {
					t.Errorf("got %v, want %v", got, tt.want)
				}
				must(t, w.Close())
				if err := w.Rotate(); err != slogx.ErrClosed {
					t.Errorf("after Close: %v", err)
				}
			})
		}
	}
}

// Rotate before the first record opens the file, and a new process may do so too.
func TestRotateBeforeTheFirstRecord(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	create(t, path, "from before\n")
	w := newWriter(t, path, Options{BackupCount: 1})
	must(t, w.Rotate())
	wantFiles(t, dir, map[string]string{"app.log": "", "app.log.1": "from before\n"})
}
