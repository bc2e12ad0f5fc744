package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vialog/relay/internal/config"
)

func TestWhoFindsAWeaknessLearnsWhomToTell(t *testing.T) {
	get := func(c *config.Config, now time.Time) *httptest.ResponseRecorder {
		mux := http.NewServeMux()
		contact(mux, c, func() time.Time { return now })
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) })
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", contactPath, nil))
		return w
	}
	now := time.Date(2026, 11, 27, 23, 59, 0, 0, time.FixedZone("", 3600))
	c := &config.Config{Contacts: []string{"mailto:security@example.org", "https://example.org/report"}, ContactKeys: []string{"https://example.org/security.asc"}, Origins: []string{"https://diary.example.org", "http://localhost:8080"}}
	w := get(c, now)
	want := `Contact: mailto:security@example.org
Contact: https://example.org/report
Encryption: https://example.org/security.asc
Expires: 2026-12-27T00:00:00Z
Preferred-Languages: de, en
Canonical: https://diary.example.org/.well-known/security.txt
`
	if w.Code != 200 || w.Body.String() != want || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("%d, %v:\n%s", w.Code, w.Header(), w.Body)
	}
	// RFC 9116, 2.5.5: it must not have ended, and should end within a year.
	_, rest, _ := strings.Cut(w.Body.String(), "Expires: ")
	end, err := time.Parse(time.RFC3339, strings.SplitN(rest, "\n", 2)[0])
	if err != nil || !end.After(now) || end.After(now.AddDate(1, 0, 0)) {
		t.Errorf("it ends %v: %v", end, err)
	}
	// Nobody is named who was not told to the relay.
	if w := get(&config.Config{Origins: c.Origins}, now); w.Code != 404 {
		t.Errorf("without a contact there is one: %d\n%s", w.Code, w.Body)
	}
}
