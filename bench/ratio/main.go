// Command ratio prints how long slogkit takes as a share of what its peers take for the same work: to encode a record,
// to write a line to a file, for the Write that rotates, for the slowest of a thousand Writes.
//
//	go run ./ratio                      # everything, some six minutes on two cores
//	go run ./ratio -run 'file|5 a'      # the groups whose names match
//	go run ./ratio -run 'stall|latency' # not throughput, but how long one Write takes
//	go run ./ratio -check               # exit status 1 if a target is missed
//
// All subjects of a group run in one process, one short pass after the other, in an order that shifts from round to
// round. A ratio is taken within a round, where both sides met the same machine, and the median of the rounds is
// printed with its quartiles. Absolute times are medians too, and good for this run only.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("ratio: ")
	rounds := flag.Int("rounds", 15, "rounds; fewer than 9 are good for nothing but a trial")
	records := flag.Int("n", 40_000, "records in one pass of an encode group; all others have a fixed size")
	run := flag.String("run", "", "only groups whose name matches this regular expression")
	dir := flag.String("dir", "", "folder for the file groups, on the file system to be measured; default the one for temporary files")
	check := flag.Bool("check", false, "exit with status 1 if a target is missed")
	flag.Parse()
	match, err := regexp.Compile(*run)
	if err != nil {
		log.Fatal(err)
	}
	if *rounds < 1 || *records < 1 {
		log.Fatal("-rounds and -n must be positive")
	}
	work, err := os.MkdirTemp(*dir, "ratio")
	if err != nil {
		log.Fatal(err)
	}
	groups := slices.Concat(encodeGroups(*records), layerGroups(*records), queueGroups(work), wireGroups(work), httpGroups(), fileGroups(work), stallGroups(work), latencyGroups(work))
	missed, err := measure(groups, match, *rounds)
	if rerr := os.RemoveAll(work); err == nil {
		err = rerr
	}
	if err != nil {
		log.Fatal(err)
	}
	if missed > 0 && *check {
		log.Fatalf("%d targets missed", missed)
	}
}

func measure(groups []group, match *regexp.Regexp, rounds int) (missed int, err error) {
	printHeader(rounds)
	for _, g := range groups {
		if !match.MatchString(g.name) {
			continue
		}
		r, err := g.measure(rounds)
		if err != nil {
			return missed, fmt.Errorf("%s: %w", g.name, err)
		}
		n, err := r.print(os.Stdout)
		if err != nil {
			return missed, err
		}
		missed += n
	}
	return missed, nil
}

func printHeader(rounds int) {
	fmt.Printf("%s %s/%s, GOMAXPROCS %d, %d rounds\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), rounds)
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return
	}
	for _, m := range info.Deps {
		for _, peer := range []string{"phuslu/log", "uber.org/zap", "zerolog", "lumberjack", "timberjack", "slog-multi"} {
			if strings.Contains(m.Path, peer) {
				fmt.Printf("%s %s\n", m.Path, m.Version)
			}
		}
	}
}
