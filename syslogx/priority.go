package syslogx

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/slogkit-go/slogkit/slogx"
)

// Facility says what kind of program a message comes from (RFC 5424, section 6.2.1). Its values are the codes on the
// wire, but for LogKern: the zero Facility is the default, LogUser.
type Facility int

// The facilities. Those from LogNTP to LogSolarisCron have other names in other places.
const (
	LogKern        Facility = -1 // code 0, for the kernel
	LogUser        Facility = 1  // the default
	LogMail        Facility = 2
	LogDaemon      Facility = 3
	LogAuth        Facility = 4
	LogSyslog      Facility = 5
	LogLPR         Facility = 6
	LogNews        Facility = 7
	LogUUCP        Facility = 8
	LogCron        Facility = 9
	LogAuthPriv    Facility = 10
	LogFTP         Facility = 11
	LogNTP         Facility = 12
	LogSecurity    Facility = 13 // log audit
	LogConsole     Facility = 14 // log alert
	LogSolarisCron Facility = 15 // clock daemon
	LogLocal0      Facility = 16
	LogLocal1      Facility = 17
	LogLocal2      Facility = 18
	LogLocal3      Facility = 19
	LogLocal4      Facility = 20
	LogLocal5      Facility = 21
	LogLocal6      Facility = 22
	LogLocal7      Facility = 23
)

// Severity says how bad it is: 0 is worst.
type Severity int

// The severities.
const (
	LogEmerg Severity = iota
	LogAlert
	LogCrit
	LogErr
	LogWarning
	LogNotice
	LogInfo
	LogDebug
)

// By code.
var (
	facilityNames = [...]string{
		"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "security",
		"console", "solaris-cron", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
	}
	severityNames = [...]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}
)

// Other names that are in use.
var severityAliases = map[string]Severity{
	"panic": LogEmerg, "emergency": LogEmerg, "critical": LogCrit, "error": LogErr, "warn": LogWarning,
}

// MapPriority returns the severity of a level: that of the greatest of slog's and slogx's levels that is not above it.
// All below LevelInfo is LogDebug, all from LevelEmergency on is LogEmerg.
func MapPriority(level slog.Level) Severity {
	switch {
	case level < slog.LevelInfo:
		return LogDebug
	case level < slogx.LevelNotice:
		return LogInfo
	case level < slog.LevelWarn:
		return LogNotice
	case level < slog.LevelError:
		return LogWarning
	case level < slogx.LevelCritical:
		return LogErr
	case level < slogx.LevelAlert:
		return LogCrit
	case level < slogx.LevelEmergency:
		return LogAlert
	}
	return LogEmerg
}

// EncodePriority returns the number at the beginning of a message: code of the facility · 8 + severity. A Facility that
// comes from a number may also be 0, for the kernel.
func EncodePriority(f Facility, s Severity) int { return f.code()<<3 | int(s) }

func (f Facility) code() int { return max(int(f), 0) }

// ParseFacility returns the facility with that name or code: "local0", "16". Case does not matter.
func ParseFacility(s string) (Facility, error) {
	code, ok := find(facilityNames[:], s)
	switch {
	case !ok:
		return 0, fmt.Errorf("syslogx: unknown facility %q", s)
	case code == 0:
		return LogKern, nil
	}
	return Facility(code), nil
}

// ParseSeverity returns the severity with that name or code: "warning", "warn", "4". Case does not matter.
func ParseSeverity(s string) (Severity, error) {
	if alias, ok := severityAliases[strings.ToLower(s)]; ok {
		return alias, nil
	}
	code, ok := find(severityNames[:], s)
	if !ok {
		return 0, fmt.Errorf("syslogx: unknown severity %q", s)
	}
	return Severity(code), nil
}

// find returns which of names s is, or the number that it is, if there is a name for that.
func find(names []string, s string) (int, bool) {
	for i, name := range names {
		if strings.EqualFold(name, s) {
			return i, true
		}
	}
	n, err := strconv.ParseUint(s, 10, 8)
	return int(n), err == nil && int(n) < len(names)
}

// String returns the name: "local0".
func (f Facility) String() string {
	if f == 0 {
		f = LogUser
	}
	if c := f.code(); c < len(facilityNames) && f >= LogKern {
		return facilityNames[c]
	}
	return "Facility(" + strconv.Itoa(int(f)) + ")"
}

// String returns the name: "warning".
func (s Severity) String() string {
	if s >= 0 && int(s) < len(severityNames) {
		return severityNames[s]
	}
	return "Severity(" + strconv.Itoa(int(s)) + ")"
}

// MarshalText returns the name. It fails if f has none.
func (f Facility) MarshalText() ([]byte, error) { return marshal(f.String()) }

// MarshalText returns the name. It fails if s has none.
func (s Severity) MarshalText() ([]byte, error) { return marshal(s.String()) }

func marshal(name string) ([]byte, error) {
	if strings.Contains(name, "(") {
		return nil, fmt.Errorf("syslogx: invalid %s", name)
	}
	return []byte(name), nil
}

// UnmarshalText is [ParseFacility]. It leaves f alone when it fails.
func (f *Facility) UnmarshalText(text []byte) error { return unmarshal(text, ParseFacility, f) }

// UnmarshalText is [ParseSeverity]. It leaves s alone when it fails.
func (s *Severity) UnmarshalText(text []byte) error { return unmarshal(text, ParseSeverity, s) }

func unmarshal[T any](text []byte, parse func(string) (T, error), to *T) error {
	v, err := parse(string(text))
	if err == nil {
		*to = v
	}
	return err
}
