package app

import "vialog/wasm/internal/seal"

// HashPhoto is the hash of a picture's bytes that its entry holds. It is not in
// package diary, which the second program uses and which must hold no ciphers.
func HashPhoto(content []byte) [32]byte { return seal.Hash(seal.LabelPhoto, content) }
