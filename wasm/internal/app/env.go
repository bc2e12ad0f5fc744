// Package app is what a person's app does, without its screens: found a diary
// or a centre, invite and join, record and read, hand a diary from one device
// to the next. A Client is one device.
//
// What holds:
//   - what a call has returned without error is kept durably on this device
//     and reaches the others when there is a connection, after any restart;
//   - an entry goes to the home space and to each centre, sealed separately,
//     under identifiers that two centres cannot compare;
//   - rights are checked by every reader: what a member may not write, no
//     client shows.
//
// The relay is asked for nothing but boxes. FORMAT.md gives the records and
// statements of this package.
package app

import (
	"context"
	"errors"
	"time"

	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// Env is what a client needs from the device it runs on.
type Env struct {
	Disk   vault.Disk
	Binder vault.Binder
	KDF    vault.KDF
	Params func() seal.KDFParams // the least for vaults; with a fresh salt
	NFC    func(string) string   // Unicode's canonical composition; nil: passphrases are typed so
	Dial   link.Dialer
	Origin string // of the relay
	Links  string // origin that invitations lead to; that of the relay if empty
	Now    func() time.Time

	// Admit, if not nil, decides whether this release of the app may go on in a
	// vault that has just been opened or made, before anything in it is read or
	// sent. Its error is what Create and Unlock return.
	Admit func(context.Context, *vault.Vault) error

	// OpenRecords is how many records of patients' diaries a centre's device has in
	// memory at most, besides those of one diary. 0: openRecords.
	OpenRecords int

	// ReadAtOnce is how many patients' diaries a centre's device reads before it is
	// unlocked; the others follow. 0: readAtOnce.
	ReadAtOnce int

	// Read, if not nil, is called at a centre with each patient whose diary was read
	// after unlocking, while it is in memory: what is asked of all patients is worked
	// out best then. It is called within a Look, from any goroutine.
	Read func(l Look, n uint32)

	// Changed is called, from any goroutine, after something to show changed.
	Changed func()
}

// Errors a caller decides by.
var (
	ErrOffline  = errors.New("app: this needs a connection to the relay")
	ErrLocked   = errors.New("app: the vault is locked")
	ErrUsed     = errors.New("app: the invitation was used by somebody else")
	ErrRevoked  = errors.New("app: the invitation is not valid any more")
	ErrDiffer   = errors.New("app: the other side found that the codes differ")
	ErrOwn      = errors.New("app: the invitation is of no use on this device")
	ErrNoLocker = errors.New("app: the relay holds nothing for this recovery sheet")
	ErrNoAlone  = errors.New("app: this relay offers no diary without a centre")
)

// Role says what a device is used for.
type Role uint8

// Roles of a device.
const (
	NoRole  Role = 0
	Patient Role = 1
	Centre  Role = 2
)

// patience limits how long a person waits for a connection.
const patience = 20 * time.Second

func (e *Env) host() vault.Host {
	return vault.Host{Disk: e.Disk, Binder: e.Binder, KDF: e.KDF, NFC: e.NFC}
}

func (e *Env) session(ctx context.Context) (*link.Session, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s, err := link.Dial(ctx, e.Dial, e.Origin)
	if err != nil {
		return nil, errors.Join(ErrOffline, err)
	}
	return s, nil
}
