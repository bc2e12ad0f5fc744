package e2e

import (
	"context"
	"sync"
	"testing"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
)

// A valve keeps from a device what others have written, while it is shut: it hears
// all other answers of the relay.
type valve struct {
	mu    sync.Mutex
	shut  bool
	conns []link.Conn
}

func (v *valve) close() { v.mu.Lock(); defer v.mu.Unlock(); v.shut = true }

// open ends the connections: with the next one, everything is read.
func (v *valve) open() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.shut = false
	for _, c := range v.conns {
		c.Close()
	}
	v.conns = nil
}

func (v *valve) dial(ctx context.Context, url string) (link.Conn, error) {
	conn, err := dial(ctx, url)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.conns = append(v.conns, conn)
	return &valved{conn, v}, nil
}

type valved struct {
	link.Conn
	v *valve
}

func (c *valved) Receive(ctx context.Context) ([]byte, error) {
	for {
		b, err := c.Conn.Receive(ctx)
		if err != nil {
			return b, err
		}
		f, _ := wire.Parse(b)
		_, boxes := f.(*wire.Boxes)
		c.v.mu.Lock()
		shut := c.v.shut
		c.v.mu.Unlock()
		if !boxes || !shut {
			return b, nil
		}
	}
}

// What a carer has written when she is removed, and the owner has not read: it is said
// to her that it was perhaps not taken.
func TestACarerHearsWhatWasNotTakenWhenSheWasRemoved(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	doc := r.centre("Centre A")
	mother, _ := doc.patient(r, "")
	oma := mother.carer(r, keyring.Care, "Oma Inge")
	must(oma.Record(t.Context(), note("long before")))(t)
	mother.until("it is there", func() bool { return mother.sees(0, diary.ID{}, hasNote("long before")) })
	mother.settled()
	oma.settled()
	v := new(valve)
	mother.env.Dial = v.dial
	mother.reopen()
	mother.settled()

	v.close()
	must(oma.Record(t.Context(), note("in flight")))(t)
	oma.sent()
	var id keyring.AccountID
	mother.Look(func(l app.Look) {
		for _, p := range l.People() {
			if !p.You {
				id = p.ID
			}
		}
	})
	check(t, mother.RemovePerson(t.Context(), id))
	oma.until("she is out", func() bool { return oma.gone() })
	v.open()
	mother.settled()
	if mother.sees(0, diary.ID{}, hasNote("in flight")) {
		t.Fatal("an entry of somebody who is out was taken on the word of the relay alone")
	}
	var out app.Removal
	oma.Look(func(l app.Look) { out, _ = l.Removal() })
	if out.Doubtful != 1 || out.Unsent != 0 {
		t.Fatalf("she is told that %d were not sent, and %d perhaps not taken", out.Unsent, out.Doubtful)
	}
	oma.screens().shows("One entry had been sent, but nobody had read it by then")
}
