package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A visitor is a kind of user.
type visitor struct {
	name   string
	head   map[string]string
	accept string // of codings; empty: says nothing about them
	again  bool   // comes a second time and names what it has
	client *http.Client
}

const (
	chrome  = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
	android = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36"
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
	safari  = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1"
	edge    = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0"
	crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
)

// visitors are all kinds. They differ in what a server could pick its victims by.
func (c *checker) visitors() []*visitor {
	if c.kinds != nil {
		return c.kinds
	}
	one, two := c.client(false), c.client(true)
	add := func(name, agent, lang, accept string, client *http.Client, more ...string) *visitor {
		v := &visitor{name: name, accept: accept, client: client, head: map[string]string{"User-Agent": agent}}
		if lang != "" {
			v.head["Accept-Language"] = lang
		}
		for i := 0; i < len(more); i += 2 {
			v.head[more[i]] = more[i+1]
		}
		c.kinds = append(c.kinds, v)
		return v
	}
	add("Chrome on Windows, German", chrome, "de-DE,de;q=0.9,en;q=0.8", "gzip, deflate, br, zstd", two, "Sec-CH-UA-Platform", `"Windows"`)
	add("Chrome on Android, Turkish", android, "tr-TR,tr;q=0.9", "gzip, deflate, br, zstd", two, "Sec-CH-UA-Mobile", "?1", "Sec-CH-UA-Platform", `"Android"`)
	add("Firefox on Linux, English", firefox, "en-GB,en;q=0.5", "gzip, deflate, br, zstd", two)
	add("Safari on iPhone, German", safari, "de-DE,de;q=0.9", "gzip, deflate, br", two)
	add("Edge on Windows, English, from a search", edge, "en-US,en;q=0.9", "br", two, "Referer", "https://www.example.com/search")
	add("Chrome, HTTP/1.1, zstd", chrome, "en-US,en;q=0.9", "zstd", one)
	add("Firefox, HTTP/1.1, gzip", firefox, "fr-FR,fr;q=0.8", "gzip", one)
	add("Safari, HTTP/1.1, nothing compressed", safari, "ar", "identity", one)
	add("a program without a language", "curl/8.14.1", "", "", one)
	add("a search engine", crawler, "", "gzip, deflate, br", two, "From", "googlebot(at)googlebot.com")
	add("Firefox, with a cookie and a forwarded address", firefox, "en", "br, gzip", two, "Cookie", "id=1", "X-Forwarded-For", "192.0.2.1", "DNT", "1", "Sec-GPC", "1")
	add("Chrome, coming again", chrome, "de-DE,de;q=0.9,en;q=0.8", "gzip, deflate, br, zstd", two).again = true
	return c.kinds
}

func (c *checker) client(h2 bool) *http.Client {
	t := &http.Transport{
		DisableCompression: true, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: h2, Proxy: http.ProxyFromEnvironment,
		TLSClientConfig: &tls.Config{RootCAs: c.roots, MinVersion: tls.VersionTLS12},
	}
	if !h2 {
		t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	// A redirect is a difference, not a way.
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// An answer is what a visitor got, expanded.
type answer struct {
	status int
	head   http.Header
	body   []byte
	coding string
	bad    string // why the body cannot be read
}

// checker compares one origin.
type checker struct {
	origin   string
	roots    *x509.CertPool
	kinds    []*visitor
	findings []finding
	tags     map[string]string // ETag by path and coding
}

// get fetches a path, at most limit bytes of it.
func (c *checker) get(ctx context.Context, origin string, v *visitor, path string, limit int, head ...string) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, perAnswer)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+path, nil)
	if err != nil {
		return nil, err
	}
	for k, x := range v.head {
		r.Header.Set(k, x)
	}
	if v.accept != "" {
		r.Header.Set("Accept-Encoding", v.accept)
	}
	dest, site := destination(path)
	r.Header.Set("Accept", site)
	if v.name != "a program without a language" {
		r.Header.Set("Sec-Fetch-Dest", dest)
	}
	if dest == "serviceworker" {
		r.Header.Set("Service-Worker", "script")
	}
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	resp, err := v.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	a := &answer{status: resp.StatusCode, head: resp.Header, coding: resp.Header.Get("Content-Encoding")}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+4096))
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		a.bad = "its body breaks off"
		return a, nil
	}
	a.body, a.bad = expand(raw, a.coding, v.accept, limit)
	return a, nil
}

var errCoding = errors.New("a coding that was not asked for")

// expand undoes a coding, if the visitor accepts it, up to one byte more than limit.
func expand(raw []byte, coding, accept string, limit int) ([]byte, string) {
	var r io.Reader = bytes.NewReader(raw)
	var err error
	accepted := false
	for one := range strings.SplitSeq(accept, ",") {
		accepted = accepted || strings.TrimSpace(one) == coding
	}
	switch {
	case coding == "":
	case !accepted:
		err = errCoding
	case coding == "br":
		r = brotli.NewReader(r)
	case coding == "gzip":
		r, err = gzip.NewReader(r)
	case coding == "zstd":
		var d *zstd.Decoder
		if d, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20)); err == nil {
			defer d.Close()
			r = d
		}
	default:
		err = errCoding
	}
	if err != nil {
		return nil, fmt.Sprintf("its body cannot be read as %q: %v", coding, err)
	}
	body, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, fmt.Sprintf("its body cannot be read as %q: %v", coding, err)
	}
	return body, ""
}

// destination is what a browser says that it wants a path for.
func destination(path string) (dest, accept string) {
	switch {
	case path == "/" || strings.HasSuffix(path, ".html"):
		return "document", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	case path == "/sw.js":
		return "serviceworker", "*/*"
	case strings.HasSuffix(path, ".js"):
		return "script", "*/*"
	case strings.HasSuffix(path, ".css"):
		return "style", "text/css,*/*;q=0.1"
	case strings.HasSuffix(path, ".png"), strings.HasSuffix(path, ".svg"):
		return "image", "image/avif,image/webp,image/*,*/*;q=0.8"
	case strings.HasSuffix(path, ".webmanifest"):
		return "manifest", "*/*"
	}
	return "empty", "*/*"
}
