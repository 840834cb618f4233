//go:build !windows

package eventlogx

import "errors"

func install(string, string, []value) error { return errors.ErrUnsupported }
func remove(string) error                   { return errors.ErrUnsupported }
