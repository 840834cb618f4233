package syslogx

import "slices"

// frame returns what is to be sent of m.
func (f *format) frame(m *message) []byte {
	if !f.framed {
		return m.line.B[room:]
	}
	switch f.options.Framing {
	case Newline:
		m.line.B = append(m.line.B, '\n')
	case NUL:
		m.line.B = append(m.line.B, 0)
	default:
		at := room - 1
		m.line.B[at] = ' '
		for n := m.size(); n > 0; n /= 10 {
			at--
			m.line.B[at] = byte('0' + n%10)
		}
		return m.line.B[at:]
	}
	return m.line.B[room:]
}

// size is how long the message is, without framing.
func (m *message) size() int { return len(m.line.B) - room }

// shorten makes m at most limit bytes long, at the cost of MSG and then of structured data. The header stays.
func (f *format) shorten(m *message, limit int) {
	over := m.size() - limit
	b := m.line.B
	msg := b[m.msg:m.msgEnd]
	if over <= len(msg) {
		m.setMsg(m.msg+cut(msg, len(msg)-over), f.end)
		return
	}
	if m.sdEnd > m.sd {
		data := b[m.sd:m.sdEnd]
		n := wholeParams(data, len(data)-(over-len(msg)))
		if n == 0 {
			b = append(b[:m.sd], '-')
		} else {
			b = append(b[:m.sd+n], ']')
		}
		m.sdEnd = len(b)
		m.line.B = append(b, ' ')
		m.msg = len(m.line.B)
	}
	m.setMsg(m.msg, f.end)
}

// setMsg ends MSG there.
func (m *message) setMsg(end int, after string) {
	m.msgEnd = end
	m.line.B = append(m.line.B[:end], after...)
}

// leastPart is how much of MSG is worth a message of its own.
const leastPart = 64

// split calls send with m in parts of at most limit bytes each. The header and structured data come before each; where
// they leave too little room, it calls send once, with m shortened.
func (f *format) split(m *message, limit int, send func(*message) error) error {
	head := m.line.B[:m.msg]
	most := limit - (len(head) - room) - len(f.end)
	if most < leastPart {
		f.shorten(m, limit)
		return send(m)
	}
	part := messages.Get().(*message)
	defer part.free()
	rest := slices.Clone(m.line.B[m.msg:m.msgEnd])
	for {
		n := cut(rest, most)
		part.line.B = append(part.line.B[:0], head...)
		part.sd, part.sdEnd, part.msg = m.sd, m.sdEnd, m.msg
		part.line.B = append(part.line.B, rest[:n]...)
		part.setMsg(len(part.line.B), f.end)
		if err := send(part); err != nil {
			return err
		}
		if rest = rest[n:]; len(rest) == 0 {
			return nil
		}
	}
}
