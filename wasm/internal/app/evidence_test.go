package app

import (
	"bytes"
	"testing"
	"time"

	"vialog/shared/evidence"
	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

func aStatement(number uint32, previous [32]byte, made time.Time) []byte {
	s := &evidence.Statement{
		Tenant: wire.TenantID{1}, Number: number, Previous: previous, Made: made, Policy: 1, Leads: 1, LeadDevices: 1, NoSheet: 1,
		Sheet: evidence.None, Invitation: evidence.None, Check: evidence.None, Review: evidence.None,
	}
	root, err := seal.SecretFrom(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		panic(err)
	}
	text := s.Text()
	return evidence.File(text, seal.SignerFromSecret(root, seal.LabelTenantKey).Sign(evidence.Message(text)))
}

func anEvidence() []byte {
	return aStatement(1, [32]byte{}, time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC))
}

func TestTheLabelOfEvidenceIsInTheTable(t *testing.T) {
	if string(seal.LabelEvidence) != evidence.Label {
		t.Errorf("%s is not %s", seal.LabelEvidence, evidence.Label)
	}
}

// Two leads may state at the same time. Whatever comes first, all devices agree
// on what the next statement names.
func TestTheNextStatementNamesTheSameOneEverywhere(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2027, 3, n, 12, 0, 0, 0, time.UTC) }
	one := aStatement(1, [32]byte{}, day(1))
	a, b := aStatement(2, evidence.HashOf(one), day(3)), aStatement(2, evidence.HashOf(one), day(2))
	far, strange := aStatement(999_999_999, evidence.HashOf(b), day(4)), aStatement(3, [32]byte{9}, day(4)) // what names none of these
	for _, order := range [][][]byte{{one, a, b, far, strange}, {strange, b, a, far, one}, {a, b, one, a, b, one}} {
		c, s := told(t, roleTeam)
		c.p.tenant = wire.TenantID{1}
		for n, f := range order {
			c.absorb(s, []*link.Entry{by(typeEvidence, keyring.Own, uint64(n+1), evidenceBody(f))})
		}
		list := c.evidence.ofTenant(wire.TenantID{1})
		if len(list) != 3 || list[2].Hash != evidence.HashOf(a) {
			t.Errorf("%d statements; the last is %+v", len(list), list[len(list)-1].Statement)
		}
		// Of a clock that was far ahead there is nothing to name.
		for at, want := range map[time.Time][]byte{day(9): a, day(3).Add(-time.Hour): a, day(3).Add(-2 * time.Hour): b, day(1): one} {
			if last := c.evidence.last(wire.TenantID{1}, at); last == nil || !bytes.Equal(last.File, want) {
				t.Errorf("on %v another is named", at)
			}
		}
		if c.evidence.last(wire.TenantID{1}, day(1).AddDate(0, 0, -1)) != nil {
			t.Error("one is named that has not come yet")
		}
		if len(c.evidence.ofTenant(wire.TenantID{2})) != 0 {
			t.Error("statements of another tenant are this centre's")
		}
	}
}
