// Package seal is the app's one choke point for cryptography: the only code
// that calls an AEAD, HPKE, a signature or a key derivation.
//
// When something opens or verifies:
//   - it was made by a holder of exactly that key, for exactly that label and
//     context; a key, signature or hash made for one purpose fails in another;
//   - a secret that came with a commitment is the one that was committed to;
//   - nothing of it was changed, header and padding included.
//
// Seal does not say who made a box (every reader of an epoch can make one:
// statements inside are signed), nor that a box is new, nor that none is
// missing. It cannot wipe memory under a garbage collector.
//
// FORMAT.md gives the bytes; testdata holds a vector for every rule in it.
package seal
