package view_test

import (
	"strings"
	"testing"

	"vialog/wasm/internal/node"
)

func TestEveryChartHasATitleADescriptionAndATable(t *testing.T) {
	charts := 0
	each(t, func(t *testing.T, name string, n node.Node) {
		walk(n, func(n node.Node) {
			if n.Tag() != "figure" || !strings.Contains(attr(n, "class"), "chart") {
				return
			}
			charts++
			var title, said string
			var heads, rows, cells, caption int
			walk(n, func(k node.Node) {
				switch {
				case k.Tag() == "h3":
					title = k.Content()
				case attr(k, "role") == "img":
					said = attr(k, "aria-label")
				case k.Tag() == "caption":
					caption++
				case k.Tag() == "th" && attr(k, "scope") == "col":
					heads++
				case k.Tag() == "th" && attr(k, "scope") == "row":
					rows++
				case k.Tag() == "th":
					t.Errorf("%s: a heading of a table without scope", attr(n, "id"))
				case k.Tag() == "td":
					cells++
				}
			})
			if title == "" || said == "" || caption != 1 || heads < 2 || rows == 0 || cells != rows*(heads-1) {
				t.Errorf("%s: title %q, said %q, %d captions, %d by %d with %d cells", attr(n, "id"), title, said, caption, rows, heads, cells)
			}
		})
	})
	if charts < 20 {
		t.Errorf("%d charts were looked at", charts)
	}
}
