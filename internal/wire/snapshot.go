package wire

import (
	"log/slog"
	"math"

	"github.com/slogkit-go/slogkit/internal/wire/token"
)

// Snapshot returns v as it would come out of a Decoder: without LogValuers, and sharing nothing that could change.
func Snapshot(v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindAny:
		switch v.Any().(type) {
		case nil, JSON, Error, slog.Level:
			return v
		}
	case slog.KindGroup, slog.KindLogValuer:
	default:
		return v
	}
	const prefix = `["",`
	b := new(clocks).appendAttr([]byte{prefix[0]}, &slog.Attr{Value: v}, recordDepth)
	if len(b) < len(prefix) {
		return slog.GroupValue()
	}
	d := decoder{Reader: token.NewReader(string(b[len(prefix):])), maxAttrs: math.MaxInt}
	d.Depth = recordDepth
	return d.value()
}
