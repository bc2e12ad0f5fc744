package wire

import (
	"crypto/sha256"

	"golang.org/x/crypto/cryptobyte"
)

// A context is the message that a key signs. It names the purpose, the relay's
// origin and the connection's nonce, so that a signature is of no use anywhere
// else, at another relay or on another connection. origin must pass CheckOrigin.

const (
	labelCreate   = "vialog/wire/v1/create"
	labelOpen     = "vialog/wire/v1/open"
	labelRotate   = "vialog/wire/v1/rotate"
	labelDelete   = "vialog/wire/v1/delete"
	labelErase    = "vialog/wire/v1/erase"
	labelRegister = "vialog/wire/v1/register"
	labelCede     = "vialog/wire/v1/cede"
	labelRekey    = "vialog/wire/v1/rekey"
	labelTicket   = "vialog/wire/v1/ticket"
)

func startContext(label, origin string, n Nonce) *writer {
	if CheckOrigin(origin) != nil {
		panic("wire: origin was not checked")
	}
	w := startLabel(label)
	w.AddUint8(uint8(len(origin)))
	w.AddBytes([]byte(origin))
	w.AddBytes(n[:])
	return w
}

func startLabel(label string) *writer {
	w := &writer{cryptobyte.NewBuilder(make([]byte, 0, 256))}
	w.AddBytes([]byte(label))
	w.AddUint8(0)
	return w
}

// CreateContext is signed by the founding key and by the access key.
func CreateContext(origin string, n Nonce, c *Create) []byte {
	w := startContext(labelCreate, origin, n)
	c.signed(w)
	return w.BytesOrPanic()
}

// OpenContext is signed by the access key k.
func OpenContext(origin string, n Nonce, c Channel, k AccessKey) []byte {
	w := startContext(labelOpen, origin, n)
	w.AddBytes(c[:])
	w.AddBytes(k[:])
	return w.BytesOrPanic()
}

// RotateContext is signed by the current access key or the owner key, as
// r.Signer says, and by the new access key.
func RotateContext(origin string, n Nonce, r *Rotate) []byte {
	payload := &writer{cryptobyte.NewBuilder(nil)}
	r.payload(payload)
	sum := sha256.Sum256(payload.BytesOrPanic())

	w := startContext(labelRotate, origin, n)
	w.AddBytes(r.Channel[:])
	w.AddBytes(r.Access[:])
	w.AddUint8(uint8(r.Signer))
	w.AddBytes(sum[:])
	return w.BytesOrPanic()
}

// DeleteContext is signed by the owner key of c.
func DeleteContext(origin string, n Nonce, c Channel) []byte {
	w := startContext(labelDelete, origin, n)
	w.AddBytes(c[:])
	return w.BytesOrPanic()
}

// EraseContext is signed by the owner key of c.
func EraseContext(origin string, n Nonce, c Channel) []byte {
	w := startContext(labelErase, origin, n)
	w.AddBytes(c[:])
	return w.BytesOrPanic()
}

// CedeContext is signed by the owner key of c until now and by the new one.
func CedeContext(origin string, n Nonce, c Channel, owner FoundingKey) []byte {
	w := startContext(labelCede, origin, n)
	w.AddBytes(c[:])
	w.AddBytes(owner[:])
	return w.BytesOrPanic()
}

// RegisterContext is signed by the tenant key k.
func RegisterContext(origin string, n Nonce, c Code, k TenantKey) []byte {
	w := startContext(labelRegister, origin, n)
	w.AddBytes(c[:])
	w.AddBytes(k[:])
	return w.BytesOrPanic()
}

// RekeyContext is signed by the tenant's old key and by the new one.
func RekeyContext(origin string, n Nonce, t TenantID, k TenantKey) []byte {
	w := startContext(labelRekey, origin, n)
	w.AddBytes(t[:])
	w.AddBytes(k[:])
	return w.BytesOrPanic()
}

// TicketContext is signed by the tenant key. A ticket is handed on, so it names
// neither origin nor nonce; the tenant's identifier is the relay's own.
func TicketContext(t *Ticket) []byte {
	w := startLabel(labelTicket)
	t.signed(w)
	return w.BytesOrPanic()
}
