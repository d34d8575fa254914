package web_test

import (
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/web"
)

// What an export holds is text to a spreadsheet, whatever it is, and the same text as
// before.
func FuzzSpreadsheet(f *testing.F) {
	for _, seed := range []string{
		"", "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|cmd", "'", "plain", "é=",
		"a;=1+1;+2", "\x00", "\xff=",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		safe := web.SpreadsheetSafe(text)
		for cell := range strings.SplitSeq(safe, ";") {
			if cell != "" && strings.Contains("=+-@\t\r\n|", cell[:1]) {
				t.Errorf("%q became %q", text, safe)
			}
		}
		if strings.ReplaceAll(safe, "'", "") != strings.ReplaceAll(text, "'", "") {
			t.Errorf("%q was changed to %q", text, safe)
		}
	})
}
