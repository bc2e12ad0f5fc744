package link

import (
	"golang.org/x/crypto/cryptobyte"

	"vialog/shared/wire"
	"vialog/wasm/internal/seal"
)

// SignTicket lets the bearer create channels on a tenant's account.
func SignTicket(t wire.Ticket, tenant *seal.Signer) wire.Ticket {
	t.Sig = tenant.Sign(wire.TicketContext(&t))
	return t
}

// AppendAdmission writes an admission as it is kept and handed on.
func AppendAdmission(b *cryptobyte.Builder, a wire.Admission) {
	b.AddUint8(uint8(a.Kind))
	switch a.Kind {
	case wire.ByTicket:
		b.AddBytes(a.Ticket.Tenant[:])
		b.AddBytes(a.Ticket.ID[:])
		b.AddUint16(a.Ticket.Channels)
		b.AddUint64(a.Ticket.Expires)
		b.AddBytes(a.Ticket.Sig[:])
	case wire.ByOpenTenant:
		b.AddBytes(a.Tenant[:])
	}
}

// ReadAdmission reads what AppendAdmission wrote.
func ReadAdmission(in *cryptobyte.String) (a wire.Admission, ok bool) {
	var kind uint8
	if !in.ReadUint8(&kind) {
		return a, false
	}
	a.Kind = wire.AdmissionKind(kind)
	switch a.Kind {
	case wire.ByTicket:
		t := &a.Ticket
		ok = in.CopyBytes(t.Tenant[:]) && in.CopyBytes(t.ID[:]) && in.ReadUint16(&t.Channels) &&
			in.ReadUint64(&t.Expires) && in.CopyBytes(t.Sig[:])
	case wire.ByOpenTenant:
		ok = in.CopyBytes(a.Tenant[:])
	}
	return a, ok
}

// AdmissionBytes is an admission for sealed storage.
func AdmissionBytes(a wire.Admission) []byte {
	b := cryptobyte.NewBuilder(nil)
	AppendAdmission(b, a)
	return b.BytesOrPanic()
}

// ParseAdmission reads AdmissionBytes back.
func ParseAdmission(raw []byte) (wire.Admission, bool) {
	in := cryptobyte.String(raw)
	a, ok := ReadAdmission(&in)
	return a, ok && in.Empty()
}
