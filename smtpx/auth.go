package smtpx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/wneessen/go-mail/smtp"

	"github.com/slogkit-go/slogkit/internal/safe"
)

// Mechanism is a way to authenticate (RFC 4954).
type Mechanism string

// The mechanisms, the best first; "" is the first of these that the server offers. XOAUTH2 is only used if asked for,
// because what it sends is no password but a token.
const (
	SCRAMSHA256Plus Mechanism = "SCRAM-SHA-256-PLUS" // RFC 7677, bound to the TLS connection
	SCRAMSHA256     Mechanism = "SCRAM-SHA-256"
	SCRAMSHA1Plus   Mechanism = "SCRAM-SHA-1-PLUS" // RFC 5802
	SCRAMSHA1       Mechanism = "SCRAM-SHA-1"
	CRAMMD5         Mechanism = "CRAM-MD5" // RFC 2195
	PLAIN           Mechanism = "PLAIN"    // RFC 4616
	LOGIN           Mechanism = "LOGIN"
	XOAUTH2         Mechanism = "XOAUTH2" // Google and Microsoft
)

var preference = []Mechanism{SCRAMSHA256Plus, SCRAMSHA256, SCRAMSHA1Plus, SCRAMSHA1, CRAMMD5, PLAIN, LOGIN}

func (m Mechanism) valid() bool {
	return m == "" || m == XOAUTH2 || slices.Contains(preference, m)
}

// bound reports whether m needs TLS.
func (m Mechanism) bound() bool { return strings.HasSuffix(string(m), "-PLUS") }

// choose returns the mechanism to use with a server that offers these.
func choose(want Mechanism, offered string, encrypted bool) (Mechanism, error) {
	words := strings.Fields(strings.ToUpper(offered))
	usable := func(m Mechanism) bool {
		return slices.Contains(words, string(m)) && (encrypted || !m.bound())
	}
	if want != "" {
		if !usable(want) {
			return "", fmt.Errorf("the server does not offer %s, but %q", want, offered)
		}
		return want, nil
	}
	if i := slices.IndexFunc(preference, usable); i >= 0 {
		return preference[i], nil
	}
	return "", fmt.Errorf("the server offers no mechanism that we know, but %q", offered)
}

// credentials returns what m has to say for o's user.
func (o *Options) credentials(ctx context.Context, m Mechanism, host string, client *smtp.Client) (smtp.Auth, error) {
	switch m {
	case PLAIN: // whether it may be said without TLS was decided before
		return smtp.PlainAuth("", o.Username, o.Password, host, true), nil
	case LOGIN:
		return smtp.LoginAuth(o.Username, o.Password, host, true), nil
	case CRAMMD5:
		return smtp.CRAMMD5Auth(o.Username, o.Password), nil
	case SCRAMSHA1:
		return &scram{Auth: smtp.ScramSHA1Auth(o.Username, o.Password)}, nil
	case SCRAMSHA256:
		return &scram{Auth: smtp.ScramSHA256Auth(o.Username, o.Password)}, nil
	case XOAUTH2:
		token, err := o.token(ctx)
		if err != nil {
			return nil, err
		}
		return smtp.XOAuth2Auth(o.Username, token), nil
	}
	state, err := client.GetTLSConnectionState()
	if err != nil {
		return nil, err
	}
	if m == SCRAMSHA1Plus {
		return &scram{Auth: smtp.ScramSHA1PlusAuth(o.Username, o.Password, state)}, nil
	}
	return &scram{Auth: smtp.ScramSHA256PlusAuth(o.Username, o.Password, state)}, nil
}

func (o *Options) token(ctx context.Context) (token string, err error) {
	if o.Token == nil {
		return o.Password, nil
	}
	err = safe.Do(func() (err error) {
		token, err = o.Token(ctx)
		return err
	})
	if err == nil && strings.ContainsFunc(token, unicode.IsControl) {
		err = errors.New("it has control characters")
	}
	if err != nil {
		return "", fmt.Errorf("asking for a Token: %w", err)
	}
	return token, nil
}

// scram is SCRAM with a server that may mean us no good.
type scram struct {
	smtp.Auth
	challenged bool // the server has had its turn, without which anybody can make up what would prove it
	proved     bool // that the server knows the password, too
}

// Next refuses to compute for hours, and to believe a server that proves nothing (RFC 5802, sections 5.1 and 9).
func (s *scram) Next(challenge []byte, more bool) ([]byte, error) {
	first, final := bytes.HasPrefix(challenge, []byte("r=")), bytes.HasPrefix(challenge, []byte("v="))
	switch {
	case !more && !s.proved:
		return nil, errors.New("the server has not proved that it knows the password")
	case more && first:
		if err := checkIterations(challenge); err != nil {
			return nil, err
		}
	case more && final && !s.challenged:
		return nil, errors.New("the server's proof comes too early")
	}
	response, err := s.Auth.Next(challenge, more)
	if more && err == nil {
		s.challenged, s.proved = first || final, final
	}
	return response, err
}

func checkIterations(challenge []byte) error {
	const most = 1 << 20 // a second or so
	for field := range bytes.SplitSeq(challenge, []byte(",")) {
		text, ok := bytes.CutPrefix(field, []byte("i="))
		if !ok {
			continue
		}
		if n, err := strconv.Atoi(string(text)); err != nil || n < 1 || n > most {
			return fmt.Errorf("the server asks for %q iterations", text)
		}
	}
	return nil
}
