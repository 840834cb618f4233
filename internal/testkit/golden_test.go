package testkit

import (
	"os"
	"strings"
	"testing"
)

func TestGolden(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("testdata", 0o700); err != nil {
		t.Fatal(err)
	}
	golden := func(text string) string {
		return failing(t, func(t testing.TB) { Golden(t, "x.golden", []byte(text)) })
	}
	if golden("") == "" {
		t.Error("nothing fails though there is no file")
	}
	*update = true
	said := golden("one\ntwo\n")
	*update = false
	if said != "" {
		t.Error(said)
	}
	for text, want := range map[string]string{
		"one\ntwo\n":   "",
		"one\nTwo\n":   `line 2`,
		"one\n":        "line 2\n got \"\"\nwant \"two\\n\"",
		"one\ntwo":     `got "two"`,
		"one\ntwo\n\n": `line 3`,
	} {
		if said := golden(text); (said == "") != (want == "") || !strings.Contains(said, want) {
			t.Errorf("%q: %q, want %q", text, said, want)
		}
	}
}
