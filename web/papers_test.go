package web_test

import (
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vialog/web/browsertest"
)

// begins is a page with a new diary of its own.
func begins(t *testing.T, b *browsertest.Browser, r *browsertest.Relay, name string) *browsertest.Page {
	t.Helper()
	p := b.Page(name, "en-GB")
	p.Go(r.Origin + "/")
	p.Click("#way-alone > summary")
	p.Click("start.alone")
	p.Fill("passphrase", patientsWords)
	p.Click("passphrase.save")
	p.Has("[data-key=today]")
	return p
}

// A diary goes out by print and by download, and comes in again elsewhere.
func TestADiaryIsPrintedSavedAndTakenIn(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a while")
	}
	b := browsertest.Start(t)
	r := browsertest.StartRelay(t, browsertest.Build(t, "./wasm"))
	r.Stop()
	r.Run("tenant", "add", "-open", "Für alle")
	r.Start()
	p := begins(t, b, r, "papers")
	next := p.Downloads()

	p.Click("#go-settings")
	p.Click("about.edit")
	p.Fill("diagnosis", "Haemophilia B")
	p.Fill("allergies", "Kanarienfedern")
	p.Fill("contacts", "Tante Kanaria 0170 99")
	p.Click("about.save")
	p.See("Saved")
	p.Click("#record")
	p.Click("record.treatment")
	p.Fill("product", "BeneFIX")
	p.Fill("amount", "2000")
	p.Click("Prophylaxis")
	p.Fill("Lot number", "=KANARI1")
	p.Click("Save treatment")
	p.See("Saved")
	p.Click("#record")
	p.Click("record.note")
	p.Fill("text", "Kanarienreise")
	p.Click("Save note")
	p.See("Saved")

	p.Click("#go-settings")
	p.Click("papers")
	p.Heading("Print and export")
	p.Shots("papers")
	p.Click("papers.urgent")
	p.Heading("Emergency sheet")
	p.Click("Both")
	p.See("Hämophilie B")
	p.Shots("urgent")
	words := []string{"Hämophilie B", "Haemophilia B", "Kanarienfedern", "Tante Kanaria 0170 99", "Emergency sheet", "Notfallblatt"}
	printed := p.Printed()
	for _, s := range append([]string{"Name"}, words...) {
		if !strings.Contains(printed, s) {
			t.Errorf("the printed sheet does not say %q", s)
		}
	}
	for _, s := range []string{"Language of the sheet", "Settings", "Today"} {
		if strings.Contains(printed, s) {
			t.Errorf("the printed sheet says %q", s)
		}
	}
	pdf := p.PDF()
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.Contains(pdf, []byte("/Count 1")) {
		t.Errorf("the sheet has not one page: %d bytes", len(pdf))
	}
	// What the PDF itself says, where there is a program to ask.
	if tool, err := exec.LookPath("pdftotext"); err == nil {
		file := filepath.Join(t.TempDir(), "sheet.pdf")
		if err := os.WriteFile(file, pdf, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(tool, "-layout", file, "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range words {
			if !strings.Contains(string(out), s) {
				t.Errorf("the PDF does not say %q:\n%s", s, out)
			}
		}
	}
	p.Click("#go-back")
	p.Click("papers.year")
	p.See("=KANARI1", "BeneFIX, Pfizer")
	if s := p.Printed(); !strings.Contains(s, "=KANARI1") || !strings.Contains(s, "Name and signature") {
		t.Errorf("the printed record says\n%s", s)
	}
	p.Shots("year")
	p.Click("#go-back")
	p.Click("papers.visit")
	p.Click("3 months")
	p.See("BeneFIX", "Kanarienreise")
	p.Shots("visit")
	p.Click("#go-back")

	save := func(form, ending string) []byte {
		p.Fill("form", form)
		p.Click("papers.save")
		name, data := next()
		if !strings.HasPrefix(name, "vialog-") || !strings.HasSuffix(name, ending) {
			t.Errorf("the file is called %s", name)
		}
		p.See("Saved as " + name)
		p.Click("notice.close")
		return data
	}
	if csv := save("form.treatments", "-treatments.csv"); !bytes.Contains(csv, []byte(",'=KANARI1,")) || !bytes.HasPrefix(csv, []byte("id,given_at,")) {
		t.Errorf("the table says\n%s", csv)
	}
	if bundle := save("form.bundle", "-bundle.json"); !bytes.Contains(bundle, []byte(`"lotNumber":"=KANARI1"`)) {
		t.Errorf("the bundle says\n%.2000s", bundle)
	}
	archive := save("form.archive", "-archive.zip")
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil || len(z.File) < 8 {
		t.Fatalf("the archive: %v", err)
	}
	noComplaints(t, p, r)

	q := begins(t, b, r, "papers-fresh")
	file := filepath.Join(t.TempDir(), "vialog.zip")
	if err := os.WriteFile(file, archive, 0o600); err != nil {
		t.Fatal(err)
	}
	q.Click("#go-settings")
	q.Click("papers")
	q.Heading("Print and export")
	q.Click("import")
	q.Heading("Import a file")
	q.Click("import.look")
	q.See("Choose a file first")
	time.Sleep(600 * time.Millisecond) // nobody chooses a file so fast that it is a double tap
	q.Upload("#f-file", file)
	q.Click("import.look")
	q.Heading("What is in the file")
	q.See("Nothing has been written yet", "another diary", "Add 4 entries")
	q.Shots("import-preview")
	q.Click("import.do")
	q.Heading("Imported")
	q.See("4 entries were added")
	q.Shots("import-done")
	report := q.Downloads()
	q.Click("import.report")
	if name, data := report(); !strings.HasSuffix(name, "-import.txt") || !bytes.Contains(data, []byte("4 entries were added")) {
		t.Errorf("%s says\n%s", name, data)
	}
	q.Click("#place-diary")
	q.See("BeneFIX", "Kanarienreise", "Imported from a file")
	q.Click("#go-settings")
	q.Click("papers")
	q.Heading("Print and export")
	q.Click("import")
	q.Upload("#f-file", file)
	q.Click("import.look")
	q.See("There is nothing new in this file")
	noComplaints(t, q, r)
	b.Report(t)
}

func noComplaints(t *testing.T, p *browsertest.Page, r *browsertest.Relay) {
	t.Helper()
	if l := p.Problems(); len(l) > 0 {
		t.Errorf("%s complains:\n%s", p.Name, strings.Join(l, "\n"))
	}
	if l := p.Foreign(r.Origin); len(l) > 0 {
		t.Errorf("%s asked elsewhere: %s", p.Name, l)
	}
	if l := p.Leaked("Kanari", "KANARI"); len(l) > 0 {
		t.Errorf("%s sent readable: %s", p.Name, l)
	}
}
