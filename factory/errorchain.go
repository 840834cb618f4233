package factory

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"strings"

	"github.com/slogkit-go/slogkit/internal/safe"
)

const (
	maxErrors    = 32   // in a chain
	maxErrorText = 1024 // bytes of each
)

// ErrorChain returns a [Layer] that tells, of each attribute of the record that is an error and wraps others, what these
// are. For an attribute "err" it adds "err.chain", for an "err" in a group "db" of the record "db.err.chain", with InGroup
// set, so that it stands where the attribute does. Its value is a list of the error itself and all that it wraps, by
// Unwrap() error and Unwrap() []error, in the order in which errors.Is goes:
//
//	"err":"load: open shop.conf: no such file or directory",
//	"err.chain":[
//		{"depth":0,"type":"*fmt.wrapError","message":"load: open shop.conf: no such file or directory"},
//		{"depth":1,"type":"*fs.PathError","message":"open shop.conf: no such file or directory"},
//		{"depth":2,"type":"syscall.Errno","message":"no such file or directory"}]
//
// In text it is "message (type); message (type)". An error that comes again is left out, so a cycle does no harm; there
// are at most 32, of at most 1024 bytes each, and "..." if there were more or an Unwrap method panics. Where an Error
// method panics, the message is "!PANIC in Error".
//
// Errors that logger.With was given are not seen. Neither is an error that is a slog.LogValuer, for it has said what is to
// be logged of it. [Redact] and [RedactType] reach a chain as they reach its error, if they come after ErrorChain and its
// InGroup stays as it is.
func ErrorChain() Layer {
	return Layer{Name: "errors", InGroup: true, Factory: func(_ context.Context, r slog.Record) slog.Record {
		var chains []slog.Attr
		var groups [8]string
		r.Attrs(func(a slog.Attr) bool {
			chains = appendChains(chains, groups[:0], a)
			return true
		})
		r.AddAttrs(chains...)
		return r
	}}
}

// appendChains appends the chains of the errors that a, which is in groups, is or contains.
func appendChains(chains []slog.Attr, groups []string, a slog.Attr) []slog.Attr {
	switch a.Value.Kind() {
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			if c := causesOf(err); c != nil {
				key := strings.Join(append(groups, a.Key, "chain"), ".")
				return append(chains, slog.Any(key, c))
			}
		}
	case slog.KindGroup:
		if a.Key != "" {
			groups = append(groups, a.Key)
		}
		for _, member := range a.Value.Group() {
			chains = appendChains(chains, groups, member)
		}
	}
	return chains
}

// causes is an error and what it wraps.
type causes []cause

type cause struct {
	Depth   int    `json:"depth"`
	Type    string `json:"type,omitempty"`
	Message string `json:"message"`
	err     error  // for RedactType
}

// causesOf returns nil if err wraps nothing.
func causesOf(err error) causes {
	if !wraps(err) {
		return nil
	}
	all := unwrapAll(err)
	if len(all.errs) < 2 {
		return nil
	}
	list := make(causes, 0, len(all.errs)+1)
	for _, w := range all.errs {
		message, err := messageOf(w.err)
		if err != nil {
			message = "!PANIC in Error" // not the panic's value, which nobody meant to be logged
		}
		list = append(list, cause{w.depth, fmt.Sprintf("%T", w.err), cut(message, maxErrorText), w.err})
	}
	if all.more {
		list = append(list, cause{Message: "..."})
	}
	return list
}

func (c causes) String() string {
	var b strings.Builder
	for i, e := range c {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(e.Message)
		if e.Type != "" {
			b.WriteString(" (" + e.Type + ")")
		}
	}
	return b.String()
}

// An errorTree is an error and what it wraps, depth first.
type errorTree struct {
	errs []wrappedError
	more bool // there is more: it is too large, or an Unwrap panics
}

type wrappedError struct {
	depth int
	err   error
}

// wraps reports whether err may wrap others.
func wraps(err error) bool {
	switch err.(type) {
	case interface{ Unwrap() error }, interface{ Unwrap() []error }:
		return true
	}
	return false
}

func unwrapAll(err error) errorTree {
	var t errorTree
	t.add(0, err)
	return t
}

func (t *errorTree) add(depth int, err error) {
	if err == nil || t.has(err) {
		return
	}
	if len(t.errs) == maxErrors {
		t.more = true
		return
	}
	t.errs = append(t.errs, wrappedError{depth, err})
	var inner []error
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		t.more = safe.Do(func() error { inner = []error{u.Unwrap()}; return nil }) != nil || t.more
	case interface{ Unwrap() []error }:
		t.more = safe.Do(func() error { inner = u.Unwrap(); return nil }) != nil || t.more
	}
	if len(inner) > maxErrors {
		inner, t.more = inner[:maxErrors], true
	}
	for _, e := range inner {
		t.add(depth+1, e)
	}
}

// has finds err by identity, so far as it can be compared.
func (t *errorTree) has(err error) bool {
	if !reflect.ValueOf(err).Comparable() {
		return false
	}
	for _, w := range t.errs {
		if w.err == err {
			return true
		}
	}
	return false
}
