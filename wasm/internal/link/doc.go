// Package link keeps a device's copy of a space, and keeps it the same as
// everybody else's with the help of a relay that nobody trusts.
//
// A Replica holds the membership and every accepted statement; it needs no
// network. A Peer connects replicas with a relay and does so again and again.
//
// What holds:
//   - what Write or Receive has returned without error is durable, and what
//     Write returned reaches the relay, once, after any failure or restart;
//   - a statement is accepted only if its device signed it for this space, and
//     a member said it has seen it or the device is a member's now;
//   - what one member or the relay sends cannot keep back what another says:
//     what comes early waits, within bounds, or is read again;
//   - a gap is named, two histories raise an alarm, a relay that lost
//     something gets it again.
//
// A relay can withhold the newest statements of everybody, and a member can
// tell others what it reads.
//
// FORMAT.md gives the bytes; testdata holds vectors for what is refused.
package link
