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
