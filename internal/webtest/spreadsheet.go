package webtest

import (
	"encoding/csv"
	"io"
	"strings"
	"testing"
)

// Spreadsheet reads an exported file as Excel does that is set to a language: it must begin
// with the mark of UTF-8, and have that language's separator.
func Spreadsheet(t testing.TB, file io.Reader, lang string) [][]string {
	t.Helper()
	content, err := io.ReadAll(file)
	text, marked := strings.CutPrefix(string(content), "\uFEFF")
	if err != nil || !marked || strings.HasPrefix(text, "\uFEFF") {
		t.Fatalf("without the mark of UTF-8: %.20q, %v", text, err)
	}
	in := csv.NewReader(strings.NewReader(text))
	in.Comma = map[string]rune{"en": ',', "pt": ';', "es": ';'}[lang]
	cells, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return cells
}
