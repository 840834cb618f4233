package wire

import "github.com/slogkit-go/slogkit/internal/wire/token"

// JSON is a value of kind Any as it comes out of a Decoder, unless there is a type of its own for it. The JSON format
// prints the same as it would have printed of the sender's value, and Text what String returns.
type JSON struct{ text string }

// MarshalJSON returns the JSON.
func (j JSON) MarshalJSON() ([]byte, error) { return []byte(j.Text()), nil }

// Text returns the JSON, on one line.
func (j JSON) Text() string {
	if j.text == "" {
		return "null" // of the zero JSON
	}
	return j.text
}

// String returns a string as it is, and every other value as JSON.
func (j JSON) String() string {
	text := j.Text()
	if text[0] == '"' {
		r := token.NewReader(text)
		return r.String()
	}
	return text
}

// Error is what a Decoder makes of an error: its message.
type Error string

func (e Error) Error() string { return string(e) }
