// Package factory injects attributes into records: Python's record factory, in layers that cannot overwrite each other.
//
//	handler := factory.New(slog.NewJSONHandler(os.Stdout, nil),
//		factory.Layer{Name: "service", Factory: factory.Attrs(slog.String("service", "shop"))},
//		factory.Layer{Name: "request", Factory: factory.FromContext(requestAttrs), OnCollision: factory.Rename},
//		factory.ErrorChain(),
//		factory.Redact("password", "authorization"),
//	)
//	logger := slog.New(handler)
//
// A [Handler] passes each record through its layers and on to the next handler, whichever that is. What a [Layer] does,
// it does with a [Factory], which may be anything that makes of a record another, and with a ReplaceAttr. [Attrs] and
// [FromContext] are factories for what most layers do, and there are ready layers: [Hostname], [PID], [Executable],
// [BuildInfo], [Sequence], [Stack], [ErrorChain], [Trace], [Redact], [RedactType] and [Truncate].
//
// [Get], [Set] and [Global] are Python's own pattern, a process-wide Factory that everybody may wrap.
//
// # Order and place
//
// A record meets the layers in the order in which they are given. Each sees what those before it have left: the
// attributes of the record and those that were added, after collisions. Attributes of logger.With are the handlers',
// and no Factory sees them. If a layer changes the level the next handler is asked whether it is enabled for it.
//
// What a layer adds is at the root, also if the logger has groups open, unless the layer says InGroup. A record is
// written as
//
//  1. the attributes of [Attrs] layers, which are formatted in advance (but for InGroup),
//  2. those of logger.With,
//  3. the record's own, or the outermost group that is open, with all that is in it: the same order again, InGroup
//     layers last,
//  4. what other layers have added.
//
// A group that is empty but for what InGroup layers add is written, one that is empty is not.
//
// # Collisions
//
// If the key of an attribute that a layer adds is taken, the layer's [Collision] says what becomes of it. A key is
// taken by what has it already in the same place: an attribute of logger.With, of the record or of a layer before, and
// at the root also a built-in (time, level, msg and source, even if they are not printed) and the group that is open,
// even if it is empty. An attribute that is a group is taken as a whole. Members of inline groups, those without a key,
// are attributes like others. So are those of a LogValuer without a key, which is asked for that; a LogValuer with a
// key has that key, whatever it stands for.
//
// What a user logs twice, and what one layer adds twice, is left alone; so are keys that a ReplaceAttr makes equal.
//
// Of what is lost the layer's ErrorHandler is told. If every record loses it, as where an Attrs layer and logger.With
// have the same key, that is once, when it is found: by [New], WithAttrs or WithGroup.
//
// # Nesting
//
// A Handler over a Handler does what one with the layers of both does, the outer ones first, and in one pass. If the
// inner one has a group open, or another middleware is in between, there are two passes. Then the attributes of the
// outer layers are for the inner ones like those of the user, and are where the group is. And unless the handler that
// follows is one of ours (see below), open groups are handed on as attributes of the record where something is added at
// the root beside them: there InGroup of the inner layers means the root.
//
// # What it costs
//
// Attributes of Attrs layers cost what those of logger.With cost, however many layers they are in. A layer with
// FromContext (or of the ready ones but ErrorChain, Redact, RedactType and Truncate) costs the call of its function.
// Over the formats of slogx and the handlers that use them (StreamHandler, FileHandler, rotate's) neither allocates;
// over other handlers one slice is allocated for attributes that a slog.Record has no room for, and one more if groups
// are open.
//
// Any other Factory costs a look at all attributes that are there, for it may have changed them, and a ReplaceAttr a
// call for each. A collision that is not known in advance is the slow way, and the slowest is one that takes back what
// was formatted in advance: the next handler's WithAttrs is called for this one record.
//
// # What it promises
//
//   - Nothing is overwritten unless a layer says Replace; what is lost is told.
//   - The record and the slices of the caller are never written to, and what the next handler is given is its own to
//     keep. What is in attributes of Attrs and logger.With (maps, slices, pointers) must not change afterwards.
//   - LogValuers in attributes of Attrs and logger.With are asked once, when they are given.
//   - A panic of a Factory or ReplaceAttr is an error of Handle, which the layer's ErrorHandler is told of. The record
//     is logged without what the Factory has done, and with "!PANIC in ReplaceAttr" instead of a value that it would
//     not hide.
//   - An error of the next handler is returned as it is if there is no other. Its panics are not caught.
//   - A Factory may log, even through its own Handler, but that is up to it to end. An ErrorHandler may, too, and is
//     not told of what comes of that.
//
// # Differences from Python
//
//   - logging.setLogRecordFactory takes one callable for the whole process. [Set] does that for handlers under [Global]
//     alone, and layers belong to a handler.
//   - Python's factory makes the record of its parts. A [Factory] gets it made and may change it; there is no exc_info,
//     and the name of a logger is slogx.Named's.
//   - The factory is called for each logger.info whose level is enabled, before any filter or handler. Here it is
//     called where its handler stands, and only if the handlers after it are enabled.
//   - In Python factories overwrite each other's attributes in silence, and an extra that would overwrite an attribute,
//     of a factory or built in, is a KeyError. Here nothing is overwritten unless a layer says so, never a built-in,
//     and the KeyError is [Reject], which does not keep the record from being logged.
//   - An attribute of a Python record is printed only by a formatter that names it. Here all are printed.
//   - logging.LoggerAdapter and filters that add attributes are layers, too: of a logger's handler, by [New].
package factory
