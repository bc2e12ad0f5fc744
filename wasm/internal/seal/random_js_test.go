package seal

import (
	"os"
	"path/filepath"
	"syscall/js"
	"testing"
)

// wantOutput is what the browser's getRandomValues throws, here.
const wantOutput = "no randomness today"

// The page's random source, until withoutRandomness breaks it.
const broken = `const real = globalThis.crypto ?? require("crypto").webcrypto;
Object.defineProperty(globalThis, "crypto", { value: { getRandomValues(b) {
	if (globalThis.withoutRandomness) throw new Error("` + wantOutput + `");
	return real.getRandomValues(b);
} } });
`

func withoutRandomness() { js.Global().Set("withoutRandomness", true) }

// helper starts Node once more, as it was started for this test.
func helper(t *testing.T, name string) (code int, out string) {
	file := filepath.Join(t.TempDir(), "broken.js")
	if err := os.WriteFile(file, []byte(broken), 0o644); err != nil {
		t.Fatal(err)
	}
	process := js.Global().Get("process")
	args := []any{"--stack-size=8192", "-r", file,
		process.Get("argv").Index(1), process.Get("argv").Index(2), "-test.run=^TestHelperWithoutRandomness$"}
	r := js.Global().Call("require", "child_process").Call("spawnSync", process.Get("execPath"), args, map[string]any{
		"encoding": "utf8",
		"env":      map[string]any{"VIALOG_WITHOUT_RANDOMNESS": name},
	})
	code = 1
	if s := r.Get("status"); !s.IsNull() {
		code = s.Int()
	}
	return code, r.Get("stdout").String() + r.Get("stderr").String()
}
