package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"vialog/shared/isms"
	"vialog/shared/release"
)

// What is used of CycloneDX 1.6 (ECMA-424).
type bill struct {
	Format       string       `json:"bomFormat"`
	Spec         string       `json:"specVersion"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies,omitempty"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version,omitempty"`
	Licences   []licence  `json:"licenses,omitempty"`
	PURL       string     `json:"purl,omitempty"`
	Properties []property `json:"properties,omitempty"`
	Crypto     *crypto    `json:"cryptoProperties,omitempty"`
	Evidence   *evidence  `json:"evidence,omitempty"`
}

type licence struct {
	License struct {
		ID string `json:"id"`
	} `json:"license"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type crypto struct {
	Asset     string     `json:"assetType"`
	Algorithm *algorithm `json:"algorithmProperties,omitempty"`
	Protocol  *protocol  `json:"protocolProperties,omitempty"`
	Material  *material  `json:"relatedCryptoMaterialProperties,omitempty"`
}

type algorithm struct {
	Primitive  string `json:"primitive"`
	Parameters string `json:"parameterSetIdentifier,omitempty"`
	Strength   int    `json:"classicalSecurityLevel,omitempty"`
}

type protocol struct {
	Type    string `json:"type"`
	Version string `json:"version"`
}

type material struct {
	Type      string `json:"type"`
	Algorithm string `json:"algorithmRef"`
}

type evidence struct {
	Occurrences []occurrence `json:"occurrences"`
}

type occurrence struct {
	Location string `json:"location"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

type file struct {
	name    string
	content []byte
}

// bills returns the files, or says what is wrong.
func (s *sources) bills() ([]file, error) {
	if err := s.faults(); err != nil {
		return nil, err
	}
	software, err := s.software().encode()
	if err != nil {
		return nil, err
	}
	cryptography, err := s.cryptography().encode()
	if err != nil {
		return nil, err
	}
	return []file{{"sbom.cdx.json", software}, {"cbom.cdx.json", cryptography}, {"notices.txt", s.notices()}}, nil
}

func (b *bill) encode() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(b)
	return out.Bytes(), err
}

func newBill() *bill {
	return &bill{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: metadata{component{Type: "application", Ref: "vialog", Name: "vialog", Version: release.Name}}}
}

func (m *module) purl() string { return "pkg:golang/" + m.Path + "@" + m.Version }

func (s *sources) software() *bill {
	b := newBill()
	std := "pkg:golang/std@" + strings.TrimPrefix(s.goVersion, "go")
	b.Components = append(b.Components, component{Type: "library", Ref: std, Name: "std", Version: s.goVersion, PURL: std, Licences: licences("BSD-3-Clause")})
	refs := []string{std}
	for _, m := range s.modules {
		c := component{Type: "library", Ref: m.purl(), Name: m.Path, Version: m.Version, PURL: m.purl(), Licences: licences(m.licences...)}
		c.Properties = append(c.Properties, property{"vialog:go.sum", m.sum})
		for _, in := range m.in {
			c.Properties = append(c.Properties, property{"vialog:program", in})
		}
		b.Components = append(b.Components, c)
		refs = append(refs, c.Ref)
	}
	b.Dependencies = []dependency{{"vialog", refs}}
	return b
}

func licences(ids ...string) (out []licence) {
	for _, id := range ids {
		var l licence
		l.License.ID = id
		out = append(out, l)
	}
	return out
}

func (s *sources) cryptography() *bill {
	b := newBill()
	var refs []string
	pair := map[string]bool{} // algorithms with private and public keys
	for _, a := range s.policy.Algorithms {
		pair[a.ID] = a.Primitive == "signature" || a.Primitive == "kem" || a.Primitive == "pke" || a.Primitive == isms.TLS
		c := component{Type: "cryptographic-asset", Ref: "algorithm:" + a.ID, Name: a.Name}
		if a.Primitive == isms.TLS {
			c.Crypto = &crypto{Asset: "protocol", Protocol: &protocol{"tls", "1.2, 1.3"}}
		} else {
			c.Crypto = &crypto{Asset: "algorithm", Algorithm: &algorithm{a.Primitive, a.Parameters, a.Strength}}
		}
		where := map[string]bool{}
		for _, p := range a.Packages {
			for _, by := range s.imports[p] {
				where[by+" imports "+p] = true
			}
		}
		c.Evidence = &evidence{}
		for _, w := range slices.Sorted(maps.Keys(where)) {
			c.Evidence.Occurrences = append(c.Evidence.Occurrences, occurrence{w})
		}
		c.Properties = []property{
			{"vialog:use", a.Use.EN}, {"vialog:place", string(a.Place)}, {"vialog:standard", a.Standard}, {"vialog:state", a.State},
			{"vialog:since", a.Since.String()}, {"vialog:until", a.Until.String()}, {"vialog:TR-02102-1", string(a.Verdict)},
		}
		b.Components = append(b.Components, c)
		refs = append(refs, c.Ref)
	}
	for _, k := range s.policy.Keys {
		kind := "secret-key"
		if pair[k.Algorithm] {
			kind = "private-key"
		}
		c := component{Type: "cryptographic-asset", Ref: "key:" + k.ID, Name: k.ID, Crypto: &crypto{Asset: "related-crypto-material", Material: &material{kind, "algorithm:" + k.Algorithm}}}
		c.Properties = []property{{"vialog:purpose", k.Purpose.EN}, {"vialog:where", k.Where.EN}, {"vialog:ends", k.Ends.EN}, {"vialog:held by", k.Owner.EN}}
		b.Components = append(b.Components, c)
		refs = append(refs, c.Ref)
	}
	b.Dependencies = []dependency{{"vialog", refs}}
	return b
}

// notices are the texts of all licences, each once.
func (s *sources) notices() []byte {
	type text struct {
		of   []string
		text string
	}
	var all []*text
	at := map[string]*text{}
	for _, m := range s.modules {
		for _, n := range m.notices {
			body := strings.TrimSpace(strings.ReplaceAll(n.text, "\r\n", "\n"))
			t := at[body]
			if t == nil {
				t = &text{text: body}
				at[body] = t
				all = append(all, t)
			}
			t.of = append(t.of, m.Path+" "+m.Version+" ("+n.name+")")
		}
	}
	var out bytes.Buffer
	out.WriteString("Vialog contains what others have made. Their licences:\n")
	for _, t := range all {
		out.WriteString("\n" + strings.Repeat("-", 80) + "\n" + strings.Join(t.of, "\n") + "\n\n" + t.text + "\n")
	}
	return out.Bytes()
}
