package rotate

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWhenText(t *testing.T) {
	for text, want := range map[string]When{
		"": Never, "S": Second, "s": Second, "M": Minute, "m": Minute, "H": Hour, "h": Hour, "D": Day, "d": Day,
		"midnight": Midnight, "MIDNIGHT": Midnight, "Midnight": Midnight,
		"W0": Monday, "w1": Tuesday, "W2": Wednesday, "w3": Thursday, "W4": Friday, "w5": Saturday, "W6": Sunday,
	} {
		var w When
		if err := w.UnmarshalText([]byte(text)); err != nil || w != want {
			t.Errorf("UnmarshalText(%q) = %v, %v; want %v", text, w, err, want)
		}
		if out, err := w.MarshalText(); err != nil || !strings.EqualFold(string(out), text) || w.String() != string(out) {
			t.Errorf("%q comes back as %q, %q, %v", text, out, w, err)
		}
	}
}

func TestWhenTextInvalid(t *testing.T) {
	for _, text := range []string{"W", "W7", "W-1", "W00", "X", "day", " S", "SS", "never", "midnıght", "\x00"} {
		w := Hour
		err := w.UnmarshalText([]byte(text))
		if err == nil || w != Hour {
			t.Errorf("UnmarshalText(%q) = %v, %v", text, w, err)
			continue
		}
		for _, allowed := range whenText {
			if !strings.Contains(err.Error(), allowed) && !strings.HasPrefix(allowed, "W") {
				t.Errorf("the error does not list %q: %v", allowed, err)
			}
		}
	}
	for _, w := range []When{-1, Sunday + 1} {
		if out, err := w.MarshalText(); err == nil {
			t.Errorf("When(%d) marshals as %q", int(w), out)
		}
	}
	if got := When(42).String(); got != "When(42)" {
		t.Errorf("String() = %q", got)
	}
}

func TestTimeOfDayText(t *testing.T) {
	for text, want := range map[string]TimeOfDay{
		"00:00": {}, "00:00:00": {}, "12:34": {12, 34, 0}, "12:34:56": {12, 34, 56}, "23:59:59": {23, 59, 59},
	} {
		var at TimeOfDay
		if err := at.UnmarshalText([]byte(text)); err != nil || at != want {
			t.Errorf("UnmarshalText(%q) = %v, %v", text, at, err)
		}
		if out, err := at.MarshalText(); err != nil || string(out) != (text + ":00")[:8] || at.String() != string(out) {
			t.Errorf("%q comes back as %q, %q, %v", text, out, at, err)
		}
	}
	for _, text := range []string{"", "7:00", "07:0", "24:00", "12:60", "12:34:60", "12:34:56.5", "12:34:56,5", "12:34:5", "12", "1234", " 12:34", "-1:00", "12:34:56Z"} {
		at := TimeOfDay{1, 2, 3}
		if err := at.UnmarshalText([]byte(text)); err == nil || at != (TimeOfDay{1, 2, 3}) {
			t.Errorf("UnmarshalText(%q) = %v, %v", text, at, err)
		}
	}
	if out, err := At(24, 0, 0).MarshalText(); err == nil {
		t.Errorf("24:00:00 marshals as %q", out)
	}
}

// A configuration file gives both as JSON strings.
func TestWhenJSON(t *testing.T) {
	var conf struct {
		When   When
		AtTime *TimeOfDay
	}
	if err := json.Unmarshal([]byte(`{"When": "w6", "AtTime": "02:30"}`), &conf); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(conf)
	if want := `{"When":"W6","AtTime":"02:30:00"}`; err != nil || string(out) != want {
		t.Errorf("got %s, %v; want %s", out, err, want)
	}
}
