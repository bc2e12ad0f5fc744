package view_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The pairs of tokens that stand on each other, with the ratio WCAG 2.2 AA asks
// for: 4.5 for text, 3 for the edges of controls and drawings.
var pairs = []struct {
	front, ground string
	least         float64
}{
	{"ink", "bg", 4.5}, {"ink", "surface", 4.5}, {"ink", "sunken", 4.5},
	{"ink-soft", "bg", 4.5}, {"ink-soft", "surface", 4.5}, {"ink-soft", "sunken", 4.5},
	{"accent", "bg", 4.5}, {"accent", "surface", 4.5}, {"accent", "sunken", 4.5},
	{"on-accent", "accent", 4.5}, {"on-accent", "accent-strong", 4.5},
	{"on-accent-soft", "accent-soft", 4.5}, {"accent", "accent-soft", 3},
	{"alarm", "surface", 4.5}, {"alarm", "bg", 4.5},
	{"on-alarm", "alarm", 4.5}, {"on-alarm-soft", "alarm-soft", 4.5},
	{"edge", "surface", 3}, {"edge", "bg", 3}, {"edge", "sunken", 3},
}

func TestColoursCanBeReadInBothThemes(t *testing.T) {
	css, err := os.ReadFile("../../../web/static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	block := func(start string) map[string]string {
		t.Helper()
		_, rest, ok := strings.Cut(string(css), start)
		if !ok {
			t.Fatalf("no %s", start)
		}
		body, _, _ := strings.Cut(rest, "}")
		tokens := make(map[string]string)
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(body, -1) {
			tokens[m[1]] = m[2]
		}
		return tokens
	}
	light := block("\n:root {")
	dark := block(`:root:not([data-theme="light"]) {`)
	chosen := block("\n:root[data-theme=\"dark\"] {")
	for k, v := range dark {
		if chosen[k] != v {
			t.Errorf("dark by the device and dark by choice differ in --%s", k)
		}
	}
	if len(dark) != len(chosen) || len(dark) != len(light) {
		t.Errorf("%d light, %d dark and %d chosen tokens", len(light), len(dark), len(chosen))
	}
	for name, theme := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, p := range pairs {
			if theme[p.front] == "" || theme[p.ground] == "" {
				t.Errorf("%s: no token --%s or --%s", name, p.front, p.ground)
				continue
			}
			if r := contrast(theme[p.front], theme[p.ground]); r < p.least {
				t.Errorf("%s: --%s on --%s is %.2f, not %.1f", name, p.front, p.ground, r, p.least)
			}
		}
	}
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

func luminance(hex string) float64 {
	v, _ := strconv.ParseUint(hex[1:], 16, 32)
	part := func(c uint64) float64 {
		f := float64(c&0xff) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*part(v>>16) + 0.7152*part(v>>8) + 0.0722*part(v)
}
