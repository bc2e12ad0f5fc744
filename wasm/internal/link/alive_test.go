package link

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"vialog/shared/wire"
)

// breathing is a connection whose relay agreed to give a sign of life.
type breathing struct {
	*conn
	sign   Sign
	agreed bool
	asked  int
	dead   bool
}

func (b *breathing) Alive(ctx context.Context) (bool, error) {
	if !b.agreed {
		return false, nil
	}
	return true, b.sign.Ask(ctx, func(question string) error {
		b.asked++
		if !b.dead && question == wire.AliveQuestion {
			return b.sign.Heard(wire.AliveAnswer)
		}
		return nil
	})
}

func (b *breathing) Close() error { b.sign.End(); return b.conn.Close() }

// Where a relay's host can answer for it, it is not woken to say that it is there.
func TestWhoIsQuietAsksForASignOfLifeWhereTheRelayAgreed(t *testing.T) {
	for name, tt := range map[string]struct {
		agreed, dead bool
		asked, pings int
		ends         bool
	}{
		"agreed":         {agreed: true, asked: 4},
		"an older relay": {pings: 4},
		"a dead relay":   {agreed: true, dead: true, asked: 1, ends: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDouble()
				var b *breathing
				s := must(Dial(t.Context(), func(ctx context.Context, url string) (Conn, error) {
					c, err := d.dial(ctx, url)
					b = &breathing{conn: c.(*conn), sign: NewSign(), agreed: tt.agreed, dead: tt.dead}
					return b, err
				}, "https://relay.example"))
				go keepAlive(t.Context(), s)
				time.Sleep(110 * time.Second)
				select {
				case <-s.Done():
					if !tt.ends {
						t.Error("given up")
					}
				default:
					if tt.ends {
						t.Error("nobody noticed")
					}
				}
				pings := 0
				for _, kind := range d.heard {
					if kind == "ping" {
						pings++
					}
				}
				if b.asked != tt.asked || pings != tt.pings {
					t.Errorf("%d signs of life and %d pings", b.asked, pings)
				}
				s.Close()
			})
		})
	}
}

func TestASignOfLifeThatIsNoneOrComesTooLate(t *testing.T) {
	s := NewSign()
	if err := s.Heard("alive!"); err == nil {
		t.Error("another text was taken for it")
	}
	for range 3 { // answers to questions that were given up hold nobody up
		if err := s.Heard(wire.AliveAnswer); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := s.Ask(ctx, func(string) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("an old answer counts: %v", err)
	}
	if err := s.Ask(t.Context(), func(string) error { s.End(); s.End(); return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}
