package eventlogx

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// logsKey has a key for each log, in which each source has one.
const logsKey = `SYSTEM\CurrentControlSet\Services\EventLog`

// errOwn is for a source that has the name of its log, which the system writes to itself.
var errOwn = errors.New("it is a log's own")

func install(log, source string, values []value) error {
	logs, err := logsOf(source)
	if err != nil {
		return err
	}
	for _, other := range logs {
		switch {
		case strings.EqualFold(other, source):
			return errOwn
		case !strings.EqualFold(other, log):
			return fmt.Errorf("it belongs to the log %q", other)
		}
	}
	path := logsKey + `\` + log + `\` + source
	if len(logs) > 0 {
		if key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE); err == nil {
			defer key.Close()
			if hasAll(key, values) {
				return nil
			}
		}
	}
	key, _, err := registry.CreateKey(registry.LOCAL_MACHINE, path, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	for _, v := range values {
		if v.text != "" {
			err = errors.Join(err, key.SetExpandStringValue(v.name, v.text))
		} else {
			err = errors.Join(err, key.SetDWordValue(v.name, v.number))
		}
	}
	return err
}

func hasAll(key registry.Key, values []value) bool {
	for _, v := range values {
		if v.text != "" {
			if text, _, err := key.GetStringValue(v.name); err != nil || text != v.text {
				return false
			}
		} else if n, _, err := key.GetIntegerValue(v.name); err != nil || n != uint64(v.number) {
			return false
		}
	}
	return true
}

func remove(source string) error {
	logs, err := logsOf(source)
	if err != nil {
		return err
	}
	for _, log := range logs {
		if strings.EqualFold(log, source) {
			return errOwn
		}
	}
	for _, log := range logs {
		err := registry.DeleteKey(registry.LOCAL_MACHINE, logsKey+`\`+log+`\`+source)
		if err != nil && !errors.Is(err, windows.ERROR_FILE_NOT_FOUND) { // somebody may have been faster
			return err
		}
	}
	return nil
}

// logsOf returns the logs that have a source of that name; one, if nobody has made a mistake.
func logsOf(source string) ([]string, error) {
	all, err := registry.OpenKey(registry.LOCAL_MACHINE, logsKey, registry.ENUMERATE_SUB_KEYS)
	if errors.Is(err, windows.ERROR_FILE_NOT_FOUND) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer all.Close()
	names, err := all.ReadSubKeyNames(-1)
	if err != nil {
		return nil, err
	}
	var logs []string
	for _, log := range names {
		key, err := registry.OpenKey(all, log+`\`+source, registry.QUERY_VALUE)
		switch {
		case err == nil:
			_ = key.Close()
			logs = append(logs, log)
		case errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_FILE_NOT_FOUND):
			// The log Security may be read by administrators only.
		default:
			return nil, err
		}
	}
	return logs, nil
}
