package admit

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vialog/relay/internal/store"
	"vialog/relay/internal/store/memory"
	"vialog/shared/wire"
)

var (
	jo   = Act{Actor: "jo", Reason: "contract 17"}
	mira = Act{Actor: "mira", Reason: "checked"}
)

func request(t *testing.T, d *Desk, open bool) store.Tenant {
	t.Helper()
	n, err := d.Request(t.Context(), jo, Application{Name: "My centre", Contact: "head of the clinic", Open: open, Quota: Quota{Channels: 5}})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNothingCanBeUsedBeforeSomebodyElseApprovedIt(t *testing.T) {
	d, s := newDesk(t)
	ctx := t.Context()
	n := request(t, d, false)
	key, _ := keyOf(1)
	for claim, do := range map[string]func() error{
		"suspend": func() error { _, err := d.Suspend(ctx, mira, n.ID); return err },
		"resume":  func() error { _, err := d.Resume(ctx, mira, n.ID); return err },
		"code":    func() error { _, _, err := d.NewCode(ctx, mira, n.ID); return err },
		"erase":   func() error { _, err := d.Erase(ctx, mira, n.ID); return err },
	} {
		if err := do(); !errors.Is(err, store.ErrConflict) {
			t.Errorf("%s: %v", claim, err)
		}
	}
	for _, same := range []string{"jo", "JO", " jo "} {
		if _, _, err := d.Approve(ctx, Act{Actor: same}, n.ID, Approval{FourEyes: true}); !errors.Is(err, ErrSamePerson) {
			t.Errorf("approved by %q: %v", same, err)
		}
	}
	if got, _ := s.Tenant(ctx, n.ID); got != n.Rounded() {
		t.Errorf("changed: %+v", got)
	}
	more := func(q Quota) Quota { q.Bytes = 1 << 30; return q }
	got, code, err := d.Approve(ctx, mira, n.ID, Approval{Quota: more, FourEyes: true})
	if err != nil || got.State != store.Pending || got.MaxChannels != 5 || got.MaxBytes != 1<<30 || got.Requester != "jo" || got.Approver != "mira" || got.Review.Before(time.Now().AddDate(0, 11, 0)) {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, _, err := d.Approve(ctx, mira, n.ID, Approval{}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("approved twice: %v", err)
	}
	if id, err := d.Redeem(ctx, code, key); err != nil || id != n.ID {
		t.Error(err)
	}

	open := request(t, d, true)
	if d.OpenTenant() != (wire.TenantID{}) {
		t.Error("open before it was approved")
	}
	if _, err := d.Resume(ctx, mira, open.ID); !errors.Is(err, store.ErrConflict) {
		t.Errorf("resumed into use: %v", err)
	}
	if _, code, err := d.Approve(ctx, mira, open.ID, Approval{}); err != nil || code != (wire.Code{}) || d.OpenTenant() != open.ID {
		t.Errorf("open: %v", err)
	}
}

func TestANewCodeMakesTheOneBeforeVoid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := newDesk(t)
		ctx := t.Context()
		n, old, err := d.Add(ctx, jo, Application{Name: "My centre"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(CodeLifetime)
		got, code, err := d.NewCode(ctx, jo, n.ID)
		if err != nil || !got.CodeExpires.Equal(time.Now().Add(CodeLifetime).Truncate(time.Second)) {
			t.Fatalf("%+v, %v", got, err)
		}
		key, _ := keyOf(1)
		if _, err := d.Redeem(ctx, old, key); !errors.Is(err, store.ErrCode) {
			t.Errorf("the one before: %v", err)
		}
		if _, err := d.Redeem(ctx, code, key); err != nil {
			t.Error(err)
		}
		if _, _, err := d.NewCode(ctx, jo, n.ID); !errors.Is(err, store.ErrConflict) {
			t.Errorf("a code for one that is in use: %v", err)
		}
	})
}

// inUse is a tenant with a channel, as its users know it.
func inUse(t *testing.T, d *Desk, s *memory.Store) (store.Tenant, store.Channel) {
	t.Helper()
	n, code, err := d.Add(t.Context(), jo, Application{Name: "My centre"})
	if err != nil {
		t.Fatal(err)
	}
	key, _ := keyOf(1)
	if _, err := d.Redeem(t.Context(), code, key); err != nil {
		t.Fatal(err)
	}
	c := store.Channel{Founding: wire.FoundingKey{3}, Access: wire.AccessKey{4}, Tenant: n.ID, Created: time.Now()}
	c.ID = wire.ChannelOf(c.Founding)
	if err := s.Create(t.Context(), c, store.TicketUse{ID: wire.TicketID{1}, Max: 1, Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	return n, c
}

func TestALeavingTenantIsErasedAfterItsGraceAndNotBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := newDesk(t)
		ctx := t.Context()
		n, c := inUse(t, d, s)
		if _, err := d.Erase(ctx, mira, n.ID); !errors.Is(err, store.ErrConflict) {
			t.Errorf("erased while in use: %v", err)
		}
		if _, err := d.Remove(ctx, mira, n.ID, 30*24*time.Hour); err != nil {
			t.Fatal(err)
		}
		if d.MayAppend(n.ID) {
			t.Error("a leaving tenant appends")
		}
		if _, err := d.Resume(ctx, mira, n.ID); !errors.Is(err, store.ErrConflict) {
			t.Errorf("came back: %v", err)
		}
		if _, err := d.Remove(ctx, mira, n.ID, 40*24*time.Hour); err != nil {
			t.Fatal(err)
		}
		time.Sleep(40*24*time.Hour - 2*time.Second)
		if _, err := d.Erase(ctx, mira, n.ID); !errors.Is(err, store.ErrGrace) {
			t.Errorf("erased too early: %v", err)
		}
		if got, err := s.Lookup(ctx, c.ID); err != nil || got.Access != c.Access || d.Erased(n.ID) {
			t.Errorf("its channel is gone: %v", err)
		}
		time.Sleep(2 * time.Second)
		for i := range 2 {
			e, err := d.Erase(ctx, mira, n.ID)
			if err != nil || e.Channels != 1-i {
				t.Errorf("erased %+v, %v", e, err)
			}
		}
		if _, err := s.Lookup(ctx, c.ID); !errors.Is(err, store.ErrNoChannel) || !d.Erased(n.ID) {
			t.Errorf("its channel is there: %v", err)
		}
		for claim, do := range map[string]func() error{
			"approve": func() error { _, _, err := d.Approve(ctx, mira, n.ID, Approval{}); return err },
			"quota": func() error {
				_, err := d.SetQuota(ctx, mira, n.ID, func(q Quota) Quota { return Quota{9, 9} })
				return err
			},
			"review": func() error { _, err := d.Review(ctx, mira, n.ID, time.Time{}); return err },
			"remove": func() error { _, err := d.Remove(ctx, mira, n.ID, 0); return err },
		} {
			if err := do(); !errors.Is(err, store.ErrConflict) {
				t.Errorf("%s: %v", claim, err)
			}
		}
		// Counts are in the log, identifiers of channels are not.
		audits, _ := s.Audits(ctx, 0, 100)
		var acts []string
		for _, a := range audits {
			acts = append(acts, a.Act)
			if strings.Contains(a.Detail, "channel_") || a.Subject != n.ID.String() {
				t.Errorf("%+v", a)
			}
			if a.Act == "tenant.erase" && !strings.HasPrefix(a.Detail, "channels 1, boxes 0, notes 0, tickets 1, bytes 0") {
				t.Errorf("%+v", a)
			}
		}
		if got, want := strings.Join(acts, " "), "tenant.add tenant.redeem tenant.remove tenant.grace tenant.erase tenant.wiped"; got != want {
			t.Errorf("acts: %s", got)
		}
	})
}

func TestWhatWasNeverInUseEndsAtOnce(t *testing.T) {
	d, s := newDesk(t)
	ctx := t.Context()
	_, code, err := d.Add(ctx, jo, Application{Name: "My centre"})
	if err != nil {
		t.Fatal(err)
	}
	request(t, d, false)
	all, _ := s.Tenants(ctx)
	for _, n := range all {
		got, err := d.Remove(ctx, mira, n.ID, 30*24*time.Hour)
		if err != nil || got.State != store.Erased || got.Wiped.IsZero() || got.CodeHash != [32]byte{} {
			t.Errorf("%+v, %v", got, err)
		}
	}
	key, _ := keyOf(1)
	if _, err := d.Redeem(ctx, code, key); !errors.Is(err, store.ErrCode) {
		t.Errorf("the code still works: %v", err)
	}
}

func TestAReviewIsNotedWithTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := newDesk(t)
		n, _ := inUse(t, d, s)
		next := time.Now().AddDate(0, 6, 0)
		got, err := d.Review(t.Context(), mira, n.ID, next)
		if err != nil || !got.Reviewed.Equal(time.Now()) || !got.Review.Equal(next) {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err = d.Review(t.Context(), mira, n.ID, time.Time{}); err != nil || !got.Review.Equal(time.Now().Add(ReviewEvery)) {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := d.Review(t.Context(), mira, n.ID, time.Now()); !errors.Is(err, ErrReviewDate) {
			t.Errorf("in the past: %v", err)
		}
	})
}

func TestEveryActHasSomebodyAndAReason(t *testing.T) {
	d, s := newDesk(t)
	n, _ := inUse(t, d, s)
	ctx := t.Context()
	before, _ := s.Audits(ctx, 0, 100)
	acts := map[string]func(Act) error{
		"request": func(by Act) error { _, err := d.Request(ctx, by, Application{Name: "x", Contact: "y"}); return err },
		"quota": func(by Act) error {
			_, err := d.SetQuota(ctx, by, n.ID, func(Quota) Quota { return Quota{1, 1} })
			return err
		},
		"suspend": func(by Act) error { _, err := d.Suspend(ctx, by, n.ID); return err },
		"resume":  func(by Act) error { _, err := d.Resume(ctx, by, n.ID); return err },
		"remove":  func(by Act) error { _, err := d.Remove(ctx, by, n.ID, 0); return err },
		"erase":   func(by Act) error { _, err := d.Erase(ctx, by, n.ID); return err },
	}
	for name, do := range acts {
		for _, tt := range []struct {
			by   Act
			want error
		}{
			{Act{Reason: "r"}, ErrActor}, {Act{"a\nb", "r"}, ErrActor}, {Act{strings.Repeat("x", 101), "r"}, ErrActor},
			{Act{Actor: "jo"}, ErrNoReason}, {Act{"jo", " "}, ErrNoReason}, {Act{"jo", "\x1b[2J"}, ErrNoReason}, {Act{"jo", strings.Repeat("x", 501)}, ErrNoReason},
		} {
			if err := do(tt.by); !errors.Is(err, tt.want) {
				t.Errorf("%s by %.10q because %.10q: %v, want %v", name, tt.by.Actor, tt.by.Reason, err, tt.want)
			}
		}
	}
	if _, err := d.Request(ctx, jo, Application{Name: "x"}); !errors.Is(err, ErrContact) {
		t.Errorf("nobody answers for it: %v", err)
	}
	if after, _ := s.Audits(ctx, 0, 100); len(after) != len(before) {
		t.Error("a refusal was recorded")
	}
	// The longest texts fit into a record.
	long := Act{strings.Repeat("Ä", 100), strings.Repeat("\\", 500)}
	if _, err := d.Request(ctx, long, Application{Name: strings.Repeat("\"", 100), Contact: strings.Repeat("\"", 200)}); err != nil {
		t.Error(err)
	}
}

func TestActsWhileTheStoreIsGoneChangeNothing(t *testing.T) {
	d, s := newDesk(t)
	n, _ := inUse(t, d, s)
	s.Close()
	if _, err := d.Suspend(context.Background(), jo, n.ID); !errors.Is(err, store.ErrClosed) || !d.MayAppend(n.ID) {
		t.Error(err)
	}
}
