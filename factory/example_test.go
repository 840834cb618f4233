package factory_test

import (
	"context"
	"log/slog"
	"os"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

// noTime drops the time, so that the output is always the same.
func noTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func stdout() slog.Handler {
	return slogx.NewStreamHandler(os.Stdout, &slogx.StreamOptions{Options: slogx.Options{ReplaceAttr: noTime}})
}

// Python's pattern: wrap the factory that is there.
func ExampleSet() {
	old := factory.Get()
	factory.Set(func(ctx context.Context, r slog.Record) slog.Record {
		r = old(ctx, r)
		r.AddAttrs(slog.String("custom_attribute", "decafbad"))
		return r
	})
	defer factory.Set(nil)

	logger := slog.New(factory.Global(stdout()))
	logger.Info("hello", "who", "world")
	// Output:
	// level=INFO msg=hello who=world custom_attribute=decafbad
}

func ExampleNew() {
	type userKey struct{}
	user := func(ctx context.Context) []slog.Attr {
		if name, ok := ctx.Value(userKey{}).(string); ok {
			return []slog.Attr{slog.String("user", name)}
		}
		return nil
	}
	logger := slog.New(factory.New(stdout(),
		factory.Layer{Name: "service", Factory: factory.Attrs(slog.String("service", "shop"))},
		factory.Layer{Name: "request", Factory: factory.FromContext(user), OnCollision: factory.Rename},
		factory.Redact("password"),
	))
	ctx := context.WithValue(context.Background(), userKey{}, "ann")
	logger.InfoContext(ctx, "login", "password", "swordfish")
	logger.WithGroup("order").InfoContext(ctx, "accepted", "id", 7)
	logger.InfoContext(ctx, "impersonate", "user", "bob")
	// Output:
	// level=INFO msg=login service=shop password=REDACTED user=ann
	// level=INFO msg=accepted service=shop order.id=7 user=ann
	// level=INFO msg=impersonate service=shop user=bob request.user=ann
}

func ExampleMiddleware() {
	number := factory.Sequence("n")
	number.InGroup = true
	handler := slogx.Chain(stdout(),
		slogx.Filter(func(_ context.Context, r slog.Record) bool { return r.Message != "noise" }),
		factory.Middleware(number),
	)
	logger := slog.New(handler).WithGroup("job")
	logger.Info("begin")
	logger.Info("noise")
	logger.Info("end")
	// Output:
	// level=INFO msg=begin job.n=1
	// level=INFO msg=end job.n=2
}

func ExampleCollision() {
	for _, c := range []factory.Collision{factory.Keep, factory.Rename, factory.Replace, factory.Both} {
		logger := slog.New(factory.New(stdout(), factory.Layer{
			Name:         "host",
			Factory:      factory.Attrs(slog.String("name", "db1")),
			OnCollision:  c,
			ErrorHandler: slogx.IgnoreErrors, // of Keep and Replace, which lose something
		}))
		logger.Info("connected", "name", "pool")
	}
	// Output:
	// level=INFO msg=connected name=pool
	// level=INFO msg=connected host.name=db1 name=pool
	// level=INFO msg=connected name=db1
	// level=INFO msg=connected name=db1 name=pool
}
