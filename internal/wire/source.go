package wire

import (
	"log/slog"
	"strconv"
	"sync/atomic"

	"github.com/slogkit-go/slogkit/internal/wire/token"
)

// Source returns where in the program r was made; nil if that is not known. The record of another process says so in its
// first attribute, slog.SourceKey with a *slog.Source; then isAttr is true. The Source must not be changed.
func Source(r *slog.Record) (src *slog.Source, isAttr bool) {
	if r.PC != 0 {
		src = &callSiteAt(r.PC).src
	} else {
		src, isAttr = sourceAttr(r), true
	}
	if src == nil || *src == (slog.Source{}) {
		return nil, false
	}
	return src, isAttr
}

func sourceAttr(r *slog.Record) (src *slog.Source) {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == slog.SourceKey && a.Value.Kind() == slog.KindAny {
			src, _ = a.Value.Any().(*slog.Source)
		}
		return false
	})
	return src
}

type callSite struct {
	pc    uintptr
	src   slog.Source
	field string // of the wire form; "" if nothing is known
}

// callSites remembers the call sites that were met last, since to resolve one takes many times what it takes to find it
// here. Each has a few places where it may stand.
var callSites [4096]atomic.Pointer[callSite]

func callSiteAt(pc uintptr) *callSite {
	const places = 4
	free := &callSites[pc%uintptr(len(callSites))]
	for i := range uintptr(places) {
		place := &callSites[(pc+i)%uintptr(len(callSites))]
		site := place.Load()
		if site == nil {
			free = place
			break
		}
		if site.pc == pc {
			return site
		}
	}
	site := &callSite{pc: pc, src: *slog.Record{PC: pc}.Source()}
	if site.src != (slog.Source{}) {
		site.field = string(appendSource([]byte(sourceField), &site.src))
	}
	free.Store(site)
	return site
}

const sourceField = `,"source":`

func appendSource(b []byte, src *slog.Source) []byte {
	sep := byte('{')
	if src.Function != "" {
		b = token.AppendString(append(append(b, sep), `"function":`...), src.Function)
		sep = ','
	}
	if src.File != "" {
		b = token.AppendString(append(append(b, sep), `"file":`...), src.File)
		sep = ','
	}
	if src.Line != 0 {
		b = strconv.AppendInt(append(append(b, sep), `"line":`...), int64(src.Line), 10)
		sep = ','
	}
	if sep == '{' {
		b = append(b, '{')
	}
	return append(b, '}')
}
