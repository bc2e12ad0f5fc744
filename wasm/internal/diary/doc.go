// Package diary is the diary of a person with haemophilia: what an entry is,
// how it is written as bytes, and what a heap of entries amounts to.
//
// Entries are immutable. A correction is a new entry that names the one it
// supersedes and says why; a retraction names the one it takes back. A Diary
// is fed with Records in any order and answers questions: the timeline, open
// bleeds, the plans in force, the next dose, who has seen what. A Ledger is the
// diary laid out for figures; each figure's function says its rule, the rule's
// version and where it comes from.
//
// What holds:
//   - any order of arrival, with any repetition, gives the same diary;
//   - nothing is dropped: superseded, retracted, ignored and unknown records
//     stay and can be listed;
//   - what Decode accepts, Encode writes back byte for byte, including fields
//     that only a later version knows.
//
// The package does not check signatures or rights: a Record's author is taken
// as given. It holds no display texts except brand names; enumerations have
// keys such as "place.joint.knee.left" for the catalogues. FORMAT.md gives the bytes.
package diary
