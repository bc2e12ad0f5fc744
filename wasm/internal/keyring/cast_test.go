package keyring

import (
	"bufio"
	"encoding/base64"
	"flag"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"vialog/wasm/internal/seal"
)

var addVectors = flag.Bool("vectors", false, "write vectors that are missing in testdata")

// A cast is the invented people that the vectors are about: testdata/cast.txt.
// Their devices come from fixed seeds, device(n).
type cast struct {
	*world
	anna    Author // patient; phone 1, tablet 2, sheet 100; 3 was lost and removed
	tablet  Author
	lost    Author
	sheet   Author
	carer   Author // 20: care
	aunt    Author // 21: read
	former  Author // 22: was in the space
	lead    Author // 10
	second  Author // 16: second lead
	doctor  Author // 11; 17 was removed from the account
	nurse   Author // 12
	student Author // 13: reader in the team
	gone    Author // 14: was in the team
	other   Author // 15: another centre
	account *Account
	team    *Team
	centre2 *Team
	space   *Space
	secret  seal.Secret // of the newest epoch
	first   seal.Secret // of epoch 1
	guest   *seal.Device
}

var people = []struct {
	name   string
	device int
}{{"anna", 1}, {"carer", 20}, {"aunt", 21}, {"former", 22}, {"lead", 10}, {"second", 16}, {"doctor", 11}, {"nurse", 12}, {"student", 13}, {"gone", 14}, {"other", 15}}

// found plays the history of the cast anew.
func found(t testing.TB) (chains map[string][]Raw) {
	w := newWorld(t)
	chains = make(map[string][]Raw)
	a := make(map[string]Author)
	sheet := device(100).Public()
	for _, p := range people {
		var raw Raw
		if p.name == "anna" {
			raw = must(FoundAccount(device(p.device), "", &sheet, noon))
		} else {
			raw = must(FoundAccount(device(p.device), p.name, nil, noon))
		}
		acct := must(w.book.AddAccount([]Raw{raw}))
		a[p.name] = Author{device(p.device), acct.ID()}
	}
	grow := func(by Author, f func(*Account) (Raw, error)) {
		raw, err := f(w.acct(by))
		w.addAccount(by, raw, err)
	}
	for _, n := range []int{2, 3} {
		grow(a["anna"], func(x *Account) (Raw, error) {
			return x.AddDevice(device(1), device(n).Public(), w.keys(a["anna"]), at(n))
		})
	}
	grow(a["anna"], func(x *Account) (Raw, error) { return x.RemoveDevice(device(1), device(3).ID(), at(5)) })
	team := w.team(a["lead"], "Centre North")
	for i, m := range []struct {
		name string
		role Role
	}{{"second", Lead}, {"doctor", Doctor}, {"nurse", Nurse}, {"student", Reader}, {"gone", Doctor}} {
		raw, err := team.AddMember(a["lead"], a[m.name].Account, m.role, at(10+i))
		team = w.addTeam(team, raw, err)
	}
	grow(a["doctor"], func(x *Account) (Raw, error) {
		return x.AddDevice(device(11), device(17).Public(), w.keys(a["doctor"]), at(20))
	})
	grow(a["doctor"], func(x *Account) (Raw, error) { return x.RemoveDevice(device(11), device(17).ID(), at(21)) })
	raw, err := team.RemoveMember(a["lead"], a["gone"].Account, at(22))
	team = w.addTeam(team, raw, err)
	team2 := w.team(a["other"], "Centre South")

	raw, e1, err := FoundSpace(Centre, a["anna"], AccountRef(a["anna"].Account), []Member{
		{TeamRef(team.ID()), Treat}, {AccountRef(a["carer"].Account), Care},
		{AccountRef(a["aunt"].Account), Read}, {AccountRef(a["former"].Account), Read},
	}, [32]byte{7}, w.book, at(30))
	if err != nil {
		t.Fatal(err)
	}
	space := must(ReplaySpace([]Raw{raw}, w.book))
	raw, e2, err := space.RemoveMember(a["anna"], AccountRef(a["former"].Account), e1, at(31))
	space = w.apply(space, raw, e2, err)

	for _, p := range people {
		chains[p.name] = w.acct(a[p.name]).Raws()
	}
	chains["team"], chains["centre2"], chains["space"] = team.Raws(), team2.Raws(), space.Raws()
	return chains
}

func writeChains(t testing.TB, name string, chains map[string][]Raw) {
	path := filepath.Join("testdata", name+".txt")
	if _, err := os.Stat(path); err == nil {
		return
	}
	var names []string
	for n := range chains {
		names = append(names, n)
	}
	sort.Strings(names)
	var b strings.Builder
	for _, n := range names {
		for _, r := range chains[n] {
			b.WriteString(n + ": " + base64.StdEncoding.EncodeToString(r) + "\n")
		}
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readChains(t testing.TB, path string) map[string][]Raw {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	chains := make(map[string][]Raw)
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		name, x, _ := strings.Cut(s.Text(), ": ")
		r, err := base64.StdEncoding.DecodeString(x)
		if err != nil {
			t.Fatal(err)
		}
		chains[name] = append(chains[name], r)
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return chains
}

func newCast(t testing.TB) *cast {
	if *addVectors {
		if _, err := os.Stat("testdata/cast.txt"); err != nil {
			writeChains(t, "cast", found(t))
		}
	}
	chains := readChains(t, "testdata/cast.txt")
	c := &cast{world: newWorld(t), guest: device(50)}
	a := make(map[string]Author)
	for _, p := range people {
		acct, err := c.book.AddAccount(chains[p.name])
		if err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		a[p.name] = Author{device(p.device), acct.ID()}
	}
	c.anna, c.carer, c.aunt, c.former = a["anna"], a["carer"], a["aunt"], a["former"]
	c.lead, c.second, c.doctor, c.nurse = a["lead"], a["second"], a["doctor"], a["nurse"]
	c.student, c.gone, c.other = a["student"], a["gone"], a["other"]
	c.tablet, c.lost, c.sheet = Author{device(2), c.anna.Account}, Author{device(3), c.anna.Account}, Author{device(100), c.anna.Account}
	c.account = c.acct(c.anna)
	c.team, c.centre2 = must(c.book.AddTeam(chains["team"])), must(c.book.AddTeam(chains["centre2"]))
	c.space = must(ReplaySpace(chains["space"], c.book))
	var err error
	if c.secret, err = c.space.OpenEpoch(2, c.keys(c.anna)); err != nil {
		t.Fatal(err)
	}
	if c.first, err = c.space.OpenEpoch(1, c.keys(c.anna)); err != nil {
		t.Fatal(err)
	}
	return c
}

// cite is how an author truthfully cites itself, for the team if via.
func (c *cast) cite(by Author, via bool) author {
	a := c.acct(by).author(by.Device)
	if via {
		a.via, a.team, a.teamGen = true, c.team.ID(), c.team.Generation()
	}
	return a
}

// follow starts a change after the head of a chain.
func follow[S any](ch chain[S], a author, ops ...op) *change {
	return &change{kind: ch.rules.kind, index: ch.head.index + 1, prev: ch.head.hash, time: ch.head.time + 1000, author: a, ops: ops}
}

// forge signs whatever it is given.
func forge(d *seal.Device, c *change) Raw { return must(c.sign(d)) }

// forgeBody signs bytes that no encoder of ours would write.
func forgeBody(d *seal.Device, k ChainKind, raw Raw, edit func(body []byte) []byte) Raw {
	body := edit(append([]byte(nil), raw[:len(raw)-seal.HybridSize]...))
	return append(body, d.SignHybrid(k.label(), body)...)
}

// accountKey, teamKey and epochKey make the next key for recipients as an
// attacker in possession of the current one could.
func (c *cast) accountKey(n uint32, devices ...int) *opKey {
	var to []recipient
	for _, i := range devices {
		to = append(to, recipient{Ref{toDevice, device(i).ID()}, 0, device(i).Public().KEM})
	}
	return must(newKey(accountKeyLabels, c.account.head.state.anchor, n, seal.NewSecret(), c.keys(c.anna).Key(2), to))
}

func (c *cast) teamKey(n uint32, members ...Author) *opKey {
	var to []recipient
	for _, m := range members {
		to = append(to, must(c.book.recipient(AccountRef(m.Account))))
	}
	prev := must(c.team.Keys(c.lead.Device, c.acct(c.lead))).Key(2)
	return must(newKey(teamKeyLabels, c.team.head.state.anchor, n, seal.NewSecret(), prev, to))
}

func (c *cast) epochKey(n uint32, members ...Ref) *opKey {
	var to []recipient
	for _, m := range members {
		to = append(to, must(c.book.recipient(m)))
	}
	return must(newKey(epochLabels, c.space.head.state.anchor, n, seal.NewSecret(), c.secret, to))
}

func (c *cast) apply(on string, r Raw) (err error) {
	switch on {
	case "account":
		_, err = c.account.Apply(r)
	case "team":
		_, err = c.team.Apply(r)
	case "space":
		_, err = c.space.Apply(r)
	default:
		panic(on)
	}
	return err
}
