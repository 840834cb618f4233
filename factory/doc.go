// Package factory has the record factory: functions that every record passes, and that add attributes to it without
// overwriting each other's.
//
//	handler := factory.New(rotate.NewHandler("app.log", nil),
//		factory.Layer{Name: "service", Factory: factory.Attrs(slog.String("service", "shop"))},
//		factory.Hostname(),
//		factory.Layer{Name: "request", Factory: factory.FromContext(requestAttrs), OnCollision: factory.Rename},
//		factory.Redact("password", "authorization"),
//	)
//	logger := slog.New(handler)
//
// [Get], [Set] and [Global] are Python's getLogRecordFactory and setLogRecordFactory: one [Factory] for the process, which
// libraries chain by wrapping what they got. [New] makes a chain of a handler's own, of [Layer] after Layer, in which one
// cannot overwrite what another, or the user, has said.
//
// # Layers
//
// A layer sees the record as the layers before it left it. Its Factory may add attributes and change message, level, time
// and source; it cannot take away or change attributes, which stay as they are, of which its ErrorHandler is told. That is
// what ReplaceAttr is for. A record whose level was changed goes on only if the next handler is enabled for the new one.
// The caller's record and slices are never touched.
//
// There are ready layers: [Hostname], [PID], [Executable], [BuildInfo], [Sequence], [Stack], [ErrorChain], [Trace],
// [Redact], [RedactType] and [Truncate]. The last three rewrite what comes before them, so they belong at the end.
//
// # Place and order
//
// What layers add stands at the root, even if logger.WithGroup has opened a group, unless the layer says InGroup. First
// come the attributes of [Attrs] layers, then those that logger.With gave at the root, then the record's own or the group
// that they are in, and last what the other layers add, each sort in the order of the layers.
//
// # Collisions
//
// The keys of logger.With, of the record, of the layers before, the built-in keys (time, level, msg, source) and, at the
// root, that of the open group are taken. [Collision] says what becomes of an attribute whose key is. The user comes first
// whatever the time: what the record says makes even an attribute of Attrs give way, or take another name, for that
// record. Keys count at the level where they come out, so an attribute in a group collides with nothing at the root. A
// group as an attribute counts by its own key; two of the same key are not merged. The members of a group without a key
// are inline and count each by its own, also if it is a LogValuer that turns out to be such a group. Keys that come twice
// in what the user logs, or in what one layer adds, are left alone.
//
// # Nesting
//
// If New is given a Handler of this package without open groups, the layers of both make one chain, the outer ones first.
// With a group open, or with another middleware between them, the inner Handler takes what the outer one adds for the
// user's.
//
// # What it costs
//
// Attributes of Attrs cost what they cost with logger.With: the next handler formats them once. What FromContext and most of
// the ready layers add is formatted with the record, without an allocation if next is a handler of this module with one of
// the formats of slogx, and with one otherwise. A Factory that is any other function gets a record with all attributes so
// far, which costs more. Only a record in which keys collide is laid out anew. While no group is open all that WithAttrs
// gave stays preformatted; with one open it does so over the formats of slogx, and over any handler as long as the layers
// add no more than Attrs.
//
// # Differences from Python
//
//   - A factory makes the record of its parts; here it gets a record and returns one.
//   - A factory that overwrites an attribute silently wins; here nobody overwrites unless it says Replace.
//   - An extra that overwrites is a KeyError, and the record lost; here that is [Reject], and the record is logged without.
//   - Each link of a chain costs a call and a closure for each record; here a chain is passed once.
//   - There is one factory for the process. Here [Global] is for that; a chain belongs to its handler.
//   - makeLogRecord, which also goes through the factory in Python, is slogx.MakeRecord and does not.
package factory
