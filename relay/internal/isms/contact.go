package isms

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// contactPath is where RFC 9116 has the file for people who found a weakness.
const contactPath = "/.well-known/security.txt"

// checkContact looks whether whoever finds a weakness learns whom to tell, and can
// tell it so that nobody else reads it: on a page, or with a key.
func checkContact(ctx context.Context, s *Site) Result {
	resp, b, err := s.get(ctx, s.Origin, contactPath, 32<<10)
	if err != nil {
		return unread(err)
	}
	next := both("Name a contact (security-contact in the settings).", "Nennen Sie einen Kontakt (security-contact in den Einstellungen).")
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") {
		return fail(next, "There is no %s (status %d).", "Es gibt kein %s (Status %d).", contactPath, resp.StatusCode)
	}
	contacts, sealed, ends := 0, false, []string(nil)
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch value = strings.TrimSpace(value); strings.ToLower(name) {
		case "contact":
			if value != "" {
				contacts++
			}
			sealed = sealed || strings.HasPrefix(value, "https://")
		case "encryption":
			sealed = sealed || value != ""
		case "expires":
			ends = append(ends, value)
		}
	}
	if contacts == 0 {
		return fail(next, "%s names no contact.", "%s nennt keinen Kontakt.", contactPath)
	}
	if len(ends) != 1 {
		return fail(next, "%s has to say once until when it holds.", "%s muss einmal sagen, bis wann es gilt.", contactPath)
	}
	end, err := time.Parse(time.RFC3339, ends[0])
	if err != nil || !end.After(s.Now) {
		return fail(next, "%s does not hold any more (%q).", "%s gilt nicht mehr (%q).", contactPath, ends[0])
	}
	if !sealed {
		return fail(both("Name a key for reports (security-key in the settings), or a page that takes them (security-contact https://…).",
			"Nennen Sie einen Schlüssel für Meldungen (security-key in den Einstellungen) oder eine Seite, die sie annimmt (security-contact https://…)."),
			"%s names no key to encrypt a report with, and no page that takes one.", "%s nennt keinen Schlüssel für eine verschlüsselte Meldung und keine Seite, die sie annimmt.", contactPath)
	}
	return pass("Contacts for whoever finds a weakness: %d.", "Kontakte für alle, die eine Schwachstelle finden: %d.", contacts)
}
