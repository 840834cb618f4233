package httpx

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slogkit-go/slogkit/internal/wire/token"
)

// oracle is what CPython's HTTPHandler has sent.
type oracle struct {
	Cases []oracleCase `json:"cases"`
}

type oracleCase struct {
	Label       string          `json:"label"`
	Method      string          `json:"method"`
	URL         string          `json:"url"`
	Credentials []string        `json:"credentials"`
	Host        string          `json:"host"`
	Record      json.RawMessage `json:"record"`
	Request     []byte          `json:"request"`
}

// TestPython: the request line, the host, the credentials, the content type and the body are those of CPython, for a
// record that MapRecord gives the same fields.
func TestPython(t *testing.T) {
	data, err := os.ReadFile("../testdata/oracle/http.json")
	if err != nil {
		t.Fatal(err)
	}
	var o oracle
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatal(err)
	}
	if len(o.Cases) != 23 {
		t.Fatalf("%d cases", len(o.Cases))
	}
	var got request
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = request{r.Method, r.RequestURI, r.Host, r.Header, string(body)}
	}))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for _, c := range o.Cases {
		t.Run(c.Label, func(t *testing.T) {
			opts := &Options{
				Options: failOnError(t), Method: c.Method, Synchronous: true, AllowPlaintextAuth: true, Retry: patience, Timeout: time.Minute,
				MapRecord: func(slog.Record) []slog.Attr { return pythonFields(t, c.Record) },
			}
			if c.Credentials != nil {
				opts.Username, opts.Password = c.Credentials[0], c.Credentials[1]
			}
			h := closing(t, NewHandler("http://"+strings.Replace(c.Host, "{PORT}", port, 1)+c.URL, opts))
			if err := h.Handle(t.Context(), record1("x")); err != nil {
				t.Fatal(err)
			}
			want := parseRequest(t, bytes.ReplaceAll(c.Request, []byte("{PORT}"), []byte(port)))
			for name := range got.header {
				switch name {
				case "User-Agent", "Idempotency-Key": // ours
					delete(got.header, name)
				}
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(request{})); diff != "" {
				t.Error("-CPython +ours\n" + diff)
			}
		})
	}
}

// pythonFields returns a recorded __dict__ in its order.
func pythonFields(t *testing.T, dict []byte) (fields []slog.Attr) {
	t.Helper()
	r := token.NewReader(string(dict))
	for more := r.Open('{'); more; more = r.More('{') {
		key := r.Key()
		var v any
		dec := json.NewDecoder(strings.NewReader(r.Raw()))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if shown, ok := v.(map[string]any); ok {
			v = shownValue(shown["repr"].(string))
		}
		fields = append(fields, slog.Any(key, v))
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return fields
}

// shownValue returns the value of a repr where there is a Go type for it, else the repr.
func shownValue(repr string) any {
	switch repr {
	case "[1, 'a']":
		return []any{1, "a"}
	case "{'k': 'v'}":
		return map[string]string{"k": "v"}
	case `b'\x00\xff'`:
		return []byte{0, 0xff}
	}
	return repr
}

func parseRequest(t *testing.T, raw []byte) request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return request{r.Method, r.RequestURI, r.Host, r.Header, string(body)}
}
