package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// What each policy does with the records that a Ring has no room for. A record's message begins with its level.
func TestPolicies(t *testing.T) {
	for _, tt := range []struct {
		policy   Policy
		capacity int
		records  string // in the order in which they are put in
		kept     string // in the order in which they come out
		blocked  int64
	}{
		{Block, 3, "I1 I2 I3", "I1 I2 I3", 0},
		{Block, 3, "I1 I2 I3 E4 D5", "I1 I2 I3", 2},
		{Block, 0, "I1 I2", "I1", 1},
		{Block, -5, "I1 I2", "I1", 1},
		{9, 2, "I1 I2 I3", "I1 I2", 1}, // what is no policy is Block
		{DropNewest, 3, "I1 I2 I3 E4 D5", "I1 I2 I3", 0},
		{DropNewest, 1, "I1 I2", "I1", 0},
		{DropOldest, 3, "I1 I2 I3 E4 D5", "I3 E4 D5", 0},
		{DropOldest, 1, "E1 D2 D3", "D3", 0},
		{DropBelow(slog.LevelWarn), 5, "D1 I2 W3 E4 D5", "D1 I2 W3 E4", 0},
		{DropBelow(slog.LevelWarn), 5, "D1 I2 I3 I4 I5 W6 W7", "D1 I2 I3 I4 W6", 1},
		{DropBelow(slog.LevelWarn), 5, "E1 E2 E3 E4 E5 E6 D7", "E1 E2 E3 E4 E5", 1},
		{DropBelow(slog.LevelWarn), 1, "D1 D2 E3", "D1", 1},
	} {
		t.Run(fmt.Sprint(tt.policy, " ", tt.capacity, " ", tt.records), func(t *testing.T) {
			q := NewRing(tt.capacity, &RingOptions{Policy: tt.policy, BlockTimeout: time.Nanosecond})
			levels := map[byte]slog.Level{'D': slog.LevelDebug, 'I': slog.LevelInfo, 'W': slog.LevelWarn, 'E': slog.LevelError}
			records, kept := strings.Fields(tt.records), strings.Fields(tt.kept)
			refused := 0
			for _, msg := range records {
				err := q.Enqueue(context.Background(), record(levels[msg[0]], msg))
				if err != nil {
					wantErr(t, err, ErrFull)
					refused++
				}
				check(t, q.Stats())
			}
			lost := len(records) - len(kept)
			if tt.policy == DropOldest && refused != 0 || tt.policy != DropOldest && refused != lost {
				t.Errorf("%d records are refused, %d are lost", refused, lost)
			}
			s := q.Stats()
			wantEqual(t, s, Stats{
				Handled: int64(len(records)), Dropped: int64(lost), Waiting: int64(len(kept)), Bytes: s.Bytes, Blocked: tt.blocked,
			})
			var got []string
			for _, msg := range empty(t, q) {
				if msg != DropMessage {
					got = append(got, msg)
				}
			}
			wantEqual(t, got, kept)
			wantEqual(t, q.Stats(), Stats{
				Handled: int64(len(records)), Dropped: int64(lost), Delivered: int64(len(kept)), Blocked: tt.blocked,
			})
		})
	}
}

// DropBelow begins at four fifths, rounded up, of the records; and of the bytes.
func TestDropBelowAtFourFifths(t *testing.T) {
	for capacity := 1; capacity <= 40; capacity++ {
		q := NewRing(capacity, &RingOptions{Policy: DropBelow(slog.LevelWarn)})
		in := 0
		for q.Enqueue(context.Background(), info("m")) == nil {
			in++
		}
		if want := (4*capacity + 4) / 5; in != want {
			t.Errorf("of %d: %d, want %d", capacity, in, want)
		}
		for in < capacity {
			must(t, q.Enqueue(context.Background(), record(slog.LevelWarn, "m")))
			in++
		}
	}
	const each = int64(slotSize) + 1
	q := NewRing(1000, &RingOptions{Policy: DropBelow(slog.LevelWarn), MaxBytes: 10 * each})
	var in int
	for q.Enqueue(context.Background(), info("m")) == nil {
		in++
	}
	if in != 8 {
		t.Errorf("by bytes: %d of 10", in)
	}
}

// The Ring is bounded in bytes, too; the record that crosses the limit still gets in, however large.
func TestMaxBytes(t *testing.T) {
	huge := strings.Repeat("x", 1<<20)
	for _, policy := range []Policy{Block, DropNewest, DropOldest, DropBelow(slog.LevelWarn)} {
		q := NewRing(1000, &RingOptions{Policy: policy, MaxBytes: 900, BlockTimeout: time.Nanosecond})
		put := func(msg string) bool {
			err := q.Enqueue(context.Background(), record(slog.LevelWarn, msg))
			if err != nil {
				wantErr(t, err, ErrFull)
			}
			return err == nil
		}
		if !put(huge) {
			t.Errorf("%v: a record is too large for an empty Ring", policy)
		}
		if got := q.Stats().Bytes; got != int64(slotSize+len(huge)) {
			t.Errorf("%v: %d bytes", policy, got)
		}
		if in := put("small"); in != (policy == DropOldest) {
			t.Errorf("%v: a record after a large one: %v", policy, in)
		}
		_ = empty(t, q)
		s := q.Stats()
		if check(t, s); s.Bytes != 0 {
			t.Errorf("%v: %d bytes in an empty Ring", policy, s.Bytes)
		}
		if !put("1") || !put("2") || !put("3") || put("4") != (policy == DropOldest) {
			t.Errorf("%v: %d bytes are not three records", policy, q.opts.MaxBytes)
		}
	}
}

// What the record weighs counts: texts, attributes, values.
func TestBytes(t *testing.T) {
	q := NewRing(10, nil)
	r := info("message")
	r.AddAttrs(slog.String("key", strings.Repeat("x", 1000)), slog.Any("list", make([]int64, 1000)), slog.Int("n", 1))
	must(t, q.Enqueue(context.Background(), r))
	if got := q.Stats().Bytes; got < 9000 || got > 10_000 {
		t.Errorf("%d bytes", got)
	}
}

// With DropOldest what is lent cannot be dropped, but there is always something else.
func TestDropOldestWhileSomeAreLent(t *testing.T) {
	for _, capacity := range []int{2, 3, 4, 10, 100} {
		q := NewRing(capacity, &RingOptions{Policy: DropOldest})
		enqueue(t, q, numbers(1, capacity)...)
		var batch [batchLen]*slot
		n, _, _ := q.lend(batch[:])
		if n != max(capacity/4, 1) {
			t.Errorf("%d of %d are lent", n, capacity)
		}
		enqueue(t, q, numbers(capacity+1, 3*capacity)...)
		check(t, q.Stats())
		if got := q.Stats().Waiting; got != int64(capacity) {
			t.Errorf("%d wait in %d", got, capacity)
		}
		q.giveBack(batch[:n])
		got := empty(t, q)
		wantEqual(t, got, append(numbers(2*capacity+n+1, 3*capacity), DropMessage))
	}
	q := NewRing(1, &RingOptions{Policy: DropOldest})
	enqueue(t, q, "1")
	var batch [1]*slot
	_, _, _ = q.lend(batch[:])
	wantErr(t, q.Enqueue(context.Background(), info("2")), ErrFull)
	q.giveBack(batch[:])
	enqueue(t, q, "3")
	wantEqual(t, q.Stats(), Stats{Handled: 3, Delivered: 1, Dropped: 1, Waiting: 1, Bytes: int64(slotSize) + 1})
}

// What is lent at once has no more than a quarter of the bytes, or is one record.
func TestLendsByBytes(t *testing.T) {
	const each = int64(slotSize) + 1
	q := NewRing(1000, &RingOptions{MaxBytes: 40 * each})
	enqueue(t, q, strings.Split("1234567890abcdefghij", "")...)
	var batch [batchLen]*slot
	if n, _, _ := q.lend(batch[:]); n != 10 {
		t.Errorf("%d are lent", n)
	}
	enqueue(t, q, strings.Repeat("x", int(30*each)))
	if n, _, _ := q.lend(batch[:]); n != 10 {
		t.Errorf("%d are lent", n)
	}
	if n, _, _ := q.lend(batch[:]); n != 1 {
		t.Errorf("%d are lent", n)
	}
}

func TestErrFullIsNotClosed(t *testing.T) {
	q := NewRing(1, &RingOptions{Policy: DropNewest})
	enqueue(t, q, "1")
	if err := q.Enqueue(context.Background(), info("2")); err != ErrFull { //nolint:errorlint // it is ErrFull itself
		t.Error(err)
	}
	must(t, q.Close())
	must(t, q.Close())
	err := q.Enqueue(context.Background(), info("3"))
	if !errors.Is(err, slogx.ErrClosed) || errors.Is(err, ErrFull) {
		t.Error(err)
	}
	if s := q.Stats(); s.Handled != 2 {
		t.Errorf("%+v", s)
	}
}
