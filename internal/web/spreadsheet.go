package web

import (
	"encoding/csv"
	"iter"
	"net/http"
	"regexp"
)

// Spreadsheet is a file of rows for a spreadsheet program.
type Spreadsheet[T any] struct {
	Name string   // of the file
	Head []string // the first row
	Rows iter.Seq2[T, error]
	Row  func(T) []string // the cells of a row
}

// Send sends the rows as CSV (RFC 4180). No program that opens the file reads a text in
// it as a formula.
func (f Spreadsheet[T]) Send(s *Server, w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+f.Name+`"`)
	out := csv.NewWriter(w)
	_ = out.Write(f.Head)
	for one, err := range f.Rows {
		if err != nil { // the connection breaks off, so that half a file does not look whole
			s.Log.ErrorContext(r.Context(), "an export broke off", "error", err)
			panic(http.ErrAbortHandler)
		}
		cells := f.Row(one)
		for i := range cells {
			cells[i] = spreadsheetSafe(cells[i])
		}
		_ = out.Write(cells) // fails only where the client has left
	}
	out.Flush()
	return nil
}

// formula matches the signs with which spreadsheet programs begin a formula, at the start
// of a cell. In some languages a semicolon begins a cell, too. Full-width signs count.
var formula = regexp.MustCompile(`(^|;)([=+\-@\t\r\n|＝＋－＠])`)

// spreadsheetSafe changes a text so that no program reads it as a formula (OWASP: CSV
// injection).
func spreadsheetSafe(s string) string { return formula.ReplaceAllString(s, "$1'$2") }
