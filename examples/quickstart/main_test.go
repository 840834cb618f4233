package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSample(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	if err := run([]string{"-dir", dir, "-for", "0"}, nil, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"600 lines of the sample", "level=WARN msg=request", "app.json.1", "app.log",
		"1200 records in files, 0 deleted", "lines a second",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
	content, err := os.ReadFile(filepath.Join(dir, "app.json"))
	if err != nil {
		t.Fatal(err)
	}
	var record struct {
		Msg, Method, Path string
		Status, Line      int
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &record); err != nil {
		t.Fatal(err)
	}
	if record.Msg != "request" || record.Line != 600 || record.Status == 0 || record.Path == "" {
		t.Errorf("last record %+v", record)
	}
}

func TestStandardInput(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	if err := run([]string{"-dir", dir, "-for", "0", "-"}, strings.NewReader("any line\nanother \x1b[31m\n"), &out); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "app.log"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(content); !strings.Contains(got, `msg="any line" line=1`) || !strings.Contains(got, `msg="another \x1b[31m" line=2`) {
		t.Errorf("app.log: %s", got)
	}
}

func TestMistakes(t *testing.T) {
	for _, args := range [][]string{{"no such file"}, {"a", "b"}, {"-dir", "/dev/null/x", "-for", "0"}} {
		if err := run(args, nil, &bytes.Buffer{}); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
