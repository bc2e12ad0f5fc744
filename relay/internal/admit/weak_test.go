package admit

import (
	"errors"
	"testing"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
	"vialog/shared/wire/wiretest"
)

// Should a weak key stand in the register, from a release that took it or from a
// restored file, no ticket by it is worth anything.
func TestATicketByAWeakKeyIsInvalid(t *testing.T) {
	d, s := newDesk(t)
	ctx := t.Context()
	tenant, code, err := d.Add(ctx, Act{Actor: "op"}, Application{Name: "My centre"})
	if err != nil {
		t.Fatal(err)
	}
	pub, _ := keyOf(1)
	if _, err := d.Redeem(ctx, code, pub); err != nil {
		t.Fatal(err)
	}
	for _, w := range wiretest.WeakKeys() {
		if w.Key == [32]byte{} {
			continue // no store keeps it: it stands for no key
		}
		if err := s.SetTenantKey(ctx, tenant.ID, w.Key, store.Audit{Time: time.Now()}); err != nil {
			t.Fatal(err)
		}
		forged := false
		for n := uint16(1); n < 50 && !forged; n++ {
			a := &wire.Admission{Kind: wire.ByTicket, Ticket: wire.Ticket{Tenant: tenant.ID, ID: wire.TicketID{7}, Channels: n, Expires: uint64(time.Now().Add(time.Hour).Unix())}}
			if a.Ticket.Sig, forged = wiretest.Forge(w.Key, wire.TicketContext(&a.Ticket)); !forged {
				continue
			}
			if _, _, err := d.Admit(ctx, a); !errors.Is(err, wire.TicketInvalid) {
				t.Errorf("%s: %v", w.Name, err)
			}
		}
		if !forged {
			t.Errorf("%s: no signature found", w.Name)
		}
	}
}
