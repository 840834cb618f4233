package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// wide is a gap in the numbers beyond which nobody looks, so that any count of backups will do.
const wide = 2000

// slots returns the first count numbers that backups may have, whether there are any or not, the newest first. A number
// whose name belongs to something that cannot be a backup, such as a directory, is none of them.
func (b *backups) slots(count, more int) ([]backup, error) {
	look, err := b.lookup(count)
	if err != nil {
		return nil, err
	}
	var slots []backup
	seen := map[string]bool{}
	for number, free := 1, 0; len(slots) < count && free < wide+more; number++ {
		slot := backup{}
		if slot.path, err = b.name(strconv.Itoa(number)); err != nil {
			return nil, err
		}
		if b.namer != nil {
			if seen[slot.path] {
				return nil, fmt.Errorf("rotate: Namer gives more than one number the name %s", slot.path)
			}
			seen[slot.path] = true
		}
		usable, err := look(&slot)
		if err != nil {
			return nil, err
		}
		free++
		if usable {
			slots = append(slots, slot)
		}
		if slot.exists() {
			free = 0
		}
	}
	return slots, nil
}

// lookup returns a function that finds out what is at a slot, and whether it is usable. Where there may be many slots it
// has read the directory once, and asks for those names only that are in it.
func (b *backups) lookup(count int) (look func(*backup) (bool, error), err error) {
	const few = 50
	if count <= few || b.namer != nil {
		return b.look, nil
	}
	entries, err := readDir(filepath.Dir(b.path))
	if err != nil {
		return nil, err
	}
	listed := map[string]bool{}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(b.path)+".") {
			listed[e.Name()] = true
		}
	}
	return func(slot *backup) (bool, error) {
		file := filepath.Base(slot.path)
		if !listed[file] && (b.ext == "" || !listed[file+b.ext]) {
			return true, nil
		}
		return b.look(slot)
	}, nil
}

// look finds out what is at a slot, and whether that can be, or become, a backup.
func (b *backups) look(slot *backup) (usable bool, err error) {
	usable = true
	if slot.plain, err = lookAt(slot.path, &usable); err != nil || b.ext == "" {
		return usable, err
	}
	slot.packed, err = lookAt(slot.path+b.ext, &usable)
	return usable, err
}

// lookAt reports whether there is a regular file. What is there but is none makes the slot unusable.
func lookAt(path string, usable *bool) (bool, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case !info.Mode().IsRegular():
		*usable = false
		return false, nil
	default:
		return true, nil
	}
}

// shift is the way of a backup from one slot to another, or beyond them all.
type shift struct{ from, to int }

// shifts makes the first n slots free, and returns the moves in an order in which none meets another. All backups move
// by n, and so gaps are kept, as in Python, and so is the oldest unless another comes to its number. After an
// interruption, when some may have moved already, tight moves no more than needed: or each attempt would push further
// backups out.
func shifts(slots []backup, n int, tight bool) []shift {
	var moves []shift
	last := len(slots) - 1
	least := n
	for i := range slots {
		if !slots[i].exists() {
			continue
		}
		to := min(i+n, last)
		if tight {
			to = max(i, least)
		}
		if to < least { // something newer comes there
			to = len(slots)
		}
		least = to + 1
		if to != i {
			moves = append(moves, shift{i, to})
		}
	}
	slices.Reverse(moves)
	return moves
}
