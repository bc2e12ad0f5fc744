package release

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// hashed is the folder of files whose names change with their content.
const hashed = "/a/"

// features are what browsers ask Permissions-Policy about and the app has no
// use for. It uses the clipboard, to write an invitation that the user asked to
// copy, the camera, to read the code of a pack, and passkeys of its own origin. Names that browsers do not know are left out: they complain of them.
var features = []string{
	"accelerometer", "autoplay", "browsing-topics",
	"clipboard-read", "compute-pressure", "display-capture", "encrypted-media", "fullscreen", "gamepad",
	"geolocation", "gyroscope", "hid", "identity-credentials-get", "idle-detection", "keyboard-map",
	"local-fonts", "magnetometer", "microphone", "midi", "otp-credentials", "payment", "picture-in-picture",
	"screen-wake-lock", "serial", "speaker-selection", "storage-access", "usb", "window-management", "xr-spatial-tracking",
}

// Common are the headers of every answer. Relay is that of a manifest: the
// page's own origin is always allowed.
func Common(relay string) []Header {
	connect := "'self'"
	if relay != "" {
		connect += " " + relay
	}
	policy := strings.Join([]string{
		"default-src 'none'",
		"script-src 'self' 'wasm-unsafe-eval'",
		"style-src 'self'",
		"img-src 'self' blob: data:",
		"connect-src " + connect,
		// A worker cannot be named with its hash. The page fetches its file with
		// the hash and starts it from memory, which is a blob: address.
		"worker-src 'self' blob:",
		"manifest-src 'self'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types vialog",
	}, "; ")
	permissions := "camera=(self), clipboard-write=(self), publickey-credentials-create=(self), publickey-credentials-get=(self)"
	for _, f := range features {
		permissions += ", " + f + "=()"
	}
	return []Header{
		{"Content-Security-Policy", policy},
		{"Cross-Origin-Embedder-Policy", "require-corp"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{"Origin-Agent-Cluster", "?1"},
		{"Permissions-Policy", permissions},
		{"Referrer-Policy", "no-referrer"},
		{"X-Content-Type-Options", "nosniff"},
		{"X-Frame-Options", "DENY"},
		// Not by robots.txt: who may not fetch the page does not see this.
		{"X-Robots-Tag", "noindex, nofollow, noarchive"},
	}
}

var types = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".mjs":         "text/javascript; charset=utf-8",
	".pdf":         "application/pdf",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
	".webp":        "image/webp",
}

// Own are the headers that go with one file besides.
func Own(name string, content []byte) []Header {
	mime := types[path.Ext(name)]
	if mime == "" {
		mime = "application/octet-stream"
	}
	cache := "no-cache, no-transform"
	if strings.HasPrefix(name, hashed) {
		cache = "public, max-age=31536000, immutable, no-transform"
	}
	list := []Header{{"Cache-Control", cache}, {"Content-Type", mime}}
	if path.Ext(name) == ".html" && scriptsHaveIntegrity(content) {
		// Only for the page: in a worker it would forbid what importScripts loads.
		list = append(list, Header{"Integrity-Policy", "blocked-destinations=(script)"})
	}
	return list
}

// scriptsHaveIntegrity reports whether a page names every script with its hash,
// so that browsers may be told to run no other. A page fresh from the editor
// does not.
func scriptsHaveIntegrity(page []byte) bool {
	page = bytes.ToLower(page)
	for {
		i := bytes.Index(page, []byte("<script"))
		if i < 0 {
			return true
		}
		page = page[i:]
		end := bytes.IndexByte(page, '>')
		if end < 0 {
			return false
		}
		tag := page[:end]
		// Integrity-Policy also refuses requests in no-cors mode.
		if !bytes.Contains(tag, []byte(" integrity=")) || !bytes.Contains(tag, []byte(" crossorigin")) && !bytes.Contains(tag, []byte(`type="module"`)) {
			return false
		}
		page = page[end:]
	}
}

// HSTS goes with every answer over TLS. It is no part of a manifest, because it
// belongs to how a host is reached.
const HSTS = "max-age=63072000"

// Faults are what is wrong with the headers of the page, in words for operators;
// none if they protect as ours do. A host may add nothing and soften nothing.
func Faults(m *Manifest) []string {
	var faults []string
	index := m.File(Index)
	if index == nil {
		return []string{"there is no " + Index}
	}
	all := slices.Concat(m.Headers, index.Headers)
	for _, h := range slices.Concat(Common(m.Relay), []Header{
		{"Content-Type", types[".html"]}, {"Integrity-Policy", "blocked-destinations=(script)"},
	}) {
		switch i := find(all, h.Name); {
		case i < 0:
			faults = append(faults, h.Name+" is missing")
		case all[i].Value != h.Value:
			faults = append(faults, h.Name+" is not "+h.Value)
		}
	}
	for _, f := range m.Files {
		for _, h := range slices.Concat(m.Headers, f.Headers) {
			if !slices.Contains(known, h.Name) {
				faults = append(faults, f.Path+" has the header "+h.Name+", which is none of ours")
			}
		}
		if find(f.Headers, "Content-Type") < 0 {
			faults = append(faults, f.Path+" has no Content-Type")
		}
	}
	return faults
}

// known are the names of all our headers.
var known = []string{
	"Cache-Control", "Content-Security-Policy", "Content-Type", "Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy",
	"Cross-Origin-Resource-Policy", "Integrity-Policy", "Origin-Agent-Cluster", "Permissions-Policy", "Referrer-Policy",
	"X-Content-Type-Options", "X-Frame-Options", "X-Robots-Tag",
}
