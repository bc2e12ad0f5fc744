package keyring

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"vialog/shared/wire/wiretest"
	"vialog/wasm/internal/seal"
)

// A row is one change made after the cast's history.
type row struct {
	on   string // account, team or space
	name string
	raw  func(c *cast) Raw
	want error // nil: accepted
}

func ref(a Author) Ref { return AccountRef(a.Account) }

func rows() []row {
	// a, t and s make changes by an author that cites itself truthfully.
	a := func(who func(c *cast) Author, ops func(c *cast) []op) func(c *cast) Raw {
		return func(c *cast) Raw {
			by := who(c)
			return forge(by.Device, follow(c.account.chain, c.cite(by, false), ops(c)...))
		}
	}
	t := func(who func(c *cast) Author, ops func(c *cast) []op) func(c *cast) Raw {
		return func(c *cast) Raw {
			by := who(c)
			return forge(by.Device, follow(c.team.chain, c.cite(by, false), ops(c)...))
		}
	}
	s := func(who func(c *cast) Author, via bool, ops func(c *cast) []op) func(c *cast) Raw {
		return func(c *cast) Raw {
			by := who(c)
			return forge(by.Device, follow(c.space.chain, c.cite(by, via), ops(c)...))
		}
	}
	// edited makes a truthful change and then lies in one field.
	edited := func(on string, who func(c *cast) Author, via bool, ops func(c *cast) []op, edit func(c *cast, ch *change)) func(c *cast) Raw {
		return func(c *cast) Raw {
			by := who(c)
			var ch *change
			switch on {
			case "account":
				ch = follow(c.account.chain, c.cite(by, via), ops(c)...)
			case "team":
				ch = follow(c.team.chain, c.cite(by, via), ops(c)...)
			default:
				ch = follow(c.space.chain, c.cite(by, via), ops(c)...)
			}
			edit(c, ch)
			return forge(by.Device, ch)
		}
	}
	anna := func(c *cast) Author { return c.anna }
	lead := func(c *cast) Author { return c.lead }
	doctor := func(c *cast) Author { return c.doctor }
	one := func(f func(c *cast) op) func(c *cast) []op { return func(c *cast) []op { return []op{f(c)} } }
	rotate := one(func(c *cast) op { return c.accountKey(3, 1, 2, 100) })
	team := func(c *cast) []Author { return []Author{c.lead, c.second, c.doctor, c.nurse, c.student} }
	teamRotate := one(func(c *cast) op { return c.teamKey(3, team(c)...) })
	members := func(c *cast) []Ref { return []Ref{ref(c.anna), TeamRef(c.team.ID()), ref(c.carer), ref(c.aunt)} }
	advance := one(func(c *cast) op { return c.epochKey(3, members(c)...) })
	addDevice := func(n int, sheet bool) func(c *cast) op {
		return func(c *cast) op {
			d := foundDevice{sheet, device(n).Public()}
			to := recipient{Ref{toDevice, d.public.ID()}, 0, d.public.KEM}
			return &opAddDevice{d, must(wrapFor(accountKeyLabels, c.account.head.state.anchor, 2, to, c.keys(c.anna).Key(2)))}
		}
	}
	addToTeam := func(c *cast, who Author, role Role) op {
		k := must(c.team.Keys(c.lead.Device, c.acct(c.lead))).Key(2)
		return &opAdd{ref(who), uint8(role), must(wrapFor(teamKeyLabels, c.team.head.state.anchor, 2, must(c.book.recipient(ref(who))), k))}
	}
	addToSpace := func(c *cast, r Ref, right Right) op {
		return &opAdd{r, uint8(right), must(wrapFor(epochLabels, c.space.head.state.anchor, 2, must(c.book.recipient(r)), c.secret))}
	}
	body := func(edit func(b []byte) []byte) func(c *cast) Raw {
		return func(c *cast) Raw { return forgeBody(c.anna.Device, AccountChain, a(anna, rotate)(c), edit) }
	}
	raw3 := func(r Raw, _ seal.Secret, err error) Raw { return must(r, err) }

	return []row{
		{"account", "rotate", func(c *cast) Raw { return must(c.account.Rotate(c.anna.Device, at(60))) }, nil},
		{"account", "rotate-by-sheet", func(c *cast) Raw { return must(c.account.Rotate(c.sheet.Device, at(60))) }, nil},
		{"account", "add-device", func(c *cast) Raw {
			return must(c.account.AddDevice(c.tablet.Device, c.guest.Public(), must(c.account.Keys(c.tablet.Device)), at(60)))
		}, nil},
		{"account", "remove-device", func(c *cast) Raw { return must(c.account.RemoveDevice(c.anna.Device, c.tablet.Device.ID(), at(60))) }, nil},
		{"account", "replace-sheet", func(c *cast) Raw {
			return forge(c.anna.Device, follow(c.account.chain, c.cite(c.anna, false), &opRemove{Ref{toDevice, device(100).ID()}},
				&opAddDevice{foundDevice{true, device(101).Public()}, nil}, c.accountKey(3, 1, 2, 101)))
		}, nil},
		{"account", "sheet-gives-way-to-another", func(c *cast) Raw {
			return forge(c.sheet.Device, follow(c.account.chain, c.cite(c.sheet, false), &opRemove{Ref{toDevice, device(100).ID()}},
				&opAddDevice{foundDevice{true, device(101).Public()}, nil}, c.accountKey(3, 1, 2, 101)))
		}, nil},
		{"account", "sheet-adds-another-before-it-goes", func(c *cast) Raw {
			return forge(c.sheet.Device, follow(c.account.chain, c.cite(c.sheet, false), &opAddDevice{foundDevice{true, device(101).Public()}, nil},
				&opRemove{Ref{toDevice, device(100).ID()}}, c.accountKey(3, 1, 2, 101)))
		}, ErrMember},
		{"account", "sheet-goes-without-another", func(c *cast) Raw {
			return forge(c.sheet.Device, follow(c.account.chain, c.cite(c.sheet, false), &opRemove{Ref{toDevice, device(100).ID()}},
				&opAddDevice{foundDevice{false, device(101).Public()}, nil}, c.accountKey(3, 1, 2, 101)))
		}, ErrSelf},
		{"account", "device-goes-as-it-adds-a-sheet", func(c *cast) Raw {
			return forge(c.anna.Device, follow(c.account.chain, c.cite(c.anna, false), &opRemove{Ref{toDevice, device(100).ID()}}, &opRemove{Ref{toDevice, device(1).ID()}},
				&opAddDevice{foundDevice{true, device(101).Public()}, nil}, c.accountKey(3, 2, 101)))
		}, ErrSelf},
		{"account", "retired-device-signs", a(func(c *cast) Author { return c.lost }, rotate), ErrRetired},
		{"account", "stranger-signs", a(func(c *cast) Author { return Author{c.guest, c.anna.Account} }, rotate), ErrSigner},
		{"account", "author-of-another-account", edited("account", anna, false, rotate, func(c *cast, ch *change) { ch.author.account = c.lead.Account }), ErrSigner},
		{"account", "signed-by-another-device", func(c *cast) Raw {
			return forge(c.tablet.Device, follow(c.account.chain, c.cite(c.anna, false), rotate(c)...))
		}, ErrSignature},
		{"account", "signed-with-label-of-teams", func(c *cast) Raw {
			r := a(anna, rotate)(c)
			b := r[:len(r)-seal.HybridSize]
			return append(append(Raw(nil), b...), c.anna.Device.SignHybrid(seal.LabelTeamChange, b)...)
		}, ErrSignature},
		{"account", "unsigned", func(c *cast) Raw {
			r := a(anna, rotate)(c)
			return append(append(Raw(nil), r[:len(r)-seal.HybridSize]...), make([]byte, seal.HybridSize)...)
		}, ErrSignature},
		{"account", "post-quantum-half-missing", func(c *cast) Raw {
			r := a(anna, rotate)(c)
			clear(r[len(r)-seal.HybridSize+64:])
			return r
		}, ErrSignature},
		{"account", "wrong-prev", edited("account", anna, false, rotate, func(_ *cast, ch *change) { ch.prev[0] ^= 1 }), ErrLink},
		{"account", "gap", edited("account", anna, false, rotate, func(_ *cast, ch *change) { ch.index++ }), ErrLink},
		{"account", "earlier-than-before", edited("account", anna, false, rotate, func(_ *cast, ch *change) { ch.time -= 2000 }), ErrTime},
		{"account", "from-another-account", func(c *cast) Raw { return must(c.acct(c.carer).Rotate(c.carer.Device, at(60))) }, ErrLink},
		{"account", "second-beginning", func(c *cast) Raw { return must(FoundAccount(c.anna.Device, "", nil, noon)) }, ErrFork},
		{"account", "change-of-a-team", func(c *cast) Raw { return must(c.team.Rotate(c.lead, at(60))) }, ErrKind},
		{"account", "old-generation-cited", edited("account", anna, false, rotate, func(_ *cast, ch *change) { ch.author.gen = 1 }), ErrRollback},
		{"account", "acts-for-a-team", edited("account", anna, false, rotate, func(c *cast, ch *change) { ch.author = c.cite(c.anna, true) }), ErrFormat},
		{"account", "retired-device-added-again", a(anna, one(addDevice(3, false))), ErrRetired},
		{"account", "device-added-twice", a(anna, one(addDevice(2, false))), ErrMember},
		{"account", "second-sheet", a(anna, one(addDevice(101, true))), ErrMember},
		{"account", "sheet-replaced-by-lower-device", func(c *cast) Raw {
			return forge(c.tablet.Device, follow(c.account.chain, c.cite(c.tablet, false), &opRemove{Ref{toDevice, device(100).ID()}},
				&opAddDevice{foundDevice{true, device(101).Public()}, nil}, c.accountKey(3, 1, 2, 101)))
		}, ErrRight},
		{"account", "added-without-key", a(anna, one(func(c *cast) op { return &opAddDevice{foundDevice{false, device(50).Public()}, nil} })), ErrRecipients},
		{"account", "added-with-key-for-another", a(anna, one(func(c *cast) op {
			o := addDevice(50, false)(c).(*opAddDevice)
			o.wrap.to.ID = device(2).ID()
			return o
		})), ErrRecipients},
		{"space", "weak-founding-key", func(c *cast) Raw {
			f := &opFoundSpace{kind: Home, owner: ref(c.anna), founding: wiretest.WeakKeys()[0].Key}
			return forge(c.anna.Device, &change{kind: SpaceChain, author: c.cite(c.anna, false), ops: []op{f, c.epochKey(1, ref(c.anna))}})
		}, ErrFormat},
		{"account", "weak-key-added", a(anna, one(func(c *cast) op {
			o := addDevice(50, false)(c).(*opAddDevice)
			o.public.Sign = [32]byte{1}
			o.wrap.to.ID = o.public.ID()
			return o
		})), ErrFormat},
		{"account", "removed-without-new-key", a(anna, one(func(c *cast) op { return &opRemove{Ref{toDevice, device(2).ID()}} })), ErrRotation},
		{"account", "removed-but-gets-the-new-key", a(anna, func(c *cast) []op {
			return []op{&opRemove{Ref{toDevice, device(2).ID()}}, c.accountKey(3, 1, 2, 100)}
		}), ErrRecipients},
		{"account", "removes-itself", a(anna, func(c *cast) []op {
			return []op{&opRemove{Ref{toDevice, device(1).ID()}}, c.accountKey(3, 2, 100)}
		}), ErrSelf},
		{"account", "removes-who-is-gone", a(anna, func(c *cast) []op {
			return []op{&opRemove{Ref{toDevice, device(3).ID()}}, c.accountKey(3, 1, 2, 100)}
		}), ErrMember},
		{"account", "key-number-skipped", a(anna, one(func(c *cast) op { return c.accountKey(4, 1, 2, 100) })), ErrRollback},
		{"account", "key-number-again", a(anna, one(func(c *cast) op { return c.accountKey(2, 1, 2, 100) })), ErrRollback},
		{"account", "key-without-link", a(anna, one(func(c *cast) op { k := c.accountKey(3, 1, 2, 100); k.link = nil; return k })), ErrFormat},
		{"account", "key-not-for-tablet", a(anna, one(func(c *cast) op { return c.accountKey(3, 1, 100) })), ErrRecipients},
		{"account", "key-for-stranger-too", a(anna, one(func(c *cast) op { return c.accountKey(3, 1, 2, 100, 50) })), ErrRecipients},
		{"account", "key-twice-for-one", a(anna, one(func(c *cast) op { return c.accountKey(3, 1, 1, 100) })), ErrRecipients},
		{"account", "key-out-of-order", a(anna, one(func(c *cast) op {
			k := c.accountKey(3, 1, 2, 100)
			k.wraps[0], k.wraps[1] = k.wraps[1], k.wraps[0]
			return k
		})), ErrRecipients},
		{"account", "two-keys", a(anna, func(c *cast) []op { return []op{c.accountKey(3, 1, 2, 100), c.accountKey(4, 1, 2, 100)} }), ErrFormat},
		{"account", "weak-account-key", a(anna, one(func(c *cast) op { k := c.accountKey(3, 1, 2, 100); clear(k.kem[1184:]); return k })), ErrFormat},
		{"account", "key-before-removal", a(anna, func(c *cast) []op {
			return []op{c.accountKey(3, 1, 100), &opRemove{Ref{toDevice, device(2).ID()}}}
		}), ErrFormat},
		{"account", "merge-without-key", a(anna, one(func(c *cast) op { return &opMerge{[]Hash{{1}}} })), ErrFormat},
		{"account", "founded-twice", a(anna, one(func(c *cast) op { return c.account.list[0].ops[0] })), ErrFormat},
		{"account", "version-2", body(func(b []byte) []byte { b[0] = 2; return b }), ErrFormat},
		{"account", "suite-2", body(func(b []byte) []byte { b[1] = 2; return b }), ErrFormat},
		{"account", "kind-4", body(func(b []byte) []byte { b[2] = 4; return b }), ErrFormat},
		{"account", "boolean-2", body(func(b []byte) []byte { b[115] = 2; return b }), ErrFormat},
		{"account", "no-ops", body(func(b []byte) []byte { b[116] = 0; return b[:117] }), ErrFormat},
		{"account", "unknown-op", body(func(b []byte) []byte { b[117] = 9; return b }), ErrFormat},
		{"account", "op-of-spaces", body(func(b []byte) []byte { b[117] = codeSet; return b }), ErrFormat},
		{"account", "trailing-byte", body(func(b []byte) []byte { return append(b, 0) }), ErrFormat},
		{"account", "trailing-byte-in-op", body(func(b []byte) []byte { b[120]++; return append(b, 0) }), ErrFormat},

		{"team", "rotate", func(c *cast) Raw { return must(c.team.Rotate(c.lead, at(60))) }, nil},
		{"team", "rotate-by-nurse", func(c *cast) Raw { return must(c.team.Rotate(c.nurse, at(60))) }, nil},
		{"team", "add-member", func(c *cast) Raw { return must(c.team.AddMember(c.second, c.other.Account, Doctor, at(60))) }, nil},
		{"team", "add-former-member", func(c *cast) Raw { return must(c.team.AddMember(c.lead, c.gone.Account, Nurse, at(60))) }, nil},
		{"team", "remove-member", func(c *cast) Raw { return must(c.team.RemoveMember(c.lead, c.doctor.Account, at(60))) }, nil},
		{"team", "promote", func(c *cast) Raw { return must(c.team.SetRole(c.lead, c.doctor.Account, Lead, at(60))) }, nil},
		{"team", "demote", func(c *cast) Raw { return must(c.team.SetRole(c.lead, c.second.Account, Reader, at(60))) }, nil},
		{"team", "lead-steps-down", func(c *cast) Raw { return must(c.team.SetRole(c.lead, c.lead.Account, Doctor, at(60))) }, nil},
		{"team", "rename", func(c *cast) Raw { return must(c.team.Rename(c.lead, "Centre Nord", at(60))) }, nil},
		{"team", "doctor-adds", t(doctor, one(func(c *cast) op { return addToTeam(c, c.other, Doctor) })), ErrRight},
		{"team", "doctor-removes", t(doctor, func(c *cast) []op {
			return []op{&opRemove{ref(c.nurse)}, c.teamKey(3, c.lead, c.second, c.doctor, c.student)}
		}), ErrRight},
		{"team", "doctor-promotes-itself", t(doctor, one(func(c *cast) op { return &opSet{ref(c.doctor), uint8(Lead)} })), ErrRight},
		{"team", "nurse-renames", t(func(c *cast) Author { return c.nurse }, one(func(c *cast) op { return &opRename{"x"} })), ErrRight},
		{"team", "reader-rotates", t(func(c *cast) Author { return c.student }, teamRotate), ErrRight},
		{"team", "outsider-rotates", t(func(c *cast) Author { return c.other }, teamRotate), ErrRight},
		{"team", "former-member-rotates", t(func(c *cast) Author { return c.gone }, teamRotate), ErrRetired},
		{"team", "retired-device-of-doctor", t(func(c *cast) Author { return Author{device(17), c.doctor.Account} }, teamRotate), ErrRetired},
		{"team", "retired-device-cites-old-generation", edited("team", func(c *cast) Author { return Author{device(17), c.doctor.Account} }, false, teamRotate,
			func(_ *cast, ch *change) { ch.author.gen = 1 }), ErrRetired},
		{"team", "stranger-signs-for-doctor", t(func(c *cast) Author { return Author{c.guest, c.doctor.Account} }, teamRotate), ErrSigner},
		{"team", "generation-nobody-knows", edited("team", lead, false, teamRotate, func(_ *cast, ch *change) { ch.author.gen = 9 }), ErrUnknown},
		{"team", "unknown-account-signs", edited("team", lead, false, teamRotate, func(_ *cast, ch *change) { ch.author.account[0] ^= 1 }), ErrUnknown},
		{"team", "unknown-account-added", t(lead, one(func(c *cast) op {
			o := addToTeam(c, c.other, Doctor).(*opAdd)
			o.ref.ID[0] ^= 1
			o.wrap.to = o.ref
			return o
		})), ErrUnknown},
		{"team", "sealed-to-old-generation", t(lead, one(func(c *cast) op {
			k := c.teamKey(3, team(c)...)
			for i := range k.wraps {
				if k.wraps[i].to == ref(c.doctor) {
					k.wraps[i].gen = 1
				}
			}
			return k
		})), ErrRollback},
		{"team", "last-leads-step-down", t(lead, func(c *cast) []op {
			return []op{&opSet{ref(c.lead), uint8(Doctor)}, &opSet{ref(c.second), uint8(Doctor)}, c.teamKey(3, team(c)...)}
		}), ErrLast},
		{"team", "lowered-without-new-key", t(lead, one(func(c *cast) op { return &opSet{ref(c.second), uint8(Doctor)} })), ErrRotation},
		{"team", "set-to-what-it-is", t(lead, one(func(c *cast) op { return &opSet{ref(c.second), uint8(Lead)} })), ErrMember},
		{"team", "removes-itself", t(lead, func(c *cast) []op {
			return []op{&opRemove{ref(c.lead)}, c.teamKey(3, c.second, c.doctor, c.nurse, c.student)}
		}), ErrSelf},
		{"team", "member-added-twice", t(lead, one(func(c *cast) op { return addToTeam(c, c.doctor, Doctor) })), ErrMember},
		{"team", "role-5", t(lead, one(func(c *cast) op { return addToTeam(c, c.other, 5) })), ErrFormat},
		{"team", "team-as-member", t(lead, one(func(c *cast) op { return &opRemove{TeamRef(c.centre2.ID())} })), ErrFormat},
		{"team", "name-with-control-character", t(lead, one(func(c *cast) op { return &opRename{"a\nb"} })), ErrFormat},
		{"team", "name-empty", t(lead, one(func(c *cast) op { return &opRename{""} })), ErrFormat},
		{"team", "change-of-the-other-centre", func(c *cast) Raw { return must(c.centre2.Rotate(c.other, at(60))) }, ErrLink},

		{"space", "advance", func(c *cast) Raw { return raw3(c.space.Advance(c.anna, c.secret, at(60))) }, nil},
		{"space", "advance-by-doctor", func(c *cast) Raw { return raw3(c.space.Advance(c.doctor, c.secret, at(60))) }, nil},
		{"space", "advance-by-carer", func(c *cast) Raw { return raw3(c.space.Advance(c.carer, c.secret, at(60))) }, nil},
		{"space", "add-member", func(c *cast) Raw {
			return raw3(c.space.AddMember(c.anna, Member{ref(c.former), Read}, c.secret, false, at(60)))
		}, nil},
		{"space", "add-member-from-now-on", func(c *cast) Raw {
			return raw3(c.space.AddMember(c.tablet, Member{TeamRef(c.centre2.ID()), Treat}, c.secret, true, at(60)))
		}, nil},
		{"space", "remove-team", func(c *cast) Raw { return raw3(c.space.RemoveMember(c.anna, TeamRef(c.team.ID()), c.secret, at(60))) }, nil},
		{"space", "raise-right", func(c *cast) Raw { return raw3(c.space.SetRight(c.anna, Member{ref(c.carer), Own}, c.secret, at(60))) }, nil},
		{"space", "lower-right", func(c *cast) Raw { return raw3(c.space.SetRight(c.anna, Member{ref(c.carer), Read}, c.secret, at(60))) }, nil},
		{"space", "reader-adds", s(func(c *cast) Author { return c.aunt }, false, one(func(c *cast) op { return addToSpace(c, ref(c.former), Read) })), ErrRight},
		{"space", "carer-adds", s(func(c *cast) Author { return c.carer }, false, one(func(c *cast) op { return addToSpace(c, ref(c.former), Read) })), ErrRight},
		{"space", "carer-removes-patient", s(func(c *cast) Author { return c.carer }, false, func(c *cast) []op {
			return []op{&opRemove{ref(c.anna)}, c.epochKey(3, members(c)[1:]...)}
		}), ErrRight},
		{"space", "doctor-adds-second-team", s(doctor, true, one(func(c *cast) op { return addToSpace(c, TeamRef(c.centre2.ID()), Treat) })), ErrRight},
		{"space", "lead-adds-second-team", s(lead, true, one(func(c *cast) op { return addToSpace(c, TeamRef(c.centre2.ID()), Treat) })), ErrRight},
		{"space", "reader-advances", s(func(c *cast) Author { return c.aunt }, false, advance), ErrRight},
		{"space", "reader-of-team-advances", s(func(c *cast) Author { return c.student }, true, advance), ErrRight},
		{"space", "former-member-advances", s(func(c *cast) Author { return c.former }, false, advance), ErrRetired},
		{"space", "outsider-advances", s(func(c *cast) Author { return c.other }, false, advance), ErrRight},
		{"space", "outsider-claims-team", s(func(c *cast) Author { return c.other }, true, advance), ErrRight},
		{"space", "former-doctor-advances", s(func(c *cast) Author { return c.gone }, true, advance), ErrRetired},
		{"space", "former-doctor-cites-old-team", edited("space", func(c *cast) Author { return c.gone }, true, advance, func(_ *cast, ch *change) { ch.author.teamGen = 1 }), ErrRetired},
		{"space", "team-generation-nobody-knows", edited("space", doctor, true, advance, func(_ *cast, ch *change) { ch.author.teamGen = 9 }), ErrUnknown},
		{"space", "doctor-without-its-team", s(doctor, false, advance), ErrRight},
		{"space", "lost-phone-advances", s(func(c *cast) Author { return c.lost }, false, advance), ErrRetired},
		{"space", "lost-phone-cites-old-generation", edited("space", func(c *cast) Author { return c.lost }, false, advance, func(_ *cast, ch *change) { ch.author.gen = 1 }), ErrRetired},
		{"space", "retired-device-of-doctor-advances", edited("space", func(c *cast) Author { return Author{device(17), c.doctor.Account} }, true, advance, func(_ *cast, ch *change) { ch.author.gen = 1 }), ErrRetired},
		{"space", "team-is-to-own", s(anna, false, one(func(c *cast) op { return addToSpace(c, TeamRef(c.centre2.ID()), Own) })), ErrRight},
		{"space", "owner-steps-down", s(anna, false, func(c *cast) []op {
			return []op{&opSet{ref(c.anna), uint8(Care)}, c.epochKey(3, members(c)...)}
		}), ErrLast},
		{"space", "owner-removes-itself", s(anna, false, func(c *cast) []op {
			return []op{&opRemove{ref(c.anna)}, c.epochKey(3, members(c)[1:]...)}
		}), ErrSelf},
		{"space", "removed-without-new-epoch", s(anna, false, one(func(c *cast) op { return &opRemove{ref(c.aunt)} })), ErrRotation},
		{"space", "epoch-without-way-back", s(doctor, true, one(func(c *cast) op { k := c.epochKey(3, members(c)...); k.link = nil; return k })), ErrFormat},
		{"space", "owner-epoch-without-way-back-nor-new-member", s(anna, false, one(func(c *cast) op { k := c.epochKey(3, members(c)...); k.link = nil; return k })), ErrFormat},
		{"space", "epoch-number-again", s(anna, false, one(func(c *cast) op { return c.epochKey(2, members(c)...) })), ErrRollback},
		{"space", "epoch-leaves-out-a-member", s(doctor, true, one(func(c *cast) op { return c.epochKey(3, members(c)[:3]...) })), ErrRecipients},
		{"space", "epoch-sealed-to-old-team-generation", s(anna, false, one(func(c *cast) op {
			k := c.epochKey(3, members(c)...)
			for i := range k.wraps {
				if k.wraps[i].to.Type == ToTeam {
					k.wraps[i].gen = 1
				}
			}
			return k
		})), ErrRollback},
		{"space", "epoch-sealed-to-a-ghost", s(doctor, true, one(func(c *cast) op { return c.epochKey(3, append(members(c), ref(c.other))...) })), ErrRecipients},
		{"space", "right-0", s(anna, false, one(func(c *cast) op { return &opSet{ref(c.aunt), 0} })), ErrFormat},
	}
}

func TestEveryRuleRefusesAndEveryRightWorks(t *testing.T) {
	c := newCast(t)
	for _, r := range rows() {
		raw := r.raw(c)
		err := c.apply(r.on, raw)
		if !errors.Is(err, r.want) {
			t.Errorf("%s %s: %v, want %v", r.on, r.name, err, r.want)
			continue
		}
		var at *ChangeError
		if err != nil && !errors.As(err, &at) {
			t.Errorf("%s %s: the position is missing", r.on, r.name)
		}
		if *addVectors {
			verdict := "accept-"
			if r.want != nil {
				verdict = "reject-"
			}
			writeChains(t, verdict+r.on+"-"+r.name, map[string][]Raw{r.on: {raw}})
		}
	}
}

func TestVectors(t *testing.T) {
	c := newCast(t)
	want := make(map[string]error)
	for _, r := range rows() {
		want[r.on+"-"+r.name] = r.want
	}
	files, err := filepath.Glob("testdata/*-*.txt")
	if err != nil || len(files) < 90 {
		t.Fatalf("only %d vectors: %v", len(files), err)
	}
	for _, f := range files {
		verdict, name, _ := strings.Cut(strings.TrimSuffix(filepath.Base(f), ".txt"), "-")
		for on, raws := range readChains(t, f) {
			err := c.apply(on, raws[0])
			if (err == nil) != (verdict == "accept") {
				t.Errorf("%s: %v", filepath.Base(f), err)
			}
			if w, ok := want[name]; ok && !errors.Is(err, w) {
				t.Errorf("%s: %v, want %v", filepath.Base(f), err, w)
			}
		}
	}
}

func TestNoByteOfAChangeCanBeAltered(t *testing.T) {
	c := newCast(t)
	for _, r := range rows() {
		if r.want != nil {
			continue
		}
		raw := r.raw(c)
		for i := 0; i < len(raw); i++ {
			if i > 180 && i < len(raw)-20 && i%211 != 0 {
				continue
			}
			bad := append(Raw(nil), raw...)
			bad[i] ^= 1 << (i % 8)
			if c.apply(r.on, bad) == nil {
				t.Errorf("%s %s: byte %d can be altered", r.on, r.name, i)
			}
		}
		for _, n := range []int{0, 1, len(raw) - 1} {
			if c.apply(r.on, raw[:n]) == nil {
				t.Errorf("%s %s: passes cut to %d", r.on, r.name, n)
			}
		}
	}
	// The first changes are the chain's name: altered, they are another chain or nothing.
	for name, raws := range readChains(t, "testdata/cast.txt") {
		for i := 0; i < len(raws[0]); i += 97 {
			bad := append(Raw(nil), raws[0]...)
			bad[i] ^= 1
			var err error
			switch name {
			case "team", "centre2":
				_, err = ReplayTeam([]Raw{bad}, c.book)
			case "space":
				_, err = ReplaySpace([]Raw{bad}, c.book)
			default:
				_, err = ReplayAccount([]Raw{bad})
			}
			if err == nil {
				t.Errorf("%s: byte %d of the first change can be altered", name, i)
			}
		}
	}
}
