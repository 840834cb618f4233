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
// Every case of an encoder goes through slog.Logger.LogAttrs, for every handler alike, so slog's own front end (the call
// site, the clock, building the record) is part of each number. Before anything is timed, [Check] looks at what the handler writes: a
// peer that drops half of the record is fast, but no peer.
//
// A file takes lines of 200 bytes. What one takes is an average over a pass, with opening and closing the file; [Stalls] are
// the single Writes that rotate, and [Latencies] all single Writes. The lines are counted afterwards, and [CheckExact] looks
// at where one file ends and the next begins.
package bench
