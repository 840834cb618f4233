package encode

import (
	"math"
	"strconv"

	"github.com/slogkit-go/slogkit/internal/decimal"
)

// appendJSONFloat follows floatEncoder in encoding/json (ES6 number to string).
func appendJSONFloat(b []byte, f float64) []byte {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		b = append(b, `"!ERROR:json: unsupported value: `...)
		return append(strconv.AppendFloat(b, f, 'g', -1, 64), '"')
	}
	if b, ok := appendShortFloat(b, f, 1e9); ok {
		return b
	}
	abs := math.Abs(f)
	if abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		b = strconv.AppendFloat(b, f, 'e', -1, 64)
		if n := len(b); n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' {
			b[n-2] = b[n-1] // e-09 to e-9
			b = b[:n-1]
		}
		return b
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

// appendTextFloat is strconv.AppendFloat(b, f, 'g', -1, 64).
func appendTextFloat(b []byte, f float64) []byte {
	if b, ok := appendShortFloat(b, f, 1e6); ok { // from there on %g has an exponent
		return b
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

// appendShortFloat appends a number of at most six decimals, as most that are logged, at a quarter of strconv's cost.
// Scaled by a million and rounded, such a number is an integer of at most 15 digits; if dividing that again gives f,
// then it has f's shortest decimal digits, because no two decimals of at most 15 digits are the same float64.
func appendShortFloat(b []byte, f, limit float64) ([]byte, bool) {
	const scale = 1e6
	abs := math.Abs(f)
	if !(abs >= 1e-4 && abs < limit) {
		return b, false
	}
	scaled := int64(abs*scale + 0.5)
	if float64(scaled)/scale != abs {
		return b, false
	}
	if f < 0 {
		b = append(b, '-')
	}
	b = appendInt(b, scaled/scale)
	return appendDecimals(b, uint64(scaled%scale*1e3)), true
}

// appendDecimals appends the decimal point and the digits of so many billionths, but for the zeros at the end; nothing for
// 0.
func appendDecimals(b []byte, billionths uint64) []byte {
	if billionths == 0 {
		return b
	}
	var buf [len(".123456789")]byte
	buf[0] = '.'
	decimal.PutNine((*[9]byte)(buf[1:]), uint32(billionths))
	end := len(buf)
	for buf[end-1] == '0' {
		end--
	}
	return append(b, buf[:end]...)
}
