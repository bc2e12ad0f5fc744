package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vialog/shared/isms"
)

// The bills of the sources as they are: what is in which program, licences that are
// allowed, the same algorithms in code and policy, the same bytes again.
func TestTheBillsNameWhatIsInThePrograms(t *testing.T) {
	s, err := look()
	if err != nil {
		t.Fatal(err)
	}
	files, err := s.bills()
	if err != nil {
		t.Fatal(err)
	}
	again, err := look()
	if err != nil {
		t.Fatal(err)
	}
	same, err := again.bills()
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		if f.name != same[i].name || !bytes.Equal(f.content, same[i].content) {
			t.Errorf("%s differs from one time to the next", f.name)
		}
		if bytes.Contains(f.content, []byte(filepath.Dir(s.modules[0].Dir))) {
			t.Errorf("%s tells where it was made", f.name)
		}
	}
	var software, cryptography bill
	for i, to := range []*bill{&software, &cryptography} {
		d := json.NewDecoder(bytes.NewReader(files[i].content))
		d.DisallowUnknownFields()
		if err := d.Decode(to); err != nil {
			t.Fatal(err)
		}
		if to.Format != "CycloneDX" || to.Spec != "1.6" {
			t.Errorf("%s is %s %s", files[i].name, to.Format, to.Spec)
		}
		refs := map[string]bool{to.Metadata.Component.Ref: true}
		for _, c := range to.Components {
			if refs[c.Ref] {
				t.Errorf("%s is there twice", c.Ref)
			}
			refs[c.Ref] = true
		}
		for _, c := range to.Components {
			if c.Crypto != nil && c.Crypto.Material != nil && !refs[c.Crypto.Material.Algorithm] {
				t.Errorf("%s is for %s, which is not there", c.Ref, c.Crypto.Material.Algorithm)
			}
			if c.Type == "library" && (len(c.Licences) == 0 || c.Name != "std" && !strings.HasPrefix(c.Properties[0].Value, "h1:")) {
				t.Errorf("%s has no licence or no checksum", c.Ref)
			}
		}
	}
	for name, in := range map[string][]string{
		"filippo.io/age": {"relay"}, "filippo.io/mldsa": {"app"}, "github.com/gorilla/websocket": {"relay"}, "github.com/makiuchi-d/gozxing": {"app's second program"},
	} {
		i := slices.IndexFunc(s.modules, func(m *module) bool { return m.Path == name })
		if i < 0 || !slices.Equal(s.modules[i].in, in) {
			t.Errorf("%s is not said to be in %v", name, in)
		}
	}
	if slices.ContainsFunc(s.modules, func(m *module) bool { return strings.Contains(m.Path, "chromedp") }) {
		t.Error("what is only for tests is said to be in a program")
	}
	if !bytes.Contains(files[2].content, []byte("github.com/gorilla/websocket v")) {
		t.Error("a notice is missing")
	}
}

// The validator is a program for Node with the schema that the makers of CycloneDX
// publish; make bills fetches both and runs this test.
func TestTheBillsAreValidCycloneDX(t *testing.T) {
	modules := os.Getenv("VIALOG_CYCLONEDX")
	if modules == "" {
		t.Skip("needs the schema: make bills")
	}
	s, err := look()
	if err != nil {
		t.Fatal(err)
	}
	files, err := s.bills()
	if err != nil {
		t.Fatal(err)
	}
	check, err := filepath.Abs("check.mjs")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{check}
	for _, f := range files[:2] {
		path := filepath.Join(t.TempDir(), f.name)
		if err := os.WriteFile(path, f.content, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	c := exec.Command("node", args...)
	c.Dir = modules
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%.4000s", err, out)
	}
	t.Logf("%s", out)
}

func TestABillIsNotWrittenIfPolicyAndProgramsDiffer(t *testing.T) {
	policy := func(packages ...string) *isms.Crypto {
		return &isms.Crypto{Algorithms: []isms.Algorithm{{ID: "a", Name: "A", Packages: packages}}}
	}
	for _, c := range []struct {
		name     string
		imported []string
		policy   *isms.Crypto
		good     bool
	}{
		{"the same", []string{"crypto/sha256"}, policy("crypto/sha256"), true},
		{"imported, not named", []string{"crypto/sha256", "crypto/md5"}, policy("crypto/sha256"), false},
		{"named, not imported", []string{"crypto/sha256"}, policy("crypto/sha256", "crypto/md5"), false},
	} {
		s := &sources{imports: map[string][]string{}, policy: c.policy}
		for _, p := range c.imported {
			s.imports[p] = []string{"relay"}
		}
		if _, err := s.bills(); (err == nil) != c.good {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAModuleNeedsAChecksumAndALicenceThatWasAllowed(t *testing.T) {
	const mit = "Permission is hereby granted, free of charge, to any person\nobtaining a copy of this software"
	for _, c := range []struct {
		name, sums string
		files      map[string]string
		want       string // "" if it is refused
	}{
		{"MIT", "a.example/m v1.0.0 h1:x=\n", map[string]string{"LICENSE": mit}, "MIT"},
		{"two", "a.example/m v1.0.0 h1:x=\n", map[string]string{"LICENSE": mit, "COPYING.md": "Apache License\n Version 2.0"}, "Apache-2.0 MIT"},
		{"none", "a.example/m v1.0.0 h1:x=\n", map[string]string{"README": mit}, ""},
		{"unknown", "a.example/m v1.0.0 h1:x=\n", map[string]string{"LICENSE": "Do as I say."}, ""},
		{"GPL", "a.example/m v1.0.0 h1:x=\n", map[string]string{"LICENSE": "GNU GENERAL PUBLIC LICENSE"}, ""},
		{"GPL beside MIT", "a.example/m v1.0.0 h1:x=\n", map[string]string{"LICENSE": mit + " or the GNU General\nPublic License"}, ""},
		{"no checksum", "a.example/m v1.0.1 h1:x=\na.example/m v1.0.0/go.mod h1:y=\n", map[string]string{"LICENSE": mit}, ""},
	} {
		dir := t.TempDir()
		for name, text := range c.files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		m := &module{Path: "a.example/m", Version: "v1.0.0", Dir: dir}
		err := m.read(c.sums)
		if (err == nil) != (c.want != "") || err == nil && strings.Join(m.licences, " ") != c.want {
			t.Errorf("%s: %v, %v", c.name, m.licences, err)
		}
	}
}
