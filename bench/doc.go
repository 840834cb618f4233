// Package bench measures slogkit against its peers.
//
// Two ways lead in. The ordinary benchmarks,
//
//	go test -bench .
//
// give a number for each handler and case, with its allocations. Numbers of different runs do not compare, least of all on
// a shared machine; ratios do. Those come from
//
//	go run ./ratio
//
// which runs short passes of all peers in turn, many times over, in one process, and prints the median of the per-round
// ratios. A claim of speed anywhere in this project is a ratio from there.
//
// Every case goes through slog.Logger.LogAttrs, for every handler alike, so slog's own front end (the call site, the clock,
// building the record) is part of each number. Before anything is timed, [Check] looks at what the handler writes: a
// peer that drops half of the record is fast, but no peer.
package bench
