package bench

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/native"
	"vialog/wasm/internal/record"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
	"vialog/web/browsertest"
)

// number is a setting of the environment, such as how many patients there are.
func number(b *testing.B, name string, usual int) int {
	s := os.Getenv(name)
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		b.Fatalf("%s=%q is no number", name, s)
	}
	return n
}

// centre is a relay with a centre: one that is filled now, or the store that
// VIALOG_STORE names, which wasm/demo has filled and closed (-stop) before. Then
// VIALOG_SHEET is the doctor's link as it was printed.
func centre(b *testing.B, app string) (relay *browsertest.Relay, doctor string, patients int) {
	b.Helper()
	patients = number(b, "VIALOG_PATIENTS", 20)
	store, doctor := os.Getenv("VIALOG_STORE"), os.Getenv("VIALOG_SHEET")
	if store == "" {
		relay = browsertest.StartRelay(b, app)
		doctor, _ = relay.Fill(patients, number(b, "VIALOG_YEARS", 10), "en")
		return relay, doctor, patients
	}
	origin, _, ok := strings.Cut(doctor, "/#sheet=")
	if !ok {
		b.Fatal("VIALOG_SHEET is to be the doctor's link for the store VIALOG_STORE")
	}
	return browsertest.StartFilled(b, app, store, origin), doctor, patients
}

// A desk is the device of a centre, with its disk in memory.
type desk struct {
	*app.Client
	disk    *vault.MemoryDisk
	pass    []byte
	changed chan struct{}
}

func newDesk(b *testing.B, origin string) *desk {
	d := &desk{disk: vault.NewMemory(), pass: seal.NewSecret().Bytes(), changed: make(chan struct{}, 1)}
	d.Client = app.New(app.Env{
		Disk: d.disk, Binder: vault.NewSoftware(), KDF: native.KDF, Dial: native.Dial, Origin: origin, Now: time.Now, Params: seal.NewKDFParams,
		OpenRecords: number(b, "VIALOG_RECORDS", 0),
		Read:        func(l app.Look, n uint32) { l.WorkOf(n, diary.MomentOf(time.Now())) },
		Changed: func() {
			select {
			case d.changed <- struct{}{}:
			default:
			}
		},
	})
	return d
}

// until waits for what the relay brings about.
func (d *desk) until(b *testing.B, what string, ok func(app.Look) bool) {
	b.Helper()
	for began := time.Now(); ; {
		done := false
		d.Look(func(l app.Look) { done = ok(l) })
		if done {
			return
		}
		select {
		case <-d.changed:
		case <-time.After(time.Second):
		}
		if time.Since(began) > 30*time.Minute {
			b.Fatalf("waiting %s", what)
		}
	}
}

// size is what the disk holds, in bytes.
func (d *desk) size(b *testing.B) (n int) {
	b.Helper()
	all, err := d.disk.Scan(context.Background(), "")
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range all {
		n += len(r.Key) + len(r.Value)
	}
	return n
}

// heap is what is in use after everything else was collected, in bytes.
func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// What a centre's device needs: to read everything the first time, to unlock from
// then on, for the work-list, for a recall in the record of all years, and to send it to
// all patients. The device is a native one; BenchmarkCentreInBrowser is the same in Chromium. With
// VIALOG_RECORDS=1 all diaries but one rest.
//
//	VIALOG_PATIENTS=100 VIALOG_YEARS=10 go test ./wasm/bench -run ^$ -bench Centre$ -benchtime 1x -timeout 0
func BenchmarkCentre(b *testing.B) {
	relay, link, patients := centre(b, "none")
	sheet, err := join.ParseSheet(link)
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	d := newDesk(b, relay.Origin)
	if err := d.Create(ctx, d.pass); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := d.Restore(ctx, sheet); err != nil {
		b.Fatal(err)
	}
	entries := 0
	whole := func(l app.Look) bool {
		entries = 0
		l.Diaries(func(_ uint32, p *diary.Diary, _ bool) { entries += p.Len() })
		st := l.Status()
		return l.PatientCount() == patients && st.Online && !st.Trying && st.Missing == 0 && entries > patients
	}
	d.until(b, "for the diaries", whole)
	report := func(what string, since time.Time) {
		b.ReportMetric(float64(time.Since(since).Microseconds())/1000, what)
	}
	report("first-reading-ms", began)
	began = time.Now()
	d.KeepRecord()
	d.until(b, "for the record", func(l app.Look) bool { return l.Unrecorded() == 0 && l.Status().Waiting == 0 })
	report("first-record-ms", began)
	d.Lock()
	b.ReportMetric(float64(d.size(b))/float64(patients), "disk-B/patient")

	free := heap()
	began = time.Now()
	if err := d.Unlock(ctx, d.pass); err != nil {
		b.Fatal(err)
	}
	report("unlock-ms", began)
	// The diaries are read beside everything else; the longest that anybody waits for
	// what is there is what a screen stands still.
	var longest time.Duration
	for reading := true; reading; {
		asked := time.Now()
		d.Look(func(l app.Look) {
			l.Work(diary.MomentOf(time.Now()))
			left, _ := l.Reading()
			reading = left > 0
			if err := l.Unread(); err != nil {
				b.Fatal(err)
			}
		})
		longest = max(longest, time.Since(asked))
		time.Sleep(10 * time.Millisecond)
	}
	report("whole-list-ms", began)
	b.ReportMetric(float64(longest.Microseconds())/1000, "longest-wait-ms")
	var used runtime.MemStats
	runtime.ReadMemStats(&used)
	b.ReportMetric(float64(used.HeapSys)/1e6, "heap-taken-MB")
	b.ReportMetric(float64(heap()-free)/1e6, "heap-MB")
	began = time.Now()
	d.Look(func(l app.Look) {
		b.ReportMetric(float64(len(l.Work(diary.MomentOf(time.Now())))), "work")
		if late := l.Behind(diary.MomentOf(time.Now())); len(late) > 0 {
			b.Logf("%d lists are late", len(late))
		}
	})
	report("list-again-ms", began)
	d.until(b, "for the relay", whole)
	var what *diary.Recall
	d.Look(func(l app.Look) {
		book := l.Record()
		rows := slices.DeleteFunc(book.Search(record.Query{Limit: 1000}).Rows, func(r record.Row) bool { return len(r.Lots) == 0 })
		if len(rows) == 0 {
			b.Fatal("no lots are recorded")
		}
		what = &diary.Recall{Product: rows[0].Product.ID, Lots: rows[0].Lots[:1]}
		began = time.Now()
		hits := book.Recall(what)
		report("recall-ms", began)
		b.ReportMetric(float64(len(hits)), "recalled")
		b.ReportMetric(float64(book.Len()), "recorded")
	})
	began = time.Now()
	if err := d.SendRecall(ctx, what); err != nil {
		b.Fatal(err)
	}
	longest = 0
	for sending := true; sending; time.Sleep(time.Millisecond) {
		asked := time.Now()
		d.Look(func(l app.Look) { sending = len(l.Mailings()) > 0 })
		longest = max(longest, time.Since(asked))
	}
	report("recall-sent-ms", began)
	b.ReportMetric(float64(longest.Microseconds())/1000, "recall-wait-ms")
	d.Look(func(l app.Look) {
		if t := l.Trace(what, nil); t.Sent != patients {
			b.Fatalf("%d of %d have the recall", t.Sent, patients)
		}
	})
	b.ReportMetric(float64(entries), "entries")
	b.ReportMetric(0, "ns/op")
	d.Lock()
	b.Logf("load of the machine: %s", load())
}

// upToDate waits until the app says that nothing is missing, and how long that took.
func upToDate(b *testing.B, p *browsertest.Page) time.Duration {
	b.Helper()
	began := time.Now()
	for !browsertest.Eval[bool](p, `document.body.innerText.toLowerCase().includes("up to date")`) {
		if time.Sleep(time.Second); time.Since(began) > 45*time.Minute {
			b.Fatal("the diaries were not read within 45 minutes")
		}
	}
	return time.Since(began)
}

// until is a script that does something and returns how many milliseconds it took until
// something else is there, at most 50 s: a page is not waited for longer.
func until(do, there string) string {
	return `(async () => {
		const began = performance.now();
		` + do + `;
		do await new Promise((r) => requestAnimationFrame(r)); while (!(` + there + `) && performance.now() - began < 50000);
		return performance.now() - began;
	})()`
}

// What a doctor waits for in Chromium on a device that keeps the diaries of a
// centre: from the passphrase to the work-list in a browser that has just been
// started and after reloading, and how much memory the browser's largest process
// holds then; until all diaries are read; for a search in the record of all years
// once they are; for a recall, from the button until those who used or hold the lot
// are on the screen, from there until all patients have been written to, and until the
// relay has all of it.
//
//	VIALOG_PATIENTS=100 VIALOG_YEARS=10 go test ./wasm/bench -run ^$ -bench CentreInBrowser -timeout 0
func BenchmarkCentreInBrowser(b *testing.B) {
	if _, err := os.Stat(dist + "/index.html"); err != nil {
		b.Skip("the app is not built: make build")
	}
	folder, err := filepath.Abs(dist)
	if err != nil {
		b.Fatal(err)
	}
	profile := b.TempDir()
	relay, link, _ := centre(b, folder)

	first := browsertest.StartIn(b, profile)
	p := first.Own("restored", "en-GB").Deaf()
	p.Go(link)
	p.Has("#f-passphrase")
	p.Fill("passphrase", words)
	p.Click("passphrase.save")
	p.Has("[data-key=sheet]")
	p.Click("sheet.later") // the one that it came with is replaced
	b.ReportMetric(float64(upToDate(b, p).Milliseconds()), "first-reading-ms")
	p.Go("about:blank")
	first.Close()

	got := make(map[string][]float64)
	for range 3 {
		br := browsertest.StartIn(b, profile)
		p := br.Own("unlocking", "en-GB").Deaf()
		p.Watch("[data-key=unlock] #f-passphrase")
		for _, how := range []string{"cold", "warm"} {
			if how == "cold" {
				p.Go(relay.Origin + "/")
			} else {
				p.Reload()
			}
			p.Seen()
			time.Sleep(time.Second) // a person types at least that long
			got[how+"-work-ms"] = append(got[how+"-work-ms"], float64(p.Time(unlocking, "[data-key=work]").Milliseconds()))
		}
		got["memory-MB"] = append(got["memory-MB"], float64(br.Memory())/1e6)
		got["disk-MB"] = append(got["disk-MB"], browsertest.Eval[float64](p, `navigator.storage.estimate().then((e) => e.usage / 1e6)`))
		p.Go("about:blank")
		br.Close()
	}
	br := browsertest.StartIn(b, profile)
	p = br.Own("recalling", "en-GB").Deaf()
	p.Go(relay.Origin + "/")
	p.Has("[data-key=unlock] #f-passphrase")
	p.Time(unlocking, "[data-key=work]")
	got["all-read-ms"] = append(got["all-read-ms"], float64(upToDate(b, p).Milliseconds()))
	p.Click("#place-patients")
	p.Click("#legal-open")
	p.Has("#legal-count")
	lot := browsertest.Eval[string](p, `[...document.querySelectorAll("table.legal td p.num")].find((e) => e.textContent.includes(" · ")).textContent.split(" · ")[0]`)
	product := browsertest.Eval[string](p, `[...document.querySelectorAll("table.legal tr")].find((e) => e.textContent.includes(`+strconv.Quote(lot)+`)).children[2].firstElementChild.firstChild.textContent`)
	got["search-ms"] = append(got["search-ms"], browsertest.Eval[float64](p, `(async () => {
		const count = () => document.querySelector("#legal-count").textContent;
		const before = count(), f = document.querySelector("#f-batch"), began = performance.now();
		f.value = `+strconv.Quote(lot)+`;
		f.dispatchEvent(new Event("input", {bubbles: true}));
		f.form.requestSubmit();
		do await new Promise((r) => requestAnimationFrame(r)); while (count() === before);
		return performance.now() - began;
	})()`))
	b.Logf("before the recall: %v", got) // it takes long, and what was measured is not to be lost with it
	p.Click("#recall-form")
	p.Has("#recall")
	p.Fill("product", product)
	p.Fill("lot.0", lot)
	got["recall-found-ms"] = append(got["recall-found-ms"], browsertest.Eval[float64](p, until(`document.querySelector("#recall").requestSubmit()`, `document.querySelector("#recall-send")`)))
	b.Logf("found: %s", browsertest.Eval[string](p, `document.querySelector("[data-key=recalled]").innerText.split("\n").slice(0, 9).join(" | ")`))
	got["recall-sent-ms"] = append(got["recall-sent-ms"], browsertest.Eval[float64](p, until(`document.querySelector("#recall-send").click()`, `document.querySelector("[data-key=recalled] .panel.good")`)))
	b.Logf("sent: %s", browsertest.Eval[string](p, `document.querySelector("[data-key=recalled]").innerText.split("\n").slice(0, 9).join(" | ")`))
	began := time.Now()
	got["all-sent-ms"] = append(got["all-sent-ms"], float64(upToDate(b, p).Milliseconds()))
	b.Logf("all of it was at the relay after %s", time.Since(began))
	got["memory-read-MB"] = append(got["memory-read-MB"], float64(br.Memory())/1e6)
	b.Logf("%s %s: %s", product, lot, browsertest.Eval[string](p, `document.querySelector("[data-key=recalled]").innerText.split("\n").slice(0, 12).join(" | ")`))
	p.Go("about:blank")
	br.Close()
	for what, list := range got {
		slices.Sort(list)
		b.ReportMetric(list[len(list)/2], what)
	}
	b.ReportMetric(0, "ns/op")
	b.Logf("load of the machine: %s", load())
}
