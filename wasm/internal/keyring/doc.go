// Package keyring records who may read a diary, and with which keys.
//
// There are three kinds of chain, each a hash-linked list of signed changes:
// an account (its members are a person's devices), a team (its members are
// accounts, with roles) and a space (its members are accounts and teams, with
// rights). A chain's identifier is the hash of its first change. Two readers
// with the same head agree on every member and key without trusting the relay.
//
// When a replay succeeds:
//   - each change is signed, classically and post-quantum, by a device that
//     was active in its account, with the right to make it;
//   - a retired device is never active again;
//   - whoever was removed is not among those the next key is sealed to;
//   - the result depends on the set of changes, not on their order of arrival:
//     of concurrent changes one branch is in force and the others are void.
//
// Removing a reader does not take back what they could already read. Times are
// what the author claimed; nothing is decided by them. That the newest change
// is really the newest is for the caller to find out.
//
// FORMAT.md gives the bytes; testdata holds a vector for every rule in it.
package keyring
