package syslogx_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
	"github.com/slogkit-go/slogkit/syslogx"
)

// daemon is a daemon for examples: it prints what it gets.
func daemon() (address string, printNext func()) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	return conn.LocalAddr().String(), func() {
		buf := make([]byte, 1<<16)
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		n, _, err := conn.ReadFrom(buf)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s\n", buf[:n])
	}
}

// noTime makes examples say the same every time.
func noTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func Example() {
	address, printNext := daemon()
	h := syslogx.NewHandler("udp", address, &syslogx.Options{
		Options:          slogx.Options{ReplaceAttr: noTime},
		Facility:         syslogx.LogLocal0,
		AppName:          "shop",
		Hostname:         "web1",
		ProcID:           "4711",
		StructuredDataID: "shop@12345",
	})
	defer h.Close()
	logger := slog.New(h)

	logger.Info("order placed", "id", 42, slog.Group("user", "name", "Ada"))
	printNext()
	logger.Warn("odd name", "user name", `"] [x`)
	printNext()
	// Output:
	// <134>1 - web1 shop 4711 - [shop@12345 id="42" user.name="Ada"] order placed
	// <132>1 - web1 shop 4711 - [shop@12345 user_name~a59136f5="\"\] [x"] odd name
}

// Severities of one's own: here nothing is worse than an error.
func ExampleNewHandler() {
	address, printNext := daemon()
	h := syslogx.NewHandler("udp", address, &syslogx.Options{
		Options:  slogx.Options{ReplaceAttr: noTime},
		Facility: syslogx.LogDaemon,
		AppName:  "shop", Hostname: "web1", ProcID: "4711",
		MapPriority: func(level slog.Level) syslogx.Severity { return max(syslogx.MapPriority(level), syslogx.LogErr) },
	})
	defer h.Close()

	slog.New(h).Log(context.Background(), slogx.LevelEmergency, "out of tea")
	printNext()
	// Output: <27>1 - web1 shop 4711 - - out of tea
}

// Open tells at once of a daemon that cannot be reached, and of options that make no sense.
func ExampleOpen() {
	_, err := syslogx.Open("tcp+tls", "logs.example", &syslogx.Options{Facility: 99})
	fmt.Println(err)
	// Output: syslogx: invalid Facility: 99
}

// What Python's SysLogHandler sends.
func Example_python() {
	address, printNext := daemon()
	h := syslogx.NewHandler("udp", address, &syslogx.Options{Protocol: syslogx.Bare, Ident: "shop: "})
	defer h.Close()

	slog.New(h).Error("out of stock", "item", "tea")
	printNext()
	// Output:
	// <11>shop: out of stock item=tea
}

// JSON as the text of a message.
func ExampleOptions_format() {
	address, printNext := daemon()
	h := syslogx.NewHandler("udp", address, &syslogx.Options{
		Options: slogx.Options{Format: slogx.JSON, ReplaceAttr: noTime}, Protocol: syslogx.Bare, Ident: "@cee: ",
	})
	defer h.Close()

	slog.New(h).Info("order placed", "id", 42)
	printNext()
	// Output:
	// <14>@cee: {"level":"INFO","msg":"order placed","id":42}
}

func ExampleParseFacility() {
	facility, err := syslogx.ParseFacility("local0")
	fmt.Println(facility, err, syslogx.EncodePriority(facility, syslogx.LogWarning))
	// Output: local0 <nil> 132
}

func ExampleMapPriority() {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slogx.LevelNotice, slog.LevelWarn, slogx.LevelCritical} {
		fmt.Print(syslogx.MapPriority(level), " ")
	}
	// Output: debug info notice warning crit
}
