package hub

import (
	"testing"
	"time"

	"vialog/relay/internal/admit"
	"vialog/shared/wire"
	"vialog/shared/wire/wiretest"
)

// Go's Ed25519 takes every one of these keys, and here somebody who knows no secret
// signs with them. None may come into force, nor end a channel.
func TestNoVerbTakesAWeakKey(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	founder, access, lead := keyOf("f"), keyOf("a"), keyOf("lead")
	c := r.dial()
	c.create(r, founder, access)
	_, code, err := r.desk.Add(t.Context(), admit.Act{Actor: "test"}, admit.Application{Name: "My centre"})
	if err != nil {
		t.Fatal(err)
	}
	tenant := want[*wire.Registered](t, c.ask(&wire.Register{Req: c.next(), Code: code, Key: lead.tenant(),
		Sig: lead.sign(wire.RegisterContext(origin, c.hello.Nonce, code, lead.tenant()))})).Tenant
	_, unused, err := r.desk.Add(t.Context(), admit.Act{Actor: "test"}, admit.Application{Name: "Another centre"})
	if err != nil {
		t.Fatal(err)
	}
	later := uint64(time.Now().Add(time.Hour).Unix())
	for _, verb := range []struct {
		name string
		// frame returns a request that brings key, and where its forged
		// signatures go. n makes one request differ from the next.
		frame func(c *client, key [32]byte, n int) (f wire.Frame, context []byte, sigs []*wire.Signature)
	}{
		{"create with it as access key", func(c *client, key [32]byte, n int) (wire.Frame, []byte, []*wire.Signature) {
			g := keyOf("g")
			f := &wire.Create{Req: c.next(), Founding: g.founding(), Access: key, Expires: later + uint64(n), Admission: wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open}}
			b := wire.CreateContext(origin, c.hello.Nonce, f)
			f.FoundingSig = g.sign(b)
			return f, b, []*wire.Signature{&f.AccessSig}
		}},
		{"create with it as founding key", func(c *client, key [32]byte, n int) (wire.Frame, []byte, []*wire.Signature) {
			f := &wire.Create{Req: c.next(), Founding: key, Access: access.access(), Expires: later + uint64(n), Admission: wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open}}
			b := wire.CreateContext(origin, c.hello.Nonce, f)
			f.AccessSig = access.sign(b)
			return f, b, []*wire.Signature{&f.FoundingSig}
		}},
		{"rotate to it", func(c *client, key [32]byte, n int) (wire.Frame, []byte, []*wire.Signature) {
			f := &wire.Rotate{Req: c.next(), Channel: founder.channel(), Access: key, Signer: wire.ByFounding, Note: []byte{byte(n)}}
			b := wire.RotateContext(origin, c.hello.Nonce, f)
			f.Sig = founder.sign(b)
			return f, b, []*wire.Signature{&f.NewSig}
		}},
		{"cede to it", func(c *client, key [32]byte, _ int) (wire.Frame, []byte, []*wire.Signature) {
			f := &wire.Cede{Req: c.next(), Channel: founder.channel(), New: key}
			b := wire.CedeContext(origin, c.hello.Nonce, f.Channel, key)
			f.OldSig = founder.sign(b)
			return f, b, []*wire.Signature{&f.NewSig}
		}},
		{"delete by it", func(c *client, key [32]byte, _ int) (wire.Frame, []byte, []*wire.Signature) {
			f := &wire.Delete{Req: c.next(), Founding: key}
			return f, wire.DeleteContext(origin, c.hello.Nonce, wire.ChannelOf(key)), []*wire.Signature{&f.Sig}
		}},
		{"erase by it", func(c *client, key [32]byte, _ int) (wire.Frame, []byte, []*wire.Signature) {
			f := &wire.Erase{Req: c.next(), Founding: key}
			return f, wire.EraseContext(origin, c.hello.Nonce, wire.ChannelOf(key)), []*wire.Signature{&f.Sig}
		}},
		{"register with it", func(c *client, key [32]byte, _ int) (wire.Frame, []byte, []*wire.Signature) {
			f := &wire.Register{Req: c.next(), Code: unused, Key: key}
			return f, wire.RegisterContext(origin, c.hello.Nonce, unused, key), []*wire.Signature{&f.Sig}
		}},
		{"rekey to it", func(c *client, key [32]byte, _ int) (wire.Frame, []byte, []*wire.Signature) {
			f := &wire.Rekey{Req: c.next(), Tenant: tenant, New: key}
			b := wire.RekeyContext(origin, c.hello.Nonce, tenant, key)
			f.OldSig = lead.sign(b)
			return f, b, []*wire.Signature{&f.NewSig}
		}},
	} {
		for _, w := range wiretest.WeakKeys() {
			forged := false
			for n := 0; n < 50 && !forged; n++ {
				c := r.dial() // another nonce, so another message
				f, b, sigs := verb.frame(c, w.Key, n)
				var sig [64]byte
				if sig, forged = wiretest.Forge(w.Key, b); forged {
					for _, s := range sigs {
						*s = sig
					}
					if got, ok := c.ask(f).(*wire.Refused); !ok || got.Code != wire.NoAccess {
						t.Errorf("%s, %s: not refused", verb.name, w.Name)
					}
				}
				c.ws.Close()
			}
			if !forged {
				t.Errorf("%s, %s: no signature found", verb.name, w.Name)
			}
		}
	}
	want[*wire.Opened](t, c.open(founder.channel(), access))
}
