package pickle

import "errors"

func (m *machine) push(v any) error {
	if m.left--; m.left < 0 {
		return errMany
	}
	m.stack = append(m.stack, v)
	return nil
}

func (m *machine) mark() error {
	if m.left--; m.left < 0 {
		return errMany
	}
	m.marks = append(m.marks, len(m.stack))
	return nil
}

// floor is the height of the last mark, below which nothing may be taken.
func (m *machine) floor() int {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[len(m.marks)-1]
}

// popMany takes the last n values. They stand there until the next push.
func (m *machine) popMany(n int) ([]any, error) {
	rest := len(m.stack) - n
	if rest < m.floor() {
		return nil, errEmpty
	}
	items := m.stack[rest:]
	m.stack = m.stack[:rest]
	return items, nil
}

// popToMark takes the values from the last mark on, and the mark. They stand there until the next push.
func (m *machine) popToMark() ([]any, error) {
	if len(m.marks) == 0 {
		return nil, errMark
	}
	height := m.floor()
	m.marks = m.marks[:len(m.marks)-1]
	items := m.stack[height:]
	m.stack = m.stack[:height]
	return items, nil
}

func (m *machine) popOrUnmark() error {
	if len(m.marks) > 0 && m.floor() == len(m.stack) {
		m.marks = m.marks[:len(m.marks)-1]
		return nil
	}
	_, err := m.popMany(1)
	return err
}

func (m *machine) top() (any, error) {
	if len(m.stack) == m.floor() {
		return nil, errEmpty
	}
	return m.stack[len(m.stack)-1], nil
}

func (m *machine) dup() error {
	v, err := m.top()
	if err != nil {
		return err
	}
	return m.push(v)
}

// extend appends to the list, or adds to the set, that is below what it takes off the stack.
func (m *machine) extend(op byte) error {
	items, err := m.operands(op == opAppend, 1)
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	s, ok := v.(*sequence)
	switch {
	case op == opAddItems && ok && s.kind == set:
		return s.add(items)
	case op != opAddItems && ok && s.kind == list:
		s.items = append(s.items, items...)
		return nil
	}
	return errors.New("what is to be extended is neither list nor set")
}

func (m *machine) setItems(op byte) error {
	items, err := m.operands(op == opSetItem, 2)
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	d, ok := v.(*mapping)
	if !ok {
		return errors.New("what is to have items is no dict")
	}
	return d.set(items)
}

// operands takes the values for one item, or those for all from the last mark on.
func (m *machine) operands(one bool, n int) ([]any, error) {
	if one {
		return m.popMany(n)
	}
	return m.popToMark()
}
