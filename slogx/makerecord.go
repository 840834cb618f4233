package slogx

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slogkit-go/slogkit/internal/percent"
)

const (
	maxNesting = 100     // levels of lists and maps in one attribute
	maxNested  = 4 << 20 // bytes, about, of what all lists and maps of one record hold
	previewLen = 1 << 10 // bytes shown of a value that is beyond these
)

// recordKeys are the keys that MakeRecord knows; those with true become attributes, in this order.
var recordKeys = []struct {
	name string
	kept bool
}{
	{"name", true},
	{"process", true},
	{"processName", true},
	{"thread", true},
	{"threadName", true},
	{"taskName", true},
	{"exc_info", true},
	{"exc_text", true},
	{"stack_info", true},
	// put elsewhere
	{"msg", false},
	{"args", false},
	{"created", false},
	{"levelno", false},
	{"pathname", false},
	{"lineno", false},
	{"funcName", false},
	// said by others
	{"levelname", false},
	{"filename", false},
	{"module", false},
	{"msecs", false},
	{"relativeCreated", false},
}

// MakeRecord makes a record of the __dict__ of a Python LogRecord, as it comes out of encoding/json (UseNumber or not)
// or of a pickle. It is Python's logging.makeLogRecord:
//
//	created             Time, to the microsecond; seconds since 1970, any number. None or missing: time.Now
//	msg, args           Message: str(msg), then % args, as Python formats it. No msg: "". Args that are empty, None or
//	                    false: no formatting. A list is the tuple of arguments; a map, or a list of one map that is not
//	                    empty, serves %(key)s; anything else is the only argument
//	levelno             Level, through FromPythonLevel. None or missing: that of levelname ("DEBUG", "INFO", "WARN",
//	                    "WARNING", "ERROR", "FATAL", "CRITICAL", "NOTSET", "Level 25"; case does not matter), else
//	                    slog.LevelInfo
//	pathname, lineno,   one attribute slog.SourceKey with a *slog.Source, if any is known: not None, "", 0,
//	funcName            "(unknown file)" or "(unknown function)"
//	name, process,      attributes of the same names unless None, in this order; a whole number that came as a float is an
//	processName,        integer again in process and thread
//	thread, threadName,
//	taskName, exc_info,
//	exc_text, stack_info
//	levelname,          dropped: the level, source and time say the same. A levelname of one's own, such as NOTICE for
//	filename, module,   the levelno 25, is dropped with them
//	msecs,
//	relativeCreated
//
// Every other key becomes an attribute, sorted by key. A map is a group, its keys sorted; an empty one, or one in a list,
// is a map[string]any of kind Any. A json.Number is Int64, Uint64, Float64 or, where these would lose digits, a
// *big.Int; in a list it stays as it is. Lists stay []any. All of them are copies: neither attrs nor a list, map or
// []byte in it is kept or changed.
//
// A value of the wrong type, a time beyond the years 1 to 9999, an unknown levelname that is needed, and args that do
// not fit msg are errors, joined. Each names the key and the Go type. The record is usable all the same: what is at
// fault counts as missing (the message is str(msg), unformatted), and follows the other attributes under its own key.
// Only values that a sender can use to exhaust memory, with lists nested or repeated to over 100 levels or 4 MiB, are cut
// to the start of their Python repr, with an error.
func MakeRecord(attrs map[string]any) (slog.Record, error) {
	m := recordMaker{dict: attrs, left: maxNested}
	r := slog.NewRecord(m.created(), m.level(), m.message(), 0)
	m.source()
	for _, key := range recordKeys {
		if v := attrs[key.name]; key.kept && v != nil {
			m.add(key.name, whole(key.name, v))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(attrs)) {
		if !isRecordKey(key) {
			m.add(key, attrs[key])
		}
	}
	for _, key := range m.faulty {
		m.add(key, attrs[key])
	}
	r.AddAttrs(m.attrs...)
	return r, errors.Join(m.errs...)
}

func isRecordKey(key string) bool {
	for i := range recordKeys {
		if recordKeys[i].name == key {
			return true
		}
	}
	return false
}

// whole undoes what encoding/json does to the integers that identify processes and threads.
func whole(key string, v any) any {
	if f, ok := v.(float64); ok && (key == "process" || key == "thread") {
		if n := int64(f); float64(n) == f && math.Abs(f) < 1<<53 {
			return n
		}
	}
	return v
}

type recordMaker struct {
	dict   map[string]any
	attrs  []slog.Attr
	faulty []string // keys whose values could not be used
	errs   []error
	left   int  // of maxNested
	over   bool // the value at hand is beyond a limit
}

// fail reports the value under key and has it kept as an attribute.
func (m *recordMaker) fail(key, problem string) {
	m.report(key, problem)
	m.faulty = append(m.faulty, key)
}

func (m *recordMaker) report(key, problem string) {
	v := m.dict[key]
	goType := strings.ReplaceAll(fmt.Sprintf("%T", v), "interface {}", "any")
	m.errs = append(m.errs, fmt.Errorf("slogkit: record key %q: %s, got %s %s",
		key, problem, goType, percent.Preview(v, 100)))
}

func (m *recordMaker) created() time.Time {
	v := m.dict["created"]
	if v == nil {
		return time.Now()
	}
	if t, ok := timeOf(v); ok {
		return t
	}
	m.fail("created", "want seconds since 1970, in the years 1 to 9999")
	return time.Now()
}

func timeOf(v any) (t time.Time, ok bool) {
	const limit = 1 << 40 // seconds; past all years allowed, and far from overflow
	switch s := percent.Normal(v).(type) {
	case int64:
		if max(s, -s) > limit || s == math.MinInt64 {
			return t, false
		}
		t = time.Unix(s, 0)
	case float64:
		if math.IsNaN(s) || math.Abs(s) > limit {
			return t, false
		}
		// Rounding the fraction alone keeps microseconds exact.
		seconds, fraction := math.Modf(s)
		t = time.Unix(int64(seconds), int64(math.Round(fraction*1e6))*1000)
	}
	return t, t.Year() >= 1 && t.Year() <= 9999 && !t.IsZero()
}

func (m *recordMaker) level() slog.Level {
	if n, ok := m.integer("levelno"); ok {
		return FromPythonLevel(n)
	}
	name := m.text("levelname")
	if name == "" {
		return slog.LevelInfo
	}
	n, ok := pythonLevelNamed(name)
	if !ok {
		m.fail("levelname", "unknown level")
		return slog.LevelInfo
	}
	return FromPythonLevel(n)
}

func pythonLevelNamed(name string) (n int, ok bool) {
	name = strings.ToUpper(name)
	if number, found := strings.CutPrefix(name, "LEVEL "); found {
		n, err := strconv.Atoi(number)
		return n, err == nil
	}
	switch name {
	case "NOTSET":
		return 0, true
	case "DEBUG":
		return 10, true
	case "INFO":
		return 20, true
	case "WARN", "WARNING":
		return 30, true
	case "ERROR":
		return 40, true
	case "FATAL", "CRITICAL":
		return 50, true
	}
	return 0, false
}

func (m *recordMaker) message() string {
	v, ok := m.dict["msg"]
	if !ok {
		v = ""
	}
	msg, err := percent.Str(v)
	if err != nil {
		m.fail("msg", err.Error())
	}
	args := percent.Normal(m.dict["args"])
	if list, ok := args.([]any); ok && len(list) == 1 {
		// As LogRecord's constructor does.
		if one := percent.Normal(list[0]); isMap(one) && !isEmpty(one) {
			args = one
		}
	}
	if isEmpty(args) {
		return msg
	}
	text, err := percent.Format(msg, args)
	if err != nil {
		m.fail("args", "msg % args: "+err.Error())
		return msg
	}
	return text
}

func isMap(v any) bool {
	switch v.(type) {
	case map[string]any, map[any]any:
		return true
	}
	return false
}

// isEmpty is Python's "not v", for a normal value.
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case int64:
		return v == 0
	case float64:
		return v == 0
	case string:
		return v == ""
	case []byte:
		return len(v) == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	case map[any]any:
		return len(v) == 0
	}
	return false
}

func (m *recordMaker) source() {
	line, _ := m.integer("lineno")
	s := slog.Source{Function: m.text("funcName"), File: m.text("pathname"), Line: line}
	if s.Function == "(unknown function)" {
		s.Function = ""
	}
	if s.File == "(unknown file)" {
		s.File = ""
	}
	if s != (slog.Source{}) {
		m.attrs = append(m.attrs, slog.Any(slog.SourceKey, &s))
	}
}

// integer returns the whole number under key; without one, none or something else, ok is false.
func (m *recordMaker) integer(key string) (n int, ok bool) {
	v := m.dict[key]
	if v == nil {
		return 0, false
	}
	switch x := percent.Normal(v).(type) {
	case int64:
		n, ok = int(x), int64(int(x)) == x
	case float64:
		n = int(x)
		ok = float64(n) == x && math.Abs(x) < 1<<53
	}
	if !ok {
		m.fail(key, "want an integer")
		return 0, false
	}
	return n, true
}

func (m *recordMaker) text(key string) string {
	v := m.dict[key]
	if v == nil {
		return ""
	}
	s, ok := percent.Normal(v).(string)
	if !ok {
		m.fail(key, "want a string")
	}
	return s
}

// add appends an attribute that shares nothing with the dict.
func (m *recordMaker) add(key string, v any) {
	value := m.value(v, 0)
	if m.over {
		m.over = false
		m.report(key, "nested too deeply or too large")
		value = slog.StringValue(percent.Preview(v, previewLen))
	}
	m.attrs = append(m.attrs, slog.Attr{Key: key, Value: value})
}
