package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"vialog/shared/isms"
)

// programs are what a release is made of.
var programs = []struct {
	name, path string
	env        []string
}{
	{"relay", "vialog/relay", nil},
	{"app", "vialog/wasm", []string{"GOOS=js", "GOARCH=wasm"}},
	{"app's second program", "vialog/wasm/extra", []string{"GOOS=js", "GOARCH=wasm"}},
}

// A module is in one program or several.
type module struct {
	Path, Version, Dir string
	in                 []string // names of programs
	sum                string   // as in go.sum
	licences           []string // SPDX identifiers
	notices            []notice
}

type notice struct{ name, text string }

// sources are what the bills are made from.
type sources struct {
	goVersion string
	modules   []*module           // by path
	imports   map[string][]string // cryptographic package: the packages of ours that import it
	policy    *isms.Crypto
}

// listed is what go list says of a package.
type listed struct {
	ImportPath string
	Imports    []string
	Module     *struct {
		Path, Version, Dir string
		Main               bool
		Replace            *struct{ Path string }
	}
}

// look asks the go command what is in the programs.
func look() (*sources, error) {
	r, err := isms.Load()
	if err != nil {
		return nil, err
	}
	version, err := run1(nil, "go", "env", "GOVERSION")
	if err != nil {
		return nil, err
	}
	s := &sources{goVersion: strings.TrimSpace(string(version)), imports: map[string][]string{}, policy: &r.Crypto}
	modules, importers := map[string]*module{}, map[string]map[string]bool{}
	root := ""
	for _, p := range programs {
		out, err := run1(p.env, "go", "list", "-deps", "-json=ImportPath,Imports,Module", p.path)
		if err != nil {
			return nil, err
		}
		for d := json.NewDecoder(bytes.NewReader(out)); ; {
			var l listed
			if err := d.Decode(&l); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, err
			}
			switch {
			case l.Module == nil: // Go's own
			case l.Module.Replace != nil:
				return nil, fmt.Errorf("%s is replaced by %s: nothing is known about that", l.Module.Path, l.Module.Replace.Path)
			case l.Module.Main:
				root = l.Module.Dir
				for _, i := range l.Imports {
					if isms.Cryptographic(i) {
						if importers[i] == nil {
							importers[i] = map[string]bool{}
						}
						importers[i][strings.TrimPrefix(l.ImportPath, "vialog/")] = true
					}
				}
			default:
				m := modules[l.Module.Path]
				if m == nil {
					m = &module{Path: l.Module.Path, Version: l.Module.Version, Dir: l.Module.Dir}
					modules[m.Path] = m
				}
				if !slices.Contains(m.in, p.name) {
					m.in = append(m.in, p.name)
				}
			}
		}
	}
	for p, by := range importers {
		s.imports[p] = slices.Sorted(maps.Keys(by))
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		return nil, err
	}
	for _, m := range modules {
		if err := m.read(string(sums)); err != nil {
			return nil, err
		}
		s.modules = append(s.modules, m)
	}
	slices.SortFunc(s.modules, func(a, b *module) int { return cmp.Compare(a.Path, b.Path) })
	return s, nil
}

func run1(env []string, name string, args ...string) ([]byte, error) {
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), env...)
	var no bytes.Buffer
	c.Stderr = &no
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, no.Bytes())
	}
	return out, nil
}

// read fills in what go.sum and the module's folder say.
func (m *module) read(sums string) error {
	for line := range strings.Lines(sums) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == m.Path && f[1] == m.Version {
			m.sum = f[2]
		}
	}
	if m.sum == "" {
		return fmt.Errorf("%s %s has no checksum", m.Path, m.Version)
	}
	files, err := os.ReadDir(m.Dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		name := strings.ToLower(f.Name())
		licence := strings.HasPrefix(name, "licen") || strings.HasPrefix(name, "copying")
		if f.IsDir() || !licence && !strings.HasPrefix(name, "notice") && name != "patents" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(m.Dir, f.Name()))
		if err != nil {
			return err
		}
		m.notices = append(m.notices, notice{f.Name(), string(b)})
		if !licence {
			continue
		}
		ids := identify(string(b))
		if id, ok := special[m.Path+"/"+f.Name()]; ok {
			ids = id
		}
		if len(ids) == 0 {
			return fmt.Errorf("%s %s: nobody has looked at %s", m.Path, m.Version, f.Name())
		}
		m.licences = append(m.licences, ids...)
	}
	slices.Sort(m.licences)
	m.licences = slices.Compact(m.licences)
	if len(m.licences) == 0 {
		return fmt.Errorf("%s %s has no licence", m.Path, m.Version)
	}
	return nil
}

// special are files of licences that were read by a person.
var special = map[string][]string{
	"modernc.org/memory/LICENSE-LOGO": {"CC-BY-3.0"}, // of a picture that is in no program
	// It lists what is compiled in, and what only stands in the graph of modules: MPL-2.0 is there alone.
	"modernc.org/sqlite/LICENSE-3RD-PARTY.md": {"BSD-3-Clause", "MIT", "blessing"},
}

// identify returns which of the allowed licences a text is; none if it is
// something else.
func identify(text string) (ids []string) {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	has := func(s string) bool { return strings.Contains(text, s) }
	for _, copyleft := range []string{"gnu general public", "gnu lesser general public", "gnu affero", "mozilla public license", "server side public"} {
		if has(copyleft) {
			return nil // a person has to look, whatever else is in it
		}
	}
	if has("apache license") && has("version 2.0") {
		ids = append(ids, "Apache-2.0")
	}
	if has("permission is hereby granted, free of charge, to any person obtaining a copy") {
		ids = append(ids, "MIT")
	}
	if has("redistribution and use in source and binary forms") {
		if has("neither the name") || has("may be used to endorse") {
			ids = append(ids, "BSD-3-Clause")
		} else {
			ids = append(ids, "BSD-2-Clause")
		}
	}
	if has("permission to use, copy, modify, and/or distribute this software") || has("permission to use, copy, modify, and distribute this software") {
		ids = append(ids, "ISC")
	}
	if has("dedicated to the public domain") || has("disclaims copyright to this source code") {
		ids = append(ids, "blessing")
	}
	return ids
}

// faults says in what the programs and the policy differ.
func (s *sources) faults() error {
	named := map[string]bool{}
	var errs []error
	for _, a := range s.policy.Algorithms {
		for _, p := range a.Packages {
			named[p] = true
			if s.imports[p] == nil {
				errs = append(errs, fmt.Errorf("the policy names %s for %s, and no program imports it", p, a.Name))
			}
		}
	}
	for _, p := range slices.Sorted(maps.Keys(s.imports)) {
		if !named[p] {
			errs = append(errs, fmt.Errorf("%s imports %s, which the policy does not name", s.imports[p][0], p))
		}
	}
	return errors.Join(errs...)
}
