package snapshot

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
)

// capture prints x now and returns a value that is printed in the same way ever after.
func capture(x any) any {
	err, isError := x.(error)
	text := textOf(x)
	raw, msg := jsonOf(x)
	switch {
	case raw == "":
		return &message{msg: msg, text: text, err: err}
	case isError:
		return &errorRendering{rendering{raw, text}, messageOf(err), err}
	default:
		return &rendering{raw, text}
	}
}

// message is an error without a MarshalJSON of its own; or another value whose JSON is not its own but what went wrong
// with it. It is an error because the formats print those as a string, and with their own way of quoting.
type message struct {
	msg  string
	text string
	err  error // nil: not an error
}

func (m *message) Error() string                 { return m.msg }
func (m *message) MarshalText() ([]byte, error)  { return []byte(m.text), nil }
func (m *message) Unwrap() error                 { return m.err }
func (m *message) Format(s fmt.State, verb rune) { format(s, verb, m.msg, m.text) }

// rendering is a value as JSON and as Text.
type rendering struct{ json, text string }

func (r *rendering) MarshalJSON() ([]byte, error) { return []byte(r.json), nil }
func (r *rendering) MarshalText() ([]byte, error) { return []byte(r.text), nil }
func (r *rendering) String() string               { return r.text }

// errorRendering is an error with a MarshalJSON.
type errorRendering struct {
	rendering
	msg string
	err error
}

func (e *errorRendering) Error() string                 { return e.msg }
func (e *errorRendering) Unwrap() error                 { return e.err }
func (e *errorRendering) Format(s fmt.State, verb rune) { format(s, verb, e.msg, e.text) }

// format prints an error for the handlers of others: %+v in full, such as with a stack.
func format(s fmt.State, verb rune, msg, text string) {
	if verb == 'v' && s.Flag('+') {
		_, _ = io.WriteString(s, text)
		return
	}
	_, _ = fmt.Fprintf(s, fmt.FormatString(s, verb), msg)
}

// textOf is what slog.TextHandler makes of x before it decides on quotes.
func textOf(x any) (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = panicked(p)
		}
	}()
	if m, ok := x.(encoding.TextMarshaler); ok {
		b, err := m.MarshalText()
		if err != nil {
			return failed(err)
		}
		return string(b)
	}
	if containsItself(reflect.ValueOf(x)) {
		return "!ERROR:contains itself" // fmt would go on until the stack is full, which ends the program
	}
	return fmt.Sprintf("%+v", x)
}

// jsonOf is what slog.JSONHandler makes of x: JSON, or the string that it will quote, which is the message of an error
// or of what went wrong.
func jsonOf(x any) (raw, msg string) {
	defer func() {
		if p := recover(); p != nil {
			raw, msg = "", panicked(p)
		}
	}()
	if _, ok := x.(json.Marshaler); !ok {
		if err, ok := x.(error); ok {
			return "", err.Error()
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(x); err != nil {
		return "", failed(err)
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), ""
}

func messageOf(err error) (msg string) {
	defer func() {
		if p := recover(); p != nil {
			msg = panicked(p)
		}
	}()
	return err.Error()
}

// failed and panicked are log/slog's words.

func failed(err error) string { return fmt.Sprintf("!ERROR:%v", err) }

func panicked(p any) string { return fmt.Sprintf("!PANIC: %v", p) }

// containsItself reports whether fmt would never come to an end with v.
func containsItself(v reflect.Value) bool {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return deeper(v, 10_000)
}

// deeper reports whether v is nested more than so many levels deep.
func deeper(v reflect.Value, levels int) bool {
	switch v.Kind() {
	case reflect.Interface, reflect.Slice, reflect.Array, reflect.Map, reflect.Struct:
	default:
		return false
	}
	switch {
	case levels == 0:
		return true
	case !infoOf(v.Type()).nests:
		return false
	}
	switch v.Kind() {
	case reflect.Interface:
		return !v.IsNil() && deeper(v.Elem(), levels-1)
	case reflect.Map:
		for iter := v.MapRange(); iter.Next(); {
			if deeper(iter.Value(), levels-1) {
				return true
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if deeper(v.Field(i), levels-1) {
				return true
			}
		}
	default:
		for i := range v.Len() {
			if deeper(v.Index(i), levels-1) {
				return true
			}
		}
	}
	return false
}
