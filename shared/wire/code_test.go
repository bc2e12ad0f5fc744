package wire

import (
	"strings"
	"testing"
)

func FuzzParseCode(f *testing.F) {
	printed := FormatCode(Code{1, 2, 3, 250})
	f.Add(printed)
	f.Add(strings.ToLower(strings.ReplaceAll(printed, "-", " ")))
	f.Add(strings.ReplaceAll(strings.ReplaceAll(printed, "0", "O"), "1", "l"))
	f.Add(printed + "0")
	f.Add("")
	plain := strings.NewReplacer("-", "", " ", "", "\t", "", "\n", "", "\r", "", "O", "0", "I", "1", "L", "1")
	f.Fuzz(func(t *testing.T, typed string) {
		c, err := ParseCode(typed)
		if err != nil {
			if c != (Code{}) {
				t.Fatal("a refused code was returned")
			}
			return
		}
		if plain.Replace(strings.ToUpper(typed)) != plain.Replace(FormatCode(c)) {
			t.Fatal("read a code that prints as another")
		}
	})
}
