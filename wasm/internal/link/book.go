package link

import (
	"sync"

	"vialog/wasm/internal/keyring"
)

// A Book is a keyring.Book that several replicas may share. Its mutex is the
// mutex of every replica that uses it: a centre's replicas learn of a new
// colleague together. Who reads the keyring.Book outside a replica holds it.
type Book struct {
	sync.Mutex
	keyring.Book
}

// NewBook returns an empty book.
func NewBook() *Book { return &Book{Book: keyring.NewBook()} }
