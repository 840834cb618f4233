package wire

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// blocks returns what stands in docs/wire.md as examples of a language.
func blocks(t *testing.T, language string) (blocks []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "wire.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, rest := range strings.Split(string(text), "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(rest, "\n```\n")
		blocks = append(blocks, block)
	}
	if len(blocks) == 0 {
		t.Fatalf("no %s in the document", language)
	}
	return blocks
}

// TestDocument: the examples are what an Encoder writes.
func TestDocument(t *testing.T) {
	for _, block := range blocks(t, "json") {
		for line := range strings.Lines(block) {
			decoded(t, strings.TrimSpace(line))
		}
	}
}

// TestDocumentPython runs the decoder of the document on the golden file.
func TestDocumentPython(t *testing.T) {
	python := testkit.Peer(t, "python3")
	var stdin, golden bytes.Buffer
	var names []string
	add := func(name string, line []byte) {
		names = append(names, name)
		fmt.Fprintf(&stdin, "%s\n", line)
	}
	for _, g := range goldenRecords {
		r := g.record()
		add(g.name, new(Encoder).Append(nil, &r))
	}
	for _, g := range goldenValues {
		r := record(slog.Any("v", g.value))
		add(g.name, new(Encoder).Append(nil, &r))
	}
	program := blocks(t, "python")[0] + "\n\nimport sys\nfor line in sys.stdin.buffer:\n    print(ascii(decode(line)))\n"
	cmd := exec.Command(python, "-c", program)
	cmd.Stdin = &stdin
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(names) {
		t.Fatalf("%d lines for %d records: %s", len(lines), len(names), out)
	}
	for i, line := range lines {
		fmt.Fprintf(&golden, "# %s\n%s\n", names[i], line)
	}
	testkit.Golden(t, "python.golden", golden.Bytes())
}
