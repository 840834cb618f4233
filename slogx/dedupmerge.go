package slogx

import (
	"log/slog"
	"strconv"
)

// A merger takes the attributes of one group, or of the root, and leaves each key once. What becomes of an attribute
// depends on the result so far and on nothing else. So a merger that is given the result of another goes on where that
// stopped.
type merger struct {
	policy   Duplicates
	members  []member       // in order, after one for each built-in; zero where one was taken away
	builtIns int            // how many
	keys     keyList        // of members
	numbers  map[string]int // the last that free has used, by key
	collided bool           // a key was taken
}

// member is an attribute, or, if group is not nil, a group that is still being merged.
type member struct {
	slog.Attr
	group *merger
}

func newMerger(policy Duplicates, builtIns []string, room int) *merger {
	room += len(builtIns)
	m := &merger{policy: policy, members: make([]member, 0, room)}
	for _, key := range builtIns {
		m.append(key, member{})
	}
	m.builtIns = len(builtIns)
	return m
}

func (m *merger) addAll(attrs []slog.Attr) {
	for _, a := range attrs {
		m.add(a)
	}
}

// add takes an attribute that is resolved.
func (m *merger) add(a slog.Attr) {
	switch {
	case a.Value.Kind() != slog.KindGroup:
		m.addPlain(a)
	case a.Key == "":
		m.addAll(a.Value.Group())
	default:
		m.addGroup(a.Key, a.Value.Group())
	}
}

func (m *merger) addPlain(a slog.Attr) {
	key, old := m.find(a.Key)
	if old != nil {
		switch m.policy {
		case First:
			return
		case Last:
			*old = member{}
		default:
			key = m.free(a.Key)
		}
	}
	m.append(key, member{Attr: a})
}

func (m *merger) addGroup(name string, attrs []slog.Attr) {
	key, old := m.find(name)
	var group *merger
	if old != nil {
		switch {
		case old.group != nil:
			group = old.group
			*old = member{}
		case m.policy == First:
			return
		case m.policy == Last:
			*old = member{}
		default:
			key = m.free(name)
		}
	}
	if group == nil {
		group = newMerger(m.policy, nil, len(attrs))
	}
	group.addAll(attrs)
	m.append(key, member{group: group})
}

// open prepares for a WithGroup: it returns the name to give it, and takes out of m what a group of that name has.
func (m *merger) open(name string) (key string, members []slog.Attr) {
	key, old := m.find(name)
	switch {
	case old == nil:
		return key, nil
	case old.group == nil:
		return m.free(name), nil
	}
	members = old.group.result()
	*old = member{}
	return key, members
}

// find returns the key under which an attribute goes, and the member that has it already, if any.
func (m *merger) find(key string) (string, *member) {
	i := m.keys.find(key, hashOf(key))
	for i >= 0 && i < m.builtIns {
		m.collided = true
		key += "#2"
		i = m.keys.find(key, hashOf(key))
	}
	if i < 0 {
		return key, nil
	}
	m.collided = true
	return key, &m.members[i]
}

// free returns the next name for an attribute whose key is taken.
func (m *merger) free(key string) string {
	if m.numbers == nil {
		m.numbers = map[string]int{}
	}
	for n := max(2, m.numbers[key]+1); ; n++ {
		if name := key + "#" + strconv.Itoa(n); m.keys.find(name, hashOf(name)) < 0 {
			m.numbers[key] = n
			return name
		}
	}
}

func (m *merger) append(key string, one member) {
	one.Key = key
	m.keys.add(key, hashOf(key))
	m.members = append(m.members, one)
}

func (m *merger) result() []slog.Attr {
	attrs := make([]slog.Attr, 0, len(m.members))
	for _, one := range m.members[m.builtIns:] {
		switch {
		case one.group != nil:
			attrs = append(attrs, slog.Attr{Key: one.Key, Value: slog.GroupValue(one.group.result()...)})
		case !isZero(one.Attr):
			attrs = append(attrs, one.Attr)
		}
	}
	return attrs
}
