package factory_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/slogkit-go/slogkit/factory"
	"github.com/slogkit-go/slogkit/slogx"
)

// exampleFormat writes to standard output, without the time.
func exampleFormat() slog.Handler {
	return slogx.JSON(os.Stdout, &slog.HandlerOptions{ReplaceAttr: readyNoTime})
}

// What adds comes first, then what redacts, then what shortens.
func Example_readyLayers() {
	logger := slog.New(factory.New(exampleFormat(),
		factory.Sequence("seq"),
		factory.ErrorChain(),
		factory.Redact("password", "authorization"),
		factory.Truncate(1000, 200),
	))
	logger.Info("signed in", "user", "ann", "password", "hunter2")
	logger.WithGroup("http").Info("request",
		"headers", map[string][]string{"Accept": {"*/*"}, "Authorization": {"Bearer 123"}})
	// Output:
	// {"level":"INFO","msg":"signed in","user":"ann","password":"REDACTED","seq":1}
	// {"level":"INFO","msg":"request","http":{"headers":{"Accept":["*/*"],"Authorization":"REDACTED"}},"seq":2}
}

// A field may be set on what a constructor returns: here the number goes under another name if there is one already.
func ExampleSequence() {
	seq := factory.Sequence("n")
	seq.OnCollision = factory.Rename

	logger := slog.New(factory.New(exampleFormat(), seq))
	logger.Info("hello")
	logger.Info("counted", "n", 1000)
	// Output:
	// {"level":"INFO","msg":"hello","n":1}
	// {"level":"INFO","msg":"counted","n":1000,"sequence.n":2}
}

func ExampleErrorChain() {
	logger := slog.New(factory.New(exampleFormat(), factory.ErrorChain()))
	logger.Error("not started", "err", fmt.Errorf("load: %w", io.EOF))
	// Output:
	// {"level":"ERROR","msg":"not started","err":"load: EOF","err.chain":[{"depth":0,"type":"*fmt.wrapError","message":"load: EOF"},{"depth":1,"type":"*errors.errorString","message":"EOF"}]}
}

type requestKey struct{}

func ExampleTrace() {
	ids := func(ctx context.Context) (traceID, spanID string) {
		traceID, _ = ctx.Value(requestKey{}).(string)
		return traceID, ""
	}
	logger := slog.New(factory.New(exampleFormat(), factory.Trace(ids)))
	ctx := context.WithValue(context.Background(), requestKey{}, "4bf92f3577b34da6a3ce929d0e0e4736")
	logger.WithGroup("db").InfoContext(ctx, "query", "rows", 3)
	logger.Info("elsewhere")
	// Output:
	// {"level":"INFO","msg":"query","db":{"rows":3},"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}
	// {"level":"INFO","msg":"elsewhere"}
}

// A secret in a name of its own, such as http.request.authorization, need not hide all that are called authorization.
func ExampleRedact() {
	logger := slog.New(factory.New(exampleFormat(), factory.Redact("token", "http.request.authorization")))
	logger.With("token", "s3cret").Info("one", "authorization", "granted")
	logger.WithGroup("http").Info("two", slog.Group("request", "Authorization", "Bearer 123", "path", "/"))
	// Output:
	// {"level":"INFO","msg":"one","token":"REDACTED","authorization":"granted"}
	// {"level":"INFO","msg":"two","http":{"request":{"Authorization":"REDACTED","path":"/"}}}
}

// What is secret may be for a function to say: this one leaves the last four digits of a card's number.
func ExampleRedact_function() {
	mask := factory.Layer{Name: "mask", ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key != "card" {
			return a
		}
		number := a.Value.String()
		keep := max(0, len(number)-4)
		return slog.String(a.Key, strings.Repeat("*", keep)+number[keep:])
	}}
	logger := slog.New(factory.New(exampleFormat(), mask))
	logger.Info("paid", slog.Group("payment", "card", "4111111111111111", "amount", 12))
	// Output:
	// {"level":"INFO","msg":"paid","payment":{"card":"************1111","amount":12}}
}

func ExampleRedactType() {
	type APIKey string
	type Account struct {
		Name string
		Key  APIKey
	}
	logger := slog.New(factory.New(exampleFormat(), factory.RedactType[APIKey]()))
	logger.Info("key", "key", APIKey("s3cret"), "all", []any{"a", APIKey("s3cret")})
	logger.Info("has a key", "account", Account{"ann", "s3cret"})
	// Output:
	// {"level":"INFO","msg":"key","key":"REDACTED","all":["a","REDACTED"]}
	// {"level":"INFO","msg":"has a key","account":"REDACTED"}
}

func ExampleTruncate() {
	logger := slog.New(factory.New(exampleFormat(), factory.Truncate(0, 40)))
	logger.Info("received", "body", strings.Repeat("Lorem ipsum ", 100), "type", "text/plain")
	// Output:
	// {"level":"INFO","msg":"received","body":"Lorem ipsum Lorem ips...(1179 bytes cut)","type":"text/plain"}
}
