package eventlogx

import (
	"errors"
	"fmt"
	"strings"
)

// EventCreate is the message file that is on every Windows: its messages 1 to 1000 are each the first insertion string
// alone.
const EventCreate = `%SystemRoot%\System32\EventCreate.exe`

// InstallOptions are the options of [Install]. The zero value is ready to use.
type InstallOptions struct {
	Log string // that the events go to; "": Application

	// Files with messages and with the names of categories, a semicolon between several. Names like %SystemRoot% are
	// expanded by who reads them.
	MessageFile         string // "": EventCreate
	CategoryMessageFile string // "": none, and categories are shown as numbers
	CategoryCount       uint32 // of those in CategoryMessageFile
}

// Install makes source known, so that viewers find the messages of its events: it writes what opts say, or the defaults,
// to the registry's key
//
//	HKLM\SYSTEM\CurrentControlSet\Services\EventLog\<Log>\<source>
//
// That takes an administrator's rights, once, in a program's installer. Where everything is there already it writes
// nothing and needs no rights. It is an error if another log has that source. Handlers that were open before need not be
// opened again, unless opts name a Log. On other systems than Windows it returns [errors.ErrUnsupported].
func Install(source string, opts *InstallOptions) error {
	var o InstallOptions
	if opts != nil {
		o = *opts
	}
	values, err := o.values(source)
	if err != nil {
		return err
	}
	return ended("install", source, install(o.log(), source, values))
}

// Remove makes source unknown again, whatever log it belongs to. It is no error if it is unknown. A source that has a log's
// own name belongs to the system, and is refused. On other systems than Windows it returns [errors.ErrUnsupported].
func Remove(source string) error {
	if err := checkName("source", source); err != nil {
		return err
	}
	return ended("remove", source, remove(source))
}

func ended(verb, source string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("eventlogx: %s source %q: %w", verb, source, err)
}

// value is one of a registry key.
type value struct {
	name   string
	text   string // an expandable string, unless it is empty
	number uint32
}

// allTypes are those a source may use: Error, Warning, Information.
const allTypes = uint32(Error | Warning | Information)

func (o InstallOptions) log() string {
	if o.Log == "" {
		return "Application"
	}
	return o.Log
}

// values returns what belongs into the key of source, and what is wrong with o.
func (o InstallOptions) values(source string) ([]value, error) {
	errs := []error{checkName("source", source), checkName("log", o.log())}
	for _, file := range []string{o.MessageFile, o.CategoryMessageFile} {
		if strings.ContainsRune(file, 0) {
			errs = append(errs, fmt.Errorf("eventlogx: message file %q: a NUL in the name", file))
		}
	}
	if (o.CategoryMessageFile == "") != (o.CategoryCount == 0) {
		errs = append(errs, errors.New("eventlogx: CategoryMessageFile and CategoryCount go together"))
	}
	messages := o.MessageFile
	if messages == "" {
		messages = EventCreate
	}
	values := []value{{name: "EventMessageFile", text: messages}, {name: "TypesSupported", number: allTypes}}
	if o.CategoryMessageFile != "" {
		values = append(values,
			value{name: "CategoryMessageFile", text: o.CategoryMessageFile}, value{name: "CategoryCount", number: o.CategoryCount})
	}
	return values, errors.Join(errs...)
}
