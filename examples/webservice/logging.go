package main

import (
	"log/slog"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/rotate"
	"github.com/slogkit-go/slogkit/slogx"
)

// newHandler returns the handler of the whole program: layers that say what the service's own code need not, over a file
// that is rotated.
func newHandler(name string) slog.Handler {
	file := rotate.NewHandler(name, &rotate.Options{
		Options:     slogx.Options{Format: slogx.JSON},
		MaxBytes:    1 << 20,
		BackupCount: 5,
		Compressor:  rotate.Gzip,
	})
	return factory.New(file,
		factory.Layer{Name: "service", Factory: factory.Attrs(slog.String("service", "shop"))},
		factory.PID(),
		factory.Layer{
			Name:        "request",
			Factory:     factory.FromContext(requestAttrs),
			OnCollision: factory.Rename, // a "user" of the service's own stays, and the request's is request.user
		},
		factory.ErrorChain(),
		factory.Redact("password", "card"),
		factory.Truncate(0, 256),
	)
}
