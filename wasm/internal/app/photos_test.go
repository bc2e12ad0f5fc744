package app

import (
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/native"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// keeper is a client with a vault and a home whose relay has some of the blobs.
func keeper(t *testing.T) (*Client, *space) {
	p := seal.NewKDFParams()
	p.MiB, p.Time = seal.Current.Passphrase.Floor.MiB, seal.Current.Passphrase.Floor.Time
	now := time.UnixMilli(1793620800000)
	c := New(Env{
		Disk: vault.NewMemory(), Binder: vault.NewSoftware(), KDF: native.KDF, Params: func() seal.KDFParams { return p },
		Now: func() time.Time { now = now.Add(time.Second); return now },
	})
	if err := c.Create(t.Context(), []byte("kohlrabi drei bleistift")); err != nil {
		t.Fatal(err)
	}
	c.p.role = Patient
	s := &space{role: roleHome, places: make(map[link.BlobID][]link.BlobPlace)}
	c.spaces = []*space{s}
	return c, s
}

func TestWhatTheRelayDoesNotHaveIsNeverDropped(t *testing.T) {
	c, home := keeper(t)
	c.cacheLimit = 35_000
	ids := make([]diary.ID, 8)
	keep := func(i int, draft bool) {
		t.Helper()
		ids[i] = diary.ID{byte(i + 1)}
		if err := c.keepPicture(t.Context(), ids[i], Shot{Content: make([]byte, 10_000)}, draft); err != nil {
			t.Fatal(err)
		}
	}
	there := func(i int) { home.places[link.BlobID(ids[i])] = []link.BlobPlace{{Pos: 1}} }
	for i := range 6 {
		keep(i, i == 5) // the last of a form
	}
	if len(c.cache) != 6 {
		t.Fatalf("%d of 6 pictures that are nowhere else", len(c.cache))
	}
	for _, i := range []int{1, 3, 4, 5} {
		there(i)
	}
	if _, err := c.picture(t.Context(), ids[1]); err != nil { // it was looked at
		t.Fatal(err)
	}
	keep(6, false)
	for i, want := range []bool{true, false, true, false, false, true, true} {
		s, err := c.picture(t.Context(), ids[i])
		if err != nil || (s.Content != nil) != want {
			t.Errorf("picture %d: there %v, %v", i, s.Content != nil, err)
		}
	}
	// The index and the pictures agree after a restart.
	raw, err := c.v.Get(t.Context(), mediaKey)
	if err != nil {
		t.Fatal(err)
	}
	list, err := parseCache(raw)
	recs, err2 := c.v.Scan(t.Context(), mediaKey+"/")
	if err != nil || err2 != nil || len(list) != 4 || len(recs) != 4 {
		t.Fatalf("%d in the index, %d pictures, %v %v", len(list), len(recs), err, err2)
	}
	// Of those that can be had again, the one used longest ago goes first.
	there(6)
	there(0)
	if _, err := c.picture(t.Context(), ids[0]); err != nil {
		t.Fatal(err)
	}
	c.cacheLimit = 45_000
	keep(7, false)
	if c.cachedAt(ids[6]) >= 0 || c.cachedAt(ids[0]) < 0 {
		t.Error("what was used last went first")
	}
}
