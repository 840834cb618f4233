package percent

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strconv"
)

// Normal returns v as one of the types that stand for Python's:
//
//	nil                         None
//	bool                        bool
//	int64, *big.Int             int
//	float64                     float
//	string, []byte              str, bytes
//	[]any                       list (or, as the arguments of Format, tuple)
//	map[string]any, map[any]any dict
//
// Go's other integers and floats, json.Number, named types, slices, arrays and maps are converted; a *big.Int that
// fits is an int64. Everything else, such as a struct, an error or a fmt.Stringer, is returned as it is.
func Normal(v any) any {
	switch v := v.(type) {
	case nil, bool, int64, float64, string, []byte, []any, map[string]any, map[any]any:
		return v
	case *big.Int:
		return normalInt(v)
	case json.Number:
		return normalNumber(string(v))
	case error, fmt.Stringer:
		return v
	}
	return normalKind(reflect.ValueOf(v))
}

func normalInt(n *big.Int) any {
	switch {
	case n == nil:
		return nil
	case n.IsInt64():
		return n.Int64()
	}
	return n
}

// normalNumber reads a JSON number as Python's json module does: an integer of any size, or a float.
func normalNumber(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if len(text) <= maxDigits {
		if n, ok := new(big.Int).SetString(text, 10); ok {
			return n
		}
	}
	// An error other than the range, which gives an infinity as in Python, means that it is no number.
	if x, err := strconv.ParseFloat(text, 64); err == nil || x != 0 {
		return x
	}
	return text
}

func normalKind(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return normalInt(new(big.Int).SetUint64(v.Uint()))
	case reflect.Float32, reflect.Float64:
		return v.Float()
	case reflect.String:
		return v.String()
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Bytes()
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = v.Index(i).Interface()
		}
		return list
	case reflect.Map:
		m := make(map[any]any, v.Len())
		for it := v.MapRange(); it.Next(); {
			m[it.Key().Interface()] = it.Value().Interface()
		}
		return m
	}
	return v.Interface()
}

// typeName is how Python calls the type of a normal value.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case []byte:
		return "bytes"
	case []any:
		return "list"
	case map[string]any, map[any]any:
		return "dict"
	}
	return fmt.Sprintf("%T", v)
}

// An Item is one entry of a map.
type Item struct {
	Key   any
	Text  string // str(Key)
	Value any
}

// Items returns the entries of a map[string]any or map[any]any, sorted by Text; of anything else, none.
func Items(m any) []Item {
	var items []Item
	switch m := m.(type) {
	case map[string]any:
		items = make([]Item, 0, len(m))
		for k, v := range m {
			items = append(items, Item{k, k, v})
		}
	case map[any]any:
		items = make([]Item, 0, len(m))
		for k, v := range m {
			text, _ := Str(k) // what is too long is cut
			items = append(items, Item{k, text, v})
		}
	}
	slices.SortFunc(items, func(a, b Item) int {
		// 1 and "1" have the same text.
		return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(typeName(Normal(a.Key)), typeName(Normal(b.Key))))
	})
	return items
}
