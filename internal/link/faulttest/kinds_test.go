//go:build linux

package faulttest

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slogkit-go/slogkit/internal/pickle"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/internal/wire"
	"github.com/slogkit-go/slogkit/slogx"
	"github.com/slogkit-go/slogkit/socketx"
	"github.com/slogkit-go/slogkit/syslogx"
)

// kind is a way to send records.
type kind struct {
	open   func(address string, o options) handler
	tls    bool
	frame  func(*bufio.Reader) ([]byte, error)     // the next on a stream
	decode func(data []byte) (msg string, _ error) // what is in a frame, or in a datagram
}

// options are those that all handlers have.
type options struct {
	tls                       *tls.Config
	dialTimeout, writeTimeout time.Duration
	retryStart, retryMax      time.Duration
	buffer                    int
	onError                   slogx.ErrorHandler
}

// handler is what the handlers have in common.
type handler struct {
	slog.Handler
	flush func() error // nil: there is nothing to be flushed
	close func(context.Context) error
	stats func() counts
}

// counts are what Stats of both packages have in common.
type counts struct{ Handled, Sent, Dropped, Failed, Buffered, Retried, Reconnects int64 }

var streams = map[string]*kind{
	"JSON":       {open: socketHandler(socketx.JSON), frame: line, decode: decodeJSON},
	"JSON+TLS":   {open: socketHandler(socketx.JSON), frame: line, decode: decodeJSON, tls: true},
	"Pickle":     {open: socketHandler(socketx.Pickle), frame: sized, decode: decodePickle},
	"syslog":     {open: syslogHandler("tcp"), frame: counted, decode: decodeSyslog},
	"syslog+TLS": {open: syslogHandler("tcp+tls"), frame: counted, decode: decodeSyslog, tls: true},
}

var datagrams = map[string]*kind{
	"JSON":   {open: socketDatagrams(socketx.JSON), decode: decodeJSON},
	"Pickle": {open: socketDatagrams(socketx.Pickle), decode: func(data []byte) (string, error) { return decodePickle(data[4:]) }},
	"syslog": {open: syslogHandler("udp"), decode: decodeSyslog},
}

func (o options) socketx(e socketx.Encoding) *socketx.Options {
	s := &socketx.Options{
		Encoding: e, TLSConfig: o.tls, DialTimeout: o.dialTimeout, WriteTimeout: o.writeTimeout, RetryStart: o.retryStart,
		RetryMax: o.retryMax, BufferBytes: o.buffer,
	}
	s.ErrorHandler = o.onError
	return s
}

func socketHandler(e socketx.Encoding) func(string, options) handler {
	return func(address string, o options) handler {
		h := socketx.NewHandler("tcp", address, o.socketx(e))
		return handler{h, h.Flush, h.Shutdown, func() counts { return socketCounts(h.Stats()) }}
	}
}

func socketDatagrams(e socketx.Encoding) func(string, options) handler {
	return func(address string, o options) handler {
		h := socketx.NewDatagramHandler("udp", address, o.socketx(e))
		shut := func(context.Context) error { return h.Close() }
		return handler{h, nil, shut, func() counts { return socketCounts(h.Stats()) }}
	}
}

func socketCounts(s socketx.Stats) counts {
	return counts{s.Handled, s.Sent, s.Dropped, s.Failed, s.Buffered, s.Retried, s.Reconnects}
}

func syslogHandler(network string) func(string, options) handler {
	return func(address string, o options) handler {
		so := &syslogx.Options{
			TLSConfig: o.tls, DialTimeout: o.dialTimeout, WriteTimeout: o.writeTimeout, RetryStart: o.retryStart,
			RetryMax: o.retryMax, BufferBytes: o.buffer,
		}
		so.ErrorHandler = o.onError
		h := syslogx.NewHandler(network, address, so)
		return handler{h, h.Flush, h.Shutdown, func() counts {
			s := h.Stats()
			return counts{s.Handled, s.Written, s.Dropped, s.Failed, s.Buffered, s.Retried, s.Reconnects}
		}}
	}
}

// line, sized and counted read a frame. io.EOF is the end between two, io.ErrUnexpectedEOF that in the middle of one.

func line(r *bufio.Reader) ([]byte, error) {
	data, err := r.ReadBytes('\n')
	if err == io.EOF && len(data) > 0 {
		err = io.ErrUnexpectedEOF
	}
	return data, err
}

func sized(r *bufio.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	return body(r, int(binary.BigEndian.Uint32(head[:])))
}

func counted(r *bufio.Reader) ([]byte, error) {
	head, err := r.ReadString(' ')
	if err == io.EOF && head != "" {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(head, " "))
	if err != nil {
		return nil, fmt.Errorf("no length: %w", err)
	}
	return body(r, n)
}

func body(r *bufio.Reader, n int) ([]byte, error) {
	if n < 0 || n > 1<<20 {
		return nil, fmt.Errorf("a frame of %d bytes", n)
	}
	data := make([]byte, n)
	_, err := io.ReadFull(r, data)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return data, err
}

func decodeJSON(data []byte) (string, error) {
	var d wire.Decoder
	r, err := d.Decode(data)
	return r.Message, err
}

func decodePickle(data []byte) (string, error) {
	var d pickle.Decoder
	dict, err := d.Decode(data)
	if err != nil {
		return "", err
	}
	r, err := slogx.MakeRecord(dict.Map())
	return r.Message, err
}

func decodeSyslog(data []byte) (string, error) {
	const header = 7 // "<14>1", time, host, app, process, message id, structured data
	fields := strings.SplitN(string(data), " ", header+1)
	if len(fields) <= header || !strings.HasPrefix(fields[0], "<14>1") {
		return "", errors.New("not RFC 5424")
	}
	return fields[header], nil
}

// id tells records apart: that of one goroutine have numbers from 0 on.
type id struct{ writer, number int }

// message is a record's text, so long that a lost or foreign part of it would be seen.
func message(i id, size int) string {
	text := fmt.Sprintf("w%d n%d ", i.writer, i.number)
	return text + strings.Repeat(string(rune('a'+i.number%26)), max(size-len(text), 1))
}

// parse is the inverse of message.
func parse(text string) (id, error) {
	var i id
	if _, err := fmt.Sscanf(text, "w%d n%d ", &i.writer, &i.number); err != nil {
		return i, err
	}
	if text != message(i, len(text)) {
		return i, fmt.Errorf("mixed: %.100q", text)
	}
	return i, nil
}

// names are those of all kinds.
func names(kinds map[string]*kind) []string { return slices.Sorted(maps.Keys(kinds)) }

// few are the names of those that differ most, where a test is dear; of all where peers are required.
func few(kinds map[string]*kind) []string {
	all := names(kinds)
	if testkit.PeersRequired() {
		return all
	}
	return []string{all[0], all[len(all)-1]} // one of each package, and of streams one over TLS
}
