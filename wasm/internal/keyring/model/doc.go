// Package model says the rules of keyring/FORMAT.md a second time, small enough
// to look at every history there is: chains of signed changes, their forks, and
// who can reach which key. It shares no code with keyring and has no cryptography. A
// key is a number; who was given it, or a key that leads to it, knows it.
//
// The relay and the authors are as bad as the rules let them be. An author follows any
// change at which the rules take its signature, whether or not it knows of later ones: that covers
// whoever was kept in the dark, whoever signs two histories, and whoever comes
// back with an old one. What the relay withholds from somebody leaves a smaller
// history, which is looked at too; what it sends twice is in a set once; and of the order of
// arrival the checks try those that could matter.
//
// There are two models. Account has one account: a recovery sheet, two devices and a
// third to be added, with forks (rules 1 to 13, "Forks", "Settled changes"). Space has
// a space of two accounts with two devices each (rules 14 to 18); there the accounts do not fork. A team
// stands in a space like an account does, its members like devices, so it is not modelled apart. Of time nothing is
// modelled but "settled".
//
// A rule can be taken away (Rules). For each there is a test that some check then
// fails: what cannot fail would show nothing. That keyring does what the model does is
// tested there, on random histories.
package model
