package main

import (
	"io"
	"net/http"
	"strings"
	"time"

	"vialog/relay/internal/config"
)

// contactPath is where people who found a weakness look for whom to tell (RFC 9116).
const contactPath = "/.well-known/security.txt"

// contactValid is how long a copy of it may be believed. As long as the relay runs
// with this setting, what it serves is good for that long again.
const contactValid = 30 * 24 * time.Hour

// contact adds the file with the operator's contacts, if there are any. Without,
// the path is one that nothing is at: nobody is named who did not say so.
func contact(mux *http.ServeMux, c *config.Config, now func() time.Time) {
	if len(c.Contacts) == 0 {
		return
	}
	mux.HandleFunc("GET "+contactPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		io.WriteString(w, contactText(c, now()))
	})
}

// contactText is the file: contacts, where the keys to write to them are, until when
// it holds, the languages that the product speaks, and the addresses at which it is.
func contactText(c *config.Config, now time.Time) string {
	var b strings.Builder
	for _, u := range c.Contacts {
		b.WriteString("Contact: " + u + "\n")
	}
	for _, u := range c.ContactKeys {
		b.WriteString("Encryption: " + u + "\n")
	}
	b.WriteString("Expires: " + now.UTC().Truncate(24*time.Hour).Add(contactValid).Format(time.RFC3339) + "\n")
	b.WriteString("Preferred-Languages: de, en\n")
	for _, o := range c.Origins {
		if strings.HasPrefix(o, "https://") {
			b.WriteString("Canonical: " + o + contactPath + "\n")
		}
	}
	return b.String()
}
