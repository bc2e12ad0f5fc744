//go:build js && wasm

// Command opening is no app: it measures, in a browser, how long a device takes
// to open the statements that it keeps. It goes the way of the app: a vault in
// IndexedDB, pages of statements, link.Load with every check that it makes.
//
// The same work is then done in parts, to tell where the time goes. The parts
// do not add up to the whole exactly: each is a run of its own.
package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/browser"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

const (
	devices = 4
	each    = 2500 // statements of one device
	body    = 160  // bytes; the median of the sample diaries
	prefix  = "s/1/"
	pass    = "not a secret: nothing here is anybody's"
)

func main() {
	if browser.Role() == "kdf" {
		browser.ServeKDF()
		return
	}
	page := browser.Open()
	var b bench
	var said []string
	for e := range page.Events() {
		var err error
		switch e.Act {
		case "fill":
			err = b.fill(context.Background())
			said = []string{"filled"}
		case "round":
			var line string
			line, err = b.round(context.Background())
			said = append(said, "round "+strconv.Itoa(len(said))+": "+line)
		}
		if err != nil {
			said = append(said, "failed: "+err.Error())
		}
		page.Render(node.Main(node.ID("main"), node.Key("one"), node.H1(node.Text("Opening")),
			node.Button(node.Type("button"), node.Act("fill"), node.Text("Fill")),
			node.Button(node.Type("button"), node.Act("round"), node.Text("Round")),
			node.Ul(node.ID("said"), node.Each(said, func(s string) node.Node { return node.Li(node.Text(s)) }))), "Opening", "en")
	}
}

// A person is one device of an account in the space.
type person struct {
	device  *seal.Device
	account keyring.AccountID
	keeper  *shelf
	*link.Replica
}

// A shelf keeps records in memory until they go to the vault in one write.
// What waits for the relay goes by another way.
type shelf struct {
	mu      sync.Mutex
	records map[string][]byte // guarded by mu
	sent    [][]byte          // guarded by mu; contents of boxes
}

func (s *shelf) Get(_ context.Context, key string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records[key], nil
}

func (s *shelf) Scan(context.Context, string) ([]vault.Record, error) { return nil, nil }

func (s *shelf) Write(_ context.Context, puts []vault.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range puts {
		switch {
		case r.Value == nil:
			delete(s.records, r.Key)
		case strings.HasPrefix(r.Key, prefix+"o/"):
			s.sent = append(s.sent, r.Value[len(wire.BoxID{}):])
		default:
			s.records[r.Key] = r.Value
		}
	}
	return nil
}

type bench struct {
	disk  *browser.Disk
	vault *vault.Vault
	owner *person
	all   []*person
	space *keyring.Space
}

func (b *bench) config(p *person, k link.Keeper) link.Config {
	book := link.NewBook()
	return link.Config{
		Keeper: k, Prefix: prefix, Book: book, Device: p.device, Account: p.account, Now: time.Now,
		OpenEpoch: func(s *keyring.Space, n uint32) (seal.Secret, error) {
			a, ok := book.Account(p.account)
			if !ok {
				return seal.Secret{}, keyring.ErrUnknown
			}
			keys, err := a.Keys(p.device)
			if err != nil {
				return seal.Secret{}, err
			}
			return s.OpenEpoch(n, keys)
		},
		Founding: func() *seal.Signer { return nil },
	}
}

// fill writes the statements of all devices into the vault of one of them.
func (b *bench) fill(ctx context.Context) (err error) {
	if b.disk, err = browser.OpenDisk(ctx); err != nil {
		return err
	}
	if err := b.disk.Wipe(ctx); err != nil {
		return err
	}
	if b.vault, err = vault.Create(ctx, vault.Host{Disk: b.disk, Binder: b.disk, KDF: browser.Argon2}, []byte(pass), seal.NewKDFParams()); err != nil {
		return err
	}
	now := time.Now()
	known := keyring.NewBook()
	var chains []link.Chain
	for range devices {
		p := &person{device: seal.DeviceFromSeed(seal.NewSecret()), keeper: &shelf{records: make(map[string][]byte)}}
		raw, err := keyring.FoundAccount(p.device, "", nil, now)
		if err != nil {
			return err
		}
		p.account = keyring.AccountID(keyring.HashOf(raw))
		c := link.Chain{Raws: []keyring.Raw{raw}}
		if err := c.AddTo(known); err != nil {
			return err
		}
		chains = append(chains, c)
		b.all = append(b.all, p)
	}
	b.owner = b.all[0]
	var members []keyring.Member
	for _, p := range b.all[1:] {
		members = append(members, keyring.Member{Ref: keyring.AccountRef(p.account), Right: keyring.Care})
	}
	founding := seal.SignerFromSecret(seal.NewSecret(), seal.LabelChannelFounding)
	genesis, epoch, err := keyring.FoundSpace(keyring.Home, keyring.Author{Device: b.owner.device, Account: b.owner.account},
		keyring.AccountRef(b.owner.account), members, founding.Public(), known, now)
	if err != nil {
		return err
	}
	const relay = "https://relay.example"
	for _, p := range b.all {
		if p == b.owner {
			p.Replica, err = link.Found(ctx, b.config(p, p.keeper), chains, genesis, epoch, relay, wire.Admission{})
		} else {
			p.Replica, err = link.Join(ctx, b.config(p, p.keeper), chains, []keyring.Raw{genesis}, relay)
		}
		if err != nil {
			return err
		}
		p.keeper.sent = nil
	}
	b.space = b.owner.Space()
	key := seal.NewBoxKey(epoch, b.space.ID())
	pos := uint64(0)
	text := make([]byte, body)
	for range each / 50 {
		for _, p := range b.all {
			for i := range 50 {
				text[i]++
				if _, err := p.Write(ctx, 18, text); err != nil {
					return err
				}
			}
			var boxes []wire.Stored
			for _, content := range p.keeper.sent {
				pos++
				boxes = append(boxes, wire.Stored{Pos: pos, Box: wire.Box{ID: wire.BoxID{byte(pos), byte(pos >> 8), byte(pos >> 16)}, Data: key.Seal(1, content)}})
			}
			p.keeper.sent = nil
			if p == b.owner {
				continue
			}
			if _, err := b.owner.Receive(ctx, boxes); err != nil {
				return err
			}
		}
	}
	if n := len(b.owner.Entries()); n != devices*each {
		return errors.New("the owner has only " + strconv.Itoa(n))
	}
	var puts []vault.Record
	for k, v := range b.owner.keeper.records {
		puts = append(puts, vault.Record{Key: k, Value: v})
	}
	return b.vault.Write(ctx, puts)
}

// A fixed keeper has been read already.
type fixed []vault.Record

func (fixed) Get(context.Context, string) ([]byte, error)            { return nil, nil }
func (f fixed) Scan(context.Context, string) ([]vault.Record, error) { return f, nil }
func (fixed) Write(context.Context, []vault.Record) error            { return nil }

// round measures everything once, in milliseconds.
func (b *bench) round(ctx context.Context) (string, error) {
	var out []string
	measure := func(what string, do func() error) error {
		began := time.Now()
		err := do()
		out = append(out, what, strconv.FormatFloat(float64(time.Since(began).Microseconds())/1000, 'f', 2, 64))
		return err
	}
	var sealed, records []vault.Record
	var loaded *link.Replica
	for _, part := range []struct {
		what string
		do   func() error
	}{
		{"open-ms", func() (err error) {
			loaded, err = link.Load(ctx, b.config(b.owner, b.vault))
			return err
		}},
		{"read-ms", func() (err error) {
			sealed, err = b.disk.Scan(ctx, prefix)
			return err
		}},
		{"vault-ms", func() (err error) {
			records, err = b.vault.Scan(ctx, prefix)
			return err
		}},
		{"load-ms", func() (err error) {
			_, err = link.Load(ctx, b.config(b.owner, fixed(records)))
			return err
		}},
		{"parse-ms", func() error { return parse(records) }},
		{"hash-ms", func() error {
			text := make([]byte, 224+body)
			for range devices * each {
				seal.Hash(seal.LabelStatementHash, text)
			}
			return nil
		}},
		{"sign-ms", func() error {
			var sig [64]byte
			for _, p := range b.all {
				p.device.Public().Verify(seal.LabelStatement, make([]byte, 32), sig[:])
			}
			return nil
		}},
		{"member-ms", func() error { return b.replay(records) }},
		{"passphrase-ms", func() error {
			_, err := browser.Argon2(ctx, []byte(pass), seal.NewKDFParams())
			return err
		}},
	} {
		if err := measure(part.what, part.do); err != nil {
			return "", err
		}
	}
	if n := len(loaded.Entries()); n != devices*each {
		return "", errors.New("only " + strconv.Itoa(n) + " were opened")
	}
	size := 0
	for _, r := range sealed {
		size += len(r.Value)
	}
	out = append(out, "records", strconv.Itoa(len(sealed)), "bytes", strconv.Itoa(size))
	return strings.Join(out, " "), nil
}

// parse reads the statements of all pages, with their hashes.
func parse(records []vault.Record) error {
	n := 0
	for _, r := range records {
		if !strings.HasPrefix(r.Key, prefix+"p/") {
			continue
		}
		for at := 1; at < len(r.Value); {
			size := int(r.Value[at+1])<<16 | int(r.Value[at+2])<<8 | int(r.Value[at+3])
			if _, err := link.ParseStatement(r.Value[at+4 : at+4+size]); err != nil {
				return err
			}
			at += 4 + size
			n++
		}
	}
	if n != devices*each {
		return errors.New("pages hold " + strconv.Itoa(n))
	}
	return nil
}

// replay checks the membership: every change has its hybrid signature.
func (b *bench) replay(records []vault.Record) error {
	book := keyring.NewBook()
	var raws []keyring.Raw
	for _, r := range records {
		switch kind := r.Key[len(prefix):]; {
		case kind == "b":
			chains, err := link.ParseChains(r.Value)
			if err != nil {
				return err
			}
			for _, c := range chains {
				if err := c.AddTo(book); err != nil {
					return err
				}
			}
		case kind[0] == 'c':
			raws = append(raws, r.Value)
		}
	}
	_, err := keyring.ReplaySpace(raws, book)
	return err
}
