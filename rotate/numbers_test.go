package rotate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// numbered is the content of the slots; "" is none.
type numbered []string

// doRollovers is Python's doRollover, once for each of the new files, the oldest first.
func (n numbered) doRollovers(fresh []string) {
	for _, content := range fresh {
		for i := len(n) - 2; i >= 0; i-- {
			if n[i] != "" {
				n[i+1], n[i] = n[i], ""
			}
		}
		n[0] = content
	}
}

func (n numbered) slots() []backup {
	slots := make([]backup, len(n))
	for i, content := range n {
		slots[i].plain = content != ""
	}
	return slots
}

// apply does what shift does to the files, and stops after that many moves.
func (n numbered) apply(t *testing.T, moves []shift, stop int) {
	for i, m := range moves {
		switch {
		case i == stop:
			return
		case n[m.from] == "":
			t.Fatalf("nothing is at %d", m.from)
		case m.to < len(n) && n[m.to] != "":
			t.Fatalf("%s would be overwritten", n[m.to])
		case m.to < len(n):
			n[m.to] = n[m.from]
		}
		n[m.from] = ""
	}
}

func (n numbered) place(t *testing.T, fresh []string) {
	for i, content := range fresh {
		slot := len(fresh) - 1 - i
		if n[slot] != "" {
			t.Fatalf("%s would be overwritten", n[slot])
		}
		n[slot] = content
	}
}

// contents is what is in the slots, the newest first, without gaps.
func (n numbered) contents() []string {
	return slices.DeleteFunc(slices.Clone(n), func(content string) bool { return content == "" })
}

// randomNumbered returns slots, some of them empty, and new files that fit in.
func randomNumbered(r *rand.Rand) (n numbered, fresh []string) {
	n = make(numbered, 1+r.IntN(8))
	full := r.IntN(5)
	for i := range n {
		if r.IntN(4) < full {
			n[i] = fmt.Sprint("old", i)
		}
	}
	for i := range 1 + r.IntN(len(n)) {
		fresh = append(fresh, fmt.Sprint("new", i))
	}
	return n, fresh
}

func TestShifts(t *testing.T) {
	for _, tt := range []struct {
		before numbered
		n      int
		tight  bool
		want   []shift
	}{
		{numbered{}, 0, false, nil},
		{numbered{"", "", ""}, 2, false, nil},
		{numbered{"a", "b", ""}, 1, false, []shift{{1, 2}, {0, 1}}},
		{numbered{"a", "b", "c"}, 1, false, []shift{{2, 3}, {1, 2}, {0, 1}}},
		{numbered{"a", "b", "c"}, 3, false, []shift{{2, 3}, {1, 3}, {0, 3}}},
		{numbered{"a", "b", "c"}, 2, false, []shift{{2, 3}, {1, 3}, {0, 2}}},
		{numbered{"", "", "c"}, 1, false, nil}, // the last stays until another comes
		{numbered{"a", "", "c"}, 1, false, []shift{{0, 1}}},
		{numbered{"", "b", "c"}, 1, false, []shift{{2, 3}, {1, 2}}},
		{numbered{"", "b", "c"}, 1, true, nil},
		{numbered{"a", "", "c"}, 1, true, []shift{{0, 1}}},
		{numbered{"a", "b", ""}, 1, true, []shift{{1, 2}, {0, 1}}},
		{numbered{"a", "b", "c"}, 1, true, []shift{{2, 3}, {1, 2}, {0, 1}}},
		{numbered{"a", "", "", "d"}, 3, true, []shift{{3, 4}, {0, 3}}},
	} {
		if got := shifts(tt.before.slots(), tt.n, tt.tight); !slices.Equal(got, tt.want) {
			t.Errorf("shifts(%q, %d, %v) = %v, want %v", tt.before, tt.n, tt.tight, got, tt.want)
		}
	}
}

// Several files at once end where Python's doRollover, repeated, would have put them.
func TestShiftsAreDoRollovers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		n, fresh := randomNumbered(r)
		before, want := slices.Clone(n), slices.Clone(n)
		want.doRollovers(fresh)
		n.apply(t, shifts(n.slots(), len(fresh), false), -1)
		n.place(t, fresh)
		if !slices.Equal(n, want) {
			t.Fatalf("%q and %d more: %q, want %q", before, len(fresh), n, want)
		}
	}
}

// However often it is interrupted, between whichever moves, nothing is lost that would not have gone, nor its order.
func TestShiftsThatAreInterrupted(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		n, fresh := randomNumbered(r)
		before, undisturbed := slices.Clone(n), slices.Clone(n)
		undisturbed.doRollovers(fresh)
		for tight := r.IntN(2) == 0; ; tight = true {
			moves := shifts(n.slots(), len(fresh), tight)
			if stop := r.IntN(len(moves) + 2); stop <= len(moves) {
				n.apply(t, moves, stop)
				continue
			}
			n.apply(t, moves, -1)
			break
		}
		if again := shifts(n.slots(), len(fresh), true); len(again) != 0 {
			t.Fatalf("%q and %d more: done, but %v", before, len(fresh), again)
		}
		n.place(t, fresh)
		got := n.contents()
		for _, content := range undisturbed {
			if content != "" && !slices.Contains(got, content) {
				t.Fatalf("%q and %d more: %q, want %q", before, len(fresh), n, undisturbed)
			}
		}
		all := slices.Clone(fresh)
		slices.Reverse(all)
		all = append(all, before.contents()...)
		if got := slices.DeleteFunc(all, func(content string) bool { return !slices.Contains(got, content) }); !slices.Equal(got, n.contents()) {
			t.Fatalf("%q and %d more: %q is out of order", before, len(fresh), n)
		}
	}
}
