// Package percent is Python's % operator for str: "%s took %.3f s" % ("job", 1.25).
//
// Formats and arguments may come from a stranger, over a socket: whatever they are, a call ends soon, with an error if
// its text would be long, and does not panic.
package percent

import (
	"errors"
	"strings"
)

const (
	// MaxField is the greatest width or precision, in characters.
	MaxField = 64 << 10
	// MaxText is the most that one call produces, in bytes, including what a precision then cuts off.
	MaxText = 4 << 20
	// maxDepth is how deep lists and maps may be nested where they are printed.
	maxDepth = 100
	// maxDigits is Python's sys.get_int_max_str_digits().
	maxDigits = 4300
)

// Format returns Python's format % args. A []any is a tuple, one element per conversion; a map gives %(key)s its
// values; anything else is the only argument. Within an argument a []any is a list. [Normal] lists the types.
//
// Errors have Python's words ("not enough arguments for format string"), a missing key is "KeyError: 'key'". Unlike
// Python, Format refuses a width or precision over [MaxField], a text over [MaxText], and prints maps by sorted key.
func Format(format string, args any) (string, error) {
	f := formatter{printer: printer{left: MaxText}, format: format}
	switch args := Normal(args).(type) {
	case []any:
		f.args = args
	case map[string]any, map[any]any, []byte: // Python takes bytes for a mapping, too
		f.args, f.mapping = []any{args}, args
	default:
		f.args = []any{args}
	}
	if err := f.run(); err != nil {
		return "", err
	}
	return string(f.buf), nil
}

type formatter struct {
	printer
	format  string
	pos     int   // of the next byte of format
	args    []any // not yet consumed
	mapping any   // what %(key)s looks into, or nil
}

func (f *formatter) run() error {
	for f.err == nil {
		i := strings.IndexByte(f.format[f.pos:], '%')
		if i < 0 {
			break
		}
		f.write(f.format[f.pos : f.pos+i])
		f.pos += i + 1
		if f.accept("%") { // only "%%": "%5%" is an error
			f.write("%")
			continue
		}
		s, err := f.parse()
		if err == nil {
			err = f.convert(s)
		}
		if err != nil {
			return err
		}
	}
	f.write(f.format[f.pos:])
	if f.err == nil && len(f.args) > 0 && f.mapping == nil {
		return errors.New("not all arguments converted during string formatting")
	}
	return f.err
}
