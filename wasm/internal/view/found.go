package view

// Found asks for what a new centre needs.
type Found struct {
	Base
	Name     string // the centre's
	OwnName  string // shown to colleagues and patients
	Problems []Problem
}
