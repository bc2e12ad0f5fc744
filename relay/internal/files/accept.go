package files

import (
	"strconv"
	"strings"
)

// choose returns the variant that a client likes best and, among those it
// likes as much, the smallest. The file as it is goes to whoever accepts
// nothing that there is.
func (f *file) choose(accept []string) *variant {
	var best *variant
	most := -1
	want := parseAccept(accept)
	for i := range f.variants {
		v := &f.variants[i]
		if q := want.quality(v.coding); q > most && q > 0 {
			best, most = v, q
		}
	}
	if best != nil {
		return best
	}
	for i := range f.variants {
		if f.variants[i].coding == "" {
			return &f.variants[i]
		}
	}
	panic("files: a file without its own content")
}

// acceptance gives for each coding how much it is liked, in thousandths.
type acceptance map[string]int

// quality follows RFC 9110, 12.5.3: what is not named counts as * does. The
// file as it is, if not named at all, is liked least.
func (a acceptance) quality(coding string) int {
	if coding == "" {
		if q, ok := a["identity"]; ok {
			return q
		}
		if q, ok := a["*"]; ok && q == 0 {
			return 0
		}
		return 1
	}
	if q, ok := a[coding]; ok {
		return q
	}
	return a["*"]
}

// parseAccept reads Accept-Encoding. What it cannot read it leaves out.
func parseAccept(values []string) acceptance {
	a := acceptance{}
	for _, v := range values {
		for one := range strings.SplitSeq(v, ",") {
			name, params, _ := strings.Cut(one, ";")
			name = strings.ToLower(strings.TrimSpace(name))
			q, ok := parseQuality(params)
			if name == "" || !ok || len(a) >= 16 {
				continue
			}
			if name == "x-gzip" {
				name = "gzip"
			}
			a[name] = q
		}
	}
	return a
}

// parseQuality reads the parameters after a coding: nothing, or its q-value.
func parseQuality(params string) (thousandths int, ok bool) {
	params = strings.TrimSpace(params)
	if params == "" {
		return 1000, true
	}
	name, value, _ := strings.Cut(params, "=")
	value = strings.TrimSpace(value)
	if !strings.EqualFold(strings.TrimSpace(name), "q") || len(value) > len("0.000") || strings.Trim(value, "0123456789.") != "" {
		return 0, false
	}
	q, err := strconv.ParseFloat(value, 64)
	if err != nil || q > 1 {
		return 0, false
	}
	return int(q*1000 + 0.5), true
}
