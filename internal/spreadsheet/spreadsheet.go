// Package spreadsheet sends lists as files for spreadsheet programs.
package spreadsheet

import (
	"encoding/csv"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"strings"

	"github.com/carameloai/intranet/internal/i18n"
)

// File is one of rows.
type File[T any] struct {
	Name string   // of the file
	Head []string // the first row
	Rows iter.Seq2[T, error]
	Row  func(T) []string // the cells of a row
}

// byteOrderMark at the beginning of a file tells Excel that it is UTF-8.
const byteOrderMark = "\uFEFF"

// separators are what stands between two cells, by language. Excel on a computer that is
// set to the language expects it: a semicolon where numbers have a decimal comma.
var separators = map[string]rune{"en": ',', "pt": ';', "es": ';'}

// Send sends the rows as CSV (RFC 4180), as Excel opens it in the reader's language. No
// program that opens the file reads a text in it as a formula.
func (f File[T]) Send(log *slog.Logger, w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+f.Name+`"`)
	if err := f.Write(w, i18n.Lang(r.Context())); err != nil {
		// The connection breaks off, so that half a file does not look whole.
		log.ErrorContext(r.Context(), "an export broke off", slog.Any("error", err))
		panic(http.ErrAbortHandler)
	}
	return nil
}

// Write writes the file as Send does, for readers of a language. It fails where a row cannot
// be had.
func (f File[T]) Write(to io.Writer, lang string) error {
	_, _ = io.WriteString(to, byteOrderMark)
	out := csv.NewWriter(to)
	out.Comma = separators[lang]
	_ = out.Write(f.Head)
	for one, err := range f.Rows {
		if err != nil {
			return err
		}
		cells := f.Row(one)
		for i := range cells {
			cells[i] = safe(cells[i])
		}
		_ = out.Write(cells) // fails only where the client has left
	}
	out.Flush()
	return nil
}

// formulaSigns are what a formula begins with, at the start of a cell. Full-width signs
// count.
const formulaSigns = "=+-@\t\r\n|＝＋－＠"

// safe changes a text so that no program reads it as a formula (OWASP: CSV
// injection). A program with other separators than the file's begins a cell behind any of
// them, and at the start of a line.
func safe(s string) string {
	var out strings.Builder
	start := true
	for _, r := range s {
		if start && strings.ContainsRune(formulaSigns, r) {
			out.WriteByte('\'')
		}
		out.WriteRune(r)
		start = strings.ContainsRune(",;\r\n", r)
	}
	return out.String()
}
