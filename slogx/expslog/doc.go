// Package expslog joins log/slog and golang.org/x/exp/slog, in both directions.
//
// golang.org/x/exp/slog is where log/slog was tried out before Go 1.21. The two
// packages look alike and share no types, so a handler written for one cannot
// be given to a logger of the other. A program that still holds code on both
// sides needs a bridge, and needs it to lose nothing:
//
//   - [FromStd] lets code that logs through x/exp reach a standard handler, so
//     that the whole program writes to the same file in the same format;
//   - [ToStd] lets code that logs through log/slog reach a handler that exists
//     only for x/exp.
//
// Old code, new handler, where xslog is golang.org/x/exp/slog:
//
//	h := slog.NewJSONHandler(os.Stderr, nil)
//	slog.SetDefault(slog.New(h))
//	xslog.SetDefault(xslog.New(expslog.FromStd(h)))
//
// # What it promises
//
// The bridge translates; it decides nothing. The wrapped handler gets every call
// that the logger made, with the same context, and its errors come back as they
// are. In particular:
//
//   - Levels keep their number, times their instant and location, program
//     counters (and so the source position) their value.
//   - Every kind of value arrives as the same kind: groups as groups, nested,
//     with an empty key, or empty; an empty Attr as an empty Attr.
//   - A LogValuer arrives as a LogValuer. It is called only if and when the
//     wrapped handler resolves it, one call for one call, so that panics and
//     endless chains meet that handler's own treatment. An endless chain is
//     reported with the type of the value that was logged.
//   - A value of one package that was handed to the other as an any (an Attr, a
//     slice of Attrs, a Value, Kind, Level or *Source, a LogValuer) becomes what
//     it is in the handler's package. This holds for the value of an Attr, not
//     for what lies inside a struct, map or slice; those are passed on as they are.
//   - There and back again is nothing: FromStd(ToStd(h)) and ToStd(FromStd(h))
//     return h, and a LogValuer that crosses twice is the original one.
//   - WithAttrs of nothing and WithGroup("") return the receiver. Derived handlers
//     share nothing that is written to, and the slice given to WithAttrs is
//     neither kept nor changed.
//
// Up to five attributes of plain kinds (string, integer, float, bool, time,
// duration, or any value of a type that needs no translation) cross without an
// allocation. More than five cost one, or two beyond sixteen; each group, each
// LogValuer and each time that x/exp cannot represent costs one.
//
// # What differs
//
// Some differences lie between the two packages and cannot be bridged:
//
//   - x/exp represents a time attribute as nanoseconds in an int64, which covers
//     the years 1678 to 2262. [ToStd] passes a time outside this range as a value
//     of kind Any that prints as RFC 3339, and has a method Time() time.Time for
//     code that wants it back; [FromStd] makes it a time again. (A time that was
//     logged through x/exp was cut by that package before it came here.)
//   - log/slog drops groups without attributes when it builds a group or a
//     record, x/exp does not. So x/exp's Group("g", Group("empty")) reaches a
//     standard handler as an empty group g.
//   - x/exp's handlers write "G":{} for WithGroup("G") and a record without
//     attributes, where log/slog's write nothing. Two checks of testing/slogtest
//     are about this; behind [ToStd] such a handler fails them as it does by
//     itself. The bridge does not withhold the group, since there are handlers
//     that use its name for other things.
//   - A nil *slog.Source arrives in x/exp as an empty one, because x/exp's
//     handlers would panic.
//   - Handlers derived from one x/exp TextHandler or JSONHandler do not share
//     a lock; their writer has to be safe for concurrent use.
//
// # Differences from Python
//
// Python has one logging package and no counterpart to this one.
package expslog
