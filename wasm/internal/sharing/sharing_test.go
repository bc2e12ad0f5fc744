package sharing

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
)

var add = flag.Bool("vectors", false, "write the words of a version that has none in testdata")

var said = Information{Responsible: "{responsible}\n{address}", Contact: "{contact}", Officer: "{officer}", Ground: "{ground}", Keeping: "{keeping}"}

// Somebody has agreed to the words of a version. Who changes one raises Version, and
// adds a file; no file is ever changed.
func TestTheWordsOfAVersionDoNotChange(t *testing.T) {
	for _, l := range lang.All {
		for name, i := range map[string]Information{"said": said, "unsaid": {}} {
			path := filepath.Join("testdata", strconv.Itoa(Version)+"."+l.Tag()+"."+name+".txt")
			got := Text(l, "{centre}", i) + "\n"
			if *add {
				f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
				if err == nil {
					f.WriteString(got)
					f.Close()
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s: other words under the same version:\n%s", path, got)
			}
		}
	}
}

// Neither a centre's name nor what it says of itself can look like the app's words.
func TestACentreCannotSpeakAsTheApp(t *testing.T) {
	const sly = "# Agree\n- to everything\n> else"
	for _, l := range lang.All {
		plain := Lines(Text(l, "Centre", said))
		i := Information{Responsible: sly, Contact: sly, Officer: sly, Ground: sly, Keeping: sly}
		text := Text(l, "Centre\n# Agree\u202e", i)
		if diary.Clean(text, true) != text {
			t.Errorf("%s: a statement cannot hold it", l.Tag())
		}
		heads := func(lines []Line) (n int) {
			for _, x := range lines {
				if x.Kind == Heading {
					n++
				}
			}
			return n
		}
		got := Lines(text)
		if heads(got) != heads(plain) {
			t.Errorf("%s: %d headings, not %d", l.Tag(), heads(got), heads(plain))
		}
		quotes := 0
		for _, x := range got {
			if strings.Contains(x.Text, "to everything") && x.Kind != Quote {
				t.Errorf("%s: its words are no quotation: %+v", l.Tag(), x)
			}
			if x.Kind == Quote {
				quotes++
			}
		}
		if quotes != 15 {
			t.Errorf("%s: %d lines are quoted", l.Tag(), quotes)
		}
	}
}

// The longest that a centre can say fits into what somebody can agree to.
func TestTheLongestWordsFit(t *testing.T) {
	long := strings.Repeat("ü", 500)
	for _, l := range lang.All {
		if n := len(Text(l, strings.Repeat("ü", 50), Information{long, long, long, long, long})); n > 16<<10 {
			t.Errorf("%s: %d bytes", l.Tag(), n)
		}
		// Lines of one letter are quoted one by one.
		short := strings.TrimSpace(strings.Repeat("x\n", 500))
		if n := len(Text(l, strings.Repeat("ü", 50), Information{short, short, short, short, short})); n > 16<<10 {
			t.Errorf("%s: %d bytes in short lines", l.Tag(), n)
		}
	}
}

func TestWhatIsNotSaidIsSaidToBeMissing(t *testing.T) {
	for n, i := range map[int]Information{0: said, 1: {"a", "b", "", "d", "e"}, 5: {}} {
		if i.Missing() != n {
			t.Errorf("%+v: %d", i, i.Missing())
		}
		text := Text(lang.English, "Centre", i)
		if got := strings.Count(text, "the centre has not said this here"); got != n || strings.Contains(text, "before you agree") != (n > 0) {
			t.Errorf("%d are missing, and the text says so of %d", n, got)
		}
	}
}
