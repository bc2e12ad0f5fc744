package seal

import (
	"encoding/binary"
	"time"
)

// A Policy is the app's table of what cryptography is allowed and for how
// long. Versions only grow. The code reads it, the app shows it.
type Policy struct {
	Version uint32
	Issued  time.Time
	Suites  []Suite // numbers carried by every format

	Passphrase struct {
		Floor, Default, Ceiling KDFParams
		MinLength               int // characters; the one rule there is about them
	}
	Rotation struct {
		Epoch             time.Duration // a space's epoch is renewed at the latest after this
		AccountGeneration time.Duration
		TeamGeneration    time.Duration
		AccessKey         time.Duration // a channel's access key; renewed with the epoch
	}
	Box struct {
		Step, StepsUpTo, Max int // bytes; above StepsUpTo by Padmé
	}
	Lease      time.Duration // no writing to a team whose signed head is older
	Invitation struct {
		Valid      time.Duration
		Device     time.Duration // of a further device of the same person
		SecretBits int
	}
	Lock struct {
		Hidden, Idle         time.Duration // unless a person chooses otherwise:
		Least                time.Duration // of either
		HiddenMost, IdleMost time.Duration
	}
	Checkpoint struct {
		Every      time.Duration
		Statements int
	}
	Drill time.Duration // people are asked to look for their recovery sheet
}

// A Suite says which primitives a suite number stands for.
type Suite struct {
	Number  uint8
	State   SuiteState
	Sunset  time.Time // not used for new data after this date
	Parts   []Primitive
	Comment string
}

// A Primitive is one algorithm with what it is used for.
type Primitive struct {
	Use, Name, Standard string
	Strength            int // bits against the best known classical attack
	PostQuantum         bool
}

// SuiteState says what a suite may be used for.
type SuiteState uint8

const (
	Write  SuiteState = iota + 1 // make and open
	Read                         // open only; re-key what is found
	Refuse                       // neither
)

// Current is the policy of this release.
var Current = policy2()

func policy2() Policy {
	const day = 24 * time.Hour
	p := Policy{
		Version: 2, // 2: invitations of devices, lengths of passphrases, choice of when to lock, the drill
		Issued:  time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC),
		Lease:   7 * day,
		Suites: []Suite{{
			Number: 1,
			State:  Write,
			Sunset: time.Date(2031, 12, 31, 0, 0, 0, 0, time.UTC),
			Parts: []Primitive{
				{"boxes, blobs", "XChaCha20-Poly1305", "RFC 8439, draft-irtf-cfrg-xchacha", 256, true},
				{"sealed secrets, inside HPKE", "ChaCha20-Poly1305", "RFC 8439", 256, true},
				{"wraps", "HPKE base, MLKEM768-X25519, HKDF-SHA256", "RFC 9180, draft-ietf-hpke-pq, FIPS 203", 128, true},
				{"statements, relay", "Ed25519", "RFC 8032", 128, false},
				{"changes, checkpoints", "Ed25519 with ML-DSA-44", "RFC 8032, FIPS 204", 128, true},
				{"derivation, commitments", "HKDF-SHA256", "RFC 5869", 256, true},
				{"identifiers, content", "BLAKE2b-256", "RFC 7693", 128, true},
				{"passphrases", "Argon2id", "RFC 9106", 0, true},
			},
			Comment: "ChaCha20 is used because AES without hardware support is neither fast nor constant-time in the browser.",
		}},
	}
	p.Passphrase.Floor = KDFParams{MiB: 19, Time: 2, Lanes: 1}
	p.Passphrase.Default = KDFParams{MiB: 64, Time: 3, Lanes: 1}
	p.Passphrase.Ceiling = KDFParams{MiB: 256, Time: 10, Lanes: 4}
	p.Rotation.Epoch = 30 * day
	p.Rotation.AccountGeneration = 365 * day
	p.Rotation.TeamGeneration = 180 * day
	p.Rotation.AccessKey = 30 * day
	p.Box.Step, p.Box.StepsUpTo, p.Box.Max = boxStep, maxSteps, MaxBox
	p.Invitation.Valid, p.Invitation.Device, p.Invitation.SecretBits = 7*day, 10*time.Minute, 128
	p.Passphrase.MinLength = 10
	p.Lock.Hidden, p.Lock.Idle = 5*time.Minute, 30*time.Minute
	p.Lock.Least, p.Lock.HiddenMost, p.Lock.IdleMost = time.Minute, 30*time.Minute, 2*time.Hour
	p.Checkpoint.Every, p.Checkpoint.Statements = day, 64
	p.Drill = 182 * day
	return p
}

// Bytes returns the one encoding of p, for signing and comparing.
func (p *Policy) Bytes() []byte {
	var b []byte
	u64 := func(v ...int64) {
		for _, n := range v {
			b = binary.BigEndian.AppendUint64(b, uint64(n))
		}
	}
	str := func(v ...string) {
		for _, s := range v {
			b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
			b = append(b, s...)
		}
	}
	u64(int64(p.Version), p.Issued.Unix(), int64(len(p.Suites)))
	for _, s := range p.Suites {
		u64(int64(s.Number), int64(s.State), s.Sunset.Unix(), int64(len(s.Parts)))
		for _, q := range s.Parts {
			str(q.Use, q.Name, q.Standard)
			pq := int64(0)
			if q.PostQuantum {
				pq = 1
			}
			u64(int64(q.Strength), pq)
		}
		str(s.Comment)
	}
	for _, k := range []KDFParams{p.Passphrase.Floor, p.Passphrase.Default, p.Passphrase.Ceiling} {
		u64(int64(k.MiB), int64(k.Time), int64(k.Lanes))
	}
	r := p.Rotation
	for _, d := range []time.Duration{r.Epoch, r.AccountGeneration, r.TeamGeneration, r.AccessKey,
		p.Lease, p.Invitation.Valid, p.Lock.Hidden, p.Lock.Idle, p.Checkpoint.Every, p.Lock.Least, p.Lock.HiddenMost, p.Lock.IdleMost} {
		u64(int64(d / time.Second))
	}
	u64(int64(p.Box.Step), int64(p.Box.StepsUpTo), int64(p.Box.Max), int64(p.Invitation.SecretBits), int64(p.Checkpoint.Statements))
	u64(int64(p.Invitation.Device/time.Second), int64(p.Passphrase.MinLength))
	u64(int64(p.Drill / time.Second))
	return b
}

// Hash names the policy in reports and notices.
func (p *Policy) Hash() [32]byte { return Hash(LabelPolicy, p.Bytes()) }
