package config

import (
	"encoding/hex"
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

// contactKeys looks through the addresses of the keys to encrypt such reports with.
// The key itself is not one.
func contactKeys(contacts, keys []string) error {
	const name = "security-key"
	if len(keys) > 0 && len(contacts) == 0 {
		return bad(name, "there is nobody to write to: give security-contact, too")
	}
	for _, k := range keys {
		u, err := url.Parse(k)
		switch {
		case err != nil || strings.ContainsFunc(k, func(r rune) bool { return r <= ' ' || r > '~' }):
			return bad(name, "%q is no URL; give where the key is, not the key", k)
		case u.Scheme == "https" && u.Host != "" && u.User == nil:
		case u.Scheme == "openpgp4fpr" && hexadecimal(u.Opaque):
		case u.Scheme == "dns" && u.Opaque != "":
		default:
			return bad(name, "%q: give it as https://example.org/key.asc, openpgp4fpr:FINGERPRINT or dns:NAME?type=OPENPGPKEY", k)
		}
	}
	return nil
}

// hexadecimal reports whether s is a fingerprint of 40 hexadecimal digits or more.
func hexadecimal(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && len(s) >= 40
}

// address reports whether s is an address of electronic mail, and nothing beside it.
func address(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}
