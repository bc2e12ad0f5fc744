// Package bench measures a real relay process over real sockets, as `make
// bench` prints it. It speaks bare frames: nothing of the client's cryptography
// is in the measured path, only the signatures that open channels before it.
//
// What it reports holds for this machine, which client and relay share, and
// for the disk under the temporary folder (TMPDIR). Compare ratios, not rates,
// between machines: beside each rate stands what a bare file on the same disk
// reaches in the same minute.
package bench
