package reported

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

// uncomparable is an error of a type whose values cannot be compared.
type uncomparable []string

func (e uncomparable) Error() string { return fmt.Sprint([]string(e)) }

// hollow wraps nothing.
type hollow struct{}

func (hollow) Error() string { return "hollow" }
func (hollow) Unwrap() error { return nil }

func TestRest(t *testing.T) {
	odd := uncomparable{"odd"}
	both := errors.Join(Mark(io.EOF), io.ErrNoProgress)
	for _, tt := range []struct {
		err  error
		want string // of the rest; "": nothing
		all  bool   // the rest is err itself
	}{
		{nil, "", true},
		{io.EOF, "EOF", true},
		{Mark(nil), "", true},
		{Mark(io.EOF), "", false},
		{Mark(Mark(io.EOF)), "", false},
		{fmt.Errorf("a: %w", io.EOF), "a: EOF", true},
		{fmt.Errorf("a: %w", Mark(io.EOF)), "", false},
		{fmt.Errorf("a: %w", fmt.Errorf("b: %w", Mark(io.EOF))), "", false},
		{errors.Join(io.EOF, io.ErrNoProgress), "EOF\n" + io.ErrNoProgress.Error(), true},
		{errors.Join(Mark(io.EOF), Mark(io.ErrNoProgress)), "", false},
		{both, io.ErrNoProgress.Error(), false},
		{errors.Join(io.EOF, both, io.ErrShortWrite), "EOF\n" + io.ErrNoProgress.Error() + "\n" + io.ErrShortWrite.Error(), false},
		{fmt.Errorf("a: %w", both), io.ErrNoProgress.Error(), false},
		{fmt.Errorf("%w: %w", Mark(io.EOF), odd), "[odd]", false},
		{odd, "[odd]", true},
		{errors.Join(odd, odd), "[odd]\n[odd]", true},
		{errors.Join(fmt.Errorf("a: %w", odd), Mark(odd)), "a: [odd]", false},
		{hollow{}, "hollow", true},
		{errors.Join(hollow{}, Mark(io.EOF)), "hollow", false},
	} {
		got := Rest(tt.err)
		switch {
		case tt.want == "" && got == nil:
		case got == nil || got.Error() != tt.want:
			t.Errorf("Rest(%q) = %v, want %q", tt.err, got, tt.want)
		}
		if _, all := restOf(tt.err); all != tt.all {
			t.Errorf("%q: all of it is new: %v", tt.err, all)
		}
	}
}

func TestMarkedErrorsAreFound(t *testing.T) {
	err := fmt.Errorf("a: %w", Mark(fmt.Errorf("b: %w", io.EOF)))
	if !errors.Is(err, io.EOF) || err.Error() != "a: b: EOF" {
		t.Error(err)
	}
	var odd uncomparable
	if !errors.As(Mark(uncomparable{"odd"}), &odd) || odd[0] != "odd" {
		t.Error(odd)
	}
	if Mark(io.EOF) != Mark(io.EOF) { //nolint:errorlint // an error that is marked once can still be compared
		t.Error("a marked error differs from itself")
	}
}
