package node

// A PasskeyRequest has the browser make a passkey, or ask for one that is there.
// The answer is an event of the kind "passkey".
type PasskeyRequest struct {
	Make  bool
	Host  string   // of the page; the browser refuses another
	Name  string   // Make: under which the browser lists it
	Known [][]byte // Make: credentials of which it is none yet; else: which may answer
	Input [32]byte // what its PRF is asked about
}
