package bench

import (
	"crypto/sha256"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/diary/sample"
	"vialog/wasm/internal/papers"
	"vialog/wasm/internal/papers/files"
	"vialog/web/browsertest"
)

// tenYears is the archive of a diary of ten years: 5,000 treatments and 300 bleeds.
func tenYears(b *testing.B) (archive []byte, entries int) {
	b.Helper()
	now := time.Now()
	var list []diary.Record
	treatments, bleeds := 0, 0
	take := func(s sample.Step) {
		switch e := s.Entry.(type) {
		case *diary.Treatment:
			treatments++
		case *diary.Bleed:
			if e.Supersedes.IsZero() {
				bleeds++
			}
		case *diary.Message, *diary.Seen:
			return // they are not taken in
		}
		body, err := diary.Encode(s.Entry)
		if err != nil {
			b.Fatal(err)
		}
		r := diary.Record{Kind: s.Entry.Kind(), Body: body, Author: diary.Author{Who: s.Who}, Written: s.At}
		r.Hash = sha256.Sum256(binary.BigEndian.AppendUint64(append([]byte{}, body...), uint64(s.At)))
		list = append(list, r)
	}
	// Five times two years, each of a patient with many doses and one with many
	// bleeds, and bleeds of others.
	for k := 5; k > 0; k-- {
		until := now.AddDate(2-2*k, 0, 0)
		for n := uint64(0); n < 2 || bleeds < 60*(6-k); n++ {
			for _, s := range sample.Cases(uint64(100*k)+n, 7, until, "de")[6-n%2].Steps {
				kind := s.Entry.Kind()
				if n < 2 && (kind != diary.KindPlan || k == 5 && n == 0) || kind == diary.KindBleed {
					take(s)
				}
			}
		}
	}
	until := now
	o := papers.Order{Form: papers.Archive, Lang: "en", Now: diary.MomentOf(until), Owner: "VK7-3QMW-9TXA", Version: "bench", Records: list}
	raw, err := o.Bytes()
	if err != nil {
		b.Fatal(err)
	}
	if archive, err = files.Make(raw); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d treatments and corrections, %d bleeds, %d entries; the archive has %d KB", treatments, bleeds, len(list), len(archive)/1000)
	return archive, len(list)
}

// How long a phone's browser takes to look into the archive of ten years, to take
// it in, and to save the diary as a table, a bundle and an archive.
func BenchmarkOpeningPapersOfTenYears(b *testing.B) {
	if _, err := os.Stat(dist + "/index.html"); err != nil {
		b.Skip("the app is not built: make build")
	}
	folder, err := filepath.Abs(dist)
	if err != nil {
		b.Fatal(err)
	}
	archive, n := tenYears(b)
	file := filepath.Join(b.TempDir(), "ten-years.zip")
	if err := os.WriteFile(file, archive, 0o600); err != nil {
		b.Fatal(err)
	}
	relay := browsertest.StartRelay(b, folder)
	relay.Stop()
	relay.Run("tenant", "add", "-open", "Alone")
	relay.Start()
	patience := browsertest.Patience
	browsertest.Patience = 10 * time.Minute
	defer func() { browsertest.Patience = patience }()
	p := browsertest.Start(b).Page("ten-years", "en-GB")
	p.Go(relay.Origin + "/")
	p.Click("#way-alone > summary")
	p.Click("start.alone")
	p.Fill("passphrase", words)
	p.Click("passphrase.save")
	p.Has("[data-key=today]")
	next := p.Downloads()

	began := time.Now()
	took := func(what string) {
		b.ReportMetric(float64(time.Since(began).Milliseconds()), what+"-ms")
		b.Logf("%s: %d ms", what, time.Since(began).Milliseconds())
	}
	p.Click("#go-settings")
	p.Click("papers")
	p.Heading("Print and export")
	p.Click("import")
	p.Upload("#f-file", file)
	began = time.Now()
	p.Click("import.look")
	p.Heading("What is in the file")
	took("look")
	began = time.Now()
	p.Click("import.do")
	p.Heading("Imported")
	took("take-in")
	b.ReportMetric(float64(time.Since(began).Microseconds())/float64(n), "take-in-us/entry")
	p.Click("#go-settings")
	p.Click("papers")
	for _, form := range []papers.Form{papers.Treatments, papers.Bundle, papers.Archive} {
		p.Fill("form", form.Key())
		began = time.Now()
		p.Click("papers.save")
		_, data := next()
		took("save-" + form.Name())
		b.Logf("%d KB", len(data)/1000)
	}
	began = time.Now()
	p.Click("papers.year")
	p.Has("[data-key=year]")
	took("year")
	p.Click("#go-back")
	began = time.Now()
	p.Click("papers.visit")
	p.Has("[data-key=visit]")
	took("visit")

	// The same diary from its home screen: warm, from the passphrase on.
	p.Watch("[data-key=unlock]")
	p.Reload()
	b.ReportMetric(float64(p.Seen().Milliseconds()), "form-ms")
	b.ReportMetric(float64(p.Time(`const f = document.querySelector("#f-passphrase");
		f.value = "`+words+`";
		f.dispatchEvent(new Event("input", {bubbles: true}));
		f.form.requestSubmit()`, "[data-key=today]").Milliseconds()), "home-ms")
	screen := func(what, press, selector string) {
		b.ReportMetric(float64(p.Time(`document.querySelector("`+press+`").click()`, selector).Milliseconds()), what+"-ms")
	}
	screen("figures", "#place-figures", "[data-key=figures] svg")
	screen("diary", "#place-diary", "[data-key=diary] .entry")
	screen("figures-again", "#place-figures", "[data-key=figures] svg")
	b.ReportMetric(0, "ns/op")
}
