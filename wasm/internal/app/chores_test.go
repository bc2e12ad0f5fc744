package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// A mute is a relay that greets and then answers nothing.
type mute struct {
	hello  chan []byte
	closed chan struct{}
	once   sync.Once
	heard  func(m *mute, f wire.Frame)
}

func (m *mute) Send(b []byte) error {
	if f, err := wire.Parse(b); err == nil {
		m.heard(m, f)
	}
	return nil
}

func (m *mute) Receive(ctx context.Context) ([]byte, error) {
	select {
	case b := <-m.hello:
		return b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-m.closed:
		return nil, errors.New("closed")
	}
}

func (m *mute) Close() error { m.once.Do(func() { close(m.closed) }); return nil }

// What is left at the relay for the recovery sheet is asked for again: when the
// relay is silent, and at once when something has come meanwhile, such as the
// acknowledgement that the next step waits for.
func TestUpkeepDoesNotWaitForASilentRelay(t *testing.T) {
	for _, tt := range []struct {
		claim string
		hears func(c *Client, m *mute) // at the second asking
		by    time.Duration            // from then until it is asked for once more
	}{
		{"silent", func(*Client, *mute) {}, lockerWork + upkeepEvery + time.Second},
		{"something came, then it hangs up", func(c *Client, m *mute) {
			c.notify(c.primary().replica, link.Update{})
			m.Close()
		}, time.Second},
	} {
		t.Run(tt.claim, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var c *Client
				var locker wire.Channel
				var asked []time.Time
				var mu sync.Mutex
				heard := func(m *mute, f wire.Frame) {
					o, ok := f.(*wire.Open)
					mu.Lock()
					defer mu.Unlock()
					if !ok || o.Channel != locker {
						return
					}
					switch asked = append(asked, time.Now()); len(asked) {
					case 1: // what founding has brought about is over with this
						m.Close()
					case 2:
						tt.hears(c, m)
					}
				}
				c = New(Env{
					Disk: vault.NewMemory(), Binder: vault.NewSoftware(), Params: seal.NewKDFParams, Origin: "https://relay.test", Now: time.Now, Changed: func() {},
					KDF: func(_ context.Context, pass []byte, p seal.KDFParams) (seal.Secret, error) {
						sum := sha256.Sum256(append(p.Salt[:], pass...))
						return seal.SecretFrom(sum[:])
					},
					Dial: func(context.Context, string) (link.Conn, error) {
						m := &mute{hello: make(chan []byte, 1), closed: make(chan struct{}), heard: heard}
						m.hello <- wire.Append(nil, &wire.Hello{Version: wire.Version, MaxFrame: wire.MaxFrame, MaxBox: wire.MaxBox, MaxBatch: 1})
						return m, nil
					},
				})
				if err := c.Create(t.Context(), []byte("passphrase")); err != nil {
					t.Fatal(err)
				}
				mu.Lock()
				if err := c.foundDiary(t.Context(), wire.Admission{Kind: wire.ByOpenTenant, Tenant: wire.TenantID{1}}); err != nil {
					t.Fatal(err)
				}
				c.mu.Lock()
				locker = c.p.sheet.Locker().Channel()
				c.mu.Unlock()
				mu.Unlock()
				time.Sleep(5 * time.Minute)
				c.Lock()
				if len(asked) < 3 || asked[2].Sub(asked[1]) > tt.by {
					t.Errorf("not asked for again within %v, but at %v", tt.by, asked)
				}
			})
		})
	}
}

// Who asks something while a round looks at a thousand patients is answered in between,
// and a round whose vault is closed ends.
func TestARoundOverManyPatientsGivesWay(t *testing.T) {
	c := New(Env{})
	c.v, c.held = new(vault.Vault), turns{since: time.Now()}
	for range 60 {
		c.spaces = append(c.spaces, new(space))
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	asked, end := 0, make(chan struct{})
	go func() {
		defer close(end)
		for ctx.Err() == nil {
			c.mu.Lock()
			asked++
			c.mu.Unlock()
			time.Sleep(time.Millisecond)
		}
	}()
	seen := 0
	c.mu.Lock()
	asked = 0
	for range c.slowly(ctx) {
		time.Sleep(holdFor / 6)
		seen++
	}
	if got := asked; got < 3 || seen != len(c.spaces) {
		t.Errorf("%d of %d were looked at, and somebody else was answered %d times", seen, len(c.spaces), got)
	}
	if c.held.before < holdFor {
		t.Errorf("it was held for %v before", c.held.before)
	}
	seen = 0
	for range c.slowly(ctx) {
		if seen++; seen == 2 {
			stop()
		}
	}
	c.mu.Unlock()
	if <-end; seen != 2 {
		t.Errorf("%d were looked at after the vault was closed", seen)
	}
}
