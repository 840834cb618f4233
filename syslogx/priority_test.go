package syslogx

import (
	"encoding"
	"fmt"
	"log/slog"
	"math"
	"testing"

	"github.com/slogkit-go/slogkit/slogx"
)

func TestMapPriority(t *testing.T) {
	for _, test := range []struct {
		from, to slog.Level // the whole range
		want     Severity
	}{
		{math.MinInt, slog.LevelInfo - 1, LogDebug},
		{slog.LevelInfo, slogx.LevelNotice - 1, LogInfo},
		{slogx.LevelNotice, slog.LevelWarn - 1, LogNotice},
		{slog.LevelWarn, slog.LevelError - 1, LogWarning},
		{slog.LevelError, slogx.LevelCritical - 1, LogErr},
		{slogx.LevelCritical, slogx.LevelAlert - 1, LogCrit},
		{slogx.LevelAlert, slogx.LevelEmergency - 1, LogAlert},
		{slogx.LevelEmergency, math.MaxInt, LogEmerg},
	} {
		for _, level := range []slog.Level{test.from, test.to, max(test.from, min(test.to, slog.LevelDebug))} {
			if got := MapPriority(level); got != test.want {
				t.Errorf("MapPriority(%d) = %v, want %v", level, got, test.want)
			}
		}
	}
}

func TestNames(t *testing.T) {
	for _, name := range facilityNames {
		f, err := ParseFacility(name)
		if err != nil || f.String() != name {
			t.Errorf("ParseFacility(%q) = %v, %v", name, f, err)
		}
	}
	for _, name := range severityNames {
		s, err := ParseSeverity(name)
		if err != nil || s.String() != name {
			t.Errorf("ParseSeverity(%q) = %v, %v", name, s, err)
		}
	}
	facilities := map[string]Facility{
		"Local7": LogLocal7, "0": LogKern, "kern": LogKern, "1": LogUser,
		"23": LogLocal7, "AUTHPRIV": LogAuthPriv,
	}
	for in, want := range facilities {
		if got, err := ParseFacility(in); got != want || err != nil {
			t.Errorf("ParseFacility(%q) = %v, %v", in, got, err)
		}
	}
	severities := map[string]Severity{
		"panic": LogEmerg, "WARN": LogWarning, "error": LogErr, "critical": LogCrit,
		"emergency": LogEmerg, "7": LogDebug,
	}
	for in, want := range severities {
		if got, err := ParseSeverity(in); got != want || err != nil {
			t.Errorf("ParseSeverity(%q) = %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "24", "-1", "local8", "user ", "256", "1e0", "+1"} {
		if got, err := ParseFacility(in); err == nil {
			t.Errorf("ParseFacility(%q) = %v", in, got)
		}
		if got, err := ParseSeverity(in); err == nil && in != "1" {
			t.Errorf("ParseSeverity(%q) = %v", in, got)
		}
	}
	for v, want := range map[encoding.TextMarshaler]string{Facility(0): "user", LogKern: "kern", LogEmerg: "emerg"} {
		if got, err := v.MarshalText(); string(got) != want || err != nil {
			t.Errorf("%d is %q, %v, want %q", v, got, err, want)
		}
	}
	for v, want := range map[encoding.TextMarshaler]string{Facility(24): "Facility(24)", Facility(-2): "Facility(-2)", Severity(8): "Severity(8)"} {
		if got, err := v.MarshalText(); err == nil || fmt.Sprint(v) != want {
			t.Errorf("%d is %q as text, %v, and %v, want %q", v, got, err, v, want)
		}
	}
	var f Facility
	var s Severity
	if f.UnmarshalText([]byte("mail")) != nil || f != LogMail || s.UnmarshalText([]byte("notice")) != nil || s != LogNotice {
		t.Error("UnmarshalText:", f, s)
	}
	if f.UnmarshalText([]byte("x")) == nil || f != LogMail || s.UnmarshalText([]byte("x")) == nil || s != LogNotice {
		t.Error("UnmarshalText that fails:", f, s)
	}
}
