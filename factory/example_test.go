package factory_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

type userKey struct{}

// userOf finds what every record of a request should have.
func userOf(ctx context.Context) []slog.Attr {
	if user, ok := ctx.Value(userKey{}).(string); ok {
		return []slog.Attr{slog.String("user", user)}
	}
	return nil
}

func Example() {
	logger := slog.New(factory.New(exampleFormat(),
		factory.Layer{Name: "service", Factory: factory.Attrs(slog.String("service", "shop"))},
		factory.Layer{Name: "request", Factory: factory.FromContext(userOf), OnCollision: factory.Rename},
	))
	ctx := context.WithValue(context.Background(), userKey{}, "ann")

	logger.InfoContext(ctx, "order placed", "order", 17)
	logger.WithGroup("cart").InfoContext(ctx, "emptied", "items", 3)
	logger.InfoContext(ctx, "account locked", "user", "bob")
	// Output:
	// {"level":"INFO","msg":"order placed","service":"shop","order":17,"user":"ann"}
	// {"level":"INFO","msg":"emptied","service":"shop","cart":{"items":3},"user":"ann"}
	// {"level":"INFO","msg":"account locked","service":"shop","user":"bob","request.user":"ann"}
}

// Python's LoggerAdapter and filters that add attributes are layers: here for one logger, whatever group it has open.
func ExampleNew() {
	adapted := factory.New(exampleFormat(), factory.Layer{Factory: factory.Attrs(slog.String("connection", "7f3a"))})
	slog.New(adapted).WithGroup("request").Info("served", "status", 200)
	// Output:
	// {"level":"INFO","msg":"served","connection":"7f3a","request":{"status":200}}
}

// What Set installs reaches every handler that Global has wrapped, also later.
func ExampleGlobal() {
	logger := slog.New(factory.Global(exampleFormat()))
	logger.Info("before")
	defer factory.Set(factory.Get())
	factory.Set(factory.Attrs(slog.String("host", "db1")))
	logger.Info("after")
	// Output:
	// {"level":"INFO","msg":"before"}
	// {"level":"INFO","msg":"after","host":"db1"}
}

// Python's pattern, word for word. There it is
//
//	old_factory = logging.getLogRecordFactory()
//
//	def record_factory(*args, **kwargs):
//	    record = old_factory(*args, **kwargs)
//	    record.custom_attribute = 0xdecafbad
//	    return record
//
//	logging.setLogRecordFactory(record_factory)
func ExampleSet() {
	logger := slog.New(factory.Global(exampleFormat()))

	oldFactory := factory.Get()
	factory.Set(func(ctx context.Context, r slog.Record) slog.Record {
		r = oldFactory(ctx, r)
		r.AddAttrs(slog.Int("custom_attribute", 0xdecafbad))
		return r
	})
	defer factory.Set(oldFactory)

	logger.Info("hello")
	// Output:
	// {"level":"INFO","msg":"hello","custom_attribute":3737844653}
}

// A Factory controls all aspects of a record.
func ExampleFactory() {
	deprecated := func(_ context.Context, r slog.Record) slog.Record {
		if strings.HasPrefix(r.Message, "deprecated") {
			r.Level = slog.LevelWarn
			r.AddAttrs(slog.Bool("deprecated", true))
		}
		return r
	}
	logger := slog.New(factory.New(exampleFormat(), factory.Layer{Name: "deprecated", Factory: deprecated}))
	logger.Info("deprecated call", "name", "f")
	// Output:
	// {"level":"WARN","msg":"deprecated call","name":"f","deprecated":true}
}

// One key, five policies.
func ExampleCollision() {
	for _, policy := range []factory.Collision{factory.Keep, factory.Rename, factory.Replace, factory.Both, factory.Reject} {
		handler := factory.New(exampleFormat(), factory.Layer{
			Name:         "request",
			Factory:      factory.FromContext(userOf),
			OnCollision:  policy,
			ErrorHandler: func(_ context.Context, _ slog.Record, err error) { fmt.Println(err) },
		})
		ctx := context.WithValue(context.Background(), userKey{}, "ann")
		if err := handler.Handle(ctx, readyRecord(slog.LevelInfo, slog.String("user", "bob"))); errors.Is(err, factory.ErrTaken) {
			fmt.Println("rejected")
		}
	}
	// Output:
	// factory: layer "request": "user": key is taken: the layer's attribute is left out
	// {"level":"INFO","msg":"hello","user":"bob"}
	// {"level":"INFO","msg":"hello","user":"bob","request.user":"ann"}
	// factory: layer "request": "user": key is taken: the attribute of the record is replaced
	// {"level":"INFO","msg":"hello","user":"ann"}
	// {"level":"INFO","msg":"hello","user":"bob","user":"ann"}
	// factory: layer "request": "user": key is taken: the layer's attribute is left out
	// {"level":"INFO","msg":"hello","user":"bob"}
	// rejected
}

// Layers are a middleware like any other.
func ExampleMiddleware() {
	noHealth := slogx.Filter(func(_ context.Context, r slog.Record) bool { return r.Message != "health" })
	logger := slog.New(slogx.Chain(exampleFormat(),
		noHealth, // comes first, and spares the layers the work
		factory.Middleware(factory.Sequence("seq")),
	))
	logger.Info("started")
	logger.Info("health")
	logger.Info("served")
	// Output:
	// {"level":"INFO","msg":"started","seq":1}
	// {"level":"INFO","msg":"served","seq":2}
}

// A ReplaceAttr rewrites what comes through its layer, wherever it is from.
func ExampleLayer_replaceAttr() {
	seconds := factory.Layer{Name: "seconds", ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Value.Kind() == slog.KindDuration {
			return slog.Float64(a.Key+"_seconds", a.Value.Duration().Seconds())
		}
		return a
	}}
	logger := slog.New(factory.New(exampleFormat(), seconds)).With("timeout", 2*time.Second)
	logger.Info("served", "took", 1500*time.Millisecond, slog.Group("db", "took", 250*time.Millisecond))
	// Output:
	// {"level":"INFO","msg":"served","timeout_seconds":2,"took_seconds":1.5,"db":{"took_seconds":0.25}}
}
