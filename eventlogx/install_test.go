package eventlogx

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestInstallValues: what goes into the registry.
func TestInstallValues(t *testing.T) {
	for name, c := range map[string]struct {
		opts InstallOptions
		want []value
	}{
		"default": {InstallOptions{}, []value{
			{"EventMessageFile", `%SystemRoot%\System32\EventCreate.exe`, 0}, {"TypesSupported", "", 7},
		}},
		"all": {InstallOptions{"Shop", `C:\shop\messages.dll`, `C:\shop\categories.dll`, 3}, []value{
			{"EventMessageFile", `C:\shop\messages.dll`, 0},
			{"TypesSupported", "", 7},
			{"CategoryMessageFile", `C:\shop\categories.dll`, 0},
			{"CategoryCount", "", 3},
		}},
	} {
		got, err := c.opts.values("shop")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(value{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestInstallInvalid: what is wrong is said, on every system.
func TestInstallInvalid(t *testing.T) {
	for want, c := range map[string]struct {
		source string
		opts   InstallOptions
	}{
		"source without a name":     {"", InstallOptions{}},
		`source "a\\b"`:             {`a\b`, InstallOptions{}},
		`log "a\\b"`:                {"shop", InstallOptions{Log: `a\b`}},
		"message file":              {"shop", InstallOptions{MessageFile: "a\x00"}},
		"CategoryCount go together": {"shop", InstallOptions{CategoryCount: 3}},
		"CategoryMessageFile and":   {"shop", InstallOptions{CategoryMessageFile: "x"}},
	} {
		if err := Install(c.source, &c.opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Install: %v, want %s", err, want)
		}
		if c.opts == (InstallOptions{}) {
			if err := Remove(c.source); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Remove: %v, want %s", err, want)
			}
		}
	}
}
