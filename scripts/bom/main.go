// Command bom writes the bills of materials that go with a release:
//
//	go run ./scripts/bom -out build/release
//
// sbom.cdx.json has every module that is in one of the programs, with version,
// checksum and licence. cbom.cdx.json has every cryptographic algorithm and kind of
// key, with the packages of ours that import it. notices.txt has the texts of the
// licences. All are made from the sources as they are, and the same sources on the
// same kind of machine give the same bytes. The form is CycloneDX 1.6.
//
// It fails, and writes nothing, if a module has a licence that nobody allowed, if a
// program imports cryptography that the policy (shared/isms) does not name, or if
// the policy names some that no program imports.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	out := flag.String("out", "", "folder to write into")
	flag.Parse()
	if *out == "" || flag.NArg() != 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "bom:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	s, err := look()
	if err != nil {
		return err
	}
	files, err := s.bills()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(out, f.name), f.content, 0o644); err != nil {
			return err
		}
	}
	fmt.Printf("%d modules, %d algorithms, %d kinds of key: %s\n", len(s.modules), len(s.policy.Algorithms), len(s.policy.Keys), out)
	return nil
}
