package keyring

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"vialog/wasm/internal/seal"
)

var devices = make(map[int]*seal.Device)

// device returns the same device for n in every test and every vector.
func device(n int) *seal.Device {
	if d := devices[n]; d != nil {
		return d
	}
	var b [32]byte
	binary.BigEndian.PutUint64(b[:], uint64(n)+1)
	s, err := seal.SecretFrom(b[:])
	if err != nil {
		panic(err)
	}
	devices[n] = seal.DeviceFromSeed(s)
	return devices[n]
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A world is what one reader knows.
type world struct {
	t    testing.TB
	book Book
}

func newWorld(t testing.TB) *world { return &world{t, NewBook()} }

func (w *world) account(d *seal.Device, name string) Author {
	w.t.Helper()
	raw, err := FoundAccount(d, name, nil, noon)
	if err != nil {
		w.t.Fatal(err)
	}
	a, err := w.book.AddAccount([]Raw{raw})
	if err != nil {
		w.t.Fatal(err)
	}
	return Author{d, a.ID()}
}

func (w *world) acct(by Author) *Account {
	a, _ := w.book.Account(by.Account)
	return a
}

func (w *world) keys(by Author) *AccountKeys {
	w.t.Helper()
	k, err := w.acct(by).Keys(by.Device)
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

// addAccount applies a change to an account of the book.
func (w *world) addAccount(by Author, raw Raw, err error) *Account {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	a, err := w.book.AddAccount(append(w.acct(by).Raws(), raw))
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) team(by Author, name string) *Team {
	w.t.Helper()
	raw, err := FoundTeam(by.Device, w.acct(by), name, noon)
	if err != nil {
		w.t.Fatal(err)
	}
	t, err := w.book.AddTeam([]Raw{raw})
	if err != nil {
		w.t.Fatal(err)
	}
	return t
}

func (w *world) addTeam(t *Team, raw Raw, err error) *Team {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := w.book.AddTeam(append(t.Raws(), raw))
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

func (w *world) apply(s *Space, raw Raw, _ seal.Secret, err error) *Space {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	s, err = s.Apply(raw)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func TestADoctorWhoJoinsLateReadsEverythingWithNobodyOnline(t *testing.T) {
	w := newWorld(t)
	patient, lead, late := w.account(device(1), ""), w.account(device(2), "Dr. Lind"), w.account(device(3), "Dr. Ahn")
	team := w.team(lead, "Centre North")
	raw, e1, err := FoundSpace(Centre, patient, AccountRef(patient.Account), []Member{{TeamRef(team.ID()), Treat}}, [32]byte{7}, w.book, noon)
	if err != nil {
		t.Fatal(err)
	}
	space, err := ReplaySpace([]Raw{raw}, w.book)
	if err != nil {
		t.Fatal(err)
	}
	secrets := []seal.Secret{e1}
	for i := range 3 {
		// The team renews its key twice in between; the patient advances.
		r, err := team.Rotate(lead, at(i))
		team = w.addTeam(team, r, err)
		raw, e, err := space.Advance(patient, secrets[len(secrets)-1], at(i))
		space = w.apply(space, raw, e, err)
		secrets = append(secrets, e)
	}
	r, err := team.AddMember(lead, late.Account, Doctor, at(9))
	team = w.addTeam(team, r, err)

	keys, err := team.Keys(late.Device, w.acct(late))
	if err != nil {
		t.Fatal(err)
	}
	got, err := space.Epochs(keys)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range secrets {
		if !got[uint32(i+1)].Equal(s) {
			t.Errorf("epoch %d is out of reach", i+1)
		}
		if o, err := space.OpenEpoch(uint32(i+1), keys); err != nil || !o.Equal(s) {
			t.Errorf("epoch %d does not open by its wrap: %v", i+1, err)
		}
	}
	if r, ref, ok := space.Right(late.Device.ID(), late.Account); !ok || r != Treat || ref != TeamRef(team.ID()) {
		t.Errorf("the doctor's right is %v through %v", r, ref)
	}
	// The doctor advances the epoch for the patient.
	cur := got[space.Epoch()]
	raw, e, err := space.Advance(late, cur, at(10))
	space = w.apply(space, raw, e, err)
	mine, err := space.OpenEpoch(space.Epoch(), w.keys(patient))
	if err != nil || !mine.Equal(e) {
		t.Errorf("the patient cannot read the doctor's epoch: %v", err)
	}
	if n, ok := EpochOf(raw); !ok || n != 5 {
		t.Errorf("epoch of change: %d %v", n, ok)
	}
	again, err := ReplaySpace(space.Raws(), w.book)
	if err != nil || again.Head() != space.Head() || !bytes.Equal(again.Raws()[3], space.Raws()[3]) {
		t.Errorf("replay differs: %v", err)
	}
}
