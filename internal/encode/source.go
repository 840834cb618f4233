package encode

import (
	"log/slog"
	"maps"
	"strconv"
	"sync"
	"sync/atomic"
)

// source is the source attribute of one call site as both formats write it; empty if nothing is known.
type source struct {
	json string // `,"source":{…}`
	text string // ` source=file:line`
}

// sources remembers the call sites seen: finding one costs a map look-up, resolving one several hundred nanoseconds.
// Readers take no lock; a new call site copies its shard.
var sources [64]shard

type shard struct {
	mu   sync.Mutex
	byPC atomic.Pointer[map[uintptr]*source]
}

// A program has a few thousand call sites at most; a caller that makes up PCs must not fill the memory.
const maxPerShard = 512

func sourceAt(pc uintptr) *source {
	sh := &sources[(pc^pc>>6)%uintptr(len(sources))]
	if m := sh.byPC.Load(); m != nil {
		if src := (*m)[pc]; src != nil {
			return src
		}
	}
	return sh.resolve(pc)
}

func (sh *shard) resolve(pc uintptr) *source {
	src := newSource(slog.Record{PC: pc}.Source())
	sh.mu.Lock()
	defer sh.mu.Unlock()
	m := map[uintptr]*source{}
	if old := sh.byPC.Load(); old != nil {
		if len(*old) >= maxPerShard {
			return src
		}
		m = maps.Clone(*old)
	}
	m[pc] = src
	sh.byPC.Store(&m)
	return src
}

func newSource(src *slog.Source) *source {
	if src == nil || *src == (slog.Source{}) {
		return new(source)
	}
	line := Line{B: []byte(`,"source":{`)}
	sep := byte(0)
	for _, a := range sourceGroup(src).Group() {
		line.appendJSONAttr(sep, &a, a.Value.Kind())
		sep = ','
	}
	line.B = append(line.B, '}')
	text := appendTextString([]byte(" source="), src.File+":"+strconv.Itoa(src.Line))
	return &source{json: string(line.B), text: string(text)}
}

// sourceGroup is src as the group that JSON makes of it, without what is not known.
func sourceGroup(src *slog.Source) slog.Value {
	attrs := make([]slog.Attr, 0, 3)
	if src.Function != "" {
		attrs = append(attrs, slog.String("function", src.Function))
	}
	if src.File != "" {
		attrs = append(attrs, slog.String("file", src.File))
	}
	if src.Line != 0 {
		attrs = append(attrs, slog.Int("line", src.Line))
	}
	return slog.GroupValue(attrs...)
}
