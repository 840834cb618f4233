package httpx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// endpoint is where requests go, and what all of them say.
type endpoint struct {
	method string
	url    *url.URL // without credentials and fragment
	host   string   // of the Host header; "": that of the URL
	header http.Header
	login  *url.Userinfo
	token  func(context.Context) (string, error)
}

// newEndpoint returns what o says of an endpoint, and what is wrong with it.
func newEndpoint(address string, o *Options) (*endpoint, error) {
	e := &endpoint{header: o.Header.Clone(), token: o.Token}
	if e.header == nil {
		e.header = http.Header{}
	}
	errs := []error{e.parse(address), e.setMethod(o)}
	if o.Username != "" || o.Password != "" {
		e.login = url.UserPassword(o.Username, o.Password)
	}
	errs = append(errs, checkHeader(e.header), e.checkCredentials(o.AllowPlaintextAuth))
	e.host = e.header.Get("Host")
	e.header.Del("Host")
	e.setDefault("User-Agent", "slogkit-httpx")
	e.setDefault("Accept-Encoding", "identity") // as Python; the answer does not matter
	e.setDefault("Content-Type", contentTypes[o.Encoding])
	if o.Gzip {
		e.header.Set("Content-Encoding", "gzip")
	}
	if !e.hasBody() {
		e.header.Del("Content-Type")
	}
	return e, errors.Join(errs...)
}

var contentTypes = map[Encoding]string{
	Form:   "application/x-www-form-urlencoded",
	JSON:   "application/json",
	NDJSON: "application/x-ndjson",
}

func (e *endpoint) setDefault(name, value string) {
	if _, ok := e.header[name]; !ok {
		e.header.Set(name, value)
	}
}

func (e *endpoint) parse(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		e.url = new(url.URL)
		if strings.Contains(address, "@") {
			return errors.New("invalid URL: what is before its @ may need escapes (RFC 3986, section 3.2.1)") // more could be the password
		}
		var inner *url.Error
		if errors.As(err, &inner) {
			err = inner.Err // without the URL, the query of which may have a secret
		}
		return fmt.Errorf("invalid URL: %w", err)
	}
	e.login, u.User, u.Fragment, u.RawFragment = u.User, nil, "", ""
	e.url = u
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return fmt.Errorf("invalid URL: want http:// or https:// and a host, got %q", e.name())
	}
	return nil
}

func (e *endpoint) setMethod(o *Options) error {
	allowed := []string{http.MethodPost, http.MethodPut}
	if o.Encoding == Form {
		allowed = []string{http.MethodGet, http.MethodPost}
	}
	if contentTypes[o.Encoding] == "" {
		return fmt.Errorf("invalid Encoding: %d", int(o.Encoding))
	}
	e.method = allowed[0]
	for _, m := range allowed {
		if strings.EqualFold(m, o.Method) {
			e.method = m
		}
	}
	if o.Method != "" && !strings.EqualFold(e.method, o.Method) {
		return fmt.Errorf("invalid Method for %v: %q, want one of %q", o.Encoding, o.Method, allowed)
	}
	if o.Gzip && !e.hasBody() {
		return errors.New("invalid Gzip: a GET has no body")
	}
	return nil
}

func (e *endpoint) hasBody() bool { return e.method != http.MethodGet }

// name is how errors call the endpoint.
func (e *endpoint) name() string { return publicPart(e.url) }

// request returns the request that carries p.
func (e *endpoint) request(ctx context.Context, p *payload) (*http.Request, error) {
	u, body := *e.url, io.Reader(nil)
	switch {
	case e.hasBody():
		body = bytes.NewReader(p.body)
	case u.RawQuery == "":
		u.RawQuery = string(p.body)
	default:
		u.RawQuery += "&" + string(p.body)
	}
	// Not with u's text, which may be long, and would only be parsed again.
	r, err := http.NewRequestWithContext(ctx, e.method, "http://host", body)
	if err != nil {
		return nil, permanent(err)
	}
	r.URL, r.Host, r.Header = &u, e.host, maps.Clone(e.header) // the values are nobody's to change
	if r.Host == "" {
		r.Host = u.Host
	}
	r.Header.Set("Idempotency-Key", p.key)
	return r, e.authorize(r)
}
