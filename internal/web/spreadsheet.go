package web

import (
	"encoding/csv"
	"iter"
	"net/http"
	"regexp"
)

// sendSpreadsheet sends rows as CSV (RFC 4180), with the texts in them safe for
// the programs that open it.
func (h *handlers) sendSpreadsheet(w http.ResponseWriter, r *http.Request, name string, head []string, rows iter.Seq2[[]string, error]) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	out := csv.NewWriter(w)
	_ = out.Write(head)
	for row, err := range rows {
		if err != nil { // half a file must not look whole
			h.Log.ErrorContext(r.Context(), "an export broke off", "error", err)
			panic(http.ErrAbortHandler)
		}
		for i := range row {
			row[i] = spreadsheetSafe(row[i])
		}
		_ = out.Write(row) // fails only where the client has left
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
