package keyring

import (
	"encoding/binary"
	"slices"
	"sync"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/seal"
)

// keyLabels are the labels of one kind of key.
type keyLabels struct{ wrap, link, commit, kem seal.Label }

var (
	accountKeyLabels = keyLabels{seal.LabelAccountWrap, seal.LabelAccountLink, seal.LabelAccountGeneration, seal.LabelAccountKEM}
	teamKeyLabels    = keyLabels{seal.LabelTeamWrap, seal.LabelTeamLink, seal.LabelTeamGeneration, seal.LabelTeamKEM}
	epochLabels      = keyLabels{wrap: seal.LabelEpochWrap, link: seal.LabelEpochLink, commit: seal.LabelEpoch}
)

// A generation is one key of an account or team, or one epoch of a space.
type generation struct {
	opKey
	index uint32 // of the change that introduced it
	time  uint64
}

func (g *generation) adding(w *wrap) *generation {
	h := *g
	h.wraps = append(slices.Clip(h.wraps), *w)
	return &h
}

// anchorOf binds keys to the chain and to who founded it. The founder is in it
// because a nonce alone can be copied into another chain.
func anchorOf(c *change, nonce [32]byte) [32]byte {
	return seal.Hash(seal.LabelAnchor, []byte{byte(c.kind)}, nonce[:], c.author.device[:], c.author.account[:])
}

func wrapInfo(anchor [32]byte, number uint32, to Ref, gen uint32) []byte {
	b := make([]byte, 0, 32+4+1+32+4)
	b = append(b, anchor[:]...)
	b = binary.BigEndian.AppendUint32(b, number)
	b = append(b, byte(to.Type))
	b = append(b, to.ID[:]...)
	return binary.BigEndian.AppendUint32(b, gen)
}

func linkInfo(anchor [32]byte, number uint32) []byte {
	return binary.BigEndian.AppendUint32(append([]byte(nil), anchor[:]...), number)
}

func commitment(l keyLabels, anchor [32]byte, number uint32, s seal.Secret) [32]byte {
	return s.Commit([]byte(l.commit), anchor[:], binary.BigEndian.AppendUint32(nil, number))
}

// A recipient is a member with its current key.
type recipient struct {
	ref Ref
	gen uint32
	kem seal.KEMPublic
}

func wrapFor(l keyLabels, anchor [32]byte, number uint32, to recipient, s seal.Secret) (*wrap, error) {
	sealed, err := seal.WrapTo(to.kem, l.wrap, wrapInfo(anchor, number, to.ref, to.gen), s)
	if err != nil {
		return nil, err
	}
	return &wrap{to.ref, to.gen, sealed}, nil
}

// newKey makes the op that introduces s for exactly these recipients, with
// the key before it sealed under it if prev is valid.
func newKey(l keyLabels, anchor [32]byte, number uint32, s, prev seal.Secret, to []recipient) (*opKey, error) {
	k := &opKey{number: number, commitment: commitment(l, anchor, number, s)}
	if l.kem != "" {
		pub, _ := seal.KEMFromSecret(s, l.kem)
		k.kem = &pub
	}
	if prev.Valid() {
		k.link = seal.SealSecret(s, l.link, linkInfo(anchor, number), prev)
	}
	if len(to) > MaxMembers {
		return nil, ErrLimit
	}
	arrange.By(to, func(a, b recipient) int {
		if a.ref.less(b.ref) {
			return -1
		}
		return 1
	})
	for _, r := range to {
		w, err := wrapFor(l, anchor, number, r, s)
		if err != nil {
			return nil, err
		}
		k.wraps = append(k.wraps, *w)
	}
	return k, nil
}

// checkKey checks the form of a new key: the next number, sealed to exactly
// these members, each once, in order.
func checkKey(k *opKey, gens []*generation, members []Ref, linked bool) error {
	if int(k.number) != len(gens)+1 {
		return ErrRollback
	}
	if k.number == 1 && k.link != nil || k.number > 1 && linked && k.link == nil {
		return ErrFormat
	}
	if k.kem != nil && k.kem.Check() != nil {
		return ErrFormat
	}
	if len(k.wraps) != len(members) {
		return ErrRecipients
	}
	arrange.By(members, func(a, b Ref) int {
		if a.less(b) {
			return -1
		}
		return 1
	})
	for i, w := range k.wraps {
		if w.to != members[i] {
			return ErrRecipients
		}
	}
	return nil
}

// openLink returns the key before gens[n-1], given its secret.
func openLink(l keyLabels, anchor [32]byte, gens []*generation, n uint32, s seal.Secret) (seal.Secret, error) {
	prev, err := seal.OpenSecret(s, l.link, linkInfo(anchor, n), gens[n-1].link)
	if err != nil {
		return seal.Secret{}, err
	}
	if commitment(l, anchor, n-1, prev) != gens[n-2].commitment {
		return seal.Secret{}, ErrCommitment
	}
	return prev, nil
}

type unwrap func(gen uint32, l seal.Label, info, wrapped []byte) (seal.Secret, error)

// openWrap returns key n from the wraps to ref, ErrNoKey if there is none.
func openWrap(l keyLabels, anchor [32]byte, g *generation, ref Ref, f unwrap) (seal.Secret, error) {
	err := ErrNoKey
	for _, w := range slices.Backward(g.wraps) {
		if w.to != ref {
			continue
		}
		var s seal.Secret
		if s, err = f(w.gen, l.wrap, wrapInfo(anchor, g.number, w.to, w.gen), w.sealed); err != nil {
			continue
		}
		if commitment(l, anchor, g.number, s) != g.commitment {
			err = ErrCommitment
			continue
		}
		return s, nil
	}
	return seal.Secret{}, err
}

// reach returns every key that ref can reach: by a wrap, or by the link in the
// key after it. It fails if none opens.
func reach(l keyLabels, anchor [32]byte, gens []*generation, ref Ref, f unwrap) (map[uint32]seal.Secret, error) {
	out := make(map[uint32]seal.Secret)
	why := ErrNoKey
	for n := uint32(len(gens)); n > 0; n-- {
		if s, ok := out[n+1]; ok && gens[n].link != nil {
			if p, err := openLink(l, anchor, gens, n+1, s); err == nil {
				out[n] = p
				continue
			}
		}
		s, err := openWrap(l, anchor, gens[n-1], ref, f)
		if err == nil {
			out[n] = s
		} else if why == ErrNoKey {
			why = err
		}
	}
	if len(out) == 0 {
		return nil, why
	}
	return out, nil
}

// An Unwrapper opens keys that were sealed to a member of a space:
// *AccountKeys and *TeamKeys.
type Unwrapper interface {
	Ref() Ref
	Unwrap(gen uint32, l seal.Label, info, wrapped []byte) (seal.Secret, error)
}

// memberKeys are the generation secrets of an account or team.
type memberKeys struct {
	ref     Ref
	label   seal.Label
	secrets map[uint32]seal.Secret
	gens    []*generation
	void    []voidKey

	mu    sync.Mutex
	privs map[uint32]*seal.KEMPrivate // guarded by mu
}

func (*memberKeys) String() string   { return "keyring.Keys(hidden)" }
func (*memberKeys) GoString() string { return "keyring.Keys(hidden)" }

// A voidKey is a generation that a concurrent change made void. Others may have
// sealed to it in good faith.
type voidKey struct {
	gen    *generation
	secret seal.Secret
}

// appendVoid appends the key that the void change at index introduced, if ref can open it.
func appendVoid(to []voidKey, l keyLabels, anchor [32]byte, gens []*generation, index uint32, ref Ref, f unwrap) []voidKey {
	if g := gens[len(gens)-1]; g.index == index {
		if s, err := openWrap(l, anchor, g, ref, f); err == nil {
			to = append(to, voidKey{g, s})
		}
	}
	return to
}

// Ref names the account or team whose keys these are.
func (k *memberKeys) Ref() Ref { return k.ref }

// Key returns the secret of a generation; it is not valid if out of reach.
func (k *memberKeys) Key(gen uint32) seal.Secret { return k.secrets[gen] }

// Void returns the secrets within reach of generations that concurrent changes
// made void. They seal and sign nothing any more.
func (k *memberKeys) Void() (list []seal.Secret) {
	for _, v := range k.void {
		list = append(list, v.secret)
	}
	return list
}

// Newest returns the highest generation within reach. It is below the
// account's or team's generation for who was removed.
func (k *memberKeys) Newest() uint32 {
	var n uint32
	for g := range k.secrets {
		n = max(n, g)
	}
	return n
}

// Unwrap opens a secret that was sealed to a generation, or to one with its
// number that has become void.
func (k *memberKeys) Unwrap(gen uint32, l seal.Label, info, wrapped []byte) (seal.Secret, error) {
	out, err := k.unwrap(gen, l, info, wrapped)
	if err == nil {
		return out, nil
	}
	for _, v := range k.void {
		if v.gen.number != gen {
			continue
		}
		pub, priv := seal.KEMFromSecret(v.secret, k.label)
		if pub != *v.gen.kem {
			continue
		}
		if out, err := priv.Unwrap(l, info, wrapped); err == nil {
			return out, nil
		}
	}
	return out, err
}

func (k *memberKeys) unwrap(gen uint32, l seal.Label, info, wrapped []byte) (seal.Secret, error) {
	s, ok := k.secrets[gen]
	if !ok {
		return seal.Secret{}, ErrNoKey
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.privs[gen]
	if p == nil {
		var pub seal.KEMPublic
		pub, p = seal.KEMFromSecret(s, k.label)
		if pub != *k.gens[gen-1].kem {
			return seal.Secret{}, ErrCommitment
		}
		if k.privs == nil {
			k.privs = make(map[uint32]*seal.KEMPrivate)
		}
		k.privs[gen] = p
	}
	return p.Unwrap(l, info, wrapped)
}
