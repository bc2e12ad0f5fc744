package node

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// AppendJSON writes n as the page reads it: text is a string, an element is
// ["tag",{attributes},[children]], several nodes are an element with tag "",
// nothing is an empty string. A boolean attribute has the value true.
func AppendJSON(dst []byte, n Node) []byte {
	switch n.kind {
	case nothing:
		return append(dst, `""`...)
	case text:
		return appendString(dst, n.text)
	}
	dst = append(dst, '[')
	dst = appendString(dst, n.tag)
	dst = append(dst, ",{"...)
	for i, a := range n.attrs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, a.name)
		dst = append(dst, ':')
		if a.bare {
			dst = append(dst, "true"...)
		} else {
			dst = appendString(dst, a.value)
		}
	}
	dst = append(dst, "},["...)
	for i, k := range n.kids {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendJSON(dst, k)
	}
	return append(dst, "]]"...)
}

const hex = "0123456789abcdef"

// appendString writes s as a JSON string that is also harmless inside HTML.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			switch {
			case c == '"' || c == '\\':
				dst = append(dst, '\\', c)
			case c == '\n':
				dst = append(dst, '\\', 'n')
			case c < ' ' || c == 0x7f || c == '<' || c == '>' || c == '&':
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			default:
				dst = append(dst, c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, `\ufffd`...)
		case r == '\u2028' || r == '\u2029':
			dst = append(dst, `\u202`...)
			dst = append(dst, hex[r&15])
		default:
			dst = append(dst, s[i:i+size]...)
		}
		i += size
	}
	return append(dst, '"')
}

// blocks start on a line of their own in HTML, so that golden files read and
// compare line by line. White space there has no effect on the page.
var blocks = set("div section article aside header main nav footer h1 h2 h3 h4 p pre hr ul ol li dl dt dd " +
	"table caption thead tbody tfoot tr th td form fieldset legend details summary dialog figure figcaption " +
	"select option optgroup datalist svg g path circle ellipse rect line polyline polygon text")

// HTML writes n as HTML, for golden files and the storybook.
func HTML(n Node) string {
	var b strings.Builder
	writeHTML(&b, n)
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}

func writeHTML(b *strings.Builder, n Node) {
	switch n.kind {
	case nothing:
		return
	case text:
		escape(b, n.text)
		return
	case group:
		for _, k := range n.kids {
			writeHTML(b, k)
		}
		return
	}
	if blocks[n.tag] && b.Len() > 0 {
		b.WriteByte('\n')
	}
	b.WriteByte('<')
	b.WriteString(n.tag)
	for _, a := range n.attrs {
		b.WriteByte(' ')
		b.WriteString(a.name)
		if !a.bare {
			b.WriteString(`="`)
			escape(b, a.value)
			b.WriteByte('"')
		}
	}
	b.WriteByte('>')
	if void[n.tag] {
		return
	}
	if n.tag == "textarea" || n.tag == "pre" {
		b.WriteByte('\n') // a parser drops this first line break, and only this one
	}
	for _, k := range n.kids {
		writeHTML(b, k)
	}
	if len(n.kids) > 0 && blocks[n.kids[len(n.kids)-1].tag] && n.tag != "pre" {
		b.WriteByte('\n')
	}
	b.WriteString("</")
	b.WriteString(n.tag)
	b.WriteByte('>')
}

func escape(b *strings.Builder, s string) {
	last := 0
	for i := 0; i < len(s); i++ {
		var e string
		switch s[i] {
		case '&':
			e = "&amp;"
		case '<':
			e = "&lt;"
		case '>':
			e = "&gt;"
		case '"':
			e = "&#34;"
		case '\'':
			e = "&#39;"
		case 0:
			e = "\uFFFD"
		case '\r':
			e = "&#13;" // a parser would read a bare one as a line feed
		default:
			continue
		}
		b.WriteString(s[last:i])
		b.WriteString(e)
		last = i + 1
	}
	b.WriteString(s[last:])
}

// Check reports what the page cannot show as meant: an id used twice, a label,
// a description or a caption for what is not there, a field without a name.
func Check(n Node) error {
	ids := make(map[string]bool)
	if err := collect(n, ids); err != nil {
		return err
	}
	return refer(n, ids)
}

func collect(n Node, ids map[string]bool) error {
	if id, ok := n.Attribute("id"); ok {
		if ids[id] {
			return errors.New("node: id " + id + " is used twice")
		}
		ids[id] = true
	}
	for _, k := range n.kids {
		if err := collect(k, ids); err != nil {
			return err
		}
	}
	return nil
}

func refer(n Node, ids map[string]bool) error {
	for _, name := range [...]string{"for", "form", "list", "aria-labelledby", "aria-describedby", "aria-controls", "aria-errormessage", "headers"} {
		v, _ := n.Attribute(name)
		for _, id := range strings.Fields(v) {
			if !ids[id] {
				return errors.New("node: " + n.tag + " has " + name + " " + id + ", which is not there")
			}
		}
	}
	switch n.tag {
	case "input", "select", "textarea":
		if _, ok := n.Attribute("name"); !ok {
			return errors.New("node: " + n.tag + " has no name")
		}
	}
	for _, k := range n.kids {
		if err := refer(k, ids); err != nil {
			return err
		}
	}
	return nil
}
