package expslog

import (
	"encoding/json"
	"fmt"
	"log/slog"

	xslog "golang.org/x/exp/slog"
)

// maxLogValues is the number of LogValue calls at which Resolve gives up, in
// both packages.
const maxLogValues = 100

func toExpLogValuer(lv slog.LogValuer) xslog.Value {
	if w, ok := lv.(stdLogValuer); ok {
		return xslog.AnyValue(w.exp)
	}
	return xslog.AnyValue(expLogValuer{std: lv, chain: chain{first: lv}})
}

func toStdLogValuer(lv xslog.LogValuer) slog.Value {
	if w, ok := lv.(expLogValuer); ok {
		return slog.AnyValue(w.std)
	}
	return slog.AnyValue(stdLogValuer{exp: lv, chain: chain{first: lv}})
}

// expLogValuer makes an x/exp LogValuer of a standard one. One call is one call:
// Resolve of x/exp does the counting and the recovering.
type expLogValuer struct {
	std slog.LogValuer
	chain
}

func (w expLogValuer) LogValue() xslog.Value {
	v := w.std.LogValue()
	if v.Kind() != slog.KindLogValuer {
		return toExpValue(v)
	}
	next, err := w.next()
	if err != nil {
		return xslog.AnyValue(err)
	}
	if lv, ok := v.LogValuer().(stdLogValuer); ok {
		return xslog.AnyValue(lv.exp)
	}
	return xslog.AnyValue(expLogValuer{std: v.LogValuer(), chain: next})
}

// stdLogValuer makes a standard LogValuer of an x/exp one.
type stdLogValuer struct {
	exp xslog.LogValuer
	chain
}

func (w stdLogValuer) LogValue() slog.Value {
	v := w.exp.LogValue()
	if v.Kind() != xslog.KindLogValuer {
		return toStdValue(v)
	}
	next, err := w.next()
	if err != nil {
		return slog.AnyValue(err)
	}
	if lv, ok := v.LogValuer().(expLogValuer); ok {
		return slog.AnyValue(lv.std)
	}
	return slog.AnyValue(stdLogValuer{exp: v.LogValuer(), chain: next})
}

// chain follows a LogValuer whose LogValue returns another LogValuer.
type chain struct {
	first any // what was logged
	calls int // LogValue calls before this one
}

// next advances the chain after a call that returned another LogValuer. When one
// more call would make Resolve give up, the error that Resolve would return comes
// from here, since Resolve would name our type instead of the user's.
func (c chain) next() (chain, error) {
	c.calls++
	if c.calls == maxLogValues-1 {
		return c, fmt.Errorf("LogValue called too many times on Value of type %T", c.first)
	}
	return c, nil
}

// Format and MarshalJSON show the user's value, not ours, where a handler does
// not resolve it.

func (c chain) Format(s fmt.State, verb rune) {
	fmt.Fprintf(s, fmt.FormatString(s, verb), c.first)
}

func (c chain) MarshalJSON() ([]byte, error) { return json.Marshal(c.first) }
