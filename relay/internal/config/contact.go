package config

import (
	"net/mail"
	"net/url"
	"strings"
)

// contacts looks through the addresses for reports of weaknesses. RFC 9116 wants
// a URI, and https for pages.
func contacts(list []string) error {
	const name = "security-contact"
	for _, c := range list {
		u, err := url.Parse(c)
		switch {
		case err != nil || strings.ContainsFunc(c, func(r rune) bool { return r <= ' ' || r > '~' }):
			return bad(name, "%q is no URL", c)
		case u.Scheme == "https" && u.Host != "" && u.User == nil:
		case u.Scheme == "mailto" && address(u.Opaque):
		case u.Scheme == "tel" && u.Opaque != "":
		default:
			return bad(name, "%q: give it as mailto:security@example.org, https://example.org/report or tel:+49-30-1234", c)
		}
	}
	return nil
}

// address reports whether s is an address of electronic mail, and nothing beside it.
func address(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}
