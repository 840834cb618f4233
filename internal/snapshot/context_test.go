package snapshot

import (
	"context"
	"testing"
)

type panicking struct{ context.Context }

func (*panicking) Done() <-chan struct{} { panic("recycled") }

func TestContext(t *testing.T) {
	type key struct{}
	endless := context.WithValue(context.Background(), key{}, 1)
	ending, cancel := context.WithCancel(endless)
	cancel()
	var none context.Context
	for name, tt := range map[string]struct {
		ctx   context.Context
		value any
	}{
		"nil":           {none, nil},
		"endless":       {endless, 1},
		"ended":         {ending, 1},
		"panics":        {&panicking{endless}, nil},
		"a nil pointer": {(*panicking)(nil), nil},
	} {
		got := Context(tt.ctx)
		if got.Done() != nil || got.Err() != nil || got.Value(key{}) != tt.value {
			t.Errorf("%s: %v, %v", name, got, got.Err())
		}
	}
	if Context(endless) != endless {
		t.Error("a context that never ends is not taken as it is")
	}
}
