package memory_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"

	"github.com/slogkit-go/slogkit/memory"
	"github.com/slogkit-go/slogkit/slogx"
)

// batches is a flush function that remembers.
type batches struct {
	all [][]slog.Record
	err error
}

func (b *batches) flush(_ context.Context, records []slog.Record) error {
	b.all = append(b.all, records)
	return b.err
}

// got fails the test unless there were these batches since the last call.
func (b *batches) got(tb testing.TB, want ...[]string) {
	tb.Helper()
	var got [][]string
	for _, records := range b.all {
		var messages []string
		for _, r := range records {
			messages = append(messages, r.Message)
		}
		got = append(got, messages)
	}
	b.all = nil
	if !slices.EqualFunc(got, want, slices.Equal) {
		tb.Errorf("batches %q, want %q", got, want)
	}
}

func TestBuffering(t *testing.T) {
	var b batches
	h := memory.NewBufferingHandler(3, b.flush, &memory.Options{Options: options(t)})
	handle(t, h, "a", "!b") // as in Python the level does not matter
	b.got(t)
	handle(t, h, "c", "d")
	b.got(t, []string{"a", "!b", "c"})
	ok(t, h.Flush())
	b.got(t, []string{"d"})
	ok(t, h.Flush())
	b.got(t)
	handle(t, h, "e")
	ok(t, h.Close())
	b.got(t, []string{"e"})
	ok(t, h.Close())
	counts(t, h, memory.Stats{Delivered: 5})

	h = memory.NewBufferingHandler(3, b.flush, &memory.Options{Options: options(t), FlushLevel: slog.LevelError})
	handle(t, h, "a", "!b")
	b.got(t, []string{"a", "!b"})

	h = memory.NewBufferingHandler(0, b.flush, &memory.Options{Options: options(t), DiscardOnClose: true})
	handle(t, h, "a", "b")
	b.got(t, []string{"a"}, []string{"b"})
	byDefault := memory.NewBufferingHandler(0, b.flush, nil)
	if !h.Enabled(t.Context(), slog.LevelDebug) || byDefault.Enabled(t.Context(), slog.LevelDebug) {
		t.Error("wrong level")
	}
}

// TestBufferingFails: an error means that nothing was delivered.
func TestBufferingFails(t *testing.T) {
	var errs errorLog
	var b batches
	h := memory.NewBufferingHandler(2, b.flush, &memory.Options{MaxRecords: 3, Options: errs.options()})
	b.err = errDisk
	handle(t, h, "a")
	refused(t, h, "b", errDisk)
	b.got(t, []string{"a", "b"})
	errs.one(t, "a", errDisk)
	refused(t, h, "c", errDisk)
	errs.one(t, "a", errDisk)
	refused(t, h, "d", memory.ErrFull)
	errs.one(t, "a", memory.ErrFull)
	b.got(t, []string{"a", "b", "c"}, []string{"a", "b", "c"})
	b.err = nil
	handle(t, h, "e")
	b.got(t, []string{"b", "c", "d"}, []string{"e"})
	counts(t, h, memory.Stats{Delivered: 4, Dropped: 1, Errors: 3})

	panics := func(context.Context, []slog.Record) error { panic(errDisk) }
	h = memory.NewBufferingHandler(1, panics, &memory.Options{Options: errs.options()})
	refused(t, h, "f", errDisk)
	errs.one(t, "f", errDisk)
	if err := h.Close(); !errors.Is(err, errDisk) {
		t.Errorf("Close = %v", err)
	}
	counts(t, h, memory.Stats{Failed: 1, Errors: 2})

	h = memory.NewBufferingHandler(1, nil, &memory.Options{Options: errs.options(), MaxRecords: 1})
	handle(t, h, "g")
	refused(t, h, "h", memory.ErrFull)
}

// TestBufferingOwnsNothing: the function may keep the slice and do with the records what it likes.
func TestBufferingOwnsNothing(t *testing.T) {
	calls := 0
	h := memory.NewBufferingHandler(2, func(_ context.Context, records []slog.Record) error {
		calls++
		for i := range records {
			if records[i].Message == "overwritten" || records[i].NumAttrs() != 7 {
				t.Errorf("record %d is %q with %d attributes", i, records[i].Message, records[i].NumAttrs())
			}
			records[i].AddAttrs(slog.Int("more", 1), slog.Int("and more", 2))
			records[i].Message = "overwritten"
		}
		if calls < 3 {
			return errDisk
		}
		return nil
	}, &memory.Options{Options: slogx.Options{ErrorHandler: slogx.IgnoreErrors}})
	derived := h.WithAttrs([]slog.Attr{slog.Int("a", 1), slog.Int("b", 2), slog.Int("c", 3), slog.Int("d", 4)})
	for range 2 {
		_ = derived.Handle(t.Context(), record(0, "m", slog.Int("e", 5), slog.Int("f", 6), slog.Int("g", 7)))
	}
	_ = h.Flush()
	ok(t, h.Flush())
	if calls != 3 {
		t.Errorf("%d calls", calls)
	}
}

// TestBufferingContext: a batch has the context of the call that filled the buffer.
func TestBufferingContext(t *testing.T) {
	type key struct{}
	var got []any
	h := memory.NewBufferingHandler(2, func(ctx context.Context, _ []slog.Record) error {
		got = append(got, ctx.Value(key{}))
		return nil
	}, &memory.Options{Options: options(t)})
	for i := range 3 {
		ok(t, h.Handle(context.WithValue(t.Context(), key{}, i), record(0, "m")))
	}
	ok(t, h.Close())
	if !slices.Equal(got, []any{1, nil}) {
		t.Errorf("contexts had %v", got)
	}
}
