package eventlogx

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/slogkit-go/slogkit/slogx"
)

// Options are the options of a [Handler]. The zero value is ready to use.
//
// Format is different here: nil writes the message and, after it, the attributes as Text does, without time and level,
// for the log has these in columns of its own. With a Format the record that it makes, without the newline, is the text.
//
// A panic of EventType, EventID, Category or Strings is an error, and the event is sent as if that were nil.
type Options struct {
	slogx.Options

	// EventType says how grave an event is, Python's getEventType. For a type that does not exist the event gets that of
	// MapLevel, and Handle returns an error.
	EventType func(slog.Record) EventType // nil: MapLevel of the record's level

	// EventID says which message of the source's message file is shown, Python's getMessageID. If that file has no such
	// message a viewer says that the description cannot be found. So an identifier below MinEventID or above MaxEventID is
	// moved to the nearer of these, and counted.
	EventID    func(slog.Record) uint32 // nil: 1, within the bounds
	MinEventID uint32                   // 0: 1
	MaxEventID uint32                   // 0: 1000, the last of EventCreate.exe, or MinEventID if that is greater

	// Category groups a source's events, Python's getEventCategory. It is shown as a number, unless the source was
	// installed with names for them.
	Category func(slog.Record) uint16 // nil: 0, none

	// Strings returns more insertion strings, 255 at most: %2 and on in the message file, where %1 is the text of the
	// record. Together all may have 31,839 UTF-16 units, of which these take what they need, and the text is cut to the rest.
	Strings func(slog.Record) []string // nil: none

	// KeepPercent leaves insertion codes in the strings as they are. Without it a space parts what would be one, for
	// viewers would put something else in their place; see the package's comment.
	KeepPercent bool // default: false
}

// EventType is the type of an event, as ReportEvent has it.
type EventType uint16

// The types. The audits belong into the log Security, which ReportEvent may not write.
const (
	Success      EventType = 0x00
	Error        EventType = 0x01
	Warning      EventType = 0x02
	Information  EventType = 0x04
	AuditSuccess EventType = 0x08
	AuditFailure EventType = 0x10
)

// String returns the type as the documentation of ReportEvent calls it.
func (t EventType) String() string {
	switch t {
	case Success:
		return "Success"
	case Error:
		return "Error"
	case Warning:
		return "Warning"
	case Information:
		return "Information"
	case AuditSuccess:
		return "AuditSuccess"
	case AuditFailure:
		return "AuditFailure"
	}
	return fmt.Sprintf("EventType(%d)", uint16(t))
}

func (t EventType) exists() bool { return t == Success || t <= AuditFailure && t&(t-1) == 0 }

// MapLevel returns the type for a level, Python's typemap: Information below [slog.LevelWarn], Warning below
// [slog.LevelError], Error from there on.
func MapLevel(l slog.Level) EventType {
	switch {
	case l < slog.LevelWarn:
		return Information
	case l < slog.LevelError:
		return Warning
	}
	return Error
}

const (
	defaultMinID = 1
	defaultMaxID = 1000
)

// withDefaults returns o with its defaults, and what is wrong with it.
func (o Options) withDefaults() (Options, error) {
	if o.ErrorHandler == nil {
		o.ErrorHandler = slogx.StderrErrors("eventlogx.Handler")
	}
	if o.Level == nil {
		o.Level = slog.LevelInfo
	}
	if o.MinEventID == 0 {
		o.MinEventID = defaultMinID
	}
	if o.MaxEventID == 0 {
		o.MaxEventID = max(defaultMaxID, o.MinEventID)
	}
	if o.MinEventID > o.MaxEventID {
		return o, fmt.Errorf("eventlogx: MinEventID %d is greater than MaxEventID %d", o.MinEventID, o.MaxEventID)
	}
	return o, nil
}

// checkName says what is wrong with the name of a source or a log, which is that of a registry key.
func checkName(what, name string) error {
	const longest = 255
	switch {
	case name == "":
		return errors.New("eventlogx: " + what + " without a name")
	case !utf8.ValidString(name) || strings.ContainsAny(name, "\x00\\"):
		return fmt.Errorf("eventlogx: %s %q: invalid UTF-8, a NUL or a backslash in the name", what, name)
	case len(utf16.Encode([]rune(name))) > longest:
		return fmt.Errorf("eventlogx: %s %.20q...: the name is longer than %d characters", what, name, longest)
	}
	return nil
}
