package seal

import (
	"testing"

	"vialog/shared/evidence"
	"vialog/shared/wire"
)

// A signature that somebody can be made to give for one purpose is offered for
// every other: all pairs of labels, in both forms, and what is said to a relay.
func TestNoSignatureServesAnotherPurpose(t *testing.T) {
	d := DeviceFromSeed(epochSecret(5))
	p, msg := d.Public(), []byte("what is to be signed")
	all := labels(t)
	tried := 0
	for i, a := range all {
		plain, hybrid := d.Sign(Label(a), msg), d.SignHybrid(Label(a), msg)
		for j, b := range all {
			if testing.Short() && (i+j)%16 != 0 && i != j {
				continue // in WebAssembly it takes long
			}
			tried++
			if (p.Verify(Label(b), msg, plain[:]) == nil) != (a == b) {
				t.Fatalf("a signature for %s and %s", a, b)
			}
			if (p.VerifyHybrid(Label(b), msg, hybrid) == nil) != (a == b) {
				t.Fatalf("a hybrid signature for %s and %s", a, b)
			}
			if p.Verify(Label(b), msg, hybrid[:SignatureSize]) == nil {
				t.Fatalf("half of a signature for %s as one for %s", a, b)
			}
		}
		if VerifySigner(p.Sign, msg, plain[:]) == nil {
			t.Fatalf("a signature for %s as an answer to a relay", a)
		}
	}
	if tried < 60*60 && !testing.Short() {
		t.Fatalf("only %d pairs", tried)
	}
	// A relay chooses nonce, channel and origin, and asks for a signature. Even a
	// device's own key would give nothing that passes for a statement or a change.
	own := [64]byte(d.k.get().sign)
	signer := &Signer{k: veil(&own)}
	const origin = "https://relay.example"
	for name, text := range map[string][]byte{
		"open":     wire.OpenContext(origin, wire.Nonce{}, wire.Channel{}, wire.AccessKey{}),
		"create":   wire.CreateContext(origin, wire.Nonce{}, &wire.Create{Admission: wire.Admission{Kind: wire.ByOpenTenant}}),
		"rotate":   wire.RotateContext(origin, wire.Nonce{}, &wire.Rotate{Signer: wire.ByAccess}),
		"delete":   wire.DeleteContext(origin, wire.Nonce{}, wire.Channel{}),
		"erase":    wire.EraseContext(origin, wire.Nonce{}, wire.Channel{}),
		"register": wire.RegisterContext(origin, wire.Nonce{}, wire.Code{}, wire.TenantKey{}),
		"rekey":    wire.RekeyContext(origin, wire.Nonce{}, wire.TenantID{}, wire.TenantKey{}),
		"ticket":   wire.TicketContext(&wire.Ticket{}),
		"evidence": evidence.Message([]byte(evidence.Label + "\ntenant ")),
	} {
		sig := signer.Sign(text)
		if VerifySigner(p.Sign, text, sig[:]) != nil {
			t.Fatalf("%s: the signature is none", name)
		}
		for _, l := range all {
			// Whatever part of the context is taken for the message.
			for _, n := range []int{0, len(l) + 1, len(l) + 2} {
				if n <= len(text) && p.Verify(Label(l), text[n:], sig[:]) == nil {
					t.Fatalf("what was signed to %s passes as %s", name, l)
				}
			}
		}
	}
}
