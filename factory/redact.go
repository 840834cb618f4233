package factory

import (
	"log/slog"
	"reflect"
	"slices"
	"strings"
)

// redaction is what is logged instead of a secret.
const redaction = "REDACTED"

// Redact returns a [Layer] that logs "REDACTED" instead of the values of these keys: in records, in attributes of
// logger.With, in groups and in maps.
//
// A key is a name, such as "password", or a path, such as "http.request.authorization". An attribute has a path, too: the
// names of its groups and its key, all split at their dots. It is secret if the names of a key come in its path side by
// side, anywhere. So "authorization" hides all these, and "http.request.authorization" all but the first:
//
//	{"authorization":…}
//	{"http":{"request":{"authorization":…}}}
//	{"http":{"request":{"authorization":{"scheme":…,"token":…}}}}    a group: each of its members
//	{"app":{"http.request.authorization":…}}
//	{"http.request.authorization.chain":…}                           what ErrorChain adds
//	{"audit.http.request.authorization#2":…}                         what the Rename of a layer "audit" adds
//
// Upper and lower case are the same. Whole names are compared: "password" does not hide "password_hash".
//
// Of values of KindAny, maps and slices are searched, at any depth: if a map[string]any, an http.Header or a slice of such
// has a secret, a copy without it is logged. Structs are not searched, and neither are texts: the message, an error's or a
// Stringer's, JSON in a string. For these there is [RedactType], and a ReplaceAttr or a Factory of your own:
//
//	factory.Layer{Name: "mask", ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr { … }}
//
// A layer that redacts belongs at the end, for ReplaceAttr does not see what later layers, and handlers further on, add. An
// ErrorHandler, of whatever layer or handler in front of it, may be given the record as it was logged.
func Redact(keys ...string) Layer {
	secrets := make(names, 0, len(keys))
	for _, key := range keys {
		if key != "" {
			secrets = append(secrets, appendNames(nil, key))
		}
	}
	isSecret := func(path []string, _ reflect.Value) bool { return secrets.in(path) }
	return Layer{Name: "redact", ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		var room [16]string
		path := room[:0]
		for _, g := range groups {
			path = appendNames(path, g)
		}
		path = appendNames(path, a.Key)
		if secrets.in(path) {
			return slog.String(a.Key, redaction)
		}
		if mayHoldMaps(a.Value) {
			a.Value = scrub(a.Value, slices.Clone(path), isSecret)
		}
		return a
	}}
}

// names are keys, split at their dots.
type names [][]string

// in reports whether one of the keys lies in path.
func (n names) in(path []string) bool {
	for i := range path {
		for _, key := range n {
			if startsWith(path[i:], key) {
				return true
			}
		}
	}
	return false
}

func startsWith(path, key []string) bool {
	if len(key) > len(path) {
		return false
	}
	for i, name := range key {
		if !strings.EqualFold(path[i], name) {
			return false
		}
	}
	return true
}

// appendNames appends the names in key, without the numbers that Rename may have added.
func appendNames(path []string, key string) []string {
	for {
		i := strings.LastIndexByte(key, '#')
		if i < 0 || strings.Trim(key[i+1:], "0123456789") != "" {
			break
		}
		key = key[:i]
	}
	for {
		name, rest, more := strings.Cut(key, ".")
		path = append(path, name)
		if !more {
			return path
		}
		key = rest
	}
}
