package operator

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"vialog/relay/internal/admit"
	"vialog/relay/internal/config"
	"vialog/relay/internal/store/memory"
	"vialog/shared/wire"
)

const key = "a-key-of-more-than-thirty-two-characters"

type desk struct {
	*testing.T
	h     http.Handler
	store *memory.Store
	desk  *admit.Desk
}

func newDesk(t *testing.T) *desk {
	s := memory.New()
	d, err := admit.New(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(d, s, key, "https://app.example", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return &desk{t, h, s, d}
}

func (d *desk) ask(method, path, authorization string, form url.Values) *http.Response {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, r)
	return w.Result()
}

// act does what the operator does, and returns the tenant in the answer.
func (d *desk) act(path string, want int, form url.Values) (out tenant) {
	d.Helper()
	resp := d.ask(http.MethodPost, path, "Bearer "+key, form)
	b, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != want {
		d.Fatalf("%s %v: %s %s", path, form, resp.Status, b)
	}
	if want == http.StatusOK {
		if err := json.Unmarshal(b, &out); err != nil {
			d.Fatal(err)
		}
	}
	return out
}

func TestWithoutTheKeyNothingIsToldOrDone(t *testing.T) {
	d := newDesk(t)
	for _, given := range []string{"", "Bearer", "Bearer ", "Bearer " + key[1:], "Bearer " + key + "x", "Bearer " + strings.ToUpper(key), "Basic " + key, key} {
		for _, one := range [][2]string{{"GET", "/operator/tenants"}, {"POST", "/operator/tenants"}, {"GET", "/operator/acts"}, {"GET", "/operator/check"}, {"GET", "/operator/none"}} {
			resp := d.ask(one[0], one[1], given, url.Values{"name": {"Centre"}})
			if b, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusUnauthorized || strings.Contains(string(b), key) {
				t.Errorf("%q, %v: %s %s", given, one, resp.Status, b)
			}
		}
	}
	if all, err := d.store.Tenants(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%d tenants, %v", len(all), err)
	}
	if acts, err := d.store.Audits(t.Context(), 0, 10); err != nil || len(acts) != 0 {
		t.Errorf("%d acts, %v", len(acts), err)
	}
	if _, err := New(d.desk, d.store, key[:LeastKey-1], "", nil); err != ErrKey {
		t.Errorf("a short key: %v", err)
	}
}

func TestACentreComesAndGoes(t *testing.T) {
	d := newDesk(t)
	a := d.act("/operator/tenants", http.StatusOK, url.Values{"name": {"Centre A"}, "contact": {"head of the clinic"}, "bytes": {"1000"}})
	if a.State != "pending" || a.Quota.Bytes != 1000 || a.Link != "https://app.example/#register="+a.Code || a.Until == nil {
		t.Fatalf("%+v", a)
	}
	at := "/operator/tenants/" + a.ID + "/"
	again := d.act(at+"code", http.StatusOK, nil)
	if again.Code == a.Code {
		t.Error("the same code twice")
	}
	code, err := wire.ParseCode(again.Code)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.desk.Redeem(t.Context(), code, wire.TenantKey{1}); err != nil {
		t.Fatal(err)
	}
	d.act(at+"review", http.StatusBadRequest, url.Values{"next": {"soon"}})
	d.act(at+"quota", http.StatusBadRequest, url.Values{"bytes": {"some"}, "reason": {"a test"}})
	if got := d.act(at+"quota", http.StatusOK, url.Values{"channels": {"7"}, "reason": {"a test"}}); got.Quota != (quota{7, 1000}) {
		t.Errorf("after channels were set alone: %+v", got.Quota)
	}
	next := time.Now().AddDate(2, 0, 0).Format(time.DateOnly)
	if got := d.act(at+"review", http.StatusOK, url.Values{"next": {next}}); got.Review == nil || got.Review.Format(time.DateOnly) != next {
		t.Errorf("the next review is on %v", got.Review)
	}
	why := url.Values{"reason": {"a test"}, "actor": {"Ines"}, "days": {"0"}}
	d.act(at+"suspend", http.StatusBadRequest, url.Values{"actor": {"Ines"}}) // no reason
	for _, step := range []struct {
		verb, state string
		want        int
	}{
		{"suspend", "suspended", http.StatusOK},
		{"suspend", "suspended", http.StatusOK}, // it is: nothing is done
		{"resume", "active", http.StatusOK},
		{"erase", "", http.StatusConflict},
		{"remove", "leaving", http.StatusOK},
		{"code", "", http.StatusConflict},
		{"erase", "erased", http.StatusOK},
	} {
		if got := d.act(at+step.verb, step.want, why); got.State != step.state || got.Code != "" {
			t.Errorf("%s: %+v", step.verb, got)
		}
	}
	acts, err := d.store.Audits(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, one := range acts {
		said = append(said, one.Actor+" "+one.Act)
	}
	want := "operator tenant.add, operator tenant.code, holder of the code tenant.redeem, operator tenant.quota, operator tenant.review, Ines tenant.suspend, Ines tenant.resume, Ines tenant.remove, Ines tenant.erase, Ines tenant.wiped"
	if got := strings.Join(said, ", "); got != want {
		t.Errorf("the audit log has %s", got)
	}
	resp := d.ask(http.MethodGet, "/operator/acts?after=9", "Bearer "+key, nil)
	if b, _ := io.ReadAll(resp.Body); strings.Count(string(b), `"act"`) != 1 || !strings.Contains(string(b), "tenant.wiped") {
		t.Errorf("the acts after the ninth are %s", b)
	}
}

func TestMaintenanceBeginsAndEnds(t *testing.T) {
	d := newDesk(t)
	ask := func(method, form string) int {
		v, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		return d.ask(method, "/operator/maintenance", "Bearer "+key, v).StatusCode
	}
	for _, step := range []struct {
		method, form string
		want         int
		on           bool
	}{
		{http.MethodDelete, "", http.StatusConflict, false},
		{http.MethodPost, "for=ever", http.StatusBadRequest, false},
		{http.MethodPost, "for=-1h", http.StatusBadRequest, false},
		{http.MethodPost, "for=2h&reason=a+larger+disk", http.StatusOK, true},
		{http.MethodDelete, "", http.StatusOK, false},
	} {
		got := ask(step.method, step.form)
		if _, on := d.desk.Maintenance(); got != step.want || on != step.on {
			t.Errorf("%s %s: %d, and maintenance is %t", step.method, step.form, got, on)
		}
	}
}

func TestWhatIsAskedForWronglyIsRefused(t *testing.T) {
	d := newDesk(t)
	for form, want := range map[string]int{
		"":                        http.StatusBadRequest, // no name
		"name=A&channels=-1":      http.StatusBadRequest,
		"name=A&bytes=much":       http.StatusBadRequest,
		"name=A%0aB":              http.StatusBadRequest,
		"name=Everyone&open=true": http.StatusOK,
		"name=A&actor=%07":        http.StatusBadRequest,
	} {
		v, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		got := d.act("/operator/tenants", want, v)
		if want == http.StatusOK && (got.Code != "" || got.State != "active" || got.Quota != quota{config.OpenChannels, config.OpenBytes}) {
			t.Errorf("%s: %+v", form, got)
		}
	}
	d.act("/operator/tenants", http.StatusConflict, url.Values{"name": {"Another"}, "open": {"true"}})
	d.act("/operator/tenants/tenant_NONE/suspend", http.StatusNotFound, url.Values{"reason": {"a test"}})
	if resp := d.ask(http.MethodGet, "/operator/check", "Bearer "+key, nil); resp.StatusCode != http.StatusOK || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("check: %s", resp.Status)
	}
}
