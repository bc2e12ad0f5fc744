package node

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The page refuses what is not in its own tables, whatever the worker says.
func TestTheShellKnowsTheSameTagsAndAttributes(t *testing.T) {
	src, err := os.ReadFile("../../../web/static/shell.js")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]map[string]bool{"TAGS": tags, "ATTRS": attrs, "BOOLS": bools} {
		decl := regexp.MustCompile(`const ` + name + ` =([^;]*);`).FindSubmatch(src)
		if decl == nil {
			t.Fatalf("shell.js has no %s", name)
		}
		var words []string
		for _, part := range regexp.MustCompile(`"([^"]*)"`).FindAllSubmatch(decl[1], -1) {
			words = append(words, strings.Fields(string(part[1]))...)
		}
		got := slices.Sorted(slices.Values(words))
		if w := slices.Sorted(maps.Keys(want)); !slices.Equal(got, w) {
			t.Errorf("%s differ:\nshell %v\nnode  %v", name, got, w)
		}
	}
}
