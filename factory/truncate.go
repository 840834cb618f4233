package factory

import (
	"context"
	"encoding"
	"encoding/json"
	"log/slog"
	"strconv"
	"unicode/utf8"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// Truncate returns a [Layer] that cuts messages to maxMessage bytes and values to maxValue bytes, with no limit if that
// is 0. What was cut ends with how much that was, as in "the begin...(1234 bytes cut)"; that counts towards the limit,
// and is left out if there is no room for it. A rune is never split.
//
// Values are strings, []byte and errors, also in groups and in attributes of logger.With. An error becomes a string when it
// is cut; one with MarshalJSON or MarshalText is let be, as are all other values: a method that hides something in one
// format might show it in another. Truncate belongs at the end, after [RedactType], which would not know an error that has
// become a string.
func Truncate(maxMessage, maxValue int) Layer {
	l := Layer{Name: "truncate"}
	if maxMessage > 0 {
		l.Factory = func(_ context.Context, r slog.Record) slog.Record {
			r.Message = cut(r.Message, maxMessage)
			return r
		}
	}
	if maxValue > 0 {
		l.ReplaceAttr = func(_ []string, a slog.Attr) slog.Attr {
			a.Value = cutValue(a.Value, maxValue)
			return a
		}
	}
	return l
}

func cutValue(v slog.Value, limit int) slog.Value {
	switch v.Kind() {
	case slog.KindString:
		if s := v.String(); len(s) > limit {
			return slog.StringValue(cut(s, limit))
		}
	case slog.KindAny:
		switch x := v.Any().(type) {
		case []byte:
			if len(x) > limit {
				return slog.AnyValue([]byte(cut(string(x), limit)))
			}
		case json.Marshaler, encoding.TextMarshaler:
		case error:
			if s, err := messageOf(x); err == nil && len(s) > limit {
				return slog.StringValue(cut(s, limit))
			}
		}
	}
	return v
}

// messageOf returns what the error says, or its panic.
func messageOf(e error) (s string, err error) {
	defer safe.Recover(&err)
	return e.Error(), nil
}

// cut shortens s to at most limit bytes. A string that was cut already stays as it is.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	keep := limit - len(ellipsis(len(s)))
	if keep < 0 {
		return s[:boundary(s, limit)]
	}
	keep = boundary(s, keep)
	return s[:keep] + ellipsis(len(s)-keep)
}

func ellipsis(n int) string { return "...(" + strconv.Itoa(n) + " bytes cut)" }

// boundary returns the last index up to i at which a rune begins; i itself if s is not UTF-8 there.
func boundary(s string, i int) int {
	for j := i; j >= 0 && j > i-utf8.UTFMax; j-- {
		if utf8.RuneStart(s[j]) {
			return j
		}
	}
	return i
}
