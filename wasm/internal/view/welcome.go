package view

// Welcome is the first screen of a browser that holds nothing yet.
type Welcome struct {
	Base
	Code        string // what was typed or came with the link
	CentreCode  string // likewise, for a centre
	OffersAlone bool   // the relay has a tenant open to patients without a centre
	OffersSheet bool   // beginning again from a recovery sheet
	Offline     bool   // joining needs the network
	Problems    []Problem
}
