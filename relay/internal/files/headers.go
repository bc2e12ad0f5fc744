package files

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"vialog/shared/wire"
)

// features are what browsers ask Permissions-Policy about and the app has no
// use for. It uses the clipboard, to write an invitation that the user asked to
// copy, and the camera, to read the code of a pack. Names that browsers do not know are left out: they complain of them.
var features = []string{
	"accelerometer", "autoplay", "browsing-topics",
	"clipboard-read", "compute-pressure", "display-capture", "encrypted-media", "fullscreen", "gamepad",
	"geolocation", "gyroscope", "hid", "identity-credentials-get", "idle-detection", "keyboard-map",
	"local-fonts", "magnetometer", "microphone", "midi", "otp-credentials", "payment", "picture-in-picture",
	"screen-wake-lock", "serial", "speaker-selection", "storage-access", "usb", "window-management", "xr-spatial-tracking",
}

// headers returns what every answer carries.
func headers(opt Options) (http.Header, error) {
	connect := "'self'"
	for _, o := range opt.Origins {
		if err := wire.CheckOrigin(o); err != nil {
			return nil, fmt.Errorf("origin %q: %w", o, err)
		}
		connect += " ws" + strings.TrimPrefix(o, "http") // http: ws:, https: wss:
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
	permissions := "camera=(self), clipboard-write=(self)"
	for _, f := range features {
		permissions += ", " + f + "=()"
	}
	h := http.Header{}
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Origin-Agent-Cluster", "?1")
	h.Set("Permissions-Policy", permissions)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	if opt.TLS {
		h.Set("Strict-Transport-Security", "max-age=63072000")
	}
	return h, nil
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
