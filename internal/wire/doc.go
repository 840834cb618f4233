// Package wire is the form of a record that crosses from one process to another: one line of JSON, from which the
// receiver gets the record that the sender had.
//
//	{"v":1,"time":"2026-03-29T12:34:56.789012345+02:00","level":0,"msg":"served","attrs":["took",{"d":1500000}]}
//
// docs/wire.md describes it for those who write the other end, in whatever language. Time to the nanosecond, level,
// message, the order of attributes, duplicate keys, groups and kinds survive. What cannot cross as it is:
//
//   - A LogValuer is resolved by the sender.
//   - The PC becomes an attribute slog.SourceKey with a *slog.Source, the record's first, as slogx.MakeRecord has it.
//   - An error becomes an [Error], its message. []byte, slog.Level and *slog.Source stay what they are; every other value
//     of kind Any becomes [JSON], which prints as the value would have.
//   - A time keeps its offset but not the name of its zone.
//
// An [Encoder] is the sender's end, a [Decoder] the receiver's, with limits: a hostile sender costs the receiver a few
// times what it sends, an error, and nothing else.
package wire

// Version is the "v" of what an Encoder writes, and the only one that a Decoder reads.
const Version = 1
