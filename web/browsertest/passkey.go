package browsertest

import (
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// A Keeper keeps passkeys for a page in Chromium, as a phone does behind a
// fingerprint that always fits. Its page has to be on http://localhost.
type Keeper struct {
	p  *Page
	id webauthn.AuthenticatorID
}

// Keeper gives the page a keeper of passkeys, with the PRF extension or without.
func (p *Page) Keeper(prf bool) *Keeper {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		p.fail("passkeys: %v", err)
	}
	got, err := chromedp.Call(p.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Ctap2version: "ctap2_1", Transport: "internal",
		HasResidentKey: true, HasUserVerification: true, HasPrf: prf, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		p.fail("a keeper of passkeys: %v", err)
	}
	return &Keeper{p, got.AuthenticatorID}
}

// Passkeys is how many there are.
func (k *Keeper) Passkeys() int {
	k.p.t.Helper()
	got, err := chromedp.Call(k.p.ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: k.id})
	if err != nil {
		k.p.fail("counting passkeys: %v", err)
	}
	return len(got.Credentials)
}

// Delete deletes them all, as a person does in the settings of the phone.
func (k *Keeper) Delete() {
	k.p.t.Helper()
	if _, err := chromedp.Call(k.p.ctx, webauthn.ClearCredentials, webauthn.ClearCredentialsParams{AuthenticatorID: k.id}); err != nil {
		k.p.fail("deleting passkeys: %v", err)
	}
}

// Verify tells whether the finger is the person's.
func (k *Keeper) Verify(ok bool) {
	k.p.t.Helper()
	if _, err := chromedp.Call(k.p.ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: k.id, IsUserVerified: ok}); err != nil {
		k.p.fail("verifying: %v", err)
	}
}
