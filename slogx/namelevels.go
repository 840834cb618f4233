package slogx

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
)

// Levels are the levels of named loggers (see [Named]), as in Python's logging: a name without one has that of its nearest
// ancestor. The ancestors of "db.pool" are "db" and the root, whose name is "". The zero Levels is ready to use; the
// root's level is slog.LevelInfo.
//
// Levels may change while other goroutines log. All loggers, those that exist already included, see it at once.
//
// As text, for flag.TextVar and for configuration in JSON or YAML, they look like "warn,db=info,db.pool=debug-2": the
// root's level, if it is set, and name=level for each other, where level is what slog.Level.UnmarshalText understands.
type Levels struct {
	current atomic.Pointer[levelTable] // nil: none was set
}

// A levelTable never changes, so whoever has seen it knows all levels for as long as it is the current one.
type levelTable struct {
	own    map[string]slog.Level // by name
	lowest slog.Level            // of all names
}

func newLevelTable(own map[string]slog.Level) *levelTable {
	t := &levelTable{own: own}
	t.lowest = t.of("")
	for _, level := range own {
		t.lowest = min(t.lowest, level)
	}
	return t
}

// of returns the level of the nearest of name and its ancestors that has one.
func (t *levelTable) of(name string) slog.Level {
	if t == nil {
		return slog.LevelInfo
	}
	for {
		if level, ok := t.own[name]; ok {
			return level
		}
		if name == "" {
			return slog.LevelInfo
		}
		name = name[:max(0, strings.LastIndexByte(name, '.'))]
	}
}

// Set gives name a level of its own, which is also that of the names below it that have none.
func (l *Levels) Set(name string, level slog.Level) {
	l.change(func(own map[string]slog.Level) { own[name] = level })
}

// Unset takes name's own level away, so that it has that of its nearest ancestor again; the root has slog.LevelInfo.
func (l *Levels) Unset(name string) {
	l.change(func(own map[string]slog.Level) { delete(own, name) })
}

func (l *Levels) change(f func(own map[string]slog.Level)) {
	for {
		old := l.current.Load()
		own := map[string]slog.Level{}
		if old != nil {
			maps.Copy(own, old.own)
		}
		f(own)
		if l.current.CompareAndSwap(old, newLevelTable(own)) {
			return
		}
	}
}

// LevelOf returns the level of name, its own or inherited: Python's getEffectiveLevel.
func (l *Levels) LevelOf(name string) slog.Level { return l.current.Load().of(name) }

// Level returns the lowest level that any name has. It makes l a slog.Leveler: as [Options.Level] of the sink it lets
// pass whatever a name lets pass.
func (l *Levels) Level() slog.Level {
	if t := l.current.Load(); t != nil {
		return t.lowest
	}
	return slog.LevelInfo
}

// String returns the levels as text.
func (l *Levels) String() string { return l.current.Load().String() }

func (t *levelTable) String() string {
	if t == nil {
		return ""
	}
	var entries []string
	for _, name := range slices.Sorted(maps.Keys(t.own)) { // "" comes first
		entry := strings.ToLower(t.own[name].String())
		if name != "" {
			entry = name + "=" + entry
		}
		entries = append(entries, entry)
	}
	return strings.Join(entries, ",")
}

// MarshalText returns the levels as text. It fails if a name could not be read back, because it has a comma in it or
// begins or ends with a space.
func (l *Levels) MarshalText() ([]byte, error) {
	t := l.current.Load()
	if t == nil {
		return nil, nil
	}
	for name := range t.own {
		if strings.Contains(name, ",") || strings.TrimSpace(name) != name {
			return nil, fmt.Errorf("slogx: levels: the name %q cannot be written as text", name)
		}
	}
	return []byte(t.String()), nil
}

// UnmarshalText replaces all levels by those in text, at once. Spaces around names and levels are ignored. If text is
// wrong, the levels stay as they are, and the error names the entry.
func (l *Levels) UnmarshalText(text []byte) error {
	own := map[string]slog.Level{}
	var entries []string
	if s := strings.TrimSpace(string(text)); s != "" {
		entries = strings.Split(s, ",")
	}
	for _, entry := range entries {
		name, level, err := parseNameLevel(entry)
		if _, twice := own[name]; twice && err == nil {
			err = errors.New("set twice")
		}
		if err != nil {
			return fmt.Errorf("slogx: levels: %q: %w", strings.TrimSpace(entry), err)
		}
		own[name] = level
	}
	l.current.Store(newLevelTable(own))
	return nil
}

// parseNameLevel takes "name=level", or "level" for the root.
func parseNameLevel(entry string) (name string, level slog.Level, err error) {
	equals := strings.LastIndexByte(entry, '=')
	name = strings.TrimSpace(entry[:max(0, equals)])
	if name == "" && equals >= 0 {
		return "", 0, errors.New("no name before the =")
	}
	err = level.UnmarshalText([]byte(strings.TrimSpace(entry[equals+1:])))
	return name, level, err
}
