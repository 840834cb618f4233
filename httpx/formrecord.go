package httpx

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"

	"github.com/slogkit-go/slogkit/slogx"
)

// decodeForm makes a record of the fields that Python's HTTPHandler sends. What it does not know of them becomes
// attributes, in their order; a fault is something that makes no sense.
func decodeForm(form string) (r slog.Record, fault, err error) {
	dict := map[string]any{}
	var rest []slog.Attr
	for form != "" {
		var field string
		field, form, _ = strings.Cut(form, "&")
		if field == "" {
			continue
		}
		key, value, err := unescape(field)
		if err != nil {
			return r, nil, err
		}
		_, again := dict[key]
		switch {
		case again || !ofPython(key):
			rest = append(rest, slog.String(key, value))
		case key == "args" && !nothing(value):
			rest = append(rest, slog.String(key, value))
		default:
			dict[key] = pythonValue(key, value)
		}
		if len(rest) > maxPlainAttrs {
			return r, nil, fmt.Errorf("more than %d attributes", maxPlainAttrs)
		}
	}
	if len(dict)+len(rest) == 0 {
		return r, nil, errors.New("no fields")
	}
	delete(dict, "args") // it is nothing, or it is in rest
	r, fault = slogx.MakeRecord(dict)
	r.AddAttrs(rest...)
	return r, fault, nil
}

func unescape(field string) (key, value string, err error) {
	key, value, _ = strings.Cut(field, "=")
	k, err := url.QueryUnescape(key)
	if err != nil {
		return "", "", fmt.Errorf("%.100q: %w", key, err)
	}
	v, err := url.QueryUnescape(value)
	if err != nil {
		return "", "", fmt.Errorf("value of %.100q: %w", k, err)
	}
	return k, v, nil
}

// ofPython reports whether a LogRecord has such a key.
func ofPython(key string) bool {
	switch key {
	case "name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module", "exc_info", "exc_text",
		"stack_info", "lineno", "funcName", "created", "msecs", "relativeCreated", "thread", "threadName", "processName",
		"process", "taskName":
		return true
	}
	return false
}

// nothing reports whether args are none.
func nothing(args string) bool {
	switch args {
	case "", "None", "()", "[]", "{}":
		return true
	}
	return false
}

// pythonValue undoes what str has done to the value under a key that Python knows.
func pythonValue(key, text string) any {
	if text == "None" && key != "msg" && key != "name" {
		return nil
	}
	switch key {
	case "levelno", "lineno", "process", "thread":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case "created":
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f
		}
	}
	return text
}
