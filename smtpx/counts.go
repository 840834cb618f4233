package smtpx

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
)

// counts are how many records of which level a mail does not show.
type counts map[slog.Level]int64

func (c counts) total() (n int64) {
	for _, of := range c {
		n += of
	}
	return n
}

func (c counts) add(others counts) {
	for level, n := range others {
		c[level] += n
	}
}

// String is "12 more suppressed: 10 ERROR, 2 WARN".
func (c counts) String() string {
	return fmt.Sprintf("%d more suppressed: %s", c.total(), c.levels())
}

// levels is "10 ERROR, 2 WARN".
func (c counts) levels() string {
	levels := slices.Sorted(maps.Keys(c))
	slices.Reverse(levels)
	parts := make([]string, len(levels))
	for i, level := range levels {
		parts[i] = fmt.Sprintf("%d %v", c[level], level)
	}
	return strings.Join(parts, ", ")
}
