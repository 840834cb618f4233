package factory_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slogkit-go/slogkit/factory"
)

func TestProcess(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	got := loggedJSON(t, []factory.Layer{factory.Hostname(), factory.PID(), factory.Executable()}, func(l *slog.Logger) {
		l.WithGroup("g").Info("hello", "a", 1)
	})
	want := map[string]any{
		"level": "INFO", "msg": "hello", "g": map[string]any{"a": 1.0},
		"hostname": host, "pid": float64(os.Getpid()), "executable": filepath.Base(exe),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestProcessRenamed(t *testing.T) {
	pid := factory.PID()
	pid.OnCollision = factory.Rename
	got := loggedJSON(t, []factory.Layer{pid}, func(l *slog.Logger) { l.Info("killed", "pid", 4) })
	if got["pid"] != 4.0 || got["process.pid"] != float64(os.Getpid()) {
		t.Errorf("got %v", got)
	}
}
