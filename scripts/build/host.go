package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"vialog/shared/release"
)

// forHosts are files for who serves the app by other means than the relay, and
// the forms of the manifest that others read: shared/release/FORMAT.md.
func forHosts(s *site) map[string][]byte {
	waict := waictManifest(s.manifest)
	name := waictName(waict)
	return map[string][]byte{
		"nginx.conf":           []byte(nginx(s.manifest)),
		"Caddyfile":            []byte(caddy(s.manifest)),
		"webcat/manifest.json": webcatManifest(s.manifest),
		"waict/" + name:        waict,
		"waict/header.txt":     []byte(waictHeader(name)),
	}
}

// An answer is one path with all its headers.
type answer struct {
	path    string
	headers []release.Header
}

// answers are all paths that are answered, the manifest too.
func answers(m *release.Manifest) []answer {
	list := []answer{{release.Path, slices.Concat(m.Headers, release.Own(release.Path, nil))}}
	for _, f := range m.Files {
		list = append(list, answer{f.Path, slices.Concat(m.Headers, f.Headers)})
		if f.Path == release.Index {
			list = append(list, answer{"/", slices.Concat(m.Headers, f.Headers)})
		}
	}
	return list
}

func split(list []release.Header) (mime string, others []release.Header) {
	for _, h := range list {
		if h.Name == "Content-Type" {
			mime = h.Value
		} else {
			others = append(others, h)
		}
	}
	return mime, others
}

// nginx is what belongs into a server block of nginx. Values have neither
// double quotes nor dollar signs nor backslashes in them; a test holds them to it.
func nginx(m *release.Manifest) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Vialog %d (%s): the files of the app in nginx. Written by the build; change nothing.
# Into a server block with TLS:
#
#     root /srv/vialog/app;
#     include /srv/vialog/nginx.conf;

gzip_static on; # and, where the module is there: brotli_static on;
etag on;
server_tokens off;
`, m.Number, m.Name)
	write := func(list []release.Header, indent string) {
		for _, h := range append(slices.Clone(list), release.Header{Name: "Strict-Transport-Security", Value: release.HSTS}) {
			fmt.Fprintf(&b, "%sadd_header %s \"%s\" always;\n", indent, h.Name, h.Value)
		}
	}
	for _, a := range answers(m) {
		mime, others := split(a.headers)
		fmt.Fprintf(&b, "\nlocation = %s {\n\ttypes { }\n\tdefault_type \"%s\";\n\tadd_header Vary \"Accept-Encoding\" always;\n", a.path, mime)
		write(others, "\t")
		if a.path == "/" {
			fmt.Fprintf(&b, "\ttry_files %s =404;\n", release.Index)
		}
		b.WriteString("}\n")
	}
	b.WriteString("\nlocation / {\n")
	write(append(slices.Clone(m.Headers), release.Header{Name: "Cache-Control", Value: "no-store"}), "\t")
	b.WriteString("\treturn 404;\n}\n")
	return b.String()
}

// caddy is a snippet for a Caddyfile.
func caddy(m *release.Manifest) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Vialog %d (%s): the files of the app in Caddy. Written by the build; change nothing.
# Beside your Caddyfile, in which:
#
#     import /srv/vialog/Caddyfile
#     app.example.org {
#         root * /srv/vialog/app
#         import vialog
#     }

(vialog) {
`, m.Number, m.Name)
	write := func(list []release.Header) {
		b.WriteString("\t\theader {\n\t\t\tdefer\n")
		for _, h := range append(slices.Clone(list), release.Header{Name: "Strict-Transport-Security", Value: release.HSTS}) {
			fmt.Fprintf(&b, "\t\t\t%s \"%s\"\n", h.Name, h.Value)
		}
		b.WriteString("\t\t}\n")
	}
	for i, a := range answers(m) {
		fmt.Fprintf(&b, "\t@file%d path_regexp ^%s$\n\thandle @file%d {\n", i, strings.ReplaceAll(a.path, ".", `\.`), i)
		write(a.headers)
		if a.path == "/" {
			fmt.Fprintf(&b, "\t\trewrite * %s\n", release.Index)
		}
		b.WriteString("\t\tfile_server {\n\t\t\tprecompressed br zstd gzip\n\t\t\tindex .none\n\t\t\tdisable_canonical_uris\n\t\t}\n\t}\n")
	}
	b.WriteString("\thandle {\n")
	write(append(slices.Clone(m.Headers), release.Header{Name: "Cache-Control", Value: "no-store"}))
	b.WriteString("\t\trespond 404\n\t}\n}\n")
	return b.String()
}

func url64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// hashes are those of all files and, apart, of the programs.
func hashes(m *release.Manifest) (files map[string]string, wasm []string) {
	files = make(map[string]string)
	for _, f := range m.Files {
		h := url64(f.Hash[:])
		files[f.Path] = h
		if path.Ext(f.Path) == ".wasm" {
			wasm = append(wasm, h)
		}
	}
	slices.Sort(wasm)
	return files, wasm
}

// webcatManifest is the manifest object of WEBCAT, without what enrolment adds.
func webcatManifest(m *release.Manifest) []byte {
	files, wasm := hashes(m)
	policy := ""
	for _, h := range m.Headers {
		if h.Name == "Content-Security-Policy" {
			policy = h.Value
		}
	}
	return marshal(map[string]any{
		"name": "Vialog", "version": m.Name, "default_csp": policy, "extra_csp": map[string]string{},
		"default_index": release.Index[1:], "default_fallback": release.Index, "files": files, "wasm": wasm,
	})
}

// waictManifest is a response body as WAICT wants it: one line of JSON, and an
// empty one where a log's proof will stand.
func waictManifest(m *release.Manifest) []byte {
	files, wasm := hashes(m)
	files["/"] = files[release.Index]
	b, err := json.Marshal(map[string]any{"hashes": files, "wasm_hashes": wasm})
	if err != nil {
		panic("build: " + err.Error())
	}
	return append(b, '\n', '\n')
}

func waictName(body []byte) string {
	sum := sha256.Sum256(body)
	return "vialog_" + url64(sum[:])[:22]
}

func waictHeader(name string) string {
	return `Integrity-Policy-WAICT-v1: max-age=0, mode=report, manifest="/.well-known/waict/manifests/` + name + "\"\n"
}

func marshal(v any) []byte {
	b, err := json.MarshalIndent(v, "", "  ") // keys in order
	if err != nil {
		panic("build: " + err.Error())
	}
	return append(b, '\n')
}
