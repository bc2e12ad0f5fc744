package files

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/papers"
)

// Limits of archives, see FORMAT.md.
const (
	maxInZip   = 10_000   // files
	maxEntries = 64 << 20 // bytes of entries.jsonl, unpacked
	maxLine    = 64 << 10 // bytes of one of its lines
)

const entriesName = "entries.jsonl"

func isZip(b []byte) bool { return bytes.HasPrefix(b, []byte("PK\x03\x04")) }

// A title is the first line of entries.jsonl.
type title struct {
	Vialog  int    `json:"vialog"` // version of the format
	Made    string `json:"made"`
	Owner   string `json:"pseudonym"`
	Entries int    `json:"entries"`
	App     string `json:"app"`
}

// A raw is one of the lines after it: a statement's entry with its author.
type rawEntry struct {
	Kind    uint16 `json:"kind"`
	Name    string `json:"name"` // of the kind, for people
	Written int64  `json:"written_ms"`
	Side    string `json:"side"` // patient, carer, centre
	Author  string `json:"author,omitempty"`
	Own     bool   `json:"own,omitempty"`
	Hash    string `json:"statement"` // hex
	Body    string `json:"body"`      // base64
}

// archive is a zip file with everything, for people and for machines.
func (b *book) archive() ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	put := func(name string, data []byte) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: b.Now.Time()})
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	}
	type file struct {
		name string
		data []byte
	}
	list := []file{
		{"LIESMICH.txt", b.readme(lang.German)},
		{"README.txt", b.readme(lang.English)},
	}
	for _, l := range [...]struct {
		name string
		l    lang.Lang
	}{{"tagebuch.html", lang.German}, {"diary.html", lang.English}} {
		list = append(list, file{l.name, b.page(l.l)})
	}
	for _, f := range papers.Tables() {
		list = append(list, file{"csv/" + f.Name() + ".csv", b.table(f)})
	}
	bundle, err := b.bundle()
	if err != nil {
		return nil, err
	}
	entries, err := b.entries()
	if err != nil {
		return nil, err
	}
	list = append(list, file{"fhir/bundle.json", bundle}, file{entriesName, entries})
	for _, p := range b.Pictures {
		list = append(list, file{pictureName(p.ID), p.Data})
	}
	for _, f := range list {
		if err := put(f.name, f.data); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// pictureName is where the picture of a photo's entry is in an archive.
func pictureName(id diary.ID) string { return "photos/" + id.String() + ".jpg" }

func (b *book) entries() ([]byte, error) {
	var out bytes.Buffer
	w := json.NewEncoder(&out)
	w.SetEscapeHTML(false)
	if err := w.Encode(title{1, stamp(b.Now), b.Owner, len(b.Records), b.Version}); err != nil {
		return nil, err
	}
	for _, r := range b.Records {
		if err := w.Encode(rawEntry{
			Kind: uint16(r.Kind), Name: code(r.Kind), Written: r.Written, Side: code(r.Author.Who), Author: r.Author.Name, Own: r.Own,
			Hash: hex.EncodeToString(r.Hash[:]), Body: base64.StdEncoding.EncodeToString(r.Body),
		}); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// archive reads a zip file. Of all that is in it only the entries are looked at.
func (in *intake) archive() {
	z, err := zip.NewReader(bytes.NewReader(in.b.File), int64(len(in.b.File)))
	if err != nil {
		in.refuse(0, "", papers.Broken)
		return
	}
	if len(z.File) > maxInZip {
		in.refuse(0, "", papers.TooLarge)
		return
	}
	for _, f := range z.File {
		if f.Name != entriesName {
			continue
		}
		if f.UncompressedSize64 > maxEntries {
			in.refuse(0, "", papers.TooLarge)
			return
		}
		r, err := f.Open()
		if err != nil {
			in.refuse(0, "", papers.Broken)
			return
		}
		defer r.Close()
		in.entries(io.LimitReader(r, maxEntries))
		return
	}
	in.f.Form = 0
	in.refuse(0, "", papers.NotAFile)
}

// entries reads entries.jsonl. A diary of the lines is built first: what did not
// count there, because the other side wrote it, must not count when one side
// writes all of it.
func (in *intake) entries(r io.Reader) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	if !lines.Scan() {
		in.refuse(1, "", papers.Broken)
		return
	}
	var head title
	if json.Unmarshal(lines.Bytes(), &head) != nil || head.Vialog == 0 {
		in.refuse(1, "", papers.NotAFile)
		return
	}
	if head.Vialog > 1 {
		in.refuse(1, "", papers.Newer)
		return
	}
	in.f.Owner = diary.Clean(head.Owner[:min(len(head.Owner), 40)], false)
	if t, err := time.Parse(time.RFC3339, head.Made); err == nil {
		in.f.Made = t.UnixMilli()
	}
	type kept struct {
		rec diary.Record
		n   int
	}
	var list []kept
	there := new(diary.Diary)
	n := 1
	for lines.Scan() {
		n++
		if len(list) >= papers.MaxRecords {
			in.refuse(n, "", papers.TooLarge)
			break
		}
		var x rawEntry
		if json.Unmarshal(lines.Bytes(), &x) != nil {
			in.refuse(n, "", papers.Broken)
			continue
		}
		rec := diary.Record{Kind: diary.Kind(x.Kind), Written: x.Written}
		body, err := base64.StdEncoding.Strict().DecodeString(x.Body)
		hash, hashErr := hex.DecodeString(x.Hash)
		if err != nil || hashErr != nil || len(hash) != len(rec.Hash) {
			in.refuse(n, "", papers.Broken)
			continue
		}
		copy(rec.Hash[:], hash)
		rec.Body = body
		switch x.Side {
		case "patient":
			rec.Author.Who = diary.Patient
		case "carer":
			rec.Author.Who = diary.Carer
		case "centre":
			rec.Author.Who = diary.Centre
		default:
			in.refuse(n, "side", papers.NoSuch)
			continue
		}
		there.Add(rec)
		list = append(list, kept{rec, n})
	}
	if lines.Err() != nil {
		in.refuse(n+1, "", papers.Broken)
	} else if n-1 != head.Entries {
		in.refuse(n, "", papers.Broken) // not whole
	}
	out := make(map[[32]byte]bool) // does not count, or stands below the centre's plan
	for _, v := range there.Ignored() {
		// What waits may be for an entry of this diary: of the other side it would
		// change what the file does not even hold.
		if v.Fate != diary.Waiting || v.Author.Who == diary.Centre {
			out[v.Hash()] = true
		}
	}
	at := in.b.Now
	for _, p := range there.Plans(at) {
		if p.Shadowed {
			for _, v := range there.History(p.ID) {
				out[v.Hash()] = true
			}
		}
	}
	for _, x := range list {
		e, err := diary.Decode(x.rec.Kind, x.rec.Body)
		if err == nil {
			gone := leaves(x.rec.Kind) || out[x.rec.Hash]
			if was := e.Top().Supersedes; x.rec.Author.Who == diary.Centre && !was.IsZero() {
				_, found := there.Get(was)
				gone = gone || !found
			}
			if t, ok := e.(*diary.Retract); ok && !gone {
				it, found := there.Get(t.Entry)
				gone = found && leaves(it.Kind())
			}
			if _, has := in.has[e.Top().ID]; gone && !has {
				in.left[x.rec.Kind]++
				continue
			}
		}
		in.raw(x.rec.Kind, x.rec.Body, x.n)
	}
}
