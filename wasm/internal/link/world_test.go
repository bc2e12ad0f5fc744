package link

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// device has fixed keys.
func device(n byte) *seal.Device {
	return seal.DeviceFromSeed(must(seal.SecretFrom(bytes.Repeat([]byte{n}, 32))))
}

// A member is one device of somebody in the space, with its disk.
type member struct {
	t       testing.TB
	dev     *seal.Device
	account keyring.AccountID
	disk    *vault.MemoryDisk
	book    *Book
	max     uint64 // bytes
	hours   int    // that the clock is ahead
	*Replica
}

// A world is one space and a channel that forgets nothing unless told to.
type world struct {
	t       testing.TB
	chains  []Chain
	genesis keyring.Raw
	e1      seal.Secret
	anna    *member // owns
	carl    *member // cares
	dora    *member // treats
	channel []wire.Stored
}

func newWorld(t testing.TB) *world {
	w := &world{t: t}
	who := func(n byte) *member {
		m := &member{t: t, dev: device(n), disk: vault.NewMemory(), book: NewBook()}
		raw := must(keyring.FoundAccount(m.dev, "", nil, noon))
		m.account = keyring.AccountID(keyring.HashOf(raw))
		w.chains = append(w.chains, Chain{Raws: []keyring.Raw{raw}})
		return m
	}
	w.anna, w.carl, w.dora = who(1), who(2), who(3)
	b := keyring.NewBook()
	for _, c := range w.chains {
		if err := c.AddTo(b); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	w.genesis, w.e1, err = keyring.FoundSpace(keyring.Home, w.anna.author(), keyring.AccountRef(w.anna.account), []keyring.Member{
		{Ref: keyring.AccountRef(w.carl.account), Right: keyring.Care}, {Ref: keyring.AccountRef(w.dora.account), Right: keyring.Treat},
	}, founding().Public(), b, noon)
	if err != nil {
		t.Fatal(err)
	}
	w.anna.Replica = must(Found(t.Context(), w.anna.config(), w.chains, w.genesis, w.e1, "https://relay.example", wire.Admission{Kind: wire.ByOpenTenant, Tenant: wire.TenantID{1}}))
	for _, m := range []*member{w.carl, w.dora} {
		m.join(w.chains, w.genesis)
	}
	return w
}

func founding() *seal.Signer {
	return seal.SignerFromSecret(must(seal.SecretFrom(bytes.Repeat([]byte{99}, 32))), seal.LabelChannelFounding)
}

func (m *member) author() keyring.Author { return keyring.Author{Device: m.dev, Account: m.account} }

func (m *member) config() Config {
	return Config{
		Keeper: m.disk, Prefix: "s/1/", Book: m.book, Device: m.dev, Account: m.account,
		OpenEpoch: func(s *keyring.Space, n uint32) (seal.Secret, error) {
			a, ok := m.book.Account(m.account)
			if !ok {
				return seal.Secret{}, keyring.ErrUnknown
			}
			keys, err := a.Keys(m.dev)
			if err != nil {
				return seal.Secret{}, err
			}
			return s.OpenEpoch(n, keys)
		},
		OpenVoid: func(s *keyring.Space, n uint32) []seal.Secret {
			if a, ok := m.book.Account(m.account); ok {
				if keys, err := a.Keys(m.dev); err == nil {
					return s.OpenVoid(n, keys)
				}
			}
			return nil
		},
		Founding: founding, MaxBytes: m.max,
		Admissions: func(wire.TenantID) []wire.Admission {
			return []wire.Admission{{Kind: wire.ByOpenTenant, Tenant: wire.TenantID{1}}}
		},
		Now: func() time.Time { return noon.Add(time.Duration(1+m.hours) * time.Hour) },
	}
}

func (m *member) join(chains []Chain, raws ...keyring.Raw) {
	m.Replica = must(Join(m.t.Context(), m.config(), chains, raws, "https://relay.example"))
}

// restart reads everything back from the disk.
func (m *member) restart() {
	m.t.Helper()
	m.book = NewBook()
	r, err := Load(m.t.Context(), m.config())
	if err != nil {
		m.t.Fatalf("loading: %v", err)
	}
	m.Replica = r
	m.LetGo()
}

// Entries is everything that the replica accepted. All in these tests let go of it
// after every step, and read it again.
func (m *member) Entries() []*Entry {
	m.t.Helper()
	all, err := m.All(m.t.Context())
	if err != nil {
		m.t.Fatalf("reading again: %v", err)
	}
	if len(all) != m.Len() {
		m.t.Fatalf("%d of %d are read again", len(all), m.Len())
	}
	return all
}

const text Type = 18

func (m *member) write(s string) *Entry {
	m.t.Helper()
	u, err := m.Write(m.t.Context(), text, []byte(s))
	if err != nil {
		m.t.Fatal(err)
	}
	m.LetGo()
	return u.Entries[len(u.Entries)-1]
}

func (w *world) put(data ...[]byte) {
	for _, d := range data {
		w.channel = append(w.channel, wire.Stored{Pos: uint64(len(w.channel)) + 1, Box: wire.Box{ID: newBoxID(), Data: d}})
	}
}

// send stores what waits, as the relay does.
func (w *world) send(ms ...*member) {
	w.t.Helper()
	for _, m := range ms {
		for boxes := m.outgoing(256, 1<<20); len(boxes) > 0; boxes = m.outgoing(256, 1<<20) {
			var ids []wire.BoxID
			var at []uint64
			for _, b := range boxes {
				i := slices.IndexFunc(w.channel, func(s wire.Stored) bool { return s.ID == b.ID })
				if i < 0 {
					i = len(w.channel)
					w.channel = append(w.channel, wire.Stored{Pos: uint64(i) + 1, Box: b})
				}
				ids, at = append(ids, b.ID), append(at, uint64(i)+1)
			}
			must(m.acknowledged(w.t.Context(), ids, at))
			m.LetGo()
		}
	}
}

// read takes all that is new, as following does.
func (w *world) read(m *member) (all Update) {
	w.t.Helper()
	for range 8 {
		if err := m.opened(w.t.Context(), uint64(len(w.channel)), m.doors()[0], wire.StoreID{}); err != nil {
			w.t.Fatal(err)
		}
		u, err := m.Receive(w.t.Context(), slices.Clone(w.channel[min(m.from(), uint64(len(w.channel))):]))
		if err != nil {
			w.t.Fatal(err)
		}
		all.add(u)
		m.LetGo()
		if !m.stalled() {
			break
		}
	}
	if err := m.caughtUp(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return all
}

// has is everything that a replica accepted of somebody, in order.
func (m *member) has(of *member) string {
	var out []string
	for _, e := range m.Entries() {
		if e.Device == of.dev.ID() && e.Type == text {
			out = append(out, string(e.Body))
		}
	}
	return strings.Join(out, " ")
}

func (w *world) expect(m *member, of *member, want string) {
	w.t.Helper()
	if got := m.has(of); got != want {
		w.t.Fatalf("has %q, want %q", got, want)
	}
}

func (m *member) alarmed(k AlarmKind) bool {
	return slices.ContainsFunc(m.Alarms(), func(a Alarm) bool { return a.Kind == k })
}

// forge makes a statement and its box under the first epoch.
func (w *world) forge(by *seal.Device, change func(*Statement)) ([]byte, *Statement) {
	s := &Statement{Space: w.anna.Space().ID(), Epoch: 1, Device: by.ID(), Account: w.anna.account, Seq: 1, Time: noon.UnixMilli(), Type: text, Body: []byte("forged")}
	change(s)
	raw := s.sign(by)
	return w.seal(append([]byte{contentStatement}, raw...)), s
}

func (w *world) seal(content []byte) []byte {
	return seal.NewBoxKey(w.e1, w.anna.Space().ID()).Seal(1, content)
}
