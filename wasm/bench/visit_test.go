package bench

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/diary/sample"
	"vialog/web/browsertest"
)

const (
	root = "../.."
	dist = root + "/web/dist"
)

// What a first visit loads. The goals are 1,200 KB for the wasm and 100 KB for
// all else, after brotli.
func BenchmarkFirstVisitBytes(b *testing.B) {
	sizes := make(map[string]int)
	err := filepath.WalkDir(dist, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		sizes[p] = int(info.Size())
		return err
	})
	if err != nil || len(sizes) < 5 {
		b.Skip("the app is not built: make build")
	}
	rest := 0
	for p, n := range sizes {
		switch ext := filepath.Ext(p); {
		case ext == ".br" || ext == ".gz" || ext == ".zst" || ext == ".keep" || filepath.Base(p) == "release.txt":
		case ext == ".wasm":
			b.ReportMetric(float64(n)/1000, "wasm-raw-KB")
			b.ReportMetric(float64(sizes[p+".br"])/1000, "wasm-brotli-KB")
			b.ReportMetric(float64(sizes[p+".gz"])/1000, "wasm-gzip-KB")
		case sizes[p+".br"] > 0:
			rest += sizes[p+".br"]
		default:
			rest += n
		}
	}
	b.ReportMetric(float64(rest)/1000, "rest-KB")
	lines := 0
	scripts, _ := filepath.Glob(root + "/web/static/*.js")
	for _, p := range scripts {
		text, err := os.ReadFile(p)
		if err != nil {
			b.Fatal(err)
		}
		lines += bytes.Count(text, []byte("\n"))
	}
	b.ReportMetric(float64(lines), "js-lines")
	b.ReportMetric(0, "ns/op")
}

const words = "river pebble lantern oven birch teacup"

// unlocking is a script that types the passphrase and sends it.
const unlocking = `const f = document.querySelector("#f-passphrase");
	f.value = "` + words + `";
	f.dispatchEvent(new Event("input", {bubbles: true}));
	f.form.requestSubmit()`

// How long it takes from the navigation to a form that takes a passphrase, and
// from there to the diary, on a device that keeps years of one patient: in a
// browser that has just been started, after reloading, and with a quarter of
// this machine for the whole browser.
func BenchmarkUnlocking(b *testing.B) {
	if _, err := os.Stat(dist + "/index.html"); err != nil {
		b.Skip("the app is not built: make build")
	}
	folder, err := filepath.Abs(dist)
	if err != nil {
		b.Fatal(err)
	}
	profile := b.TempDir()
	relay := browsertest.StartRelay(b, folder)
	_, sheet := relay.Fill(1, sample.Years, "en")

	first := browsertest.StartIn(b, profile)
	p := first.Own("restored", "en-GB")
	p.Go(sheet)
	p.Has("#f-passphrase")
	p.Fill("passphrase", words)
	began := time.Now()
	p.Click("passphrase.save")
	p.Has("[data-key=sheet]")
	p.Click("sheet.later") // the one that it came with is replaced
	p.Has("[data-key=today]")
	p.See("Up to date")
	b.Logf("restored from the sheet in %.1f s", time.Since(began).Seconds())
	p.Go("about:blank")
	first.Close()

	measure(b, "", profile, relay.Origin)
	slow, err := slowBrowser(b)
	if err != nil {
		b.Logf("no figures of a slow machine: %v", err)
	} else {
		b.Setenv("VIALOG_BROWSER", slow)
		measure(b, "slow-", profile, relay.Origin)
	}
	b.ReportMetric(0, "ns/op")
	b.Logf("load of the machine: %s", load())
}

// measure reports medians of three browsers, each with one visit and one reload.
func measure(b *testing.B, kind, profile, origin string) {
	got := make(map[string][]float64)
	note := func(what string, d time.Duration) { got[what] = append(got[what], float64(d.Milliseconds())) }
	for range 3 {
		br := browsertest.StartIn(b, profile)
		p := br.Own("unlocking", "en-GB")
		p.Watch("[data-key=unlock] #f-passphrase")
		for _, how := range []string{"cold", "warm"} {
			if how == "cold" {
				p.Go(origin + "/")
			} else {
				p.Reload()
			}
			note(kind+how+"-form-ms", p.Seen())
			time.Sleep(time.Second) // a person types at least that long
			note(kind+how+"-open-ms", p.Time(unlocking, "[data-key=today]"))
			note(kind+how+"-diary-ms", p.Time(`document.querySelector("#place-diary").click()`, "[data-key=diary]"))
		}
		p.Go("about:blank")
		br.Close()
	}
	for what, list := range got {
		slices.Sort(list)
		b.ReportMetric(list[len(list)/2], what)
	}
}

// slowBrowser makes a program that runs the browser with a quarter of this
// machine. Throttling by the browser itself does not reach workers.
func slowBrowser(b *testing.B) (string, error) {
	browser := os.Getenv("VIALOG_BROWSER")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil && browser == "" {
			browser = path
		}
	}
	const period = 10_000 // µs
	quota := period * runtime.NumCPU() / 4
	group, settings := "/sys/fs/cgroup/cpu", map[string]string{"cpu.cfs_period_us": fmt.Sprint(period), "cpu.cfs_quota_us": fmt.Sprint(quota)}
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		group, settings = "/sys/fs/cgroup", map[string]string{"cpu.max": fmt.Sprint(quota, " ", period)}
	}
	group = filepath.Join(group, fmt.Sprintf("vialog-bench-%d", os.Getpid()))
	if err := os.Mkdir(group, 0o755); err != nil {
		return "", err
	}
	b.Cleanup(func() {
		for range 50 { // until its last process has gone
			if os.Remove(group) == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	for name, value := range settings {
		if err := os.WriteFile(filepath.Join(group, name), []byte(value), 0o644); err != nil {
			return "", err
		}
	}
	script := filepath.Join(b.TempDir(), "browser")
	text := strings.Join([]string{"#!/bin/sh", "echo $$ > " + group + "/cgroup.procs", `exec ` + browser + ` "$@"`, ""}, "\n")
	return script, os.WriteFile(script, []byte(text), 0o755)
}
