package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"vialog/shared/release"
)

// wanted is all that an origin should send.
type wanted struct {
	files       map[string]expected
	every       map[string]string // headers of every answer
	note        string            // text of the manifest; empty: it is among files
	noteHeaders map[string]string
}

type expected struct {
	hash    [sha256.Size]byte
	size    int
	headers map[string]string
}

// A finding is one difference, for one visitor.
type finding struct{ visitor, path, what string }

func (c *checker) find(visitor, path, what string) {
	c.findings = append(c.findings, finding{visitor, path, what})
}

const (
	maxExtra = 50      // files that were not published and are looked at
	slack    = 1 << 20 // bytes that are read of a file beyond its size
)

// check fetches everything as every visitor.
func (c *checker) check(ctx context.Context, want *wanted, visitors []*visitor) error {
	c.tags = map[string]string{}
	extra := map[string]bool{}
	for _, v := range visitors {
		for _, p := range slices.Sorted(maps.Keys(want.files)) {
			e := want.files[p]
			got, err := c.get(ctx, c.origin, v, p, e.size+slack)
			if err != nil {
				return err
			}
			if v.again {
				if err := c.again(ctx, v, p, e, got); err != nil {
					return err
				}
			}
			if c.compare(v, p, e, got) {
				continue
			}
			// What a changed file would load.
			for _, link := range links(p, got.body) {
				if _, ok := want.files[link]; !ok && link != release.Path && len(extra) < maxExtra {
					extra[link] = true
				}
			}
		}
		if want.note != "" {
			if err := c.checkNote(ctx, v, want); err != nil {
				return err
			}
		}
		if err := c.checkMissing(ctx, v, want); err != nil {
			return err
		}
	}
	for _, p := range slices.Sorted(maps.Keys(extra)) {
		if strings.Contains(p, "//") {
			c.find("", p, "is named by a changed file, and is not of this origin")
			continue
		}
		got, err := c.get(ctx, c.origin, visitors[0], p, release.MaxSize)
		if err != nil {
			return err
		}
		c.find("", p, fmt.Sprintf("is named by a changed file, and was not published (status %d, %d bytes)", got.status, len(got.body)))
	}
	return nil
}

// compare reports whether the body is the published one; it finds all else too.
func (c *checker) compare(v *visitor, p string, e expected, got *answer) bool {
	if got.status != http.StatusOK {
		c.find(v.name, p, "is missing: status "+strconv.Itoa(got.status)+to(got.head))
		return true
	}
	c.headers(v, p, e.headers, got)
	key := p + " " + got.coding
	tag := got.head.Get("Etag")
	if old, ok := c.tags[key]; !ok {
		c.tags[key] = tag
	} else if old != tag {
		c.find(v.name, p, "has another ETag than for others, by which it could tell users apart")
	}
	switch sum := sha256.Sum256(got.body); {
	case got.bad != "":
		c.find(v.name, p, got.bad)
	case len(got.body) > e.size+slack:
		c.find(v.name, p, fmt.Sprintf("is changed: far more than the %d bytes that were published", e.size))
	case len(got.body) != e.size || sum != e.hash:
		c.find(v.name, p, fmt.Sprintf("is changed: %d bytes, sha256 %x; published: %d bytes, sha256 %x", len(got.body), sum, e.size, e.hash))
	default:
		return true
	}
	return false
}

func to(h http.Header) string {
	if l := h.Get("Location"); l != "" {
		return " to " + l
	}
	return ""
}

// transport are headers that a server may send as it likes.
var transport = []string{"Accept-Ranges", "Age", "Alt-Svc", "Connection", "Content-Encoding", "Content-Length", "Date", "Etag",
	"Keep-Alive", "Last-Modified", "Server", "Strict-Transport-Security", "Transfer-Encoding", "Vary", "Via"}

// headers finds headers that are missing, others or more.
func (c *checker) headers(v *visitor, p string, want map[string]string, got *answer) {
	for name, value := range want {
		switch l := got.head.Values(name); {
		case len(l) == 0:
			c.find(v.name, p, "the header "+name+" is missing")
		case strings.Join(l, " | ") != value:
			c.find(v.name, p, "the header "+name+" is "+strings.Join(l, " | ")+"; published: "+value)
		}
	}
	for name, l := range got.head {
		_, ours := want[http.CanonicalHeaderKey(name)]
		if !ours && !slices.Contains(transport, http.CanonicalHeaderKey(name)) {
			c.find(v.name, p, "the header "+name+" is more than was published: "+strings.Join(l, " | "))
		}
	}
	for one := range strings.SplitSeq(strings.Join(got.head.Values("Vary"), ","), ",") {
		if one = strings.TrimSpace(one); one != "" && !strings.EqualFold(one, "Accept-Encoding") {
			c.find(v.name, p, "its answer varies with "+one)
		}
	}
	if strings.HasPrefix(c.origin, "https://") {
		if age := maxAge(got.head.Get("Strict-Transport-Security")); age < 365*24*3600 {
			c.find(v.name, p, "the header Strict-Transport-Security is missing or holds for less than a year")
		}
	}
}

func maxAge(s string) int {
	for one := range strings.SplitSeq(s, ";") {
		if n, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(one)), "max-age="); ok {
			age, err := strconv.Atoi(strings.Trim(n, `"`))
			if err != nil {
				return 0
			}
			return age
		}
	}
	return 0
}

// again comes a second time: with what it has, and with what nobody has.
func (c *checker) again(ctx context.Context, v *visitor, p string, e expected, first *answer) error {
	if tag := first.head.Get("Etag"); tag != "" && first.status == http.StatusOK {
		got, err := c.get(ctx, c.origin, v, p, e.size+slack, "If-None-Match", tag)
		if err != nil {
			return err
		}
		if got.status != http.StatusNotModified {
			c.compare(v, p, e, got)
		} else {
			kept := maps.Clone(e.headers)
			delete(kept, "Content-Type")
			got.head.Del("Content-Type")
			c.headers(v, p, kept, got)
		}
	}
	got, err := c.get(ctx, c.origin, v, p, e.size+slack, "If-None-Match", `"older"`, "If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT")
	if err != nil {
		return err
	}
	c.compare(v, p, e, got)
	return nil
}

// checkNote compares the text of the manifest; there may be more signatures.
func (c *checker) checkNote(ctx context.Context, v *visitor, want *wanted) error {
	got, err := c.get(ctx, c.origin, v, release.Path, release.MaxNote)
	if err != nil {
		return err
	}
	if got.status != http.StatusOK {
		c.find(v.name, release.Path, "is missing: status "+strconv.Itoa(got.status)+to(got.head))
		return nil
	}
	c.headers(v, release.Path, want.noteHeaders, got)
	if got.bad != "" {
		c.find(v.name, release.Path, got.bad)
	} else if m, err := release.Read(got.body); err != nil || m.Text() != want.note {
		c.find(v.name, release.Path, "is changed: it is another manifest")
	}
	return nil
}

// checkMissing asks for what cannot be there.
func (c *checker) checkMissing(ctx context.Context, v *visitor, want *wanted) error {
	for _, p := range []string{"/" + strings.ToLower(rand.Text()), "/a/" + strings.ToLower(rand.Text()) + ".js"} {
		got, err := c.get(ctx, c.origin, v, p, 64<<10)
		if err != nil {
			return err
		}
		const where = "(a path that was not published)"
		if got.status != http.StatusNotFound {
			c.find(v.name, where, "is answered with status "+strconv.Itoa(got.status)+to(got.head))
		}
		every := maps.Clone(want.every)
		for _, free := range []string{"Cache-Control", "Content-Type"} {
			if got.head.Get(free) != "" {
				every[free] = strings.Join(got.head.Values(free), " | ")
			}
		}
		c.headers(v, where, every, got)
	}
	return nil
}

// like takes another origin for what is wanted: all that its page leads to.
func (c *checker) like(ctx context.Context, other string) (*wanted, error) {
	v := c.visitors()[0]
	want := &wanted{files: map[string]expected{}}
	queue := []string{"/", release.Index, "/sw.js", release.Path}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		if _, ok := want.files[p]; ok || strings.Contains(p, "//") {
			continue
		}
		if len(want.files) > 1000 {
			return nil, fmt.Errorf("%s has more than 1000 files", other)
		}
		got, err := c.get(ctx, other, v, p, release.MaxSize)
		if err != nil {
			return nil, err
		}
		if got.status == http.StatusNotFound && p != "/" {
			continue
		}
		if got.status != http.StatusOK || got.bad != "" {
			return nil, fmt.Errorf("%s%s: status %d %s", other, p, got.status, got.bad)
		}
		want.files[p] = expected{hash: sha256.Sum256(got.body), size: len(got.body), headers: published(got.head)}
		queue = append(queue, links(p, got.body)...)
	}
	got, err := c.get(ctx, other, v, "/"+strings.ToLower(rand.Text()), 64<<10)
	if err != nil {
		return nil, err
	}
	want.every = published(got.head)
	delete(want.every, "Cache-Control")
	delete(want.every, "Content-Type")
	return want, nil
}

// published are the headers that do not belong to the transport.
func published(h http.Header) map[string]string {
	out := map[string]string{}
	for name, l := range h {
		if !slices.Contains(transport, name) {
			out[name] = strings.Join(l, " | ")
		}
	}
	return out
}

var (
	quoted   = regexp.MustCompile(`["'(=]((?:/|https?://|wss?://|\./)[^"'()<>\s\\]{1,300})["')>\s]`)
	inMarkup = regexp.MustCompile(`(?i)\b(?:src|href|action|data)\s*=\s*["']?([^"'<>\s]{1,300})`)
	inList   = regexp.MustCompile(`(?m)^file [0-9a-f]{64} \d+ (/\S+)$`)
)

// links are the addresses that a file names: paths of its origin, and whole
// addresses elsewhere. It finds too much rather than too little.
func links(p string, body []byte) []string {
	var out []string
	add := func(s string) {
		s, _, _ = strings.Cut(s, "#")
		s, _, _ = strings.Cut(s, "?")
		switch {
		case s == "" || strings.HasPrefix(s, "data:") || strings.HasPrefix(s, "blob:"):
		case strings.Contains(s, "//"):
			if s != "http://www.w3.org/2000/svg" {
				out = append(out, s)
			}
		case s[0] == '/':
			out = append(out, path.Clean(s))
		default:
			out = append(out, path.Join(path.Dir(p), s))
		}
	}
	kinds := map[string][]*regexp.Regexp{".txt": {inList}, ".html": {quoted, inMarkup}, "": {quoted, inMarkup}, ".svg": {inMarkup},
		".js": {quoted}, ".css": {quoted}, ".webmanifest": {quoted}, ".json": {quoted}}
	for _, find := range kinds[path.Ext(p)] {
		for _, m := range find.FindAllSubmatch(body, 4096) {
			add(string(m[1]))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// report prints each difference once, with the users who see it.
func (c *checker) report(out io.Writer, visitors []*visitor) int {
	type key struct{ path, what string }
	who := map[key][]string{}
	var order []key
	for _, f := range c.findings {
		k := key{f.path, f.what}
		if _, ok := who[k]; !ok {
			order = append(order, k)
		}
		if f.visitor != "" && !slices.Contains(who[k], f.visitor) {
			who[k] = append(who[k], f.visitor)
		} else if f.visitor == "" {
			who[k] = nil
		}
	}
	slices.SortStableFunc(order, func(a, b key) int { return strings.Compare(a.path, b.path) })
	for _, k := range order {
		fmt.Fprintf(out, "%s %s\n", k.path, k.what)
		if n := len(who[k]); n > 0 && n < len(visitors) {
			fmt.Fprintf(out, "    TARGETED: only for %s\n", strings.Join(who[k], "; "))
		}
	}
	return len(order)
}
