package factory

import (
	"fmt"
	"log/slog"
	"strconv"
)

// add adds the attributes of a layer as its Collision says. It reports whether that is all: none was renamed or left out,
// and no other was removed.
func (x *layout) add(layer int, attrs []slog.Attr) (all bool) {
	all = true
	there := x.keys(x.inside(layer))
	for _, a := range attrs {
		if there.May(a.Key) && x.taken(a.Key, layer) {
			all = x.collide(layer, a) && all
		} else {
			x.put(layer, a)
		}
	}
	return all
}

// collide is add for an attribute whose key is taken.
func (x *layout) collide(layer int, a slog.Attr) (all bool) {
	x.collided = true
	by := x.h.chain.links[layer]
	of := by.OnCollision
	if of == Replace && x.immovable(a.Key, layer) {
		of = Rename
	}
	switch of {
	case Both:
		x.put(layer, a)
		return true
	case Rename:
		a.Key = x.vacant(by.Name, a.Key, layer)
		x.put(layer, a)
	case Replace:
		x.putInstead(layer, a)
	default:
		if of == Reject || !x.hasEqual(a, layer) {
			x.losses = append(x.losses, loss{by: by, of: of, key: a.Key})
		}
	}
	return false
}

// taken reports whether somebody else has key where the layer's attributes belong.
func (x *layout) taken(key string, layer int) bool {
	for i := range x.attrs {
		if x.clash(i, key, layer) {
			return true
		}
	}
	return x.immovable(key, layer)
}

// clash reports whether the attribute at i has key, and is somebody else's and where the layer's belong.
func (x *layout) clash(i int, key string, layer int) bool {
	from := x.from[i]
	return from != layer && x.attrs[i].Key == key && x.inside(from) == x.inside(layer)
}

// immovable reports whether key is that of a built-in or of the open group, where the layer's attributes belong.
func (x *layout) immovable(key string, layer int) bool {
	return !x.inside(layer) && x.h.immovable(key)
}

// hasEqual reports whether one of those that a collides with is equal to it, so that nothing is lost with it.
func (x *layout) hasEqual(a slog.Attr, layer int) bool {
	for i := range x.attrs {
		if x.clash(i, a.Key, layer) && equal(x.attrs[i], a) {
			return true
		}
	}
	return false
}

// putInstead puts a in the place of all that it collides with.
func (x *layout) putInstead(layer int, a slog.Attr) {
	for i := 0; i < len(x.attrs); {
		if !x.clash(i, a.Key, layer) {
			i++
			continue
		}
		if !equal(x.attrs[i], a) {
			x.losses = append(x.losses, loss{x.h.chain.links[layer], Replace, a.Key, x.owner(x.from[i])})
		}
		x.remove(i)
	}
	x.put(layer, a)
}

func (x *layout) owner(from int) string {
	switch from {
	case fromRecord:
		return "the record"
	case fromWith, fromGroup:
		return "logger.With"
	default:
		return fmt.Sprintf("layer %q", x.h.chain.links[from].Name)
	}
}

// vacant returns a name for the layer's key that nobody else has.
func (x *layout) vacant(name, key string, layer int) string {
	if name != "" {
		key = name + "." + key
		if !x.taken(key, layer) {
			return key
		}
	}
	for i := 2; ; i++ {
		if numbered := key + "#" + strconv.Itoa(i); !x.taken(numbered, layer) {
			return numbered
		}
	}
}
