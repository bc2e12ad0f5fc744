// Storybook writes every sample of every screen as a page that opens without a
// server: build/storybook/index.html leads to them, in both languages, beside
// each other as a phone and a desktop show them.
//
// The pages hold the very nodes and the very style sheet of the app. They have
// no script, so nothing on them does anything.
package main

import (
	"flag"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
	"vialog/wasm/internal/view/sample"
)

func main() {
	css := flag.String("css", "web/static/app.css", "the app's style sheet")
	out := flag.String("o", "build/storybook", "where the pages go")
	flag.Parse()
	if err := write(*css, *out); err != nil {
		fmt.Fprintln(os.Stderr, "storybook:", err)
		os.Exit(1)
	}
}

func write(css, out string) error {
	style, err := os.ReadFile(css)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "app.css"), style, 0o644); err != nil {
		return err
	}
	var index strings.Builder
	for _, c := range sample.All {
		fmt.Fprintf(&index, "<h2 id=\"%s\">%s</h2>\n", c.Name, c.Name)
		for _, l := range lang.All {
			n := c.Model(sample.Base(l)).Node()
			name := c.Name + "." + l.Tag()
			for _, theme := range []string{"light", "dark"} {
				file := filepath.Join(out, name+"."+theme+".html")
				if err := os.WriteFile(file, []byte(page(l, theme, view.TitleOf(n), node.HTML(n))), 0o644); err != nil {
					return err
				}
				fmt.Fprintf(&index, "<p><a href=\"%[1]s.%[2]s.html\">%[1]s, %[2]s</a> <a href=\"%[1]s.%[2]s.phone.html\">360 px</a></p>\n", name, theme)
				phone := "<!doctype html>\n<meta charset=\"utf-8\">\n<title>" + name + "</title>\n<style>body{margin:0}iframe{border:0;width:360px;height:780px}</style>\n" +
					"<iframe title=\"" + name + "\" src=\"" + name + "." + theme + ".html\"></iframe>\n"
				if err := os.WriteFile(filepath.Join(out, name+"."+theme+".phone.html"), []byte(phone), 0o644); err != nil {
					return err
				}
			}
		}
	}
	return os.WriteFile(filepath.Join(out, "index.html"), []byte("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Vialog storybook</title>\n"+
		"<style>body{font:16px/1.5 system-ui;margin:24px;columns:20rem}h2{font-size:16px;margin:16px 0 0}p{margin:0}</style>\n<h1>Storybook</h1>\n"+index.String()), 0o644)
}

func page(l lang.Lang, theme, title, body string) string {
	return "<!doctype html>\n<html lang=\"" + l.Tag() + "\" data-theme=\"" + theme + "\">\n<head>\n<meta charset=\"utf-8\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\">\n<title>" + html.EscapeString(title) + "</title>\n" +
		"<link rel=\"stylesheet\" href=\"app.css\">\n</head>\n<body>\n<div id=\"app\">\n" + body + "</div>\n</body>\n</html>\n"
}
