package httpx

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// secretive reports whether a header of this name is likely to be a credential.
func secretive(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"auth", "cookie", "token", "secret", "password", "key"}, func(part string) bool {
		return strings.Contains(name, part)
	})
}

// checkCredentials refuses credentials that would be sent in the clear, or that contradict each other.
func (e *endpoint) checkCredentials(plaintext bool) error {
	var has []string
	if e.login != nil {
		has = append(has, "Username and Password")
	}
	if e.token != nil {
		has = append(has, "Token")
	}
	if len(e.header["Authorization"]) > 0 {
		has = append(has, "Header Authorization")
	}
	if len(has) > 1 {
		return fmt.Errorf("invalid credentials: %s at once", strings.Join(has, " and "))
	}
	if e.login != nil && strings.Contains(e.login.Username(), ":") {
		return errors.New("invalid Username: it has a colon (RFC 7617, section 2)")
	}
	if plaintext || e.url.Scheme != "http" {
		return nil
	}
	for name := range e.header {
		if secretive(name) && name != "Authorization" {
			has = append(has, "Header "+name)
		}
	}
	if len(has) > 0 {
		slices.Sort(has)
		return fmt.Errorf("%s refused over plain http, for want of AllowPlaintextAuth", strings.Join(has, ", "))
	}
	return nil
}

// authorize adds the credentials.
func (e *endpoint) authorize(r *http.Request) error {
	if e.login != nil {
		password, _ := e.login.Password()
		r.SetBasicAuth(e.login.Username(), password)
	}
	if e.token == nil {
		return nil
	}
	token, err := e.token(r.Context())
	switch {
	case err != nil:
		return fmt.Errorf("token: %w", err)
	case !validValue(token) || token == "":
		return permanent(errors.New("token: it is empty, or has control characters"))
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// checkHeader finds what net/http would refuse each time, or what is for us to say.
func checkHeader(h http.Header) error {
	for name, values := range h {
		switch http.CanonicalHeaderKey(name) {
		case "Idempotency-Key", "Content-Encoding", "Content-Length", "Transfer-Encoding", "Trailer", "Connection":
			return fmt.Errorf("invalid Header: %s is not for you to set", name)
		}
		if name != http.CanonicalHeaderKey(name) || name == "" || strings.ContainsFunc(name, notToken) {
			return fmt.Errorf("invalid Header: %q is not the canonical name of one", name)
		}
		if !slices.ContainsFunc(values, validValue) || slices.ContainsFunc(values, invalidValue) {
			return fmt.Errorf("invalid Header: %s has no value, or control characters in it", name)
		}
	}
	return nil
}

// notToken reports whether c does not belong into a name (RFC 9110, section 5.6.2).
func notToken(c rune) bool {
	return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
}

// validValue is for values (RFC 9110, section 5.5).
func validValue(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

func invalidValue(s string) bool { return !validValue(s) }
