package sqlite

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall/js"
	"testing"
	"time"

	"vialog/relay/internal/store"
	"vialog/relay/internal/storetest"
	"vialog/shared/wire"
)

// These tests run inside a Durable Object: object_test.go has them run.

var object = js.Global().Get("vialogObject")

func TestStoreKeepsItsPromises(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store {
		done := make(chan struct{})
		f := js.FuncOf(func(js.Value, []js.Value) any { close(done); return nil })
		defer f.Release()
		object.Get("storage").Call("deleteAll").Call("then", f)
		<-done
		return openObject(t)
	})
}

func openObject(t *testing.T) *Store {
	s, err := Open(object)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatFailsIsUndone(t *testing.T) {
	s, ctx := openObject(t), t.Context()
	defer s.Close()
	mark := func(t *tx) error {
		_, err := t.exec(`INSERT INTO meta (name, value) VALUES ('mark', 1)`)
		return err
	}
	marks := func() (n int64) {
		if err := s.read(ctx, func(c *conn) (err error) {
			n, err = c.number(`SELECT count(*) FROM meta WHERE name = 'mark'`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if err := s.w.do(ctx, 0, func(t *tx) error { return errors.Join(mark(t), mark(t)) }); err == nil || marks() != 0 {
		t.Errorf("one name twice: %v, and %d are left", err, marks())
	}
	if err := s.w.do(ctx, 0, mark); err != nil || marks() != 1 {
		t.Errorf("afterwards: %v, and there are %d", err, marks())
	}
}

// TestKeepsWhatItAcknowledged looks for the boxes that VIALOG_ACKED says were
// acknowledged before the host was killed. Then it says "sound", and, unless it
// was the last time, goes on adding boxes and says of each that it is acknowledged.
func TestKeepsWhatItAcknowledged(t *testing.T) {
	said, ok := os.LookupEnv("VIALOG_ACKED")
	if !ok {
		t.Skip("is run again and again by the test of this name outside")
	}
	acked, err := strconv.ParseUint(said, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	s, ctx := openObject(t), t.Context()
	founding := wire.FoundingKey{1}
	c := store.Channel{ID: wire.ChannelOf(founding), Founding: founding, Access: wire.AccessKey{2}, Tenant: wire.TenantID{3}, Created: time.Now()}
	if acked == 0 {
		n := store.Tenant{ID: c.Tenant, Name: "Anybody", State: store.Active, Open: true, Created: time.Now()}
		if err := s.AddTenant(ctx, n, store.Audit{Time: time.Now(), Actor: "operator", Act: "tenant.add"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Create(ctx, c, store.TicketUse{}); err != nil {
			t.Fatal(err)
		}
	}
	var head uint64
	for pos := uint64(0); ; pos = head {
		boxes, newest, err := s.After(ctx, c.ID, pos, 1<<20, nil)
		if err != nil {
			t.Fatal(err)
		}
		if newest < acked {
			t.Fatalf("acknowledged %d boxes, and holds %d", acked, newest)
		}
		if head = pos; len(boxes) == 0 {
			break
		}
		for _, b := range boxes {
			head++
			if want := numbered(head); b.Pos != head || b.ID != want.ID || !bytes.Equal(b.Data, want.Data) {
				t.Fatalf("box %d is another one, at %d", head, b.Pos)
			}
		}
	}
	if err := s.Check(ctx); err != nil {
		t.Fatal(err)
	}
	if acked > 0 { // the answer may have been lost: it may be asked for again
		if pos, err := s.Append(ctx, c.ID, c.Access, []wire.Box{numbered(acked)}, 0); err != nil || pos[0] != acked {
			t.Fatalf("box %d again is at %v: %v", acked, pos, err)
		}
	}
	fmt.Println("sound")
	for os.Getenv("VIALOG_LAST") == "" {
		pos, err := s.Append(ctx, c.ID, c.Access, []wire.Box{numbered(head + 1), numbered(head + 2)}, 0)
		if err != nil {
			t.Fatal(err)
		}
		head = pos[1]
		fmt.Println("acked", head)
	}
}

func numbered(n uint64) wire.Box {
	b := wire.Box{Data: bytes.Repeat(binary.BigEndian.AppendUint64(nil, n), 64)}
	binary.BigEndian.PutUint64(b.ID[:], n)
	return b
}
