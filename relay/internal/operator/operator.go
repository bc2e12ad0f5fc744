// Package operator lets the operator of a relay that has no command line act over
// HTTP, with a key.
//
// What holds:
//   - nothing is told or done without the key, which is compared in a time that
//     says nothing about it;
//   - what is done is what package admit does, with its rules, and stands in the
//     audit log;
//   - a one-time code is in the answer that made it and nowhere else.
//
// It does not know several people: whoever has the key is the operator, under the
// name that they give.
package operator

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vialog/relay/internal/admit"
	"vialog/relay/internal/config"
	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// Path is below what a Handler answers.
const Path = "/operator/"

// LeastKey is how many characters a key has at least. Those of `openssl rand -hex 32`
// are 64.
const LeastKey = 32

// ErrKey reports a key that could be guessed.
var ErrKey = errors.New("the operator's key needs 32 characters or more")

// A Register is what the operator looks at beside the Desk.
type Register interface {
	Tenants(ctx context.Context) ([]store.Tenant, error)
	Audits(ctx context.Context, after uint64, n int) ([]store.Audit, error)

	// Check returns every invariant of the store that does not hold.
	Check(ctx context.Context) error
}

type handler struct {
	desk     *admit.Desk
	register Register
	key      [32]byte // its hash
	app      string
	logger   *slog.Logger
	mux      http.ServeMux
}

// New returns what answers below Path. app is the origin where users find the app.
func New(d *admit.Desk, r Register, key, app string, logger *slog.Logger) (http.Handler, error) {
	if len(key) < LeastKey {
		return nil, ErrKey
	}
	h := &handler{desk: d, register: r, key: sha256.Sum256([]byte(key)), app: app, logger: logger}
	h.mux.HandleFunc("GET /operator/tenants", h.list)
	h.mux.HandleFunc("POST /operator/tenants", h.add)
	h.mux.HandleFunc("POST /operator/maintenance", h.begin)
	h.mux.HandleFunc("DELETE /operator/maintenance", h.end)
	h.mux.HandleFunc("GET /operator/acts", h.acts)
	h.mux.HandleFunc("GET /operator/check", h.check)
	for verb, do := range verbs {
		h.mux.HandleFunc("POST /operator/tenants/{id}/"+verb, h.one(do))
	}
	return h, nil
}

// ServeHTTP answers who has the key.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	sum := sha256.Sum256([]byte(given))
	if subtle.ConstantTimeCompare(sum[:], h.key[:]) != 1 || !strings.EqualFold(scheme, "Bearer") {
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, "this needs the operator's key: Authorization: Bearer KEY", http.StatusUnauthorized)
		return
	}
	h.mux.ServeHTTP(w, r)
}

// A tenant is what the operator is told of one.
type tenant struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Contact  string     `json:"contact,omitempty"`
	State    string     `json:"state"`
	Open     bool       `json:"open"`
	Channels int        `json:"channels"`
	Bytes    uint64     `json:"bytes"`
	Quota    quota      `json:"quota"`
	Added    time.Time  `json:"added"`
	Review   *time.Time `json:"review,omitempty"`
	Ends     *time.Time `json:"ends,omitempty"` // of a leaving one: when it may be erased

	Code  string     `json:"code,omitempty"` // once
	Link  string     `json:"link,omitempty"` // the same, as a link that opens the app
	Until *time.Time `json:"until,omitempty"`
}

// A quota bounds what a tenant may hold; 0 does not.
type quota struct {
	Channels int    `json:"channels"`
	Bytes    uint64 `json:"bytes"`
}

func told(t store.Tenant) tenant {
	return tenant{
		ID: t.ID.String(), Name: t.Name, Contact: t.Contact, State: t.State.String(), Open: t.Open, Channels: t.Channels, Bytes: t.Bytes,
		Quota: quota{t.MaxChannels, t.MaxBytes}, Added: t.Created.UTC(), Review: known(t.Review), Ends: known(t.Ends),
	}
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// handOut is told of a tenant with its code, unless it is open.
func (h *handler) handOut(t store.Tenant, c wire.Code) tenant {
	out := told(t)
	if !t.Open {
		out.Code = wire.FormatCode(c)
		out.Link, out.Until = h.app+"/#register="+out.Code, known(t.CodeExpires)
	}
	return out
}

func (h *handler) list(w http.ResponseWriter, r *http.Request) {
	all, err := h.register.Tenants(r.Context())
	out := make([]tenant, len(all))
	for i, t := range all {
		out[i] = told(t)
	}
	h.answer(w, out, err)
}

// begin begins maintenance: nothing new is taken, for as long as the field "for" says.
func (h *handler) begin(w http.ResponseWriter, r *http.Request) {
	var until time.Time
	if s := r.PostFormValue("for"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			h.answer(w, nil, badField("for"))
			return
		}
		until = time.Now().Add(d)
	}
	a := by(r)
	p, err := h.desk.BeginPause(r.Context(), a.Actor, until, a.Reason)
	h.answer(w, map[string]any{"since": known(p.Since), "until": known(p.Until), "reason": p.Reason}, err)
}

func (h *handler) end(w http.ResponseWriter, r *http.Request) {
	h.answer(w, map[string]any{"since": nil}, h.desk.EndPause(r.Context(), by(r).Actor))
}

// An act is a record of the audit log.
type act struct {
	Index   uint64    `json:"index"`
	Time    time.Time `json:"time"`
	Actor   string    `json:"actor"`
	Act     string    `json:"act"`
	Subject string    `json:"subject"`
	Detail  string    `json:"detail,omitempty"`
}

// acts tells a part of the audit log, from after an index.
func (h *handler) acts(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseUint(r.FormValue("after"), 10, 48)
	if err != nil && r.FormValue("after") != "" {
		h.answer(w, nil, badField("after"))
		return
	}
	all, err := h.register.Audits(r.Context(), after, store.MaxAudits)
	out := make([]act, len(all))
	for i, a := range all {
		out[i] = act{a.Index, a.Time.UTC(), a.Actor, a.Act, a.Subject, a.Detail}
	}
	h.answer(w, out, err)
}

func (h *handler) check(w http.ResponseWriter, r *http.Request) {
	err := h.register.Check(r.Context())
	if err != nil {
		h.logger.Error("the store is not sound", "err", err)
		http.Error(w, "the store is not sound: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h.answer(w, map[string]bool{"sound": true}, nil)
}

// by is who acts: whoever has the key, under a name of their choice.
func by(r *http.Request) admit.Act {
	a := admit.Act{Actor: r.FormValue("actor"), Reason: r.FormValue("reason")}
	if a.Actor == "" {
		a.Actor = "operator"
	}
	return a
}

// number reads a field that may be left out.
func number(r *http.Request, name string, usual uint64) (uint64, error) {
	s := r.PostFormValue(name)
	if s == "" {
		return usual, nil
	}
	n, err := strconv.ParseUint(s, 10, 48)
	if err != nil {
		return 0, badField(name)
	}
	return n, nil
}

// A badField is the name of a field with something in it that cannot be read.
type badField string

func (f badField) Error() string { return "cannot read the field " + string(f) }

func (h *handler) add(w http.ResponseWriter, r *http.Request) {
	a := admit.Application{Name: r.PostFormValue("name"), Contact: r.PostFormValue("contact"), Open: r.PostFormValue("open") == "true"}
	if a.Open {
		a.Quota = admit.Quota{Channels: config.OpenChannels, Bytes: config.OpenBytes}
	}
	channels, err := number(r, "channels", uint64(a.Quota.Channels))
	bytes, err2 := number(r, "bytes", a.Quota.Bytes)
	if err = errors.Join(err, err2); err != nil {
		h.answer(w, nil, err)
		return
	}
	a.Quota = admit.Quota{Channels: int(channels), Bytes: bytes}
	t, code, err := h.desk.Add(r.Context(), by(r), a)
	h.answer(w, h.handOut(t, code), err)
}

// A verb does something to one tenant.
type verb func(h *handler, r *http.Request, id wire.TenantID) (tenant, error)

var verbs = map[string]verb{
	"code": func(h *handler, r *http.Request, id wire.TenantID) (tenant, error) {
		t, code, err := h.desk.NewCode(r.Context(), by(r), id)
		return h.handOut(t, code), err
	},
	"quota": changed(func(h *handler, r *http.Request, id wire.TenantID) (store.Tenant, error) {
		_, err := number(r, "channels", 0)
		_, err2 := number(r, "bytes", 0)
		if err = errors.Join(err, err2); err != nil {
			return store.Tenant{}, err
		}
		return h.desk.SetQuota(r.Context(), by(r), id, func(q admit.Quota) admit.Quota {
			channels, _ := number(r, "channels", uint64(q.Channels)) // read before
			q.Bytes, _ = number(r, "bytes", q.Bytes)
			q.Channels = int(channels)
			return q
		})
	}),
	"review": changed(func(h *handler, r *http.Request, id wire.TenantID) (store.Tenant, error) {
		var next time.Time
		if s := r.PostFormValue("next"); s != "" {
			var err error
			if next, err = time.Parse(time.DateOnly, s); err != nil {
				return store.Tenant{}, badField("next")
			}
		}
		return h.desk.Review(r.Context(), by(r), id, next)
	}),
	"suspend": changed(func(h *handler, r *http.Request, id wire.TenantID) (store.Tenant, error) {
		return h.desk.Suspend(r.Context(), by(r), id)
	}),
	"resume": changed(func(h *handler, r *http.Request, id wire.TenantID) (store.Tenant, error) {
		return h.desk.Resume(r.Context(), by(r), id)
	}),
	"remove": changed(func(h *handler, r *http.Request, id wire.TenantID) (store.Tenant, error) {
		days, err := number(r, "days", config.UsualGrace)
		if err != nil {
			return store.Tenant{}, err
		}
		return h.desk.Remove(r.Context(), by(r), id, time.Duration(min(days, 10*365))*24*time.Hour)
	}),
	"erase": changed(func(h *handler, r *http.Request, id wire.TenantID) (store.Tenant, error) {
		if _, err := h.desk.Erase(r.Context(), by(r), id); err != nil {
			return store.Tenant{}, err
		}
		return h.desk.Find(r.Context(), id.String())
	}),
}

func changed(do func(*handler, *http.Request, wire.TenantID) (store.Tenant, error)) verb {
	return func(h *handler, r *http.Request, id wire.TenantID) (tenant, error) {
		t, err := do(h, r, id)
		return told(t), err
	}
}

func (h *handler) one(do verb) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t, err := h.desk.Find(r.Context(), r.PathValue("id"))
		if err != nil {
			h.answer(w, nil, err)
			return
		}
		out, err := do(h, r, t.ID)
		h.answer(w, out, err)
	}
}

// statusOf is what HTTP says of an error that the operator can do something about,
// 0 of any other.
func statusOf(err error) int {
	for status, all := range map[int][]error{
		http.StatusNotFound:   {store.ErrNoTenant},
		http.StatusConflict:   {store.ErrConflict, store.ErrExists, store.ErrGrace, admit.ErrAmbiguous, admit.ErrNoPause},
		http.StatusBadRequest: {admit.ErrName, admit.ErrActor, admit.ErrNoReason, admit.ErrContact, admit.ErrReviewDate, admit.ErrReason, admit.ErrUntil, store.ErrAuditText},
	} {
		for _, one := range all {
			if errors.Is(err, one) {
				return status
			}
		}
	}
	if errors.As(err, new(badField)) {
		return http.StatusBadRequest
	}
	return 0
}

func (h *handler) answer(w http.ResponseWriter, v any, err error) {
	if err != nil {
		status := statusOf(err)
		if status == 0 {
			h.logger.Error("an act of the operator failed", "err", err)
			status = http.StatusInternalServerError
		}
		http.Error(w, err.Error(), status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(err) // plain structs
	}
	w.Write(append(b, '\n'))
}
