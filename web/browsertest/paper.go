package browsertest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Downloads has the browser put what the page offers as a file into a folder of
// its own, and returns what waits for the next one and takes it away.
func (p *Page) Downloads() func() (name string, data []byte) {
	p.t.Helper()
	dir := p.t.TempDir()
	p.call("Page.setDownloadBehavior", map[string]any{"behavior": "allow", "downloadPath": dir})
	return func() (string, []byte) {
		p.t.Helper()
		for end := time.Now().Add(Patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			list, _ := os.ReadDir(dir)
			if len(list) != 1 || strings.HasSuffix(list[0].Name(), ".crdownload") || strings.HasPrefix(list[0].Name(), ".") {
				continue
			}
			file := filepath.Join(dir, list[0].Name())
			data, err := os.ReadFile(file)
			if err != nil {
				continue // renamed in between
			}
			os.Remove(file)
			return list[0].Name(), data
		}
		p.fail("nothing was downloaded")
		return "", nil
	}
}

// PDF is the page as it is printed.
func (p *Page) PDF() []byte {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	yes := true
	res, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &yes})
	if err != nil {
		p.fail("printing: %v", err)
	}
	return res.Data
}

// Printed is the text of the page that stands on paper, too.
func (p *Page) Printed() string {
	p.t.Helper()
	p.call("Emulation.setEmulatedMedia", map[string]any{"media": "print"})
	defer p.call("Emulation.setEmulatedMedia", map[string]any{"media": ""})
	return Eval[string](p, `document.body.innerText`)
}
