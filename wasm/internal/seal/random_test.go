package seal

import (
	"os"
	"strings"
	"testing"
)

// makers make what needs randomness.
var makers = map[string]func(){
	"secret":          func() { NewSecret() },
	"box":             func() { NewBoxKey(epochSecret(1), [32]byte{2}).Seal(1, nil) },
	"blob":            func() { SealBlob(epochSecret(1), LabelVaultRecord, nil, nil) },
	"sealed secret":   func() { SealSecret(epochSecret(1), LabelTeamLink, nil, epochSecret(1)) },
	"passphrase salt": func() { NewKDFParams() },
}

const madeWithout = "was made without randomness"

// TestHelperWithoutRandomness runs in a process of its own, and is to end it.
func TestHelperWithoutRandomness(t *testing.T) {
	name := os.Getenv("VIALOG_WITHOUT_RANDOMNESS")
	if name == "" {
		t.Skip("only in the process that the next test starts")
	}
	f := makers[name]
	f() // works, so that it is the lack of randomness that ends it
	withoutRandomness()
	f()
	println(name, madeWithout)
	os.Exit(0)
}

func TestWithoutRandomnessNothingIsMade(t *testing.T) {
	for name := range makers {
		if testing.Short() && name != "secret" && name != "box" {
			continue // in Node a process takes seconds to start
		}
		code, out := helper(t, name)
		if code == 0 || strings.Contains(out, madeWithout) || !strings.Contains(out, wantOutput) {
			t.Errorf("%s: exit %d, %.300s", name, code, out)
		}
	}
}
