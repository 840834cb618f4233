package slogx

import (
	"encoding/json"
	"log/slog"
	"math"
	"math/big"
	"slices"

	"github.com/slogkit-go/slogkit/internal/percent"
)

// Values of a record that MakeRecord is given come from a decoder, so they are copied, given slog's kinds, and bounded.

func (m *recordMaker) value(v any, depth int) slog.Value {
	switch v := v.(type) {
	case json.Number:
		return numberValue(v)
	case *big.Int:
		return bigValue(v)
	case map[string]any, map[any]any:
		if isEmpty(v) {
			return slog.AnyValue(map[string]any{}) // an empty group would vanish
		}
		return m.group(v, depth+1)
	}
	return slog.AnyValue(m.plain(v, depth))
}

func (m *recordMaker) group(v any, depth int) slog.Value {
	if !m.spend(depth, 0) {
		return slog.Value{}
	}
	items := percent.Items(v)
	attrs := make([]slog.Attr, 0, len(items))
	for _, item := range items {
		if !m.spend(depth, len(item.Text)+size(item.Value)) {
			break
		}
		attrs = append(attrs, slog.Attr{Key: item.Text, Value: m.value(item.Value, depth)})
	}
	return slog.GroupValue(attrs...)
}

// plain copies v where it could be shared. Maps get the keys that JSON needs.
func (m *recordMaker) plain(v any, depth int) any {
	switch v := v.(type) {
	case []byte:
		return slices.Clone(v)
	case *big.Int:
		if v != nil {
			return new(big.Int).Set(v)
		}
	case []any:
		if v != nil {
			return m.list(v, depth+1)
		}
	case map[string]any, map[any]any:
		return m.dictionary(v, depth+1)
	}
	return v
}

func (m *recordMaker) list(list []any, depth int) []any {
	result := []any{}
	for _, v := range list {
		if !m.spend(depth, size(v)) {
			break
		}
		result = append(result, m.plain(v, depth))
	}
	return result
}

func (m *recordMaker) dictionary(v any, depth int) map[string]any {
	if !m.spend(depth, 0) { // sorting is work, too
		return nil
	}
	result := map[string]any{}
	for _, item := range percent.Items(v) {
		if !m.spend(depth, len(item.Text)+size(item.Value)) {
			break
		}
		key := item.Text
		for _, taken := result[key]; taken; _, taken = result[key] {
			key += "_" // 1 beside "1"
		}
		result[key] = m.plain(item.Value, depth)
	}
	return result
}

// spend takes a value of so many bytes off what may be nested; false means that it is too much.
func (m *recordMaker) spend(depth, bytes int) bool {
	m.left -= 16 + bytes
	m.over = m.over || m.left < 0 || depth > maxNesting
	return !m.over
}

func size(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case json.Number:
		return len(v)
	case []byte:
		return len(v)
	case *big.Int:
		if v != nil {
			return v.BitLen() / 3 // digits
		}
	}
	return 0
}

func numberValue(number json.Number) slog.Value {
	switch n := percent.Normal(number).(type) {
	case int64:
		return slog.Int64Value(n)
	case *big.Int:
		return bigValue(n)
	case float64:
		if !math.IsInf(n, 0) {
			return slog.Float64Value(n)
		}
	}
	return slog.StringValue(string(number))
}

func bigValue(n *big.Int) slog.Value {
	switch {
	case n == nil:
		return slog.Value{}
	case n.IsInt64():
		return slog.Int64Value(n.Int64())
	case n.IsUint64():
		return slog.Uint64Value(n.Uint64())
	}
	return slog.AnyValue(new(big.Int).Set(n))
}
