package slogx_test

import (
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/slogx"
)

func levelsOf(t testing.TB, text string) *slogx.Levels {
	t.Helper()
	var l slogx.Levels
	if err := l.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return &l
}

func TestLevelOf(t *testing.T) {
	for _, test := range []struct {
		levels string
		want   map[string]slog.Level
	}{
		{"", map[string]slog.Level{"": slog.LevelInfo, "db": slog.LevelInfo, "db.pool": slog.LevelInfo}},
		{"error", map[string]slog.Level{"": slog.LevelError, "db": slog.LevelError, "db.pool": slog.LevelError}},
		{"warn,A.B=debug", map[string]slog.Level{
			"": slog.LevelWarn, "A": slog.LevelWarn, "A.B": slog.LevelDebug, "A.B.C": slog.LevelDebug, "A.B.C.D": slog.LevelDebug,
			"A.BB": slog.LevelWarn, "A.BB.C": slog.LevelWarn, "B.A.B": slog.LevelWarn, "A.b": slog.LevelWarn, "A.B ": slog.LevelWarn,
		}},
		{"db=warn,db.pool=debug-4,http=error+2", map[string]slog.Level{
			"": slog.LevelInfo, "db": slog.LevelWarn, "db.pool": -8, "db.pool.conn": -8, "db.query": slog.LevelWarn, "http.server": 10,
		}},
		{"a..b=debug,.c=warn,d.=error", map[string]slog.Level{ // ancestors are what stands before a dot, whatever that is
			"a..b": slog.LevelDebug, "a..b.x": slog.LevelDebug, "a.": slog.LevelInfo, ".c.x": slog.LevelWarn, "c": slog.LevelInfo,
			".": slog.LevelInfo, "d.": slog.LevelError, "d..x": slog.LevelError, "d.x": slog.LevelInfo,
		}},
	} {
		l := levelsOf(t, test.levels)
		for name, want := range test.want {
			if got := l.LevelOf(name); got != want {
				t.Errorf("%q: the level of %q is %v, want %v", test.levels, name, got, want)
			}
		}
	}
}

func TestLevelsSet(t *testing.T) {
	var l slogx.Levels
	check := func(text string, lowest, pool slog.Level) {
		t.Helper()
		if l.String() != text || l.Level() != lowest || l.LevelOf("db.pool") != pool {
			t.Errorf("got %q, lowest %v, db.pool %v; want %q, %v, %v", &l, l.Level(), l.LevelOf("db.pool"), text, lowest, pool)
		}
	}
	check("", slog.LevelInfo, slog.LevelInfo)
	l.Unset("db")
	check("", slog.LevelInfo, slog.LevelInfo)
	l.Set("db", slog.LevelError)
	check("db=error", slog.LevelInfo, slog.LevelError) // the root still has Info
	l.Set("", slog.LevelWarn)
	check("warn,db=error", slog.LevelWarn, slog.LevelError)
	l.Set("db.pool", slog.LevelDebug)
	l.Set("db.pool", slogx.LevelNotice)
	check("warn,db=error,db.pool=info+2", slogx.LevelNotice, slogx.LevelNotice)
	l.Unset("db.pool")
	check("warn,db=error", slog.LevelWarn, slog.LevelError)
	l.Unset("")
	l.Unset("db")
	check("", slog.LevelInfo, slog.LevelInfo)
	l.Set("a", math.MinInt)
	l.Set("b", math.MaxInt)
	check("a=debug-9223372036854775804,b=error+9223372036854775799", math.MinInt, slog.LevelInfo)
	if again := levelsOf(t, l.String()); again.LevelOf("a") != math.MinInt || again.LevelOf("b") != math.MaxInt {
		t.Errorf("read back: %v", again)
	}
}

func TestLevelsText(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{" \n", ""},
		{"info", "info"},
		{"WARN", "warn"},
		{" debug , db = Error , db.pool=INFO-1", "debug,db=error,db.pool=debug+3"},
		{"z=info,a=info,warn", "warn,a=info,z=info"},
		{"a=b=debug", "a=b=debug"},
		{"a b=debug", "a b=debug"},
	} {
		l := levelsOf(t, test.text)
		got, err := l.MarshalText()
		if err != nil || string(got) != test.want || l.String() != test.want {
			t.Errorf("%q: got %q, %v, and %q, want %q", test.text, got, err, l, test.want)
		}
	}
	for _, test := range []struct{ text, want string }{
		{"loud", `slogx: levels: "loud": slog: level string "loud": unknown name`},
		{"info,db=loud", `slogx: levels: "db=loud": slog: level string "loud": unknown name`},
		{"info, db ,x=warn", `slogx: levels: "db": slog: level string "db": unknown name`},
		{"db=", `slogx: levels: "db=": slog: level string "": unknown name`},
		{" =info", `slogx: levels: "=info": no name before the =`},
		{"info,", `slogx: levels: "": slog: level string "": unknown name`},
		{"info,warn", `slogx: levels: "warn": set twice`},
		{"db=info,db=warn", `slogx: levels: "db=warn": set twice`},
	} {
		l := levelsOf(t, "warn,db=debug")
		if err := l.UnmarshalText([]byte(test.text)); err == nil || err.Error() != test.want {
			t.Errorf("%q: error %v, want %s", test.text, err, test.want)
		}
		if l.String() != "warn,db=debug" {
			t.Errorf("%q has changed the levels to %q", test.text, l)
		}
	}
	for _, name := range []string{"a,b", " a", "a\n", ","} {
		l := levelsOf(t, "warn")
		l.Set(name, slog.LevelInfo)
		if text, err := l.MarshalText(); err == nil || !strings.Contains(err.Error(), "cannot be written") {
			t.Errorf("the name %q became %q, %v", name, text, err)
		}
	}
}

func TestLevelsInFlag(t *testing.T) {
	var l slogx.Levels
	var usage strings.Builder
	flags := flag.NewFlagSet("app", flag.ContinueOnError)
	flags.SetOutput(&usage)
	flags.TextVar(&l, "log", levelsOf(t, "warn,db=info"), "`levels`")
	if l.String() != "warn,db=info" {
		t.Errorf("default: %v", &l)
	}
	if err := flags.Parse([]string{"-log", "error,db=debug"}); err != nil || l.String() != "error,db=debug" {
		t.Errorf("%v, %v", &l, err)
	}
	if err := flags.Parse([]string{"-log", "db=loud"}); err == nil || !strings.Contains(err.Error(), `"db=loud"`) {
		t.Errorf("error %v", err)
	}
	if !strings.Contains(usage.String(), "default warn,db=info") {
		t.Errorf("usage: %s", usage.String())
	}
}

func TestLevelsInJSON(t *testing.T) {
	var config struct {
		Levels slogx.Levels `json:"levels"`
	}
	if err := json.Unmarshal([]byte(`{"levels":"warn,db=info"}`), &config); err != nil {
		t.Fatal(err)
	}
	if out, err := json.Marshal(&config); err != nil || string(out) != `{"levels":"warn,db=info"}` {
		t.Errorf("%s, %v", out, err)
	}
	if err := json.Unmarshal([]byte(`{"levels":"warn,db"}`), &config); err == nil || config.Levels.String() != "warn,db=info" {
		t.Errorf("%v, %v", err, &config.Levels)
	}
}

// FuzzLevelsText: what is written is read back, or refused.
func FuzzLevelsText(f *testing.F) {
	for _, s := range []string{
		"", "info", "warn,db=info,db.pool=debug-2", "a=b=info", "x=,", "=info", "info,info", " a = warn+99 ,b=error", ",a",
	} {
		f.Add(s, "db.pool", 4)
		f.Add(s, s, -4)
	}
	f.Fuzz(func(t *testing.T, text, name string, level int) {
		var l slogx.Levels
		if err := l.UnmarshalText([]byte(text)); err != nil {
			if l.String() != "" {
				t.Fatalf("%q: %v, and yet %q", text, err, &l)
			}
			l.Set("db", slog.LevelWarn)
		} else if _, err := l.MarshalText(); err != nil {
			t.Fatalf("%q was read, but: %v", text, err)
		}
		l.Set(name, slog.Level(level))
		if got := l.LevelOf(name + ".below.it"); got != slog.Level(level) {
			t.Fatalf("%q is set to %v, a name below it has %v", name, level, got)
		}
		out, err := l.MarshalText()
		if err != nil {
			return
		}
		again := levelsOf(t, string(out))
		if again.String() != string(out) || again.Level() != l.Level() || again.LevelOf(name) != slog.Level(level) {
			t.Fatalf("%q is read back as %q", out, again)
		}
	})
}

// TestLevelsAsLeveler: a sink with the levels as its Level passes what any name passes, and no more.
func TestLevelsAsLeveler(t *testing.T) {
	var l slogx.Levels
	h := slogx.NewStreamHandler(io.Discard, &slogx.StreamOptions{Options: slogx.Options{Level: &l}})
	for _, test := range []struct {
		levels string
		want   slog.Level
	}{{"", slog.LevelInfo}, {"error", slog.LevelError}, {"error,db=debug", slog.LevelDebug}, {"debug-2,db=error", -6}} {
		if err := l.UnmarshalText([]byte(test.levels)); err != nil {
			t.Fatal(err)
		}
		if l.Level() != test.want || !h.Enabled(t.Context(), test.want) || h.Enabled(t.Context(), test.want-1) {
			t.Errorf("%q: the lowest level is %v, want %v", test.levels, l.Level(), test.want)
		}
	}
}
