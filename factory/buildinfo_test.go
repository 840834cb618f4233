package factory

import (
	"log/slog"
	"runtime/debug"
	"testing"
	"time"
)

func TestBuildGroup(t *testing.T) {
	main := debug.Module{Path: "example.com/shop", Version: "v1.2.3"}
	committed := time.Date(2026, time.March, 29, 12, 34, 56, 0, time.UTC)
	for _, test := range []struct {
		name string
		info debug.BuildInfo
		want []slog.Attr
	}{
		{"nothing recorded", debug.BuildInfo{}, nil},
		{"no checkout", debug.BuildInfo{Main: main}, []slog.Attr{
			slog.String("module", "example.com/shop"), slog.String("version", "v1.2.3"),
		}},
		{
			"checkout",
			debug.BuildInfo{Main: main, Settings: []debug.BuildSetting{
				{Key: "-race", Value: "true"},
				{Key: "vcs", Value: "git"},
				{Key: "vcs.revision", Value: "56be854"},
				{Key: "vcs.time", Value: "2026-03-29T12:34:56Z"},
				{Key: "vcs.modified", Value: "true"},
			}},
			[]slog.Attr{
				slog.String("module", "example.com/shop"), slog.String("version", "v1.2.3"),
				slog.String("revision", "56be854"), slog.Time("time", committed), slog.Bool("modified", true),
			},
		},
		{
			"clean, with a time that is none",
			debug.BuildInfo{Settings: []debug.BuildSetting{
				{Key: "vcs.modified", Value: "false"}, {Key: "vcs.time", Value: "yesterday"},
			}},
			[]slog.Attr{slog.Bool("modified", false)},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := slog.Attr{Key: "build", Value: slog.GroupValue(test.want...)}
			if got := buildGroup(&test.info); !got.Equal(want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// TestBuildInfo: a test binary knows its module.
func TestBuildInfo(t *testing.T) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("no build info")
	}
	r := BuildInfo().Factory(t.Context(), slog.Record{})
	r.Attrs(func(a slog.Attr) bool {
		if a.Key != "build" || !a.Value.Group()[0].Equal(slog.String("module", info.Main.Path)) {
			t.Errorf("got %v", a)
		}
		return true
	})
	if r.NumAttrs() != 1 {
		t.Errorf("%d attributes", r.NumAttrs())
	}
}
