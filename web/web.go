// Package web holds the files of the app as they are served.
//
// The sources are in static; scripts/build makes dist from them and from the
// wasm, with content hashes in names and integrity values where a file names
// another. A program built before the app has been built has no app in it.
//
// Headers gives the headers that belong to the files. A server adds none that
// weaken them.
package web

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed all:dist
var files embed.FS

// Dist is the built app, and whether there is one.
func Dist() (fs.FS, bool) {
	dist, err := fs.Sub(files, "dist")
	if err != nil {
		panic("web: " + err.Error()) // the name is a constant
	}
	_, err = fs.Stat(dist, "index.html")
	return dist, err == nil
}

// A Header is one header of an answer.
type Header struct{ Name, Value string }

// Headers are those of the file at path, which begins with "/". Relays are the
// origins of relays, such as "wss://relay.example.org", that the page may speak
// to besides its own origin.
func Headers(path string, relays ...string) []Header {
	connect := strings.Join(append([]string{"'self'"}, relays...), " ")
	h := []Header{
		{"Content-Security-Policy", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; " +
			"style-src 'self'; img-src 'self' blob: data:; connect-src " + connect + "; manifest-src 'self'; " +
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
			"require-trusted-types-for 'script'; trusted-types vialog"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cross-Origin-Embedder-Policy", "require-corp"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{"Integrity-Policy", "blocked-destinations=(script style)"},
		{"Permissions-Policy", "accelerometer=(), autoplay=(), camera=(self), display-capture=(), encrypted-media=(), " +
			"fullscreen=(self), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), " +
			"picture-in-picture=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=(), browsing-topics=()"},
		{"Referrer-Policy", "no-referrer"},
		{"X-Content-Type-Options", "nosniff"},
		{"X-DNS-Prefetch-Control", "off"},
		{"X-Frame-Options", "DENY"},
	}
	if strings.HasPrefix(path, "/a/") {
		return append(h, Header{"Cache-Control", "public, max-age=31536000, immutable"})
	}
	return append(h, Header{"Cache-Control", "no-cache"})
}

// Type is the media type of the file at path.
func Type(path string) string {
	ext := path[strings.LastIndexByte(path, '.')+1:]
	if t, ok := types[ext]; ok && ext != path {
		return t
	}
	if path == "/" {
		return types["html"]
	}
	return "application/octet-stream"
}

var types = map[string]string{
	"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8",
	"wasm": "application/wasm", "svg": "image/svg+xml", "png": "image/png", "json": "application/json",
	"webmanifest": "application/manifest+json", "txt": "text/plain; charset=utf-8",
}
