package eventlogx

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/slogkit-go/slogkit/slogx"
)

const testSource = "slogkit test source"

// keyOf returns the values of a source's key; nil if there is none.
func keyOf(t *testing.T, log, source string) map[string]any {
	t.Helper()
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, logsKey+`\`+log+`\`+source, registry.QUERY_VALUE)
	if err != nil {
		return nil
	}
	defer key.Close()
	names, err := key.ReadValueNames(-1)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	for _, name := range names {
		if text, kind, err := key.GetStringValue(name); err == nil {
			if kind != registry.EXPAND_SZ {
				t.Errorf("%s is of kind %d", name, kind)
			}
			values[name] = text
		} else if n, _, err := key.GetIntegerValue(name); err == nil {
			values[name] = n
		}
	}
	return values
}

// needRights skips a test that may not write to the registry.
func needRights(t *testing.T) {
	t.Helper()
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, logsKey, registry.CREATE_SUB_KEY)
	if err != nil {
		t.Skipf("needs an administrator: %v", err)
	}
	_ = key.Close()
	if err := Remove(testSource); err != nil { // of a run that died
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := Remove(testSource); err != nil {
			t.Error(err)
		}
	})
}

// TestInstall: what is in the registry after Install and Remove, once and twice.
func TestInstall(t *testing.T) {
	needRights(t)
	want := map[string]any{"EventMessageFile": EventCreate, "TypesSupported": uint64(7)}
	for range 2 {
		if err := Install(testSource, nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, keyOf(t, "Application", testSource)); diff != "" {
			t.Error(diff)
		}
	}

	// New values take the place of the old ones.
	opts := &InstallOptions{MessageFile: `C:\m.dll`, CategoryMessageFile: `C:\c.dll`, CategoryCount: 3}
	want = map[string]any{
		"EventMessageFile": `C:\m.dll`, "TypesSupported": uint64(7), "CategoryMessageFile": `C:\c.dll`, "CategoryCount": uint64(3),
	}
	if err := Install(testSource, opts); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, keyOf(t, "Application", testSource)); diff != "" {
		t.Error(diff)
	}

	// A source has one log.
	err := Install(testSource, &InstallOptions{Log: "System"})
	if err == nil || !strings.Contains(err.Error(), `it belongs to the log "Application"`) || keyOf(t, "System", testSource) != nil {
		t.Errorf("Install into another log: %v", err)
	}
	for range 2 {
		if err := Remove(testSource); err != nil {
			t.Error(err)
		}
		if values := keyOf(t, "Application", testSource); values != nil {
			t.Errorf("left: %v", values)
		}
	}
	if err := Install(testSource, &InstallOptions{Log: "System"}); err != nil || keyOf(t, "System", testSource) == nil {
		t.Errorf("Install into another log: %v", err)
	}
	if err := Remove(testSource); err != nil || keyOf(t, "System", testSource) != nil {
		t.Errorf("Remove from another log: %v", err)
	}
}

// TestLogsOwn: the source that has its log's name is not ours.
func TestLogsOwn(t *testing.T) {
	needRights(t)
	const name = "slogkit test log"
	path := logsKey + `\` + name
	for _, key := range []string{path, path + `\` + name} {
		k, _, err := registry.CreateKey(registry.LOCAL_MACHINE, key, registry.QUERY_VALUE)
		if err != nil {
			t.Fatal(err)
		}
		_ = k.Close()
		defer func() { _ = registry.DeleteKey(registry.LOCAL_MACHINE, key) }()
	}
	if err := Install(name, &InstallOptions{Log: name}); err == nil {
		t.Error("Install overwrites it")
	}
	if err := Remove(name); err == nil || keyOf(t, name, name) == nil {
		t.Error("Remove removes it")
	}
}

// TestMachine: the system takes events, from a source that is not installed and from one that is.
func TestMachine(t *testing.T) {
	needRights(t)
	h, err := Open(testSource, quiet(t, Options{EventID: func(slog.Record) uint32 { return 1 }}))
	if err != nil {
		t.Fatal(err)
	}
	check(t, h, record(0, "before", "a", 1))
	if err := Install(testSource, nil); err != nil {
		t.Fatal(err)
	}
	check(t, h.WithGroup("g"), record(slog.LevelError, "after", "a", 1))
	check(t, h, record(slog.LevelWarn, strings.Repeat("long", maxUnits)))
	if err := slogx.Close(h); err != nil {
		t.Error(err)
	}
	if stats := h.Stats(); stats.Handled != 3 || stats.Written != 3 || stats.Cut != 1 {
		t.Errorf("%+v", stats)
	}
}

// TestSeen: what wine has got of an event. It tells that on the stderr of a process that is asked to, and on the one of
// Linux, so the process is started by a shell of Linux.
func TestSeen(t *testing.T) {
	const asked = "SLOGKIT_EVENTLOG_CHILD"
	if os.Getenv(asked) != "" {
		h := NewHandler(testSource, nil)
		logger := slog.New(h)
		logger.Info("Grüße", "a", 1)
		logger.Warn("warning %1")
		logger.Error("error\x00error")
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		return
	}
	const shell = `Z:\bin\sh`
	if _, err := os.Stat(shell); err != nil || !underWine() {
		t.Skip("needs wine")
	}
	out := filepath.Join(t.TempDir(), "out")
	const script = `out=$(winepath -u "$2"); WINEDEBUG=-all,+eventlog wine "$1" -test.run='^TestSeen$' >"$out.part" 2>&1; mv "$out.part" "$out"`
	_, err := os.StartProcess(shell, []string{"sh", "-c", script, "sh", os.Args[0], out}, &os.ProcAttr{
		Env:   append(os.Environ(), asked+"=1"),
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
	})
	if err != nil {
		t.Fatal(err)
	}
	// Wine has no handle to wait for a process of Linux, which renames its output when it is done.
	var text []byte
	for deadline := time.Now().Add(time.Minute); ; <-time.After(10 * time.Millisecond) {
		if text, err = os.ReadFile(out); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	for _, want := range []string{
		`trace:eventlog:ReportEventW L"Gr\00fc\00dfe a=1"`,
		`warn:eventlog:ReportEventW L"warning % 1"`,
		`err:eventlog:ReportEventW L"error\\x00error"`,
		"PASS",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// underWine reports whether this is not Windows itself.
func underWine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}
