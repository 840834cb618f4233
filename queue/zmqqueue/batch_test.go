package zmqqueue

import (
	"strings"
	"testing"
)

// drop leaves what is not whole in the first n bytes.
func TestBatchDrop(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 0, 6: 0, 7: 1, 8: 1, 13: 1, 14: 2, 21: 3, 22: 3} {
		var b batch
		for _, s := range []string{"first", "secnd", "third"} {
			b.add("", []byte(s))
		}
		whole := string(b.frames)
		if got := b.drop(n); got != want || b.len() != 3-want || string(b.frames) != whole[7*want:] {
			t.Errorf("%d bytes: %d records dropped, %q %v left", n, got, b.frames, b.ends)
		}
		b.add("", []byte("next"))
		if last := b.ends[len(b.ends)-1]; last != len(b.frames) {
			t.Errorf("%d bytes: the end is at %d of %d", n, last, len(b.frames))
		}
	}
}

// Frames as they are on the wire, ZMTP 3.0.
func TestFrames(t *testing.T) {
	var b batch
	b.add("a.", []byte("x"))
	b.add("", []byte(strings.Repeat("y", 256)))
	want := "\x01\x02a.\x00\x01x\x02\x00\x00\x00\x00\x00\x00\x01\x00" + strings.Repeat("y", 256)
	if string(b.frames) != want {
		t.Errorf("%q", b.frames)
	}
}
