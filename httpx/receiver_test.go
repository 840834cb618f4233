package httpx

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/bits"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

const (
	wire1  = `{"v":1,"time":"2026-03-29T12:34:56Z","level":0,"msg":"one","attrs":["a",1]}`
	wire2  = `{"v":1,"time":"2026-03-29T12:34:56Z","level":4,"msg":"two","attrs":["g",{"g":["d",{"d":1500}]}]}`
	plain3 = `{"time":"2026-03-29T12:34:56Z","level":"ERROR+1","msg":"three","source":{"function":"f","file":"f.go","line":7},"b":{"z":1,"a":[1,{"k":null}]},"t":true,"n":null,"f":1.5,"u":18446744073709551615}`
)

const (
	out1 = `{"time":"2026-03-29T12:34:56Z","level":"INFO","msg":"one","a":1}` + "\n"
	out2 = `{"time":"2026-03-29T12:34:56Z","level":"WARN","msg":"two","g":{"d":1500}}` + "\n"
	out3 = `{"time":"2026-03-29T12:34:56Z","level":"ERROR+1","msg":"three","source":{"function":"f","file":"f.go","line":7},"b":{"z":1,"a":[1,{"k":null}]},"t":true,"n":null,"f":1.5,"u":18446744073709551615}` + "\n"
)

func compressed(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

// TestReceiver: every answer there is, and what is handed on.
func TestReceiver(t *testing.T) {
	const jsonType, ndjsonType, formType = "application/json", "application/x-ndjson", "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		name     string
		method   string
		url      string
		header   string // Content-Type, Content-Encoding
		body     string
		code     int
		answer   string // part of
		out      string
		contains string // part of out instead
	}{
		{"array", "POST", "/", jsonType, "[" + wire1 + " ,\n" + wire2 + "]", 204, "", out1 + out2, ""},
		{"one object", "PUT", "/", jsonType + "; charset=utf-8", " " + wire1 + "\n", 204, "", out1, ""},
		{"empty array", "POST", "/", jsonType, "[]", 204, "", "", ""},
		{"plain", "POST", "/", jsonType, "[" + plain3 + "]", 204, "", out3, ""},
		{"lines", "POST", "/", ndjsonType, wire1 + "\r\n\n" + plain3 + "\n" + wire2, 204, "", out1 + out3 + out2, ""},
		{"jsonl", "POST", "/", "application/jsonl", wire1, 204, "", out1, ""},
		{"nothing", "POST", "/", ndjsonType, "\n\n", 204, "", "", ""},
		{"gzip", "POST", "/", ndjsonType + ",gzip", compressed(wire1 + "\n" + wire2), 204, "", out1 + out2, ""},
		{"identity", "POST", "/", ndjsonType + ",identity", wire1, 204, "", out1, ""},
		{"GET", "GET", "/?msg=hi+there&levelno=30&created=1774787696&k=v%3D&a=1", "", "", 204, "", "", `"level":"WARN","msg":"hi there","k":"v=","a":"1"}`},
		{"form", "POST", "/?not=this", formType, "msg=x&levelname=ERROR&pathname=p.py&lineno=3&funcName=f&args=None&exc_info=None&taskName=None&process=7", 204, "", "", `"level":"ERROR","msg":"x","source":{"function":"f","file":"p.py","line":3},"process":7}`},
		{"args as text", "POST", "/", formType, "msg=%25s+has+%25d&args=%28%27bob%27%2C+3%29&b=2&b=3&msg=again", 204, "", "", `"msg":"%s has %d","args":"('bob', 3)","b":"2","b":"3","msg":"again"}`},
		{"no args", "POST", "/", formType, "msg=100%25&args=%28%29", 204, "", "", `"msg":"100%"}`},
		{"fault", "POST", "/", formType, "msg=x&levelno=high", 204, "", "", `"msg":"x","levelno":"high"}`},
		{"level below", "POST", "/", jsonType, `{"level":"DEBUG-4","msg":"x"}`, 204, "", "", ""},

		{"DELETE", "DELETE", "/", jsonType, "[]", 405, "method DELETE", "", ""},
		{"HEAD", "HEAD", "/", "", "", 405, "", "", ""},
		{"no type", "POST", "/", "", "[]", 415, `Content-Type "", want application/json`, "", ""},
		{"text", "POST", "/", "text/plain", "[]", 415, `Content-Type "text/plain"`, "", ""},
		{"brotli", "POST", "/", jsonType + ",br", "[]", 415, `Content-Encoding "br", want gzip or none`, "", ""},
		{"no gzip", "POST", "/", jsonType + ",gzip", "[]", 400, "unexpected EOF", "", ""},
		{"half a gzip", "POST", "/", jsonType + ",gzip", compressed(wire1)[:40], 400, "unexpected EOF", "", ""},
		{"empty", "POST", "/", jsonType, "", 400, "record 1: unexpected EOF", "", ""},
		{"half an array", "POST", "/", jsonType, "[" + wire1, 400, "record 2: unexpected EOF", "", ""},
		{"half an object", "POST", "/", jsonType, "[" + wire1 + "," + wire2[:20], 400, "record 2: unexpected EOF", "", ""},
		{"comma", "POST", "/", jsonType, "[" + wire1 + ",]", 400, "record 2: invalid character", "", ""},
		{"text after", "POST", "/", jsonType, "[" + wire1 + "] x", 400, "text after the end", "", ""},
		{"two objects", "POST", "/", jsonType, wire1 + wire2, 400, "text after the end", "", ""},
		{"no object", "POST", "/", jsonType, "[" + wire1 + ",7]", 400, "record 2: ", "", ""},
		{"bad line", "POST", "/", ndjsonType, wire1 + "\n{\n", 400, "record 2: ", "", ""},
		{"version", "POST", "/", ndjsonType, `{"v":2,"msg":"x"}`, 400, "record 1: slogkit: wire: ", "", ""},
		{"level", "POST", "/", ndjsonType, `{"level":"LOUD"}`, 400, `record 1: byte 15: unknown level "LOUD"`, "", ""},
		{"time", "POST", "/", ndjsonType, `{"time":"noon"}`, 400, "record 1: byte 14: want a time of RFC 3339", "", ""},
		{"not UTF-8", "POST", "/", ndjsonType, "{\"level\":\"INFO\",\"m\":\"\xff\"}", 400, "record 1: ", "", ""},
		{"bad escape", "POST", "/", formType, "msg=%zz", 400, `record 1: value of "msg": invalid URL escape "%zz"`, "", ""},
		{"no fields", "GET", "/", "", "", 400, "record 1: no fields", "", ""},
		{"long body", "POST", "/", ndjsonType, strings.Repeat("\n", 2001), 413, "more than 2000 bytes", "", ""},
		{"bomb", "POST", "/", ndjsonType + ",gzip", compressed(strings.Repeat("\n", 100_000)), 413, "more than 2000 bytes", "", ""},
		{"long record", "POST", "/", ndjsonType, wire1 + "\n" + `{"m":"` + strings.Repeat("x", 500) + `"}`, 413, "record 2: 508 bytes, more than 500", "", ""},
		{"long form", "GET", "/?msg=" + strings.Repeat("x", 500), "", "", 413, "record 1: 504 bytes, more than 500", "", ""},
		{"many records", "POST", "/", jsonType, "[" + strings.Repeat("{},", 5) + "{}]", 413, "more than 5 records", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out testkit.Buffer
			var log errorLog
			rc := NewReceiver(slog.NewJSONHandler(&out, nil), &ReceiverOptions{
				MaxBodyBytes: 2000, MaxRecordBytes: 500, MaxRecords: 5, ErrorHandler: log.Handle,
			})
			r := httptest.NewRequest(tt.method, tt.url, strings.NewReader(tt.body))
			media, coding, _ := strings.Cut(tt.header, ",")
			r.Header.Set("Content-Type", media)
			if coding != "" {
				r.Header.Set("Content-Encoding", coding)
			}
			w := httptest.NewRecorder()
			rc.ServeHTTP(w, r)
			if w.Code != tt.code || !strings.Contains(w.Body.String(), tt.answer) {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, tt.code, tt.answer)
			}
			if got := out.String(); tt.contains == "" && got != tt.out || !strings.Contains(got, tt.contains) {
				t.Errorf("got %s, want %s%s", got, tt.out, tt.contains)
			}
			wantErrs := 0
			if tt.name == "fault" {
				wantErrs = 1
			}
			if errs := log.All(); len(errs) != wantErrs {
				t.Error(errs)
			}
		})
	}
}

func TestReceiverAuthenticate(t *testing.T) {
	var out testkit.Buffer
	var log errorLog
	for auth, want := range map[string]int{"good": 204, "bad": 401, "panic": 500} {
		rc := NewReceiver(linesTo(&out), &ReceiverOptions{
			Challenge: `Bearer realm="x"`, ErrorHandler: log.Handle,
			Authenticate: func(r *http.Request) error {
				switch r.Header.Get("Authorization") {
				case "good":
					return nil
				case "panic":
					panic("auth")
				}
				return errors.New("who is " + r.Header.Get("Authorization"))
			},
		})
		r := httptest.NewRequest("POST", "/", strings.NewReader("not read"))
		if want == 204 {
			r = httptest.NewRequest("GET", "/?msg=x", nil)
		}
		r.Header.Set("Authorization", auth)
		w := httptest.NewRecorder()
		rc.ServeHTTP(w, r)
		if w.Code != want || strings.Contains(w.Body.String(), "who is") {
			t.Error(auth, w.Code, w.Body)
		}
		if challenge := w.Header().Get("WWW-Authenticate"); (challenge == `Bearer realm="x"`) != (want == 401) {
			t.Error(auth, challenge)
		}
	}
	if errs := log.All(); len(errs) != 1 || !strings.Contains(errs[0].Error(), "panic: auth") {
		t.Error(errs)
	}
}

// picky is a handler that fails as often as it is told to, by message.
type picky struct {
	slog.Handler
	mu    sync.Mutex
	fails map[string]int
	got   []string
	enter chan struct{} // nil: none
	leave chan struct{}
}

func (h *picky) Enabled(context.Context, slog.Level) bool { return true }

func (h *picky) Handle(_ context.Context, r slog.Record) error {
	if h.enter != nil {
		h.enter <- struct{}{}
		<-h.leave
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fails[r.Message] > 0 {
		h.fails[r.Message]--
		if r.Message == "panic" {
			panic("picky")
		}
		return errors.New("cannot take " + r.Message)
	}
	h.got = append(h.got, r.Message)
	return nil
}

func post(t *testing.T, rc http.Handler, key string, msgs ...string) int {
	t.Helper()
	var body strings.Builder
	for _, m := range msgs {
		fmt.Fprintf(&body, `{"v":1,"level":0,"msg":%q}`+"\n", m)
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader(body.String()))
	r.Header.Set("Content-Type", "application/x-ndjson")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	rc.ServeHTTP(w, r)
	return w.Code
}

// TestDeliveries: each record is handed on once for a key, whatever fails on the way.
func TestDeliveries(t *testing.T) {
	var log errorLog
	h := &picky{fails: map[string]int{"b": 2, "panic": 1}}
	rc := NewReceiver(h, &ReceiverOptions{ErrorHandler: log.Handle, Keys: 2})
	for i, want := range []int{500, 500, 204, 204} {
		if code := post(t, rc, "k", "a", "b", "panic", "c"); code != want {
			t.Errorf("%d: %d, want %d", i, code, want)
		}
	}
	if got := strings.Join(h.got, " "); got != "a c panic b" {
		t.Error(got)
	}
	if errs := log.All(); len(errs) != 3 {
		t.Error(errs)
	}
	if code := post(t, rc, "k", "a"); code != 422 {
		t.Error(code)
	}
	if code := post(t, rc, strings.Repeat("k", 257), "a"); code != 400 {
		t.Error(code)
	}
	h.got = nil
	for _, key := range []string{"1", "2", "1", "k", "1", "2", "2"} { // two are remembered, the latest
		if code := post(t, rc, key, key); code != 204 {
			t.Error(key, code)
		}
	}
	if got := strings.Join(h.got, " "); got != "1 2 k 1 2" {
		t.Error(got)
	}
}

// TestNoKey: without a key 500 means that nothing has been handed on.
func TestNoKey(t *testing.T) {
	for _, keys := range []int{0, -1} {
		var log errorLog
		h := &picky{fails: map[string]int{"a": 2, "b": 1}}
		rc := NewReceiver(h, &ReceiverOptions{ErrorHandler: log.Handle, Keys: keys})
		key := ""
		if keys < 0 {
			key = "k" // is not remembered
		}
		for i, want := range []int{500, 200, 204} {
			if code := post(t, rc, key, "a", "b"); code != want {
				t.Errorf("%d: %d, want %d", i, code, want)
			}
		}
		if got := strings.Join(h.got, " "); got != "b a b" {
			t.Error(got)
		}
	}
}

// TestSameKeyAtOnce: the second request waits for the first, and hands nothing on.
func TestSameKeyAtOnce(t *testing.T) {
	h := &picky{enter: make(chan struct{}), leave: make(chan struct{})}
	rc := NewReceiver(h, nil)
	codes := make(chan int, 2)
	go func() { codes <- post(t, rc, "k", "a") }()
	<-h.enter
	go func() { codes <- post(t, rc, "k", "a") }()
	// One whose client has gone does not wait.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, "POST", "/", strings.NewReader(`{"v":1,"level":0,"msg":"a"}`+"\n"))
	r.Header.Set("Content-Type", "application/x-ndjson")
	r.Header.Set("Idempotency-Key", "k")
	w := httptest.NewRecorder()
	rc.ServeHTTP(w, r)
	if w.Code != 503 {
		t.Error(w.Code)
	}
	h.leave <- struct{}{}
	if a, b := <-codes, <-codes; a != 204 || b != 204 || len(h.got) != 1 {
		t.Error(a, b, h.got)
	}
}

// TestReported: an error of which the handler's own ErrorHandler has been told is not told again.
func TestReported(t *testing.T) {
	var inner, outer errorLog
	h := slogx.NewStreamHandler(failingWriter{}, &slogx.StreamOptions{Options: inner.options()})
	rc := NewReceiver(h, &ReceiverOptions{ErrorHandler: outer.Handle})
	if code := post(t, rc, "", "a"); code != 500 || len(inner.All()) != 1 || len(outer.All()) != 0 {
		t.Error(code, inner.All(), outer.All())
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("full") }

// TestFormThere: what Form sends comes out of a receiver as the same record, as far as a form can say it.
func TestFormThere(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		var out testkit.Buffer
		server := httptest.NewServer(NewReceiver(linesTo(&out), nil))
		o := failOnError(t)
		o.AddSource = true
		h := NewHandler(server.URL, &Options{Options: o, Method: method, Logger: "app", CloseTimeout: time.Minute})
		r := record1("50% off\n", slog.Int("a", 1), slog.Group("g", slog.String("b", "x y")))
		r.Level = slog.LevelWarn
		if err := errors.Join(h.Handle(t.Context(), r), h.Close()); err != nil {
			t.Error(err)
		}
		server.Close()
		got := out.String()
		begin := `{"time":"2026-03-29T`
		if !strings.HasPrefix(got, begin) || !strings.Contains(got, `"level":"WARN","msg":"50% off\n","name":"app","process":`) ||
			!strings.HasSuffix(got, `,"processName":"MainProcess","a":"1","g":"{'b': 'x y'}"}`+"\n") {
			t.Error(got)
		}
	}
}

// TestKeyOfAnotherType: the same bytes can be other records.
func TestKeyOfAnotherType(t *testing.T) {
	var log errorLog
	h := &picky{fails: map[string]int{"a": 1, "b": 1}}
	rc := NewReceiver(h, &ReceiverOptions{ErrorHandler: log.Handle})
	send := func(contentType string) int {
		r := httptest.NewRequest("POST", "/", strings.NewReader(`{"v":1,"msg":"a"}`+"\n"+`{"v":1,"msg":"b"}`))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Idempotency-Key", "k")
		w := httptest.NewRecorder()
		rc.ServeHTTP(w, r)
		return w.Code
	}
	for i, tt := range []struct {
		contentType string
		want        int
	}{{"application/x-ndjson", 500}, {"application/x-www-form-urlencoded", 422}, {"application/jsonl", 204}} {
		if code := send(tt.contentType); code != tt.want {
			t.Errorf("%d: %d, want %d", i, code, tt.want)
		}
	}
	if got := strings.Join(h.got, " "); got != "a b" || len(log.All()) != 2 {
		t.Error(got, log.All())
	}
}

// TestManyFields: a form may have as many attributes as a JSON object.
func TestManyFields(t *testing.T) {
	for n, want := range map[int]int{10_000: 204, 10_001: 400} {
		var out testkit.Buffer
		r := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("a&", n)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		NewReceiver(linesTo(&out), nil).ServeHTTP(w, r)
		if w.Code != want || strings.Contains(out.String(), `"a"`) != (want == 204) {
			t.Errorf("%d: %d %s", n, w.Code, w.Body)
		}
	}
}

// TestDeliveryBytes: there are many deliveries, so that which of its records one has left must not take much.
func TestDeliveryBytes(t *testing.T) {
	ds := deliveries{most: 1}
	d, err := ds.of("k", 1, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for i := range 3 {
		_ = d.take(t.Context(), func(j int) error {
			asked++
			if i < 2 && j%2 == 1 {
				return errors.New("no")
			}
			return nil
		})
		if n := len(d.left.Bits()) * bits.UintSize / 8; n > 1256 || i == 2 && n > 0 {
			t.Errorf("%d bytes", n)
		}
	}
	if asked != 10_000+5000+5000 {
		t.Error(asked)
	}
}
