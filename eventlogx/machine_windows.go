package eventlogx

import "golang.org/x/sys/windows"

// machine is the event log of this one.
type machine struct{}

func (machine) register(source string) (uintptr, error) {
	name, err := windows.UTF16PtrFromString(source)
	if err != nil {
		return 0, err
	}
	handle, err := windows.RegisterEventSource(nil, name)
	return uintptr(handle), err
}

func (machine) report(handle uintptr, e *event) error {
	return windows.ReportEvent(windows.Handle(handle), uint16(e.eventType), e.category, e.id, 0,
		uint16(len(e.strings)), 0, &e.strings[0], nil)
}

func (machine) deregister(handle uintptr) error {
	return windows.DeregisterEventSource(windows.Handle(handle))
}
