package httpx

import (
	"errors"
	"net/http"
	"net/url"
)

const maxRedirects = 10 // as net/http

var (
	errRedirects = permanent(errors.New("stopped after 10 redirects"))
	errElsewhere = permanent(errors.New("redirected to what is neither http nor https"))
	errPlaintext = permanent(errors.New("redirected from https to plain http"))
	errLocation  = permanent(errors.New("redirected to what is no URL"))
)

// redirects returns a CheckRedirect that does not let a body get lost, nor a credential go where it does not belong; next,
// which may be nil, has the last word.
func (e *endpoint) redirects(next func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	return func(r *http.Request, via []*http.Request) error {
		if r.Method != e.method { // net/http would go on without the body
			return http.ErrUseLastResponse
		}
		if e.leaves(r, via) {
			e.strip(r.Header)
		}
		switch {
		case r.URL.Scheme != "http" && r.URL.Scheme != "https":
			return errElsewhere
		case r.URL.Scheme == "http" && e.url.Scheme == "https": // the records are not for everybody to read
			return errPlaintext
		case next != nil:
			return next(r, via)
		case len(via) >= maxRedirects:
			return errRedirects
		}
		return nil
	}
}

// leaves reports whether the way to r leads through another host, port or scheme.
func (e *endpoint) leaves(r *http.Request, via []*http.Request) bool {
	for _, v := range via {
		if !sameOrigin(v.URL, e.url) {
			return true
		}
	}
	return !sameOrigin(r.URL, e.url)
}

// strip leaves what any server may know: neither credentials nor a header of which we cannot say what it is.
func (e *endpoint) strip(h http.Header) {
	for name := range h {
		switch name {
		case "Accept", "Accept-Encoding", "Content-Encoding", "Content-Type", "User-Agent", "Idempotency-Key":
		default: // Referer as well, whose query may be a record
			delete(h, name)
		}
	}
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && a.Hostname() == b.Hostname() && port(a) == port(b)
}

func port(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case u.Scheme == "https":
		return "443"
	default:
		return "80"
	}
}
