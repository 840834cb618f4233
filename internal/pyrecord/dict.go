package pyrecord

import (
	"cmp"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slogkit-go/slogkit/internal/wire"
	"github.com/slogkit-go/slogkit/slogx"
)

// A Writer is told a dict: BeginDict, Key and a value for each entry, EndDict. A value is one call, or a dict, or a list of
// values between BeginList and EndList. Strings are UTF-8.
type Writer interface {
	BeginDict()
	Key(key string)
	EndDict()
	BeginList()
	EndList()
	None()
	Bool(bool)
	Int(int64)
	Uint(uint64)
	BigInt(digits string) // that neither of those can hold, in decimal
	Float(float64)
	String(string)
}

// An Encoder encodes records. It is immutable, so any number of goroutines may use it; the zero Encoder is ready.
type Encoder struct {
	Logger   string // name; "": "root"
	Process  string // processName; "": "MainProcess"
	NoSource bool   // leaves out where in the program a record was made

	groups []group // what With and Group were given; the first is the record itself
}

// maxDepth is how deep groups may be nested: as slogx.MakeRecord has it.
const maxDepth = 100

type group struct {
	name  string
	attrs []slog.Attr
}

// With returns an Encoder whose records begin with attrs, resolved once and now.
func (e *Encoder) With(attrs []slog.Attr) *Encoder {
	if len(attrs) == 0 {
		return e
	}
	d := e.clone()
	last := &d.groups[len(d.groups)-1]
	last.attrs = slices.Clip(last.attrs)
	for _, a := range attrs {
		last.attrs = append(last.attrs, slog.Attr{Key: a.Key, Value: wire.Snapshot(a.Value)})
	}
	return d
}

// Group returns an Encoder whose further attributes are in the group name; e itself if name is empty, or if so many
// groups are open that no receiver would take another.
func (e *Encoder) Group(name string) *Encoder {
	if name == "" || len(e.groups) > maxDepth {
		return e
	}
	d := e.clone()
	d.groups = append(d.groups, group{name: name})
	return d
}

func (e *Encoder) clone() *Encoder {
	d := *e
	if d.groups = slices.Clone(e.groups); d.groups == nil {
		d.groups = slices.Clone(noGroups)
	}
	return &d
}

// Dict tells w the dict of r. What user code does wrong becomes the value: "!PANIC: its panic" or "!ERROR:its error".
func (e *Encoder) Dict(r *slog.Record, w Writer) {
	src, isAttr := wire.Source(r)
	if src == nil || e.NoSource && !isAttr {
		src = &unknown
	}
	x := walker{Writer: w}
	w.BeginDict()
	e.builtIns(&x, r, src)
	groups := e.groups
	if groups == nil {
		groups = noGroups
	}
	x.attrs(groups, r, isAttr)
	w.EndDict()
}

var noGroups = make([]group, 1)

var unknown = slog.Source{Function: "(unknown function)", File: "(unknown file)"}

// began is where relativeCreated counts from.
var began = time.Now()

func (e *Encoder) builtIns(x *walker, r *slog.Record, src *slog.Source) {
	t := r.Time
	if t.IsZero() {
		t = time.Now()
	}
	level := slogx.PythonLevel(r.Level)
	filename := src.File[strings.LastIndexAny(src.File, `/\`)+1:]
	module := filename
	if i := strings.LastIndexByte(filename, '.'); i > 0 {
		module = filename[:i]
	}
	x.text("name", cmp.Or(e.Logger, "root"))
	x.text("msg", r.Message)
	x.none("args")
	x.text("levelname", levelName(level))
	x.int("levelno", level)
	x.text("pathname", src.File)
	x.text("filename", filename)
	x.text("module", module)
	x.none("exc_info")
	x.none("exc_text")
	x.none("stack_info")
	x.int("lineno", src.Line)
	x.text("funcName", src.Function)
	x.float("created", float64(t.Unix())+float64(t.Nanosecond())/1e9)
	x.float("msecs", float64(t.Nanosecond()/1e6))
	x.float("relativeCreated", float64(t.Sub(began))/1e6)
	x.none("thread")
	x.none("threadName")
	x.text("processName", cmp.Or(e.Process, "MainProcess"))
	x.int("process", os.Getpid())
	x.none("taskName")
}

// levelName is Python's getLevelName.
func levelName(level int) string {
	switch level {
	case 0:
		return "NOTSET"
	case 10:
		return "DEBUG"
	case 20:
		return "INFO"
	case 30:
		return "WARNING"
	case 40:
		return "ERROR"
	case 50:
		return "CRITICAL"
	}
	return "Level " + strconv.Itoa(level)
}
