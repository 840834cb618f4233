package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// Check lets e write a record for c, twice, and reports what is missing or wrong in it. Spellings may differ (a group
// nested or as a dotted prefix, "msg" or "message"); what is said may not.
func Check(e Encoder, c Case) error {
	var out bytes.Buffer
	c.Log(e.Logger(c, &out), 2)
	lines := strings.SplitAfter(out.String(), "\n")
	if len(lines) != 3 || lines[2] != "" {
		return fmt.Errorf("%s, %s: wrote %q, want two lines", e.Name, c.Name, out.String())
	}
	for _, line := range lines[:2] {
		check := checkJSON
		if e.Text {
			check = checkText
		}
		if err := check(line, c); err != nil {
			return fmt.Errorf("%s, %s: %w in %q", e.Name, c.Name, err, line)
		}
	}
	return nil
}

func checkJSON(line string, c Case) error {
	var record map[string]any
	dec := json.NewDecoder(strings.NewReader(line))
	dec.UseNumber()
	if err := dec.Decode(&record); err != nil {
		return err
	}
	if !sameTime(record["time"], time.Now(), time.Minute) {
		return errors.New("no current time")
	}
	if level, _ := record["level"].(string); !strings.EqualFold(level, "INFO") {
		return errors.New("no level")
	}
	if record["msg"] != message && record["message"] != message {
		return errors.New("no message")
	}
	if c.Source && !strings.Contains(fmt.Sprint(record["source"]), "encode.go") {
		return errors.New("no call site")
	}
	attrs, prefix := record, ""
	if c.group != "" {
		prefix = c.group + "."
		if nested, ok := record[c.group].(map[string]any); ok {
			attrs, prefix = nested, ""
		}
	}
	for _, a := range c.attrs {
		if got, ok := attrs[prefix+a.Key]; !ok || !sameValue(got, a.Value) {
			return fmt.Errorf("attribute %s is %v, want %v", a.Key, got, a.Value)
		}
	}
	return nil
}

func sameValue(got any, want slog.Value) bool {
	switch want.Kind() {
	case slog.KindBool:
		return got == want.Bool()
	case slog.KindTime:
		return sameTime(got, want.Time(), 0)
	case slog.KindDuration:
		return got == json.Number(strconv.FormatInt(int64(want.Duration()), 10))
	case slog.KindInt64, slog.KindFloat64:
		return got == json.Number(want.String())
	default:
		return got == want.String()
	}
}

func sameTime(got any, want time.Time, tolerance time.Duration) bool {
	s, _ := got.(string)
	t, err := time.Parse(time.RFC3339Nano, s)
	return err == nil && t.Sub(want).Abs() <= tolerance
}

func checkText(line string, c Case) error {
	prefix := ""
	if c.group != "" {
		prefix = c.group + "."
	}
	parts := []string{"time=", " level=INFO", " msg=" + strconv.Quote(message)}
	if c.Source {
		parts = append(parts, " source=", "encode.go:")
	}
	for _, a := range c.attrs {
		// Text writes times with milliseconds, and quotes what has an equals sign: the key and the start will do.
		value := a.Value.String()
		switch {
		case a.Value.Kind() == slog.KindTime:
			value = a.Value.Time().Format("2006-01-02T15:04:05.000")
		case strings.Contains(value, "="):
			value = strconv.Quote(value)
		}
		parts = append(parts, " "+prefix+a.Key+"="+value)
	}
	for _, part := range parts {
		if !strings.Contains(line, part) {
			return fmt.Errorf("no %q", part)
		}
	}
	return nil
}
