package testkit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

var children = Children{
	"echo":  func() { fmt.Printf("%q", os.Args[1:]) },
	"fails": func() { os.Exit(7) },
}

func TestMain(m *testing.M) { children.Main(m) }

func TestChildren(t *testing.T) {
	if out, err := children.Command(t, "echo", "-a", "b c").CombinedOutput(); err != nil || string(out) != `["-a" "b c"]` {
		t.Errorf("%s, %v", out, err)
	}
	if exit, ok := errors.AsType[*exec.ExitError](children.Command(t, "fails").Run()); !ok || exit.ExitCode() != 7 {
		t.Error(exit)
	}
	if failing(t, func(t testing.TB) { children.Command(t, "unborn") }) == "" {
		t.Error("there is a child that nobody knows")
	}
}
