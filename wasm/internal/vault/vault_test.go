package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"vialog/wasm/internal/seal"
)

// cheap are the lowest costs the policy allows.
var cheap = seal.Current.Passphrase.Floor

// stretched remembers keys, so that a test pays for each passphrase and salt once.
var stretched sync.Map

func kdf(_ context.Context, pass []byte, p seal.KDFParams) (seal.Secret, error) {
	id := string(pass) + "\x00" + string(p.Append(nil))
	if k, ok := stretched.Load(id); ok {
		return seal.SecretFrom(k.([]byte))
	}
	k, err := seal.PassphraseKey(pass, p)
	if err == nil {
		stretched.Store(id, k.Bytes())
	}
	return k, err
}

// forbidden is a KDF for tests in which no cost may be paid.
func forbidden(t *testing.T) KDF {
	return func(context.Context, []byte, seal.KDFParams) (seal.Secret, error) {
		t.Error("the passphrase was stretched with costs that were not checked")
		return seal.Secret{}, errors.New("forbidden")
	}
}

var ctx = context.Background()

func create(t *testing.T) (*MemoryDisk, Software, *Vault) {
	t.Helper()
	d, b := NewMemory(), NewSoftware()
	v, err := Create(ctx, Host{Disk: d, Binder: b, KDF: kdf}, []byte("correct horse"), cheap)
	if err != nil {
		t.Fatal(err)
	}
	return d, b, v
}

func put(t *testing.T, v *Vault, kv ...string) {
	t.Helper()
	var puts []Record
	for i := 0; i < len(kv); i += 2 {
		puts = append(puts, Record{kv[i], []byte(kv[i+1])})
	}
	if err := v.Write(ctx, puts); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, v *Vault, key string) string {
	t.Helper()
	b, err := v.Get(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	if b == nil {
		return "(none)"
	}
	return string(b)
}

func TestWhatWasWrittenIsThereAfterOpening(t *testing.T) {
	d, b, v := create(t)
	put(t, v, "s/1", "one", "s/2", "two", "t/1", "", "s/3", "three")
	if err := v.Write(ctx, []Record{{"s/3", nil}}); err != nil {
		t.Fatal(err)
	}
	v, err := Open(ctx, Host{Disk: d.Copy(), Binder: b, KDF: kdf}, []byte("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	if get(t, v, "s/1") != "one" || get(t, v, "t/1") != "" || get(t, v, "s/3") != "(none)" {
		t.Error("not as written")
	}
	list, err := v.Scan(ctx, "s/")
	if err != nil || fmt.Sprintf("%s", list) != "[{s/1 one} {s/2 two}]" {
		t.Errorf("%s, %v", list, err)
	}
	all, err := v.Scan(ctx, "")
	if err != nil || len(all) != 3 {
		t.Errorf("the header came with the records: %d, %v", len(all), err)
	}
}

func TestNothingOnTheDiskTellsTheContent(t *testing.T) {
	d, _, v := create(t)
	put(t, v, "s/1", "haemarthrosis of the left knee")
	for name, value := range d.records {
		if bytes.Contains(value, []byte("knee")) || bytes.Contains(value, []byte("horse")) {
			t.Errorf("%s is readable", name)
		}
	}
	if s := fmt.Sprintf("%v %+v %#v", v, v, v); strings.Contains(s, "root") {
		t.Error("the vault prints its keys")
	}
}

func TestOnlyTheRightPassphraseInTheRightBrowserOpens(t *testing.T) {
	d, b, _ := create(t)
	if _, err := Open(ctx, Host{Disk: d, Binder: b, KDF: kdf}, []byte("correct horsf")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	if _, err := Open(ctx, Host{Disk: d, Binder: b, KDF: kdf}, nil); !errors.Is(err, ErrPassphrase) {
		t.Errorf("no passphrase: %v", err)
	}
	if _, err := Open(ctx, Host{Disk: d, Binder: NewSoftware(), KDF: kdf}, []byte("correct horse")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("copied to another browser: %v", err)
	}
	if _, err := Open(ctx, Host{Disk: NewMemory(), Binder: b, KDF: kdf}, []byte("correct horse")); !errors.Is(err, ErrNone) {
		t.Errorf("no vault: %v", err)
	}
	if _, err := Create(ctx, Host{Disk: d, Binder: b, KDF: kdf}, []byte("x"), cheap); !errors.Is(err, ErrExists) {
		t.Errorf("second vault: %v", err)
	}
}

func TestEveryByteOfTheHeaderCounts(t *testing.T) {
	d, b, v := create(t)
	keys := passkeys(t, v, "phone")
	good := d.records[headerName]
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		d.records[headerName] = bad
		// Costs that pass the policy are not paid here: the answer is known to differ.
		paid := func(ctx context.Context, pass []byte, p seal.KDFParams) (seal.Secret, error) {
			if p.MiB != cheap.MiB || p.Time != cheap.Time || p.Lanes != cheap.Lanes {
				return seal.NewSecret(), nil
			}
			return kdf(ctx, pass, p)
		}
		// The passphrase opens if its own part is whole, and then says so.
		w, err := Open(ctx, Host{Disk: d, Binder: b, KDF: paid}, []byte("correct horse"))
		if err == nil && (i < paramsSize+rootSize || !w.Changed()) || err != nil && !errors.Is(err, ErrPassphrase) && !errors.Is(err, ErrHeader) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		// A passkey never does.
		_, err = OpenPasskey(ctx, Host{Disk: d, Binder: b}, keys[0].id, keys[0].prf)
		if !errors.Is(err, ErrChanged) && !errors.Is(err, ErrPasskey) && !errors.Is(err, ErrHeader) {
			t.Fatalf("byte %d changed, by passkey: %v", i, err)
		}
	}
	for n := range good {
		d.records[headerName] = good[:n]
		if _, err := Open(ctx, Host{Disk: d, Binder: b, KDF: forbidden(t)}, []byte("x")); !errors.Is(err, ErrHeader) {
			t.Fatalf("%d bytes of a header: %v", n, err)
		}
	}
	d.records[headerName] = append(bytes.Clone(good), 0)
	if _, err := Open(ctx, Host{Disk: d, Binder: b, KDF: forbidden(t)}, []byte("x")); !errors.Is(err, ErrHeader) {
		t.Fatalf("trailing byte: %v", err)
	}
}

func TestCostsOutsideThePolicyAreNeverPaid(t *testing.T) {
	d, b, _ := create(t)
	good, err := parseHeader(d.records[headerName])
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*seal.KDFParams){
		"little memory": func(p *seal.KDFParams) { p.MiB = cheap.MiB - 1 },
		"no memory":     func(p *seal.KDFParams) { p.MiB = 0 },
		"few passes":    func(p *seal.KDFParams) { p.Time = cheap.Time - 1 },
		"no lane":       func(p *seal.KDFParams) { p.Lanes = 0 },
		"all memory":    func(p *seal.KDFParams) { p.MiB = 1 << 31 },
		"endless":       func(p *seal.KDFParams) { p.Time = 1 << 31 },
		"no salt":       func(p *seal.KDFParams) { p.Salt = [16]byte{} },
	} {
		h := good
		change(&h.params)
		d.records[headerName] = h.encode()
		if _, err := Open(ctx, Host{Disk: d, Binder: b, KDF: forbidden(t)}, []byte("correct horse")); !errors.Is(err, ErrHeader) {
			t.Errorf("%s: %v", what, err)
		}
	}
	low := cheap
	low.MiB--
	if _, err := Create(ctx, Host{Disk: NewMemory(), Binder: b, KDF: forbidden(t)}, []byte("x"), low); !errors.Is(err, seal.ErrParams) {
		t.Errorf("created with low costs: %v", err)
	}
}

func TestLoweredCostsDoNotOpenTheVault(t *testing.T) {
	d, b := NewMemory(), NewSoftware()
	p := cheap
	p.Time++
	if _, err := Create(ctx, Host{Disk: d, Binder: b, KDF: kdf}, []byte("correct horse"), p); err != nil {
		t.Fatal(err)
	}
	h, err := parseHeader(d.records[headerName])
	if err != nil {
		t.Fatal(err)
	}
	h.params.Time--
	d.records[headerName] = h.encode()
	if _, err := Open(ctx, Host{Disk: d, Binder: b, KDF: kdf}, []byte("correct horse")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("opened with lowered costs: %v", err)
	}
}

func TestAValueOpensUnderItsOwnNameOnly(t *testing.T) {
	d, _, v := create(t)
	put(t, v, "s/1", "one", "s/2", "two")
	one, two := d.records["s/1"], d.records["s/2"]
	d.records["s/1"], d.records["s/2"] = two, one
	if _, err := v.Get(ctx, "s/1"); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("swapped: %v", err)
	}
	if _, err := v.Scan(ctx, "s/"); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("swapped, scanned: %v", err)
	}
	_, _, other := create(t)
	put(t, other, "s/1", "one")
	d.records["s/1"] = other.host.Disk.(*MemoryDisk).records["s/1"]
	if _, err := v.Get(ctx, "s/1"); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("from another vault: %v", err)
	}
	d.records["s/1"] = one[:len(one)-1]
	if _, err := v.Get(ctx, "s/1"); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("cut off: %v", err)
	}
	d.records["s/1"] = d.records[headerName]
	if _, err := v.Get(ctx, "s/1"); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("the header as a record: %v", err)
	}
}

func TestReservedNamesAreNotRecords(t *testing.T) {
	d, _, v := create(t)
	before := bytes.Clone(d.records[headerName])
	for _, name := range []string{"", headerName, bindName, "a\x00b", strings.Repeat("a", 256)} {
		if err := v.Write(ctx, []Record{{"ok", []byte("x")}, {name, []byte("x")}}); !errors.Is(err, ErrName) {
			t.Errorf("%q written: %v", name, err)
		}
		if _, err := v.Get(ctx, name); !errors.Is(err, ErrName) {
			t.Errorf("%q read: %v", name, err)
		}
	}
	if get(t, v, "ok") != "(none)" || !bytes.Equal(before, d.records[headerName]) {
		t.Error("a refused write left something behind")
	}
}

func TestAWriteIsThereAsAWholeOrNotAtAll(t *testing.T) {
	for _, row := range []struct {
		what string
		keep bool
		want string
	}{
		{"write lost", false, "old (none)"},
		{"write kept, answer lost", true, "new extra"},
	} {
		d, b, v := create(t)
		put(t, v, "a", "old")
		d.FailIn(1, row.keep)
		puts := []Record{{"a", []byte("new")}, {"b", []byte("extra")}}
		if err := v.Write(ctx, puts); !errors.Is(err, ErrDisk) {
			t.Fatalf("%s: %v", row.what, err)
		}
		after, err := Open(ctx, Host{Disk: d.Copy(), Binder: b, KDF: kdf}, []byte("correct horse"))
		if err != nil {
			t.Fatal(err)
		}
		if got := get(t, after, "a") + " " + get(t, after, "b"); got != row.want {
			t.Errorf("%s: %s", row.what, got)
		}
		if err := v.Write(ctx, puts); err != nil || get(t, v, "a") != "new" {
			t.Errorf("%s: the retry failed: %v", row.what, err)
		}
	}
}

func TestACreationWhoseAnswerIsLostCanBeOpened(t *testing.T) {
	for _, keep := range []bool{false, true} {
		d, b := NewMemory(), NewSoftware()
		d.FailIn(1, keep)
		if _, err := Create(ctx, Host{Disk: d, Binder: b, KDF: kdf}, []byte("p"), cheap); !errors.Is(err, ErrDisk) {
			t.Fatal(err)
		}
		there, err := Exists(ctx, d)
		if err != nil || there != keep {
			t.Fatalf("there %v, kept %v, %v", there, keep, err)
		}
		if keep {
			_, err = Open(ctx, Host{Disk: d, Binder: b, KDF: kdf}, []byte("p"))
		} else {
			_, err = Create(ctx, Host{Disk: d, Binder: b, KDF: kdf}, []byte("p"), cheap)
		}
		if err != nil {
			t.Errorf("kept %v: %v", keep, err)
		}
	}
}

func TestAfterAChangeOfPassphraseExactlyOneOpens(t *testing.T) {
	for _, row := range []struct {
		what  string
		fault fault
		opens string
	}{
		{"all well", fault{}, "new"},
		{"write lost", fault{1, false}, "old"},
		{"write kept, answer lost", fault{1, true}, "new"},
	} {
		d, b := NewMemory(), NewSoftware()
		v, err := Create(ctx, Host{Disk: d, Binder: b, KDF: kdf}, []byte("old"), cheap)
		if err != nil {
			t.Fatal(err)
		}
		put(t, v, "a", "kept")
		d.fault = row.fault
		err = v.ChangePassphrase(ctx, []byte("old"), []byte("new"), cheap)
		if (err != nil) != (row.fault.in > 0) {
			t.Fatalf("%s: %v", row.what, err)
		}
		put(t, v, "b", "still open")
		for _, pass := range []string{"old", "new"} {
			w, err := Open(ctx, Host{Disk: d.Copy(), Binder: b, KDF: kdf}, []byte(pass))
			if (err == nil) != (pass == row.opens) {
				t.Errorf("%s: %s: %v", row.what, pass, err)
			}
			if err == nil && get(t, w, "a")+get(t, w, "b") != "keptstill open" {
				t.Errorf("%s: records lost", row.what)
			}
		}
	}
}

func TestThePassphraseIsChangedOnlyByWhoKnowsIt(t *testing.T) {
	d, b, v := create(t)
	if err := v.ChangePassphrase(ctx, []byte("guess"), []byte("mine now"), cheap); !errors.Is(err, ErrPassphrase) {
		t.Errorf("changed by a guess: %v", err)
	}
	salt := bytes.Clone(d.records[headerName][:paramsSize])
	if err := v.ChangePassphrase(ctx, []byte("correct horse"), []byte("correct horse"), cheap); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(salt, d.records[headerName][:paramsSize]) {
		t.Error("the salt was used again")
	}
	if _, err := Open(ctx, Host{Disk: d, Binder: b, KDF: kdf}, []byte("correct horse")); err != nil {
		t.Error(err)
	}
}

func TestALockedVaultGivesNothing(t *testing.T) {
	_, _, v := create(t)
	put(t, v, "a", "x")
	v.Lock()
	v.Lock()
	_, e1 := v.Get(ctx, "a")
	_, e2 := v.Scan(ctx, "")
	e3 := v.Write(ctx, nil)
	e4 := v.ChangePassphrase(ctx, []byte("correct horse"), []byte("y"), cheap)
	for _, err := range []error{e1, e2, e3, e4} {
		if !errors.Is(err, ErrLocked) {
			t.Error(err)
		}
	}
}

func TestWipeLeavesNothing(t *testing.T) {
	d, b, v := create(t)
	put(t, v, "a", "x")
	if err := v.Wipe(ctx); err != nil {
		t.Fatal(err)
	}
	if list, _ := d.Scan(ctx, ""); len(list) != 0 {
		t.Errorf("%d records left", len(list))
	}
	if _, err := Open(ctx, Host{Disk: d, Binder: b, KDF: kdf}, []byte("correct horse")); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
}

func TestADiskThatFailsIsNotAWrongPassphrase(t *testing.T) {
	d, b, v := create(t)
	d.FailReads(1)
	if _, err := Open(ctx, Host{Disk: d, Binder: b, KDF: kdf}, []byte("correct horse")); !errors.Is(err, ErrDisk) {
		t.Error(err)
	}
	broken := func(context.Context, []byte, seal.KDFParams) (seal.Secret, error) {
		return seal.Secret{}, context.DeadlineExceeded
	}
	if _, err := Open(ctx, Host{Disk: d, Binder: b, KDF: broken}, []byte("correct horse")); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	d.FailReads(1)
	if _, err := v.Scan(ctx, ""); !errors.Is(err, ErrDisk) {
		t.Error(err)
	}
}

func FuzzHeaderIsReadInOneSpellingOnly(f *testing.F) {
	p := cheap
	p.Salt[0] = 1
	old := header{version: versionOld, params: p, root: make([]byte, rootSize)}
	f.Add(old.encode())
	h := header{version: version, params: p, root: make([]byte, rootSize), keys: []opener{{[]byte("a"), make([]byte, rootSize)}, {[]byte("bc"), make([]byte, rootSize)}}}
	h.sealList(seal.NewSecret(), []Passkey{{Name: "phone"}, {Name: "key"}})
	f.Add(h.encode())
	f.Add(h.encode()[:150])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHeader(b)
		if err != nil {
			return
		}
		if !bytes.Equal(h.encode(), b) {
			t.Fatal("writes back differently")
		}
		if h.params.CheckOld() != nil || len(h.keys) > MaxPasskeys {
			t.Fatal("costs or passkeys outside the policy were read")
		}
	})
}
