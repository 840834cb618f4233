package testkit

import (
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestErrorLog(t *testing.T) {
	var l ErrorLog
	if l.Take() != nil || len(l.All()) > 0 || failing(t, l.WantNone) != "" {
		t.Error("an empty log has something")
	}
	tell := func() {
		l.Handle(t.Context(), slog.NewRecord(time.Time{}, slog.LevelInfo, "m", 0), io.EOF)
		l.Add(io.ErrClosedPipe)
	}
	both := []error{io.EOF, io.ErrClosedPipe}
	tell()
	if !slices.Equal(l.All(), both) || !slices.Equal(l.Messages(), []string{"m", ""}) || !slices.Equal(l.Take(), both) || l.Take() != nil {
		t.Error("not what was told, once")
	}
	tell()
	if err := l.Next(t); err != io.EOF || !slices.Equal(l.Messages(), []string{""}) || !slices.Equal(l.Await(t), both[1:]) {
		t.Error("not one after the other")
	}
	for what, want := range map[string]func(testing.TB){
		"another":  func(t testing.TB) { l.Want(t, "EOFs") },
		"two":      func(t testing.TB) { l.Add(io.EOF); l.Want(t, "EOF") },
		"WantNone": l.WantNone,
	} {
		l.Add(io.EOF)
		if failing(t, want) == "" {
			t.Errorf("%s: no failure", what)
		}
		if l.Take() != nil {
			t.Errorf("%s: something is left", what)
		}
	}
	l.Add(io.EOF)
	l.Want(t, "EO")
	l.WantNone(t)
}

// TestErrorLogWaits: for each error as long as it takes, up to a minute.
func TestErrorLogWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l ErrorLog
		start := time.Now()
		for range 3 {
			time.AfterFunc(59*time.Second, func() { l.Add(io.EOF) })
			if errs := l.Await(t); !slices.Equal(errs, []error{io.EOF}) {
				t.Error(errs)
			}
		}
		if took := time.Since(start); took != 177*time.Second {
			t.Errorf("took %v", took)
		}
		if said := failing(t, func(t testing.TB) { _ = l.Next(t) }); said == "" {
			t.Error("no failure")
		}
	})
}

func TestNoErrors(t *testing.T) {
	said := failing(t, func(t testing.TB) {
		NoErrors(t)(t.Context(), slog.NewRecord(time.Time{}, slog.LevelInfo, "lost", 0), errors.New("disk full"))
	})
	if !strings.Contains(said, "lost") || !strings.Contains(said, "disk full") {
		t.Errorf("%q", said)
	}
}
