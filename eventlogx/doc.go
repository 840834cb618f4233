// Package eventlogx writes records to the event log of Windows, as Python's NTEventLogHandler does.
//
//	if err := eventlogx.Install("shop", nil); err != nil { // in the installer, which is an administrator's
//		return err
//	}
//
//	h := eventlogx.NewHandler("shop", nil) // in the program
//	defer h.Close()
//	slog.New(h).Warn("stock is low", "item", "tea", "left", 3)
//
// makes a Warning of source shop, identifier 1, whose text is
//
//	stock is low item=tea left=3
//
// # Events
//
// The type comes from the level: Information, Warning or Error, see [MapLevel]. Options.EventType, EventID, Category and
// Strings set these by record. Time and level are not in the text, for the log has them beside it, unless a Format, such
// as slogx.JSON, puts them there; ReplaceAttr sees what is in the text: attributes, the message and, with AddSource, the
// source.
//
// What a viewer shows for an event is a message from the source's message file, in which the strings of the event are
// inserted. [Install] names that file in the registry. Its default is EventCreate.exe, which is on every Windows and has
// messages 1 to 1000, each of them the text alone. A source that is not installed is no error for the system: events go
// to the log Application, and viewers say that the description cannot be found, and show the text after that. The same
// happens for an identifier that the file does not have, which is why EventID is kept within MinEventID and MaxEventID.
//
// # Text
//
// Strings are UTF-16 and end at a NUL. Nothing in a record can end one: control characters other than tab and line ends
// are written as Go would in a string, \x00, and invalid UTF-8 becomes U+FFFD. The strings of an event may have 31,839
// units together, ReportEvent's limit for one; a longer text is cut between two characters, and counted.
//
// Viewers expand insertion codes, which are %1, %%1 and %{...}, in the strings too, again and again, and there is no way
// to escape one ([MS-EVEN], section 3.2.4.1.5). With a code in a record somebody could pull in other texts, or repeat
// one until the viewer gives up. So a space comes after such a percent sign: "/a%20b" is logged as "/a% 20b". Where events
// are only read by programs that take the strings as they are, KeepPercent turns that off.
//
// # Delivery
//
// Handle formats on the caller's goroutine, without an allocation, and calls ReportEvent there; no goroutine is started.
// The system has the event when Handle returns, and keeps it when the program dies. ReportEvent has no deadline: it asks
// a service of this machine. If that fails, the source is registered anew and the event tried once more. If that fails
// too, the record is an error, and the next one begins by registering again.
//
// On other systems every constructor works, and Handle, [Install] and [Remove] return [errors.ErrUnsupported].
//
// # Differences from Python
//
//   - NewHandler does not write to the registry. Python's constructor does, and goes on in silence where it may not;
//     its event source stays unknown then. [Install] and [Remove] are functions of their own, and may be called twice.
//   - The message file is EventCreate.exe, not win32service.pyd, which moves with every installation of Python.
//   - Levels that are not one of Python's five have the type of the range they are in; Python calls all of them Error.
//   - getEventType, getEventCategory and getMessageID are options, and an identifier that the message file does not have
//     is moved into its range.
//   - A NUL does not cut the text, an insertion code is not expanded, and a text that is too long is cut, not lost.
//   - Python registers the source for each record; the handle is kept here until Close.
//   - Where there is no event log, Python prints a line at once and then drops records in silence.
package eventlogx
