package bench

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEncodersWriteTheRecord(t *testing.T) {
	for _, e := range Encoders() {
		for _, c := range Cases {
			if !e.Supports(c) {
				continue
			}
			if err := Check(e, c); err != nil {
				t.Error(err)
			}
		}
	}
}

// The guard is worth something only if it notices a record that says less.
func TestCheckSeesWhatIsMissing(t *testing.T) {
	e := Encoder{Name: "forgetful", New: newSlogJSON}
	for _, c := range Cases[1:] {
		if c.Source {
			e.New = func(w io.Writer, _ bool) slog.Handler { return newSlogJSON(w, false) }
		}
		c.Log, c.Prepare = logMessage, nil
		if Check(e, c) == nil {
			t.Errorf("%s: a record without its attributes passes", c.Name)
		}
	}
}

// slogkit promises the very bytes of log/slog.
func TestSlogkitWritesWhatSlogWrites(t *testing.T) {
	now := regexp.MustCompile(`^(\{"time":"|time=)[^ ",]+`)
	output := func(e Encoder, c Case) string {
		var b bytes.Buffer
		c.Log(e.Logger(c, &b), 1)
		return now.ReplaceAllString(b.String(), "${1}NOW")
	}
	ours := slogkitEncoders()
	for i, slogs := range []Encoder{{New: newSlogJSON}, {New: newSlogText}} {
		for _, c := range Cases {
			if got, want := output(ours[i], c), output(slogs, c); got != want {
				t.Errorf("%s, %s:\n got %s\nwant %s", ours[i].Name, c.Name, got, want)
			}
		}
	}
}

func TestFileWritersLoseNothing(t *testing.T) {
	lines := LinesPerFile(3) // two rotations at 1 MiB
	for _, f := range allFileWriters() {
		for _, goroutines := range []int{1, 8} {
			if goroutines > 1 && f.Name == "bufio + os.File" {
				continue
			}
			dir := t.TempDir()
			l := Load{MaxMiB: 1, Backups: 8, Lines: lines, Goroutines: goroutines}
			if err := WriteLines(f, filepath.Join(dir, "app.log"), l); err != nil {
				t.Errorf("%s: %v", f.Name, err)
				continue
			}
			files, got, err := CountLines(dir)
			if err != nil || got != lines {
				t.Errorf("%s, %d goroutines: %d lines (%v), want %d", f.Name, goroutines, got, err, lines)
			}
			if wantMany := !strings.Contains(f.Name, "os.File"); wantMany != (files > 1) {
				t.Errorf("%s: %d files", f.Name, files)
			}
		}
	}
}

func allFileWriters() []FileWriter {
	return slices.Concat(FileWriters(), BufferedFiles(), BufferedWriters())
}

// Those that promise it are, and one that does not shows that the check is worth something.
func TestExact(t *testing.T) {
	l := Load{MaxMiB: 1, Backups: 8, Lines: LinesPerFile(5)}
	for _, f := range allFileWriters() {
		err := CheckExact(f, filepath.Join(t.TempDir(), "app.log"), l)
		if f.Exact != (err == nil) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

// The Write that rotates is where it is looked for if no file has a line more or less than it should.
func TestStallsAreRotations(t *testing.T) {
	const backups, rotations = 2, 3
	for _, f := range slices.Concat(FileWriters()[1:], CompressingWriters()) {
		dir := t.TempDir()
		stalls, err := Stalls(f, filepath.Join(dir, "app.log"), 1, backups, rotations)
		if err != nil || len(stalls) != rotations {
			t.Errorf("%s: %v, %v", f.Name, stalls, err)
		}
		if _, lines, err := CountLines(dir); err != nil || lines != StallLines(1, backups) {
			t.Errorf("%s: %d lines (%v), want %d", f.Name, lines, err, StallLines(1, backups))
		}
	}
}

func TestQuantiles(t *testing.T) {
	got := Quantiles([]float64{40, 10, 30, 20, 50}, 0, 0.5, 0.875, 1)
	if want := []float64{10, 30, 45, 50}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestFileHandlersWriteJSONLines(t *testing.T) {
	c := Cases[1]
	for _, f := range FileHandlers() {
		dir := t.TempDir()
		h, closer, err := f.Open(filepath.Join(dir, "app.log"), 1, 8)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		c.Log(slog.New(h), 3)
		if err := closer.Close(); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		names, _ := filepath.Glob(filepath.Join(dir, "*"))
		var all strings.Builder
		seen := map[string]bool{}
		for _, name := range names {
			if real, err := filepath.EvalSymlinks(name); err == nil && !seen[real] {
				seen[real] = true
				b, _ := os.ReadFile(real)
				all.Write(b)
			}
		}
		got := strings.SplitAfter(strings.TrimSuffix(all.String(), "\n"), "\n")
		if len(got) != 3 {
			t.Errorf("%s: wrote %q, want three lines", f.Name, all.String())
			continue
		}
		if err := checkJSON(got[0], c); err != nil {
			t.Errorf("%s: %v in %q", f.Name, err, got[0])
		}
	}
}
