package httpx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slogkit-go/slogkit/slogx"
)

// TestInvalid: what cannot work is an error for each record, which says why, and nothing is sent.
func TestInvalid(t *testing.T) {
	token := func(context.Context) (string, error) { return "t", nil }
	for _, tt := range []struct {
		url  string
		opts Options
		want string
	}{
		{"ftp://h/", Options{}, `invalid URL: want http:// or https:// and a host, got "ftp://h/"`},
		{"http:///x", Options{}, `invalid URL: want http:// or https:// and a host, got "http:///x"`},
		{"http://u:secret@h:x", Options{}, "invalid URL: what is before its @ may need escapes (RFC 3986, section 3.2.1)"},
		{"https://u:secret/%zz@h/", Options{}, "invalid URL: what is before its @ may need escapes (RFC 3986, section 3.2.1)"},
		{"https://h:x", Options{}, `invalid URL: invalid port ":x" after host`},
		{"https://h", Options{Method: "PUT"}, `invalid Method for Form: "PUT", want one of ["GET" "POST"]`},
		{"https://h", Options{Method: "GET", Encoding: JSON}, `invalid Method for JSON: "GET", want one of ["POST" "PUT"]`},
		{"https://h", Options{Encoding: 7}, "invalid Encoding: 7"},
		{"https://h", Options{Gzip: true}, "invalid Gzip: a GET has no body"},
		{"https://h", Options{Encoding: JSON, Options: slogx.Options{Format: slogx.Text}}, errNotJSON.Error()},
		{"https://h", Options{Header: http.Header{"Idempotency-Key": {"1"}}}, "invalid Header: Idempotency-Key is not for you to set"},
		{"https://h", Options{Header: http.Header{"x-y": {"1"}}}, `invalid Header: "x-y" is not the canonical name of one`},
		{"https://h", Options{Header: http.Header{"X y": {"1"}}}, `invalid Header: "X y" is not the canonical name of one`},
		{"https://h", Options{Header: http.Header{"X": {"1\r\nY: 2"}}}, "invalid Header: X has no value, or control characters in it"},
		{"https://h", Options{Header: http.Header{"X": nil}}, "invalid Header: X has no value, or control characters in it"},
		{"https://h", Options{Username: "a:b"}, "invalid Username: it has a colon (RFC 7617, section 2)"},
		{"https://h", Options{Header: http.Header{"Authorization": {"", "x"}}, Token: token}, "invalid credentials: Token and Header Authorization at once"},
		{"http://h", Options{Header: http.Header{"Authorization": {"", "x"}}}, "Header Authorization refused over plain http, for want of AllowPlaintextAuth"},
		{"https://h", Options{Username: "a", Token: token}, "invalid credentials: Username and Password and Token at once"},
		{"http://h", Options{Username: "a"}, "Username and Password refused over plain http, for want of AllowPlaintextAuth"},
		{"http://u@localhost", Options{}, "Username and Password refused over plain http, for want of AllowPlaintextAuth"},
		{"http://h", Options{Token: token}, "Token refused over plain http, for want of AllowPlaintextAuth"},
		{
			"http://127.0.0.1",
			Options{Header: http.Header{"Authorization": {"x"}, "X-Api-Key": {"k"}, "Cookie": {"c"}, "X-Env": {"e"}}},
			"Header Authorization, Header Cookie, Header X-Api-Key refused over plain http, for want of AllowPlaintextAuth",
		},
	} {
		t.Run(tt.want, func(t *testing.T) {
			var log errorLog
			tr := new(transport)
			tt.opts.ErrorHandler, tt.opts.Client = log.Handle, tr.client()
			h := NewHandler(tt.url, &tt.opts)
			err := h.WithAttrs([]slog.Attr{slog.Int("a", 1)}).WithGroup("g").Handle(t.Context(), record1("x"))
			if err == nil || err.Error() != "httpx: "+tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
			if errs := log.All(); len(errs) != 1 || errs[0].Error() != "httpx: "+tt.want {
				t.Errorf("told %q", errs)
			}
			if err := h.Close(); err != nil {
				t.Error(err)
			}
			if len(tr.got()) > 0 {
				t.Error("something was sent")
			}
		})
	}
}

// TestRequests: what requests look like.
func TestRequests(t *testing.T) {
	const wireForm = `{"v":1,"time":"2026-03-29T12:34:56.000000789Z","level":0,"msg":"hello"}`
	const text = `{"time":"2026-03-29T12:34:56.000000789Z","level":"INFO","msg":"hello"}`
	fields := func(slog.Record) []slog.Attr {
		return []slog.Attr{slog.String("a", "b c"), slog.Duration("d", time.Second)}
	}
	for name, tt := range map[string]struct {
		url    string
		opts   Options
		want   string // method, host, URI
		body   string
		header http.Header
	}{
		"GET":      {"https://h/p?q=1#f", Options{MapRecord: fields}, "GET h /p?q=1&a=b+c&d=1000000000", "", http.Header{"Content-Type": nil}},
		"no query": {"https://h", Options{MapRecord: fields}, "GET h /?a=b+c&d=1000000000", "", nil},
		"POST": {
			"https://h/p?q=1",
			Options{MapRecord: fields, Method: "post"},
			"POST h /p?q=1", "a=b+c&d=1000000000",
			http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept-Encoding": {"identity"}},
		},
		"JSON":   {"https://h/p", Options{Encoding: JSON}, "POST h /p", "[" + wireForm + "]", http.Header{"Content-Type": {"application/json"}}},
		"NDJSON": {"https://h/p", Options{Encoding: NDJSON}, "POST h /p", wireForm + "\n", http.Header{"Content-Type": {"application/x-ndjson"}}},
		"PUT": {
			"https://h/p",
			Options{Encoding: NDJSON, Gzip: true, Method: "PUT"},
			"PUT h /p", wireForm + "\n",
			http.Header{"Content-Encoding": {"gzip"}, "Content-Type": {"application/x-ndjson"}},
		},
		"Format": {"https://h/p", Options{Encoding: JSON, Options: slogx.Options{Format: slogx.JSON}}, "POST h /p", "[" + text + "]", nil},
		"foreign Format": {
			"https://h/p",
			Options{Encoding: NDJSON, Options: slogx.Options{Format: slogx.FormatOf(slog.NewJSONHandler)}},
			"POST h /p", text + "\n", nil,
		},
		"Header": {
			"https://h/p",
			Options{Encoding: JSON, Header: http.Header{"Host": {"other"}, "X-Scope": {"1", "2"}, "User-Agent": {"me"}, "Content-Type": {"text/json"}}},
			"POST other /p", "[" + wireForm + "]",
			http.Header{"X-Scope": {"1", "2"}, "User-Agent": {"me"}, "Content-Type": {"text/json"}, "Host": nil},
		},
		"userinfo": {
			"https://u:p%40@h/p",
			Options{Encoding: JSON},
			"POST h /p", "[" + wireForm + "]",
			http.Header{"Authorization": {"Basic dTpwQA=="}, "User-Agent": {"slogkit-httpx"}},
		},
		"bearer": {
			"https://h/p",
			Options{Encoding: JSON, Token: func(context.Context) (string, error) { return "t0ken", nil }},
			"POST h /p", "[" + wireForm + "]",
			http.Header{"Authorization": {"Bearer t0ken"}},
		},
		"plaintext": {
			"http://h/p",
			Options{Encoding: JSON, Username: "u", Password: "p", AllowPlaintextAuth: true},
			"POST h /p", "[" + wireForm + "]",
			http.Header{"Authorization": {"Basic dTpw"}},
		},
	} {
		for _, synchronous := range []bool{false, true} {
			t.Run(fmt.Sprint(name, synchronous), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					tr := new(transport)
					tt.opts.Client, tt.opts.ErrorHandler, tt.opts.Synchronous = tr.client(), failOnError(t).ErrorHandler, synchronous
					h := NewHandler(tt.url, &tt.opts)
					if err := h.Handle(t.Context(), record1("hello")); err != nil {
						t.Fatal(err)
					}
					if err := h.Close(); err != nil {
						t.Fatal(err)
					}
					got := tr.got()[0]
					if what := got.method + " " + got.host + " " + got.uri; what != tt.want || got.body != tt.body {
						t.Errorf("%s %q, want %s %q", what, got.body, tt.want, tt.body)
					}
					for name, want := range tt.header {
						if !slices.Equal(got.header[name], want) {
							t.Errorf("%s: %q, want %q", name, got.header[name], want)
						}
					}
					if len(got.header.Get("Idempotency-Key")) < 20 {
						t.Error("no key")
					}
					wantStats(t, h, 1, 0, 0, 0)
				})
			})
		}
	}
}

// TestPythonDict: without MapRecord the fields are those of a LogRecord, and the attributes; what is in them has its repr.
func TestPythonDict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := new(transport)
		h := NewHandler("https://h/", &Options{Options: failOnError(t), Client: tr.client(), Logger: "app"})
		r := record1("it's 100% é", slog.Any("l", []any{1, "it's", nil, true, 0.5, map[string]int{"k": 1}}),
			slog.Group("g", slog.Int("a", 1), slog.String("b", "c")), slog.Any("e", []int{}), slog.String("args", "x"))
		if err := h.WithAttrs([]slog.Attr{slog.Bool("w", true)}).Handle(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		uri := tr.got()[0].uri
		begin := "/?name=app&msg=it%27s+100%25+%C3%A9&args=None&levelname=INFO&levelno=20&pathname=%28unknown+file%29&filename="
		end := "&taskName=None&w=True&l=%5B1%2C+%22it%27s%22%2C+None%2C+True%2C+0.5%2C+%7B%27k%27%3A+1%7D%5D" +
			"&g=%7B%27a%27%3A+1%2C+%27b%27%3A+%27c%27%7D&e=%5B%5D&args_=x"
		if !strings.HasPrefix(uri, begin) || !strings.HasSuffix(uri, end) || !strings.Contains(uri, "&created=1774787696.0000007&msecs=0.0&") {
			t.Errorf("%s\nwant %s\n...\n%s", uri, begin, end)
		}
	})
}

// TestBatches: for their number, their bytes, their age; a long record goes alone.
func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := new(transport)
		h := NewHandler("https://h/", &Options{
			Options: failOnError(t), Client: tr.client(), Encoding: NDJSON,
			Batch: Batch{Records: 3, Bytes: 500, Age: 2 * time.Second},
		})
		log := func(msgs ...string) {
			for _, m := range msgs {
				if err := h.Handle(t.Context(), record1(m)); err != nil {
					t.Error(err)
				}
			}
			synctest.Wait()
		}
		long := strings.Repeat("x", 600)
		log("1", "2", "3", "4")
		time.Sleep(2*time.Second + 1)
		log("5")
		log(long)
		log("6")
		if err := h.Flush(); err != nil {
			t.Error(err)
		}
		log("7")
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		var got []string
		for _, r := range tr.got() {
			got = append(got, strings.Join(messages(t, r.body), " "))
		}
		if want := []string{"1 2 3", "4", "5", long, "6", "7"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		wantStats(t, h, 8, 0, 0, 0)
	})
}

// TestFull: what a policy drops is told once for all.
func TestFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log errorLog
		tr := new(transport)
		gate := make(chan struct{})
		tr.answer = func(int, request) (*http.Response, error) { <-gate; return status(204), nil }
		h := NewHandler("https://h/", &Options{
			Options: log.options(), Client: tr.client(), Encoding: JSON,
			Batch: Batch{Age: -1}, Queue: Queue{Records: 4, Policy: DropNewest},
		})
		for i := range 10 {
			err := h.Handle(t.Context(), record1("x"))
			if i < 4 && err != nil || i >= 4 && (!errors.Is(err, ErrFull) || err.Error() != "httpx: full: record dropped") {
				t.Error(i, err)
			}
			synctest.Wait()
		}
		wantStats(t, h, 0, 6, 0, 4)
		close(gate)
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		errs := log.All()
		var d *DropError
		if len(errs) != 1 || !errors.As(errs[0], &d) || d.N != 6 || d.Levels[slog.LevelInfo] != 6 {
			t.Error(errs)
		}
		wantStats(t, h, 4, 6, 0, 0)
	})
}

// TestTooLong: such a record is an error, and no other suffers.
func TestTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log errorLog
		tr := new(transport)
		h := NewHandler("https://h/", &Options{Options: log.options(), Client: tr.client(), Encoding: JSON, MaxRecordBytes: 100})
		err := h.Handle(t.Context(), record1(strings.Repeat("x", 100)))
		if err == nil || !strings.Contains(err.Error(), "httpx: a record of 166 bytes, more than MaxRecordBytes (100)") {
			t.Error(err)
		}
		if err := h.Handle(t.Context(), record1("y")); err != nil {
			t.Error(err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if got := tr.got(); len(got) != 1 || len(messages(t, got[0].body)) != 1 || len(log.All()) != 1 {
			t.Error(got, log.All())
		}
	})
}

// TestForeignFormat: what is not JSON is an error, and not sent.
func TestForeignFormat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log errorLog
		tr := new(transport)
		o := log.options()
		o.Format = slogx.FormatOf(slog.NewTextHandler)
		h := NewHandler("https://h/", &Options{Options: o, Client: tr.client(), Encoding: NDJSON})
		if err := h.Handle(t.Context(), record1("x")); !errors.Is(err, errNotJSON) {
			t.Error(err)
		}
		if err := h.Close(); err != nil || len(tr.got()) > 0 || len(log.All()) != 1 {
			t.Error(err, tr.got(), log.All())
		}
	})
}

// TestClosed: Close sends what waits, comes twice without harm, and then Handle returns ErrClosed.
func TestClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, synchronous := range []bool{false, true} {
			var log errorLog
			tr := new(transport)
			h := NewHandler("https://h/", &Options{Options: log.options(), Client: tr.client(), Encoding: JSON, Synchronous: synchronous})
			derived := h.WithAttrs([]slog.Attr{slog.Int("a", 1)})
			if err := derived.Handle(t.Context(), record1("x")); err != nil {
				t.Error(err)
			}
			if err := slogx.Close(derived); err != nil {
				t.Error(err)
			}
			if err := errors.Join(h.Close(), h.Flush()); err != nil {
				t.Error(err)
			}
			if err := derived.Handle(t.Context(), record1("x")); !errors.Is(err, slogx.ErrClosed) || !errors.Is(err, os.ErrClosed) {
				t.Error(err)
			}
			if len(tr.got()) != 1 || len(log.All()) != 1 {
				t.Error(tr.got(), log.All())
			}
			wantStats(t, h, 1, 0, 0, 0)
		}
	})
}

// TestShutdown: what cannot be sent in time is lost, and counted, and the error says why.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log errorLog
		tr := &transport{answer: always(503)}
		h := NewHandler("https://h/p", &Options{Options: log.options(), Client: tr.client(), Encoding: JSON, Retry: Retry{Start: time.Minute, Max: time.Hour}})
		for range 3 {
			if err := h.Handle(t.Context(), record1("x")); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(2 * time.Second)
		began := time.Now()
		err := slogx.Close(h)
		if took := time.Since(began); took != 5*time.Second {
			t.Error(took)
		}
		const want = "slogx: Close: *httpx.Handler: httpx: close: 3 records lost: context deadline exceeded: POST https://h/p: Service Unavailable"
		if err == nil || err.Error() != want || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want %s", err, want)
		}
		if n := len(tr.got()); n != 2 { // Close has it tried once more
			t.Errorf("%d requests", n)
		}
		wantStats(t, h, 0, 3, 0, 0)
	})
}

// TestFlushTries: a batch that waits for its next try is tried at once.
func TestFlushTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := new(transport)
		tr.answer = func(n int, _ request) (*http.Response, error) {
			if n == 1 {
				return nil, errors.New("refused")
			}
			return status(200), nil
		}
		h := NewHandler("https://h/p", &Options{Options: failOnError(t), Client: tr.client(), Encoding: JSON, Batch: Batch{Age: -1}, Retry: Retry{Start: time.Minute, Max: time.Hour}})
		if err := h.Handle(t.Context(), record1("x")); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		began := time.Now()
		if err := h.Flush(); err != nil || time.Since(began) > 0 {
			t.Error(err, time.Since(began))
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestGoroutines: there is none before the first record, and one for however many.
func TestGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inside, most := 0, 0
		var mu sync.Mutex
		tr := new(transport)
		tr.answer = func(int, request) (*http.Response, error) {
			mu.Lock()
			inside++
			most = max(most, inside)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			inside--
			mu.Unlock()
			return status(200), nil
		}
		h := NewHandler("https://h/p", &Options{Options: failOnError(t), Client: tr.client()})
		for range 20 {
			if err := h.Handle(t.Context(), record1("x")); err != nil {
				t.Error(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := h.Shutdown(ctx); err != nil || most != 1 || len(tr.got()) != 20 {
			t.Error(err, most, len(tr.got()))
		}
	})
}

// TestSource: AddSource has the place of the log call sent, with every encoding.
func TestSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, encoding := range []Encoding{Form, JSON, NDJSON} {
			for _, add := range []bool{false, true} {
				tr := new(transport)
				o := failOnError(t)
				o.AddSource = add
				h := NewHandler("https://h/", &Options{Options: o, Client: tr.client(), Encoding: encoding, Method: "POST"})
				slog.New(h).Info("x")
				if err := h.Close(); err != nil {
					t.Error(err)
				}
				if body := tr.got()[0].body; strings.Contains(body, "handler_test.go") != add {
					t.Errorf("%v %v: %s", encoding, add, body)
				}
			}
		}
	})
}

// TestWithMapRecord: MapRecord sees what WithAttrs and WithGroup gave.
func TestWithMapRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := new(transport)
		h := NewHandler("https://h/", &Options{
			Options: failOnError(t), Client: tr.client(),
			MapRecord: func(r slog.Record) (fields []slog.Attr) {
				fields = append(fields, slog.String("text", r.Message), slog.Any("lvl", r.Level))
				r.Attrs(func(a slog.Attr) bool {
					fields = append(fields, a)
					return true
				})
				return fields
			},
		})
		slog.New(h).With("a", 1).WithGroup("g").With("b", "x").Info("hello", "c", 2.0)
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		const want = "/?text=hello&lvl=INFO&a=1&g=%7B%27b%27%3A+%27x%27%2C+%27c%27%3A+2.0%7D"
		if uri := tr.got()[0].uri; uri != want {
			t.Errorf("%s, want %s", uri, want)
		}
	})
}
