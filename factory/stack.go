package factory

import (
	"context"
	"log/slog"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

const (
	maxFrames = 64 // in a stack
	maxInner  = 64 // handlers' frames between the log call and Stack
)

// Stack returns a [Layer] that adds, to records of at least this level, the functions that led to the log call, as
// "stack". The level is asked for every record; nil is slog.LevelError. The first frame is that of the log call (the
// record's PC); there are at most 64, and "..." if there were more.
//
// The value is a list of strings, "function file:line". In JSON it is an array, which a log viewer shows a line each; in
// text it is one string, its frames separated by "; ": no format can make several lines, and so records, of it.
//
// Of a record that comes from another goroutine (through a queue, say) or was kept for a while, only the log call itself
// is known, and the list has that one frame. So Stack belongs in front of what buffers. A record without PC gets the
// frames of whoever gave it to the handler: those below log/slog and this module.
func Stack(level slog.Leveler) Layer {
	if level == nil {
		level = slog.LevelError
	}
	return Layer{Name: "stack", Factory: adding(func(_ context.Context, call logCall, to []slog.Attr) []slog.Attr {
		if call.level < level.Level() {
			return to
		}
		if s := stackFrom(call.pc); len(s) > 0 {
			to = append(to, slog.Any("stack", s))
		}
		return to
	})}
}

// frames is a stack, innermost first.
type frames []string

func (f frames) String() string { return strings.Join(f, "; ") }

// stackFrom returns the part of this goroutine's stack that begins at pc.
func stackFrom(pc uintptr) frames {
	all := make([]uintptr, maxInner+maxFrames)
	pcs := all[:runtime.Callers(3, all)]
	deeper := len(pcs) == len(all)
	if i := slices.Index(pcs, pc); i >= 0 {
		pcs = pcs[i:]
	} else if pc != 0 {
		pcs, deeper = []uintptr{pc}, false
	}
	var stack frames
	iter := runtime.CallersFrames(pcs)
	for more := true; more; {
		var f runtime.Frame
		f, more = iter.Next()
		switch {
		case f.Function == "" || f.Function == "runtime.main" || f.Function == "runtime.goexit":
		case pc == 0 && stack == nil && carriesRecords(f.Function):
		case len(stack) == maxFrames:
			deeper, more = true, false
		default:
			stack = append(stack, f.Function+" "+f.File+":"+strconv.Itoa(f.Line))
		}
	}
	if deeper {
		stack = append(stack, "...")
	}
	return stack
}

// module is the path of this module, with a slash.
var module = strings.TrimSuffix(reflect.TypeFor[Layer]().PkgPath(), "factory")

// carriesRecords reports whether a function is log/slog's or this module's, and not a test's.
func carriesRecords(function string) bool {
	name := function[strings.LastIndexByte(function, '/')+1:]
	base, _, _ := strings.Cut(name, ".")
	pkg := strings.TrimSuffix(function, name) + base
	return pkg == "log/slog" || strings.HasPrefix(pkg, module) && !strings.HasSuffix(pkg, "_test")
}
