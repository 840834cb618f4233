package factory

import (
	"log/slog"
	"runtime/debug"
	"time"
)

// BuildInfo returns a [Layer] that adds what the Go tool has recorded in this program, as a group "build":
//
//	module    string  path of the main module
//	version   string  its version; "(devel)" if the tool knew none
//	revision  string  commit it was built from
//	time      time    of that commit
//	modified  bool    whether the checkout differed from it
//
// What is not recorded is left out: the last three are there if the program was built, not run or tested, in a checkout.
// See debug.ReadBuildInfo.
func BuildInfo() Layer {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Layer{Name: "buildinfo"}
	}
	return Layer{Name: "buildinfo", Factory: Attrs(buildGroup(info))}
}

func buildGroup(info *debug.BuildInfo) slog.Attr {
	var attrs []slog.Attr
	add := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	add("module", info.Main.Path)
	add("version", info.Main.Version)
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			add("revision", s.Value)
		case "vcs.time":
			if t, err := time.Parse(time.RFC3339, s.Value); err == nil {
				attrs = append(attrs, slog.Time("time", t))
			}
		case "vcs.modified":
			attrs = append(attrs, slog.Bool("modified", s.Value == "true"))
		}
	}
	return slog.Attr{Key: "build", Value: slog.GroupValue(attrs...)}
}
