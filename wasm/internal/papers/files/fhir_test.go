package files

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"vialog/wasm/internal/extract"
	"vialog/wasm/internal/papers"
)

// The validator is a program for Node with the official structure definitions;
// `make fhir` fetches both and runs this test.
func TestBundlesAreValidFHIR(t *testing.T) {
	modules := os.Getenv("VIALOG_FHIR")
	if modules == "" {
		t.Skip("needs the structure definitions: make fhir")
	}
	check, err := filepath.Abs("../../../../scripts/fhir/check.mjs")
	if err != nil {
		t.Fatal(err)
	}
	golden, err := filepath.Abs("testdata/bundle.json")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{check, golden}
	for i := range 6 {
		file := filepath.Join(t.TempDir(), itoa(i)+".json")
		if err := os.WriteFile(file, make_(t, order(papers.Bundle, patient(t, 5, i))), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	file := filepath.Join(t.TempDir(), "extract.json")
	if err := os.WriteFile(file, extracted(t, registry(extract.Bundle)).File, 0o600); err != nil {
		t.Fatal(err)
	}
	args = append(args, file)
	c := exec.Command("node", args...)
	c.Dir = modules
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%.4000s", err, out)
	}
	t.Logf("%s", out)
}
