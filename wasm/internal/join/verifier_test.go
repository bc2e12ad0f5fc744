package join

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vialog/wasm/internal/seal"
)

var (
	expects = regexp.MustCompile(`(?m)^\(\* expect (true|false)`)
	queries = regexp.MustCompile(`(?m)^query `)
	results = regexp.MustCompile(`(?m)^RESULT .* (is true|is false|cannot be proved)\.$`)
)

// said returns what ProVerif says to each query of a model: true, false or neither.
func said(t *testing.T, proverif, model string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "talk.pv")
	if err := os.WriteFile(file, []byte(model), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(proverif, file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %.500s", err, out)
	}
	var answers []string
	for _, m := range results.FindAllStringSubmatch(string(out), -1) {
		answers = append(answers, strings.TrimPrefix(m[1], "is "))
	}
	return answers
}

func expected(model string) (out []string) {
	for _, m := range expects.FindAllStringSubmatch(model, -1) {
		out = append(out, m[1])
	}
	return out
}

func readModel(t *testing.T) string {
	b, err := os.ReadFile("talk.pv")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheModelOfTheTalksNamesWhatTheCodeHashesAndSigns(t *testing.T) {
	model := readModel(t)
	for _, l := range []seal.Label{seal.LabelInvite, seal.LabelInviteID, seal.LabelInviteConfirm, seal.LabelInviteTranscript, seal.LabelInviteShortCode,
		seal.LabelInviteOffer, seal.LabelInviteRequest, seal.LabelInviteDone, seal.LabelSheet, seal.LabelEnrol} {
		name := strings.ReplaceAll(string(l[strings.LastIndexByte(string(l), '/')+1:]), "-", "_")
		if n := len(regexp.MustCompile(`\b`+name+`\b`).FindAllString(model, -1)); n < 3 {
			t.Errorf("%s stands in the model %d times", name, n)
		}
	}
	if e, q := len(expected(model)), len(queries.FindAllString(model, -1)); e != q || e < 15 {
		t.Errorf("%d queries, of which %d say what is expected", q, e)
	}
}

// make verify: ProVerif says what the model expects, and something else as soon as a
// check of the talk is left out.
func TestTheTalksPassTheVerifier(t *testing.T) {
	if os.Getenv("VIALOG_VERIFY") == "" {
		t.Skip("only make verify has the time")
	}
	proverif, err := exec.LookPath("proverif")
	if err != nil {
		t.Skip("NOT RUN: proverif is not installed (version 2.05; opam install proverif)")
	}
	model := readModel(t)
	want := expected(model)
	if got := said(t, proverif, model); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Fatalf("ProVerif says\n%v, expected\n%v", got, want)
	}
	const (
		byCompared = 3 // the number of the query, from 0
		byJoined   = 5
		byAdded    = 6
		byLocker   = 12
	)
	for _, m := range []struct {
		name, old, new string
		query          int
	}{
		{"the short code does not cover the request",
			"invite_short_code(invite_id(r), invite_transcript(o), invite_transcript(q), n)", "invite_short_code(invite_id(r), invite_transcript(o), invite_transcript(o), n)", byCompared},
		{"the invited does not look at the fingerprint of the end",
			"if fingerprint(by) = f then", "", byJoined},
		{"the end does not cover the request",
			"(invite_id(r), invite_transcript(o), invite_transcript(q), d')", "(invite_id(r), invite_transcript(o), invite_transcript(o), d')", byJoined},
		{"the inviter does not compare what the new device shows",
			"if shown = invite_short_code(invite_id(r), invite_transcript(o), invite_transcript(q), n) then", "", byAdded},
		{"a locker opens under what everybody knows",
			"new s: seed; ((!Finder(s)) | Writer(s, way))", "new s: seed; out(relay, s); ((!Finder(s)) | Writer(s, way))", byLocker},
	} {
		changed := strings.ReplaceAll(model, m.old, m.new)
		if changed == model {
			t.Errorf("%s: the model has another text", m.name)
			continue
		}
		got := said(t, proverif, changed)
		if len(got) != len(want) || want[m.query] != "true" || got[m.query] == "true" {
			t.Errorf("%s: ProVerif does not mind: %v", m.name, got)
		}
	}
}
