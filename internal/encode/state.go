package encode

import (
	"fmt"
	"log/slog"
	"reflect"
	"strconv"

	"github.com/slogkit-go/slogkit/internal/layout"
)

// state is the progress of one record, or of one WithAttrs, through its attributes.
//
// It mirrors handleState in log/slog, including what that leaves behind when a group turns out empty only after it was
// opened: the separator, the prefix and the open groups are not taken back.
type state struct {
	h     *Handler
	line  *Line
	sep   byte // written before the next key; 0: nothing
	track bool // keep line.groups, for ReplaceAttr
}

func (h *Handler) newState(line *Line) state {
	if h.opts.ReplaceAttr == nil {
		return state{h: h, line: line}
	}
	line.groups = append(line.groups[:0], h.groups[:h.nOpen]...)
	return state{h: h, line: line, track: true}
}

// appendBuiltInsOf appends time, level, source and message.
func (s *state) appendBuiltInsOf(r *slog.Record) {
	if s.h.opts.ReplaceAttr == nil {
		s.appendBuiltIns(r)
	} else {
		s.appendReplacedBuiltIns(r)
	}
}

// appendBuiltIns appends them as they are.
func (s *state) appendBuiltIns(r *slog.Record) {
	if s.h.json {
		s.appendBuiltInsJSON(r)
	} else {
		s.appendBuiltInsText(r)
	}
	s.sep = s.h.sep
}

func (s *state) appendBuiltInsJSON(r *slog.Record) {
	b := s.line.B
	if r.Time.IsZero() {
		b = append(b, `{"level":"`...)
	} else {
		b = append(b, `{"time":`...)
		b = s.line.clock.AppendJSON(b, r.Time)
		b = append(b, `,"level":"`...)
	}
	b = appendLevel(b, r.Level)
	if s.h.opts.AddSource {
		b = append(b, '"')
		b = append(b, sourceAt(r.PC).json...)
		b = append(b, `,"msg":`...)
	} else {
		b = append(b, `","msg":`...)
	}
	s.line.B = appendJSONString(b, r.Message)
}

func (s *state) appendBuiltInsText(r *slog.Record) {
	b := s.line.B
	if r.Time.IsZero() {
		b = append(b, "level="...)
	} else {
		b = append(b, "time="...)
		b = s.line.clock.AppendText(b, r.Time)
		b = append(b, " level="...)
	}
	b = appendLevel(b, r.Level)
	if s.h.opts.AddSource {
		b = append(b, sourceAt(r.PC).text...)
	}
	b = append(b, " msg="...)
	s.line.B = appendTextString(b, r.Message)
}

// appendReplacedBuiltIns passes time, level, source and message through ReplaceAttr, which sees them outside any group.
func (s *state) appendReplacedBuiltIns(r *slog.Record) {
	if s.h.json {
		s.line.B = append(s.line.B, '{')
	}
	s.track = false
	if !r.Time.IsZero() {
		s.appendBuiltIn(slog.Time(slog.TimeKey, r.Time.Round(0)))
	}
	s.appendBuiltIn(slog.Any(slog.LevelKey, r.Level))
	if s.h.opts.AddSource {
		src := r.Source()
		if src == nil {
			src = &slog.Source{}
		}
		s.appendBuiltIn(slog.Any(slog.SourceKey, src))
	}
	s.appendBuiltIn(slog.String(slog.MessageKey, r.Message))
	s.track = true
}

func (s *state) appendBuiltIn(a slog.Attr) { s.appendAttr(&a) }

// appendAttrsOf appends the attributes of WithAttrs, of the record and, if in is not nil, in.Inner, and closes the
// groups. It stops and returns false at a key that in refuses.
func (s *state) appendAttrsOf(r *slog.Record, in *Injected) bool {
	h := s.h
	if len(h.preformed) > 0 {
		b := s.line.B
		if s.sep != 0 {
			b = append(b, s.sep)
		}
		s.line.B = append(b, h.preformed...)
		s.sep = h.sepAfter(h.preformed)
	}
	front, back := layout.Attrs(r)
	var inner []slog.Attr
	if in != nil {
		if in.refusesAny(front) || in.refusesAny(back) {
			return false
		}
		inner = in.Inner
	}
	// Attributes that ReplaceAttr deletes, or that are empty, must not leave their groups open.
	open, start, nonEmpty := h.nOpen, len(s.line.B), false
	if len(front) > 0 || len(inner) > 0 {
		s.beginGroups()
		nonEmpty = s.appendAttrs(front)
		if len(back) > 0 {
			nonEmpty = s.appendAttrs(back) || nonEmpty
		}
		if len(inner) > 0 {
			nonEmpty = s.appendAttrs(inner) || nonEmpty
		}
	}
	if nonEmpty {
		open = len(h.groups)
	} else {
		s.line.B = s.line.B[:start]
	}
	if h.json {
		for range open {
			s.line.B = append(s.line.B, '}')
		}
	}
	return true
}

// end ends the record.
func (s *state) end() {
	if s.h.json {
		s.line.B = append(s.line.B, '}', '\n')
	} else {
		s.line.B = append(s.line.B, '\n')
	}
}

// beginGroups opens what WithGroup opened and no attribute of WithAttrs is in.
func (s *state) beginGroups() {
	if len(s.h.groupPrefix) > 0 {
		s.line.prefix = append(s.line.prefix, s.h.groupPrefix...)
	}
	s.openGroups()
}

func (s *state) openGroups() {
	for _, name := range s.h.groups[s.h.nOpen:] {
		s.openGroup(name)
	}
}

func (s *state) openGroup(name string) {
	if s.h.json {
		s.appendKey(name)
		s.line.B = append(s.line.B, '{')
		s.sep = 0
	} else {
		s.line.prefix = append(s.line.prefix, name...)
		s.line.prefix = append(s.line.prefix, '.')
	}
	if s.track {
		s.line.groups = append(s.line.groups, name)
	}
}

func (s *state) closeGroup(name string) {
	if s.h.json {
		s.line.B = append(s.line.B, '}')
	} else {
		s.line.prefix = s.line.prefix[:len(s.line.prefix)-len(name)-1]
	}
	s.sep = s.h.sep
	if s.track {
		s.line.groups = s.line.groups[:len(s.line.groups)-1]
	}
}

// openNames is what ReplaceAttr is told of the open groups.
func (s *state) openNames() []string {
	if s.track {
		return s.line.groups
	}
	return nil
}

// appendAttrs reports whether something was appended.
func (s *state) appendAttrs(attrs []slog.Attr) bool {
	nonEmpty := false
	for len(attrs) > 0 {
		n := s.appendRun(attrs)
		nonEmpty = nonEmpty || n > 0
		if attrs = attrs[n:]; len(attrs) == 0 || n == longestRun {
			continue
		}
		if s.appendAttr(&attrs[0]) { // what the run has ended at
			nonEmpty = true
		}
		attrs = attrs[1:]
	}
	return nonEmpty
}

// appendAttr resolves, replaces and appends one attribute. It reports whether something was appended. It goes by pointer
// because five words by value are spilled and copied at each call.
func (s *state) appendAttr(a *slog.Attr) bool {
	kind := a.Value.Kind()
	if kind == slog.KindLogValuer || s.h.opts.ReplaceAttr != nil && kind != slog.KindGroup {
		return s.appendReplaced(*a)
	}
	return s.appendKind(a, kind)
}

func (s *state) appendReplaced(a slog.Attr) bool {
	a.Value = a.Value.Resolve()
	if rep := s.h.opts.ReplaceAttr; rep != nil && a.Value.Kind() != slog.KindGroup {
		a = rep(s.openNames(), a)
		a.Value = a.Value.Resolve()
	}
	return s.appendKind(&a, a.Value.Kind())
}

// appendKind appends an attribute of that kind.
func (s *state) appendKind(a *slog.Attr, kind slog.Kind) bool {
	switch kind {
	case slog.KindGroup:
		return s.appendGroup(*a)
	case slog.KindAny:
		return s.appendAny(*a)
	default:
		if s.h.json {
			s.line.appendJSONAttr(s.sep, a, kind)
		} else {
			s.line.appendTextAttr(s.sep, a, kind)
		}
		s.sep = s.h.sep
		return true
	}
}

// appendGroup appends a group, inline if it has no key; nothing if all it holds is empty.
func (s *state) appendGroup(a slog.Attr) bool {
	attrs := a.Value.Group()
	if len(attrs) == 0 {
		return true // as log/slog counts it, though nothing is written
	}
	start := len(s.line.B)
	if a.Key != "" {
		s.openGroup(a.Key)
	}
	if !s.appendAttrs(attrs) {
		s.line.B = s.line.B[:start]
		return false
	}
	if a.Key != "" {
		s.closeGroup(a.Key)
	}
	return true
}

// appendAny appends a value of KindAny, whose methods are user code.
func (s *state) appendAny(a slog.Attr) bool {
	v := a.Value.Any()
	if a.Key == "" && v == nil {
		return false // the zero Attr
	}
	if src, ok := v.(*slog.Source); ok {
		if src == nil || *src == (slog.Source{}) {
			return false
		}
		if s.h.json {
			return s.appendGroup(slog.Attr{Key: a.Key, Value: sourceGroup(src)})
		}
		s.appendKey(a.Key)
		s.line.B = appendTextString(s.line.B, src.File+":"+strconv.Itoa(src.Line))
		return true
	}
	s.appendKey(a.Key)
	s.appendUserValue(v)
	return true
}

// appendUserValue turns what user code does wrong into the value: its error, or its panic.
func (s *state) appendUserValue(v any) {
	defer func() {
		if p := recover(); p != nil {
			// A nil pointer most likely met a method that does not expect one; fmt prints the same.
			if v := reflect.ValueOf(v); v.Kind() == reflect.Pointer && v.IsNil() {
				s.appendString("<nil>")
				return
			}
			s.appendString(fmt.Sprintf("!PANIC: %v", p))
		}
	}()
	var err error
	if s.h.json {
		s.line.B, err = appendJSONAny(s.line.B, v)
	} else {
		s.line.B, err = appendTextAny(s.line.B, v)
	}
	if err != nil {
		s.appendString(fmt.Sprintf("!ERROR:%v", err))
	}
}

func (s *state) appendKey(key string) {
	if s.h.json {
		s.line.B = appendJSONKey(s.line.B, s.sep, key)
	} else {
		s.line.B = appendTextKey(s.line.B, s.sep, s.line.prefix, key)
	}
	s.sep = s.h.sep
}

func (s *state) appendString(str string) {
	if s.h.json {
		s.line.B = appendJSONString(s.line.B, str)
	} else {
		s.line.B = appendTextString(s.line.B, str)
	}
}
