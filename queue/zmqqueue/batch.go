package zmqqueue

import (
	"log/slog"
	"slices"

	"github.com/slogkit-go/slogkit/internal/pyrecord"
	"github.com/slogkit-go/slogkit/internal/wire"
)

// A batch is what is sent in one write: messages that waited at the same time.
type batch struct {
	frames []byte
	ends   []int // of the messages in frames
}

const (
	batchRecords = 128
	batchBytes   = 64 << 10
)

func (b *batch) full() bool { return len(b.ends) >= batchRecords || len(b.frames) >= batchBytes }

func (b *batch) len() int { return len(b.ends) }

func (b *batch) reset() {
	if cap(b.frames) > 4*batchBytes {
		b.frames = nil
	}
	b.frames, b.ends = b.frames[:0], b.ends[:0]
}

// add appends a message of one record.
func (b *batch) add(topic string, record []byte) {
	if topic != "" {
		b.frames = appendFrame(b.frames, moreFlag, []byte(topic))
	}
	b.frames = appendFrame(b.frames, 0, record)
	b.ends = append(b.ends, len(b.frames))
}

// drop removes the messages that are whole in the first n bytes, and returns how many.
func (b *batch) drop(n int) int {
	whole, _ := slices.BinarySearch(b.ends, n+1)
	if whole == 0 {
		return 0
	}
	start := b.ends[whole-1]
	b.frames, b.ends = b.frames[start:], b.ends[whole:]
	for i := range b.ends {
		b.ends[i] -= start
	}
	return whole
}

// encoder makes the messages of an [Encoding].
type encoder struct {
	append func(dst []byte, r *slog.Record) []byte
	// head is what every message begins with: by it subscribers choose.
	head string
}

func newEncoder(o *SendOptions, topic string) encoder {
	var e encoder
	if o.Encoding == Python {
		p := &pyrecord.Encoder{Logger: o.Logger, NoSource: !o.AddSource}
		e = encoder{p.AppendJSON, `{"name":`}
	} else {
		w := &wire.Encoder{NoSource: !o.AddSource}
		e = encoder{w.Append, `{"v":1`}
	}
	if topic != "" {
		e.head = topic
	}
	return e
}
