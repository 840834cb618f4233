package socketx

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/slogkit-go/slogkit/internal/link"
	"github.com/slogkit-go/slogkit/slogx"
)

func TestHandlerErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		network string
		o       Options
		words   string
	}{
		"datagrams":           {"udp", Options{}, `network "udp" is none of ["tcp" "tcp4" "tcp6" "unix"]`},
		"no such encoding":    {"tcp", Options{Encoding: 7}, "no such encoding: 7"},
		"TLS over datagrams":  {"unixgram", Options{TLSConfig: &tls.Config{}}, "no TLS over datagrams"},
		"stream of datagrams": {"ip", Options{}, `network "ip" is none of`},
	} {
		errs := new(errorLog)
		tc.o.ErrorHandler = errs.Handle
		var h slog.Handler
		if name == "TLS over datagrams" {
			h = newHandler(t, tc.network, "nowhere", tc.o)
		} else {
			s := NewHandler(tc.network, "127.0.0.1:1", &tc.o)
			defer func() { _ = s.Close() }()
			h = s
		}
		_ = h.Handle(t.Context(), record("x"))
		errs.want(t, tc.words)
	}
	// A record that is too long, one whose LogValuer panics, and one after Close.
	r, errs := newReceiver(), new(errorLog)
	for _, network := range []string{"tcp", "udp"} {
		for _, encoding := range []Encoding{JSON, Pickle} {
			// The text of the panic has a stack, whose length depends on where Go and this module are.
			o := Options{MaxRecordBytes: 10000, Encoding: encoding}
			o.ErrorHandler = errs.Handle
			h := newHandler(t, network, serve(t, &Server{Handler: r}, network), o)
			err := h.Handle(t.Context(), record(strings.Repeat("x", 10000)))
			if err == nil || !strings.HasSuffix(err.Error(), "bytes, more than 10000") {
				t.Error(err)
			}
			errs.want(t, "a record of 1")
			if err := h.Handle(t.Context(), record("panics", slog.Any("v", bad{}))); err != nil {
				t.Error(err)
			}
			r.want(t, "panics")
			if h.Enabled(t.Context(), slog.LevelDebug) || !h.Enabled(t.Context(), slog.LevelInfo) {
				t.Error("level")
			}
			for range 2 {
				if err := h.Close(); err != nil {
					t.Error(err)
				}
			}
			if err := h.Handle(t.Context(), record("late")); !errors.Is(err, slogx.ErrClosed) {
				t.Error(err)
			}
			errs.want(t, slogx.ErrClosed.Error())
			if got := h.Stats(); got.Handled != 2 || got.Sent != 1 || got.Failed != 1 {
				t.Errorf("%+v", got)
			}
		}
	}
	r.wantNone(t)
	errs.WantNone(t)
}

type bad struct{}

type badLevel struct{}

// TestUserCode: its panic is an error, and it may log through the handler that has failed.
func TestUserCode(t *testing.T) {
	r := newReceiver()
	address := serve(t, &Server{Handler: r}, "tcp")
	errs := new(errorLog)
	var o Options
	o.ErrorHandler, o.Level = errs.Handle, badLevel{}
	if !newHandler(t, "tcp", address, o).Enabled(t.Context(), slog.LevelInfo) {
		t.Error("not enabled")
	}
	errs.want(t, "Enabled: panic: no level")
	o.Level = nil
	o.ReplaceAttr = func([]string, slog.Attr) slog.Attr { panic("no attr") }
	h := newHandler(t, "tcp", address, o)
	if h.WithAttrs([]slog.Attr{slog.Int("a", 1)}) != slog.Handler(h) {
		// The receiver would do as well; what matters is that it works.
		errs.want(t, "WithAttrs: panic: no attr")
	}
	if err := h.Handle(t.Context(), record("x")); err == nil || err.Error() != "socketx: panic: no attr" {
		t.Error(err)
	}
	errs.want(t, "panic: no attr")

	o = Options{MaxRecordBytes: 100}
	calls := 0
	var self slog.Handler
	o.ErrorHandler = func(ctx context.Context, _ slog.Record, err error) {
		calls++
		_ = self.Handle(ctx, record(strings.Repeat("y", 200)))
		panic("in the ErrorHandler")
	}
	self = newHandler(t, "tcp", address, o)
	if err := self.Handle(t.Context(), record(strings.Repeat("x", 200))); err == nil || calls != 1 {
		t.Errorf("%v, %d calls", err, calls)
	}
	r.wantNone(t)
}

// TestLongDatagram: it is an error, and the next record is fine.
func TestLongDatagram(t *testing.T) {
	r := newReceiver()
	var o Options
	errs := new(errorLog)
	o.ErrorHandler = errs.Handle
	h := newHandler(t, "udp", serve(t, &Server{Handler: r}, "udp"), o)
	var tooLong *link.TooLongError
	if err := h.Handle(t.Context(), record(strings.Repeat("x", 70_000))); !errors.As(err, &tooLong) {
		t.Error(err)
	}
	errs.want(t, "a datagram of 70")
	handle(t, h, "next")
	r.want(t, "next")
	if got := h.Stats(); got.Handled != 2 || got.Sent != 1 || got.Failed != 1 || got.Dropped != 0 {
		t.Errorf("%+v", got)
	}
}
