//go:build !windows

package eventlogx

import "errors"

// machine has no event log.
type machine struct{}

func (machine) register(string) (uintptr, error) { return 0, errors.ErrUnsupported }
func (machine) report(uintptr, *event) error     { return errors.ErrUnsupported }
func (machine) deregister(uintptr) error         { return errors.ErrUnsupported }
