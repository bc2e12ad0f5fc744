package browsertest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chromedp/chromedp"
)

// Memory is how much the largest process of the browser holds, in bytes: the one
// in which the page runs, with its workers. Linux tells it; elsewhere it is 0.
func (b *Browser) Memory() (most int) {
	b.t.Helper()
	parent, size := make(map[int]int), make(map[int]int)
	all, err := filepath.Glob("/proc/[0-9]*/status")
	if err != nil {
		b.t.Fatal(err)
	}
	for _, p := range all {
		text, err := os.ReadFile(p)
		if err != nil {
			continue // it has ended
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(p)))
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(line, ":")
			n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
			switch name {
			case "PPid":
				parent[pid] = n
			case "VmRSS":
				size[pid] = n << 10
			}
		}
	}
	own := chromedp.FromContext(b.ctx).Browser.Process().Pid
	for pid, n := range size {
		for up := pid; up != 0; up = parent[up] {
			if up == own {
				most = max(most, n)
				break
			}
		}
	}
	return most
}
