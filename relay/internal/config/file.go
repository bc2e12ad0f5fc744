package config

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// A file with settings has one to a line:
//
//	# what follows is for people
//	origin = https://diary.example.org
//
// The name is that of a flag of serve, the value goes on to the end of the line.
// Spaces around either do not count. A line that begins with # is a comment; a #
// later in a line is part of the value. A setting that may be given more than
// once as a flag may be given on several lines.

// maxFile bounds a file with settings, in bytes.
const maxFile = 1 << 20

// readFile sets what the file says that v knows, and returns the last line of
// each setting. Every line that is wrong is an error of its own.
func (c *Config) readFile(v Verb, f *flag.FlagSet) (lines map[string]int, err error) {
	lines = make(map[string]int)
	if c.File == "" {
		return lines, nil
	}
	file, err := os.Open(c.File)
	if err != nil {
		return nil, fmt.Errorf("-config: %w", err)
	}
	defer file.Close()
	known := (&Config{}).flags(Verb{Serve: true})
	var errs []error
	in := bufio.NewScanner(io.LimitReader(file, maxFile))
	n := 0
	for in.Scan() {
		n++
		line := strings.TrimSpace(in.Text())
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if line == "" || line[0] == '#' {
			continue
		}
		if err := setLine(line, known, f, lines, n); err != nil {
			errs = append(errs, fmt.Errorf("%s line %d: %w", c.File, n, err))
		}
	}
	if err := in.Err(); err != nil {
		errs = append(errs, fmt.Errorf("%s line %d: %w", c.File, n+1, err))
	} else if info, err := file.Stat(); err == nil && info.Size() > maxFile {
		errs = append(errs, fmt.Errorf("%s is larger than %d bytes: it is no file with settings", c.File, maxFile))
	}
	return lines, errors.Join(errs...)
}

func setLine(line string, known, f *flag.FlagSet, lines map[string]int, n int) error {
	name, value, ok := strings.Cut(line, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	switch {
	case !ok:
		return fmt.Errorf("%q is not a setting: write name = value, or # before a comment", line)
	case name == configFlag:
		return errors.New("a file cannot name another: give it with -config")
	case known.Lookup(name) == nil:
		return fmt.Errorf("there is no setting %q; relay config example lists them", name)
	case value == "":
		return fmt.Errorf("%s has no value: take the line out, or put # before it", name)
	case lines[name] != 0 && !repeats(known.Lookup(name)):
		return fmt.Errorf("%s was set in line %d already: take one out", name, lines[name])
	}
	lines[name] = n
	if f.Lookup(name) == nil {
		// Another verb's. It is judged all the same: a mistake is a mistake.
		f = known
	}
	if err := f.Set(name, value); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// repeats reports whether a setting may be given more than once.
func repeats(f *flag.Flag) bool {
	switch f.Value.(type) {
	case *list, *networks, *limits:
		return true
	}
	return false
}

// examples are for settings whose default is no value to show.
var examples = map[string]string{
	"origin":           "https://diary.example.org",
	"app-origin":       "https://app.example.org",
	"store-file":       "/etc/vialog/store",
	"app":              "/usr/share/vialog/app",
	"signer":           "vialog.example.org+e5ab1eda+AQrLFGmmyV5T/WOwoSFi3p/pJfGTXWLlbMwqeHVcUOx9",
	"tls-cert":         "/etc/vialog/cert.pem",
	"tls-key":          "/etc/vialog/key.pem",
	"trusted-proxy":    "10.0.0.0/8",
	"limit":            "connections=20000",
	"acme-domain":      "diary.example.org",
	"acme-email":       "operator@example.org",
	"http-listen":      ":80",
	"metrics":          "127.0.0.1:9464",
	"security-contact": "mailto:security@example.org",
	"security-key":     "https://example.org/security.asc",
	"status-socket":    "/run/vialog/status",
}

// Example writes a file with every setting of serve, each a comment with what
// it does and its default or an example.
func Example(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "# Settings of a Vialog relay. Use: relay serve -config FILE")
	fmt.Fprintln(out, "#")
	fmt.Fprintln(out, "# One \"name = value\" a line. Take away the # of what you want to change; what is left as")
	fmt.Fprintln(out, "# it is has its default. A variable of the environment (VIALOG_LISTEN for listen) wins over")
	fmt.Fprintln(out, "# this file, and a flag (-listen) over both. relay config check -config FILE looks it through.")
	(&Config{}).flags(Verb{Serve: true}).VisitAll(func(f *flag.Flag) {
		if f.Name == configFlag {
			return
		}
		_, usage := flag.UnquoteUsage(f)
		fmt.Fprintln(out)
		for _, line := range wrap(strings.ToUpper(usage[:1])+usage[1:], 96) {
			fmt.Fprintln(out, "# "+line)
		}
		if repeats(f) {
			fmt.Fprintln(out, "# May be given on several lines.")
		}
		value := f.DefValue
		if value == "" {
			value = examples[f.Name]
			fmt.Fprintln(out, "# For example:")
		}
		fmt.Fprintf(out, "#%s = %s\n", f.Name, value)
	})
	return out.Flush()
}

// wrap breaks text between words, into lines of up to width bytes.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
