package link

import (
	"bytes"
	"context"
	"testing"

	"vialog/wasm/internal/vault"
)

// scanned is a keeper that has been read already.
type scanned []vault.Record

func (scanned) Get(context.Context, string) ([]byte, error)            { return nil, nil }
func (s scanned) Scan(context.Context, string) ([]vault.Record, error) { return s, nil }
func (scanned) Write(context.Context, []vault.Record) error            { return nil }

// filled are the records of a device after so many statements.
func filled(t testing.TB, statements int) (*member, scanned) {
	w := newWorld(t)
	for i := range statements {
		w.anna.write(string(bytes.Repeat([]byte{byte(i)}, 160)))
		if i%200 == 199 {
			w.send(w.anna)
		}
	}
	records, err := w.anna.disk.Scan(t.Context(), "s/1/")
	if err != nil {
		t.Fatal(err)
	}
	return w.anna, records
}

func BenchmarkLoad5000(b *testing.B) {
	m, records := filled(b, 5000)
	b.ReportAllocs()
	for b.Loop() {
		m.book = NewBook()
		cfg := m.config()
		cfg.Keeper = records
		if _, err := Load(b.Context(), cfg); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseStatement(b *testing.B) {
	w := newWorld(b)
	s := w.anna.write(string(make([]byte, 160)))
	raw := append(s.unsigned(), s.Sig[:]...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseStatement(raw); err != nil {
			b.Fatal(err)
		}
	}
}
