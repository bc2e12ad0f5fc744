package admit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vialog/relay/internal/store"
	"vialog/relay/internal/store/memory"
	"vialog/shared/wire"
)

func newDesk(t *testing.T) (*Desk, *memory.Store) {
	t.Helper()
	s := memory.New()
	d, err := New(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return d, s
}

var why = Act{Actor: "op", Reason: "a test"}

func leave(d *Desk, ctx context.Context, by Act, id wire.TenantID) (store.Tenant, error) {
	return d.Remove(ctx, by, id, 30*24*time.Hour)
}

func keyOf(seed byte) (wire.TenantKey, ed25519.PrivateKey) {
	k := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	return wire.TenantKey(k.Public().(ed25519.PublicKey)), k
}

func ticket(k ed25519.PrivateKey, t wire.Ticket) *wire.Admission {
	t.Sig = wire.Signature(ed25519.Sign(k, wire.TicketContext(&t)))
	return &wire.Admission{Kind: wire.ByTicket, Ticket: t}
}

func TestACodeIsKeptOnlyAsItsHashAndWorksOnce(t *testing.T) {
	d, s := newDesk(t)
	tenant, code, err := d.Add(t.Context(), Act{Actor: "op"}, Application{Name: "My centre"})
	if err != nil {
		t.Fatal(err)
	}
	all, _ := s.Tenants(t.Context())
	audits, _ := s.Audits(t.Context(), 0, 100)
	if kept := fmt.Sprint(all, audits); strings.Contains(kept, strings.Trim(fmt.Sprint(code[:]), "[]")) || strings.Contains(kept, wire.FormatCode(code)) {
		t.Error("the code itself is kept")
	}
	mine, _ := keyOf(1)
	theirs, _ := keyOf(2)
	if id, err := d.Redeem(t.Context(), code, mine); err != nil || id != tenant.ID {
		t.Errorf("redeem: %v", err)
	}
	if id, err := d.Redeem(t.Context(), code, mine); err != nil || id != tenant.ID {
		t.Errorf("the same again, after a lost answer: %v", err)
	}
	if _, err := d.Redeem(t.Context(), code, theirs); !errors.Is(err, store.ErrCode) {
		t.Errorf("by another key: %v", err)
	}
	if _, err := d.Redeem(t.Context(), wire.Code{1}, theirs); !errors.Is(err, store.ErrCode) {
		t.Errorf("an unknown code: %v", err)
	}
}

func TestACodeExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := newDesk(t)
		_, code, err := d.Add(t.Context(), Act{Actor: "op"}, Application{Name: "My centre"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(CodeLifetime + time.Second)
		k, _ := keyOf(1)
		if _, err := d.Redeem(t.Context(), code, k); !errors.Is(err, store.ErrCode) {
			t.Errorf("redeemed: %v", err)
		}
	})
}

func TestATicketAdmitsWhileItsTenantIsActive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := newDesk(t)
		ctx := t.Context()
		tenant, code, err := d.Add(ctx, Act{Actor: "op"}, Application{Name: "My centre"})
		if err != nil {
			t.Fatal(err)
		}
		pub, key := keyOf(1)
		good := wire.Ticket{Tenant: tenant.ID, ID: wire.TicketID{7}, Channels: 3, Expires: uint64(time.Now().Add(time.Hour).Unix())}
		check := func(when string, a *wire.Admission, want error) {
			t.Helper()
			id, use, err := d.Admit(ctx, a)
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", when, err, want)
			}
			if err == nil && (id != tenant.ID || use.ID != good.ID || use.Max != 3) {
				t.Errorf("%s: %v %+v", when, id, use)
			}
		}
		check("before the code is redeemed", ticket(key, good), wire.TicketInvalid)
		if _, err := d.Redeem(ctx, code, pub); err != nil {
			t.Fatal(err)
		}
		check("active", ticket(key, good), nil)

		_, stranger := keyOf(2)
		check("signed by a stranger", ticket(stranger, good), wire.TicketInvalid)
		more := ticket(key, good)
		more.Ticket.Channels = 4
		check("altered", more, wire.TicketInvalid)
		elsewhere := good
		elsewhere.Tenant = wire.TenantID{1}
		check("of another tenant", ticket(key, elsewhere), wire.TicketInvalid)
		check("as if the tenant were open", &wire.Admission{Kind: wire.ByOpenTenant, Tenant: tenant.ID}, wire.TicketInvalid)

		for _, step := range []struct {
			to      store.State
			do      func(*Desk, context.Context, Act, wire.TenantID) (store.Tenant, error)
			err     error
			appends bool
		}{
			{store.Suspended, (*Desk).Suspend, wire.TenantSuspended, false},
			{store.Active, (*Desk).Resume, nil, true},
			{store.Leaving, leave, wire.TenantSuspended, false},
		} {
			if _, err := step.do(d, ctx, why, tenant.ID); err != nil {
				t.Fatal(err)
			}
			check(step.to.String(), ticket(key, good), step.err)
			if d.MayAppend(tenant.ID) != step.appends {
				t.Errorf("%s: appends %v", step.to, !step.appends)
			}
			if step.to == store.Active {
				time.Sleep(time.Hour)
				check("expired", ticket(key, good), wire.TicketExpired)
			}
		}
		check("removed, by a stranger", ticket(stranger, good), wire.TicketInvalid)
	})
}

func TestTheOpenTenantAdmitsWithoutATicketUntilItIsRemoved(t *testing.T) {
	d, _ := newDesk(t)
	ctx := t.Context()
	if d.OpenTenant() != (wire.TenantID{}) {
		t.Error("open before it was added")
	}
	tenant, _, err := d.Add(ctx, Act{Actor: "op"}, Application{Name: "Everyone", Open: true})
	if err != nil || d.OpenTenant() != tenant.ID {
		t.Fatalf("add: %v", err)
	}
	if _, _, err := d.Add(ctx, Act{Actor: "op"}, Application{Name: "Everyone else", Open: true}); !errors.Is(err, store.ErrExists) {
		t.Errorf("a second open tenant: %v", err)
	}
	a := &wire.Admission{Kind: wire.ByOpenTenant, Tenant: tenant.ID}
	if id, use, err := d.Admit(ctx, a); err != nil || id != tenant.ID || use != (store.TicketUse{}) {
		t.Errorf("admit: %v", err)
	}
	_, key := keyOf(0)
	if _, _, err := d.Admit(ctx, ticket(key, wire.Ticket{Tenant: tenant.ID, ID: wire.TicketID{1}, Channels: 1, Expires: 1 << 40})); !errors.Is(err, wire.TicketInvalid) {
		t.Errorf("a ticket for the open tenant: %v", err)
	}
	if _, err := leave(d, ctx, why, tenant.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Admit(ctx, a); !errors.Is(err, wire.TenantSuspended) || d.OpenTenant() != (wire.TenantID{}) {
		t.Errorf("after removal: %v", err)
	}
}

func TestADeskLearnsWithinSecondsWhatAnotherProcessChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := newDesk(t)
		tenant, _, err := d.Add(t.Context(), Act{Actor: "op"}, Application{Name: "Everyone", Open: true})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		reported := 0
		running.Go(func() { d.Run(ctx, func(error) { reported++ }) })
		other, err := New(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Suspend(t.Context(), why, tenant.ID); err != nil {
			t.Fatal(err)
		}
		if !d.MayAppend(tenant.ID) {
			t.Error("known before it looked")
		}
		time.Sleep(5 * time.Second)
		if d.MayAppend(tenant.ID) {
			t.Error("still not known")
		}
		s.Close()
		time.Sleep(time.Minute)
		stop()
		running.Wait()
		if reported != 1 || d.MayAppend(tenant.ID) {
			t.Errorf("a store that does not answer was reported %d times", reported)
		}
	})
}

func TestEveryActIsInTheAuditLogAndTheLogVerifies(t *testing.T) {
	d, s := newDesk(t)
	ctx := t.Context()
	tenant, code, err := d.Add(ctx, Act{Actor: "jo"}, Application{Name: "My centre", Quota: Quota{Channels: 5}})
	if err != nil {
		t.Fatal(err)
	}
	k1, _ := keyOf(1)
	k2, _ := keyOf(2)
	for _, act := range []func() error{
		func() error { _, err := d.Redeem(ctx, code, k1); return err },
		func() error { return d.Rekey(ctx, tenant.ID, k2) },
		func() error { _, err := d.Suspend(ctx, why, tenant.ID); return err },
		func() error { _, err := d.Resume(ctx, why, tenant.ID); return err },
		func() error { _, err := leave(d, ctx, why, tenant.ID); return err },
	} {
		if err := act(); err != nil {
			t.Fatal(err)
		}
	}
	audits, err := s.Audits(ctx, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.VerifyAudits(store.Audit{}, audits); err != nil {
		t.Error(err)
	}
	var acts []string
	for _, a := range audits {
		acts = append(acts, a.Act)
		if a.Subject != tenant.ID.String() || a.Actor == "" || a.Time.IsZero() {
			t.Errorf("%+v", a)
		}
	}
	if got, want := strings.Join(acts, " "), "tenant.add tenant.redeem tenant.rekey tenant.suspend tenant.resume tenant.remove"; got != want {
		t.Errorf("acts: %s", got)
	}
	audits[2].Actor = "nobody"
	if _, err := store.VerifyAudits(store.Audit{}, audits); err == nil {
		t.Error("an altered log verifies")
	}
}

func TestATenantIsFoundByTheBeginningOfItsIdentifier(t *testing.T) {
	d, _ := newDesk(t)
	tenant, _, err := d.Add(t.Context(), Act{Actor: "op"}, Application{Name: "My centre"})
	if err != nil {
		t.Fatal(err)
	}
	printed := tenant.ID.String()
	for _, s := range []string{printed, strings.ToLower(printed), strings.TrimPrefix(printed, "tenant_"), printed[:9]} {
		if got, err := d.Find(t.Context(), s); err != nil || got.ID != tenant.ID {
			t.Errorf("%s: %v", s, err)
		}
	}
	for _, s := range []string{"", "tenant_", "My centre", printed + "0"} {
		if _, err := d.Find(t.Context(), s); !errors.Is(err, store.ErrNoTenant) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestANameCanBeReadBack(t *testing.T) {
	d, _ := newDesk(t)
	for _, bad := range []string{"", "  ", "a\nb", "\x1b[2J", "\xff", strings.Repeat("x", 101)} {
		if _, _, err := d.Add(t.Context(), Act{Actor: "op"}, Application{Name: bad}); !errors.Is(err, ErrName) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, _, err := d.Add(t.Context(), Act{Actor: "op"}, Application{Name: " Hämophilie-Zentrum „Am Fluss“ "}); err != nil {
		t.Error(err)
	}
}
