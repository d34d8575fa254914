package web

import (
	"encoding/csv"
	"iter"
	"net/http"
	"regexp"
)

// Spreadsheet is a file of rows for a spreadsheet program.
type Spreadsheet[T any] struct {
	Name string // of the file
	Head []string
	Rows iter.Seq2[T, error]
	Row  func(T) []string
}

// Send sends the rows as CSV (RFC 4180), with the texts in them safe for the
// programs that open it.
func (f Spreadsheet[T]) Send(s *Server, w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+f.Name+`"`)
	out := csv.NewWriter(w)
	_ = out.Write(f.Head)
	for one, err := range f.Rows {
		if err != nil { // half a file must not look whole
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

// formula is where a spreadsheet would begin to read one: at the start of a cell,
// which in some languages is behind a semicolon too. Full-width signs count.
var formula = regexp.MustCompile(`(^|;)([=+\-@\t\r\n|＝＋－＠])`)

// spreadsheetSafe keeps a spreadsheet from reading a text as a formula (OWASP,
// CSV injection).
func spreadsheetSafe(s string) string { return formula.ReplaceAllString(s, "$1'$2") }
