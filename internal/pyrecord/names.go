package pyrecord

import "strconv"

// reserved reports whether a LogRecord has an attribute of this name, or its Formatter gives it one, or to have one
// would hide the method by which its message is found.
func reserved(key string) bool {
	switch key {
	case "name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module", "exc_info", "exc_text",
		"stack_info", "lineno", "funcName", "created", "msecs", "relativeCreated", "thread", "threadName", "processName",
		"process", "taskName", "message", "asctime", "getMessage":
		return true
	}
	return false
}

// names are the keys of one dict.
type names struct {
	ofRecord bool // what is reserved is taken
	n        int
	few      [8]string
	many     map[string]int // all keys, once they are many, each with the number that its next namesake gets
}

// add returns key, with an underscore if it is reserved, and with a number if that is taken.
func (s *names) add(key string) string {
	if s.ofRecord && reserved(key) {
		key += "_"
	}
	name, number := key, max(2, s.many[key])
	for ; s.has(name); number++ {
		name = key + "_" + strconv.Itoa(number)
	}
	if s.many == nil {
		s.addFew(name)
	} else {
		s.many[name] = 2
		s.many[key] = number
	}
	return name
}

func (s *names) has(name string) bool {
	if s.many != nil {
		return s.many[name] > 0
	}
	for _, key := range s.few[:s.n] {
		if key == name {
			return true
		}
	}
	return false
}

func (s *names) addFew(name string) {
	if s.n < len(s.few) {
		s.few[s.n] = name
		s.n++
		return
	}
	s.many = map[string]int{name: 2}
	for _, key := range s.few {
		s.many[key] = 2
	}
}
