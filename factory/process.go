package factory

import (
	"log/slog"
	"os"
	"path/filepath"
)

// Hostname returns a [Layer] that adds the host's name as the kernel has it now, as "hostname"; nothing if it has none.
func Hostname() Layer {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return Layer{Name: "host"}
	}
	return Layer{Name: "host", Factory: Attrs(slog.String("hostname", name))}
}

// PID returns a [Layer] that adds the number of this process, as "pid".
func PID() Layer {
	return Layer{Name: "process", Factory: Attrs(slog.Int("pid", os.Getpid()))}
}

// Executable returns a [Layer] that adds the file name of this program, without its directory, as "executable". It is
// that of os.Args if the system does not tell.
func Executable() Layer {
	path, err := os.Executable()
	if err != nil && len(os.Args) > 0 {
		path = os.Args[0]
	}
	if path == "" {
		return Layer{Name: "process"}
	}
	return Layer{Name: "process", Factory: Attrs(slog.String("executable", filepath.Base(path)))}
}
