package smtpx

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"unicode"
)

// mailbox is an address as headers and as the envelope have it.
type mailbox struct {
	header   *mail.Address
	envelope string // <local@domain>, quoted where it must be
}

const (
	maxAddress = 254 // bytes; RFC 5321, section 4.5.3.1.3
	maxName    = 400 // bytes, which may all need an escape; RFC 5322, section 2.1.1, has no more than 998 to a line
)

// foreign reports whether a server must know SMTPUTF8 to take m (RFC 6531).
func (m mailbox) foreign() bool { return !isASCII(m.envelope) }

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// parseFrom parses the one address of a sender.
func parseFrom(from string) (mailbox, error) {
	all, err := parseMailboxes(from)
	if err == nil && len(all) != 1 {
		err = fmt.Errorf("smtpx: invalid address %q: not one, but %d", from, len(all))
	}
	if err != nil {
		return mailbox{}, err
	}
	return all[0], nil
}

// parseRecipients parses addresses, each of which may also be a list separated by commas. One that comes twice counts
// once.
func parseRecipients(to []string) (recipients []mailbox, err error) {
	var errs []error
	seen := map[string]bool{}
	for _, list := range to {
		all, err := parseMailboxes(list)
		errs = append(errs, err)
		for _, m := range all {
			if !seen[m.envelope] {
				seen[m.envelope] = true
				recipients = append(recipients, m)
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if len(recipients) == 0 {
		return nil, errors.New("smtpx: no recipient")
	}
	return recipients, nil
}

func parseMailboxes(list string) ([]mailbox, error) {
	if strings.ContainsFunc(list, unicode.IsControl) { // a folded header is none of ours
		return nil, fmt.Errorf("smtpx: invalid address %q: it has control characters", list)
	}
	addresses, err := mail.ParseAddressList(list)
	if err != nil {
		return nil, fmt.Errorf("smtpx: invalid address %q: %w", list, err)
	}
	var all []mailbox
	for _, a := range addresses {
		bare := (&mail.Address{Address: a.Address}).String()
		if strings.ContainsFunc(a.Name+bare, unicode.IsControl) { // an encoded-word may have held some
			return nil, fmt.Errorf("smtpx: invalid address %q: it has control characters", list)
		}
		switch { // or a line becomes too long for a header, or a command
		case len(a.Address) > maxAddress:
			return nil, fmt.Errorf("smtpx: invalid address %q: it is longer than %d bytes", list, maxAddress)
		case len(a.Name) > maxName:
			return nil, fmt.Errorf("smtpx: invalid address %q: its name is too long", list)
		}
		all = append(all, mailbox{a, bare})
	}
	return all, nil
}

// splitServer returns the host and the port of a server; port if the address has none.
func splitServer(address, port string) (host, _ string, err error) {
	host, own, err := net.SplitHostPort(address)
	switch {
	case err == nil:
		port = own
	case strings.Count(address, ":") != 1: // a name alone, or a bare IPv6 address
		host = strings.Trim(address, "[]")
	default:
		return "", "", fmt.Errorf("smtpx: invalid server %q: %w", address, err)
	}
	if host == "" || port == "" || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return "", "", fmt.Errorf("smtpx: invalid server %q", address)
	}
	return host, port, nil
}
