package app

import (
	"context"
	"time"

	"vialog/wasm/internal/join"
	"vialog/wasm/internal/vault"
)

// A Waiting is a device that has asked to be let in and is not yet.
type Waiting struct {
	Kind    join.Kind
	Name    string    // as which it asked
	Check   string    // the short code, once the other side has answered
	Expires time.Time // of the invitation
}

// Waiting tells of a request that this device has made and that has not come
// to an end; Await goes on with it.
func (c *Client) Waiting(ctx context.Context) (Waiting, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return Waiting{}, false
	}
	w, err := c.wish(ctx)
	if err != nil || w == nil {
		return Waiting{}, false
	}
	return Waiting{Kind: w.inv.Kind(), Name: w.name, Check: c.asked, Expires: w.expires}, true
}

// GiveUp ends a request of this device: it asks no more.
func (c *Client) GiveUp(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	c.asked = ""
	return c.v.Write(ctx, []vaultRecord{{Key: pendingKey}})
}

// A wish is the record of a request: the invitation, the offer and the request
// as sent, and as what the device wants to be known.
type wish struct {
	inv     join.Invitation
	offer   []byte
	request []byte
	expires time.Time
	name    string
	kind    DeviceKind
}

const (
	fieldWishExpires = iota + 8
	fieldWishName
	fieldWishKind
)

func (w *wish) record() vault.Record {
	f := fields{fieldInvite: w.inv.Bytes(), fieldOffer: w.offer, fieldRequest: w.request}
	f.setNumber(fieldWishExpires, uint64(w.expires.Unix()))
	if w.name != "" {
		f[fieldWishName] = []byte(w.name)
	}
	f.setNumber(fieldWishKind, uint64(w.kind))
	return vault.Record{Key: pendingKey, Value: f.bytes()}
}

// wish reads the record of the request under way, nil if there is none. The
// caller holds mu.
func (c *Client) wish(ctx context.Context) (*wish, error) {
	raw, err := c.v.Get(ctx, pendingKey)
	if err != nil || raw == nil {
		return nil, err
	}
	return parseWish(raw)
}

func parseWish(raw []byte) (*wish, error) {
	f, err := parseFields(raw)
	if err != nil {
		return nil, err
	}
	w := &wish{offer: f[fieldOffer], request: f[fieldRequest], name: f.text(fieldWishName), kind: DeviceKind(f.number(fieldWishKind))}
	if w.inv, err = join.Parse(f[fieldInvite]); err != nil {
		return nil, err
	}
	if s := f.number(fieldWishExpires); s != 0 {
		w.expires = time.Unix(int64(s), 0)
	}
	return w, nil
}
