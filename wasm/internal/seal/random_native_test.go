//go:build !js

package seal

import (
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"testing"
)

// wantOutput is how Go ends a program whose random source fails.
const wantOutput = "crypto/rand: failed to read random data"

type fails struct{}

func (fails) Read([]byte) (int, error) { return 0, errors.New("no randomness") }

func withoutRandomness() { rand.Reader = fails{} }

func helper(t *testing.T, name string) (code int, out string) {
	c := exec.Command(os.Args[0], "-test.run=^TestHelperWithoutRandomness$")
	c.Env = append(os.Environ(), "VIALOG_WITHOUT_RANDOMNESS="+name)
	b, _ := c.CombinedOutput()
	return c.ProcessState.ExitCode(), string(b)
}
