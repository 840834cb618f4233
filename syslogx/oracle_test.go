package syslogx

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// TestOracle replays what CPython's SysLogHandler sent; testdata/oracle/syslog.json explains itself.
func TestOracle(t *testing.T) {
	data, err := os.ReadFile("../testdata/oracle/syslog.json")
	if err != nil {
		t.Fatal(err)
	}
	var oracle struct {
		Tables struct {
			Priorities map[string]int `json:"priority_names"`
			Facilities map[string]int `json:"facility_names"`
		}
		EncodePriority [][3]any
		MapPriority    [][2]string
		Cases          [][6]any
		Extra          []struct {
			Label     string
			Msg       string
			Facility  int
			Ident     string
			AppendNUL bool    `json:"append_nul"`
			Fmt       *string // of %-style
			Level     [2]any
			Kw        map[string]string
			Datagram  []byte
			Error     *string
		}
	}
	if err := json.Unmarshal(data, &oracle); err != nil {
		t.Fatal(err)
	}
	if len(oracle.EncodePriority) != 288 || len(oracle.Cases) != 681 || len(oracle.Extra) != 14 || len(oracle.MapPriority) != 15 {
		t.Fatal("the oracle is not what it was")
	}
	for name, code := range oracle.Tables.Priorities {
		if got, err := ParseSeverity(name); int(got) != code || err != nil {
			t.Errorf("ParseSeverity(%q) = %d, %v, want %d", name, got, err, code)
		}
	}
	for name, code := range oracle.Tables.Facilities {
		if got, err := ParseFacility(name); got.code() != code || err != nil {
			t.Errorf("ParseFacility(%q) = %d, %v, want %d", name, got, err, code)
		}
	}
	for _, c := range oracle.EncodePriority {
		f, err := ParseFacility(c[0].(string))
		if err != nil {
			t.Error(err)
		}
		s, err := ParseSeverity(c[1].(string))
		if err != nil {
			t.Error(err)
		}
		if got := EncodePriority(f, s); got != int(c[2].(float64)) {
			t.Errorf("EncodePriority(%v) = %d", c, got)
		}
	}
	// Python's map has the names of five levels, and all else is a warning. Ours knows the range.
	pythonLevels := map[slog.Level]string{}
	for level, name := range map[int]string{10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"} {
		pythonLevels[slogx.FromPythonLevel(level)] = name
	}
	byName := map[string]Severity{}
	for _, c := range oracle.MapPriority {
		s, err := ParseSeverity(c[1])
		if err != nil {
			t.Error(err)
		}
		byName[c[0]] = s
	}
	for level, name := range pythonLevels {
		if got := MapPriority(level); got != byName[name] {
			t.Errorf("MapPriority(%v) = %v, want %v", level, got, byName[name])
		}
	}
	asPython := func(l slog.Level) Severity { return byName[pythonLevels[l]] }
	byName[""] = LogWarning

	daemon := listenPackets(t, "unixgram")
	send := func(label any, o Options, level int, msg, want string) {
		t.Helper()
		o.Protocol, o.MapPriority = Bare, asPython
		o.Level, o.ErrorHandler = slog.Level(-1000), testkit.NoErrors(t)
		h := NewHandler("unixgram", daemon.LocalAddr().String(), someone(o))
		if err := h.Handle(context.Background(), slog.NewRecord(time.Now(), slogx.FromPythonLevel(level), msg, 0)); err != nil {
			t.Error(err)
		}
		if got := daemon.next(t); got != want {
			t.Errorf("%v: %.100q, want %.100q", label, got, want)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, c := range oracle.Cases {
		f, err := ParseFacility(c[0].(string))
		if err != nil {
			t.Error(err)
		}
		var want []byte
		if err := json.Unmarshal([]byte(`"`+c[5].(string)+`"`), &want); err != nil {
			t.Error(err)
		}
		send(c, Options{Facility: f, Ident: c[3].(string), AppendNUL: c[4].(bool)}, int(c[1].(float64)), "hello", string(want))
	}
	for _, e := range oracle.Extra {
		if e.Fmt != nil || e.Error != nil || e.Facility > 23 {
			continue // a formatter, what cannot be encoded or is too long there, and a facility that does not exist
		}
		msg := e.Msg
		for _, text := range e.Kw { // the default formatter puts them on lines of their own
			msg += "\n" + text
		}
		f := Facility(e.Facility)
		if f == 0 {
			f = LogKern
		}
		o := Options{Facility: f, Ident: e.Ident, AppendNUL: e.AppendNUL}
		send(e.Label, o, int(e.Level[0].(float64)), msg, string(e.Datagram))
	}
	if h, err := Open("udp", "localhost", &Options{Facility: 100}); err == nil {
		t.Error("Facility 100 is no error")
		_ = h.Close()
	}
}

// TestOracleTransports: where CPython's SysLogHandler loses records or lets them run together, ours does not; what
// remains is the same.
func TestOracleTransports(t *testing.T) {
	const fourteen = "<14>"
	t.Run("tcp", func(t *testing.T) {
		// Python: "<14>one\x00<14>two\nlines\x00<14>three\x00". The newline would end a message for most daemons.
		d := listen(t, "tcp", "localhost:0", NUL)
		h := closing(t, NewHandler("tcp", d.Addr().String(), someone(Options{
			Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, Protocol: Bare, AppendNUL: true, Framing: NUL,
		})))
		for in, want := range map[string]string{"one": "one", "two\nlines": `two\nlines`, "three": "three"} {
			slog.New(h).Info(in)
			if got := d.next(t); got != fourteen+want {
				t.Errorf("%q", got)
			}
		}
	})
	t.Run("unixgram, restarted", func(t *testing.T) {
		path := filepath.Join(testkit.ShortDir(t), "log")
		d := listenPacketsAt(t, "unixgram", path)
		var log testkit.ErrorLog
		h := closing(t, NewHandler("unixgram", path, someone(Options{
			Options: slogx.Options{ErrorHandler: log.Handle}, Protocol: Bare, RetryStart: time.Nanosecond, RetryMax: time.Nanosecond,
		})))
		say := func(msg string) { slog.New(h).Info(msg) }
		say("u")
		if got := d.next(t); got != "<14>u" {
			t.Errorf("%q", got)
		}
		_ = d.Close()
		d = listenPacketsAt(t, "unixgram", path)
		say("again")
		if got := d.next(t); got != "<14>again" {
			t.Errorf("%q", got)
		}
		if errs := log.Take(); errs != nil {
			t.Errorf("ErrorHandler: %v", errs)
		}
		_ = d.Close()
		say("lost")
		say("lost too")
		d = listenPacketsAt(t, "unixgram", path)
		say("back")
		if got := d.next(t); got != "<14>back" {
			t.Errorf("%q", got)
		}
		if errs := log.Take(); len(errs) != 2 {
			t.Errorf("ErrorHandler: %v", errs)
		}
	})
	t.Run("local, a stream", func(t *testing.T) {
		path := filepath.Join(testkit.ShortDir(t), "log")
		d := listen(t, "unix", path, Newline)
		h := closing(t, NewHandler("", path, someone(Options{Options: slogx.Options{ErrorHandler: testkit.NoErrors(t)}, Protocol: Bare})))
		slog.New(h).Info("s1")
		slog.New(h).Info("s2\nforged")
		for _, want := range []string{"<14>s1", "<14>s2 forged"} {
			if got := d.next(t); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	})
	t.Run("absent at construction", func(t *testing.T) {
		path := filepath.Join(testkit.ShortDir(t), "log")
		var log testkit.ErrorLog
		h := closing(t, NewHandler("unixgram", path, someone(Options{Options: slogx.Options{ErrorHandler: log.Handle}})))
		if errs := log.Take(); errs != nil {
			t.Errorf("ErrorHandler: %v", errs)
		}
		if err := h.Handle(context.Background(), record(0, "m")); err == nil || len(log.Take()) != 1 {
			t.Errorf("Handle = %v", err)
		}
	})
}
