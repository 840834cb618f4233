package socketx

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/slogkit-go/slogkit/internal/pyrecord"
	"github.com/slogkit-go/slogkit/internal/testkit"
	"github.com/slogkit-go/slogkit/slogx"
)

// program is a running Python program.
type program struct {
	t     *testing.T
	stdin io.Writer
	out   *bufio.Reader
}

// python runs a program of testdata until the end of the test. Without Python the test is skipped, or fails where that is
// asked for.
func python(t *testing.T, args ...string) program {
	t.Helper()
	python3 := testkit.Peer(t, "python3")
	ctx, cancel := context.WithTimeout(context.Background(), 5*soon)
	args[0] = filepath.Join("testdata", args[0])
	cmd := exec.CommandContext(ctx, python3, args...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			cancel()
		}
		if err := cmd.Wait(); err != nil && !t.Failed() {
			t.Error(err)
		}
		cancel()
	})
	return program{t, stdin, bufio.NewReaderSize(stdout, 1<<20)}
}

// line is the next one that the program prints.
func (p program) line() string {
	p.t.Helper()
	s, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("the program printed %q: %v", s, err)
	}
	return strings.TrimSuffix(s, "\n")
}

func parsed(t *testing.T, line []byte) map[string]any {
	t.Helper()
	m, err := new(pyrecord.Parser).Parse(line)
	if err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return m
}

// many is how many records go each way.
func many() int {
	if testkit.Race {
		return 1000
	}
	return 10_000
}

// TestToPython: CPython's own receiver reads our records, all fields equal.
func TestToPython(t *testing.T) {
	p := python(t, "receive.py")
	o := Options{Encoding: Pickle, Logger: "go.app"}
	o.ErrorHandler, o.AddSource = testkit.NoErrors(t), true
	h := newHandler(t, "tcp", net.JoinHostPort("127.0.0.1", p.line()), o)
	e := &pyrecord.Encoder{Logger: "go.app"}
	with := []slog.Attr{slog.String("service", "shop")}
	sent := make(chan []byte, many())
	go func() {
		derived, e := h.WithAttrs(with).WithGroup("g"), e.With(with).Group("g")
		for i := range many() {
			msg := fmt.Sprintf("record %d %%s\n%s", i, strings.Repeat("é", i%300))
			r := slog.NewRecord(time.Now(), slog.Level(i%25-8), msg, testkit.Here())
			r.AddAttrs(slog.Int("i", i), slog.Uint64("big", math.MaxUint64-uint64(i)), slog.Float64("f", float64(i)/7),
				slog.Bool("even", i%2 == 0), slog.Any("list", []any{i, "x", nil, 0.5}), slog.Group("h", "name", i), slog.Any("nil", nil))
			sent <- e.AppendJSON(nil, &r)
			if err := derived.Handle(context.Background(), r); err != nil {
				t.Error(err)
			}
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		close(sent)
	}()
	n := 0
	for line := range sent {
		want := parsed(t, line)
		want["getMessage()"] = want["msg"]
		got := parsed(t, []byte(p.line()))
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("record %d: %s", n, cmp.Diff(want, got))
		}
		n++
	}
	if n != many() {
		t.Errorf("%d records", n)
	}
}

// TestFromPython: the records of CPython's own handlers arrive, all fields equal.
func TestFromPython(t *testing.T) {
	for network, count := range map[string]int{"tcp": many(), "unix": many() / 10, "udp": many(), "unixgram": many() / 10} {
		t.Run(network, func(t *testing.T) {
			r := newReceiver()
			r.level = math.MinInt
			address := serve(t, &Server{Handler: r, ErrorHandler: testkit.NoErrors(t)}, network)
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				host, port = address, "0"
			}
			kind := "socket"
			if isPacket(network) {
				kind = "datagram"
			}
			p := python(t, "send.py", host, port, strconv.Itoa(count), kind)
			var got []slog.Record
			for s := p.line(); s != "done"; s = p.line() {
				for strings.HasPrefix(s, "sent ") && fmt.Sprint("sent ", len(got)) != s {
					got = append(got, r.next(t).Record)
				}
				if _, err := io.WriteString(p.stdin, "\n"); err != nil {
					t.Fatal(err)
				}
			}
			for len(got) < count {
				got = append(got, r.next(t).Record)
			}
			for i := range got {
				sent := parsed(t, []byte(p.line()))
				want, err := slogx.MakeRecord(sent)
				if err != nil {
					t.Fatal(err)
				}
				if want, got := fields(want), fields(got[i]); !reflect.DeepEqual(want, got) {
					t.Fatalf("record %d: %s", i, cmp.Diff(want, got))
				}
				if i%6 == 1 && got[i].Message != fmt.Sprintf("extra %d of 'é'", i) {
					t.Fatalf("record %d: %q", i, got[i].Message)
				}
			}
			r.wantNone(t)
		})
	}
}

// fields is all that is in a record.
func fields(r slog.Record) map[string]any {
	m := map[string]any{"": []any{r.Time.UnixNano(), int(r.Level), r.Message, r.PC}}
	r.Attrs(func(a slog.Attr) bool {
		m[a.Key] = plain(a.Value)
		return true
	})
	return m
}

func plain(v slog.Value) any {
	if v.Kind() == slog.KindGroup {
		group := map[string]any{}
		for _, a := range v.Group() {
			group[a.Key] = plain(a.Value)
		}
		return group
	}
	if v.Kind() == slog.KindAny {
		b, _ := json.Marshal(v.Any())
		return string(b)
	}
	return v.Any()
}
