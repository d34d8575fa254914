package spreadsheet

import (
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// What an export holds is text to a spreadsheet, whatever it is, and the same text as
// before.
func FuzzSpreadsheet(f *testing.F) {
	for _, seed := range []string{
		"", "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|cmd", "'", "plain", "é=",
		"a;=1+1;+2", "a,=1+1,-2", "x\n=1\r\n+2", "\x00", "\xff=",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		safe := safe(text)
		for _, cell := range regexp.MustCompile(`[;,\r\n]`).Split(safe, -1) {
			if cell != "" && strings.Contains("=+-@\t|", cell[:1]) {
				t.Errorf("%q became %q", text, safe)
			}
		}
		if strings.ReplaceAll(safe, "'", "") != strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "'", "") {
			t.Errorf("%q was changed to %q", text, safe)
		}
	})
}

// An export opens in Excel as it is set in each language: in columns, with its accents, and
// without a formula.
func TestExportsOpenInExcel(t *testing.T) {
	t.Parallel()
	rows := [][]string{
		{"João Gonçalves", "a, b; c", "=1+1"}, {"Señor \"Ñu\"", "two\nlines", "x;=2"}, {"李雷", "", "y,@z"},
	}
	i := webtest.New(t, web.Feature{Name: "exports", Routes: func(s *web.Server) []web.Route {
		return []web.Route{web.Get("/export", web.Employees, func(
			w http.ResponseWriter, r *http.Request, _ *store.Person,
		) error {
			return File[[]string]{
				Name: "people.csv", Head: []string{"name", "text", "formula"},
				Rows: func(yield func([]string, error) bool) {
					for _, row := range rows {
						if !yield(slices.Clone(row), nil) {
							return
						}
					}
				},
				Row: func(cells []string) []string { return cells },
			}.Send(s.Log, w, r)
		})}
	}})
	for name, lang := range map[string]string{"ana": "pt", "bea": "en", "caio": "es"} {
		res := i.As(name).Get("/export")
		got := webtest.Spreadsheet(t, strings.NewReader(res.Body), lang)
		want := [][]string{
			{"name", "text", "formula"}, slices.Clone(rows[0]), slices.Clone(rows[1]), slices.Clone(rows[2]),
		}
		want[1][2], want[2][2], want[3][2] = "'=1+1", "x;'=2", "y,'@z"
		if !reflect.DeepEqual(got, want) {
			t.Errorf("in %s: %q", lang, got)
		}
		if file := res.Header.Get("Content-Disposition"); file != `attachment; filename="people.csv"` {
			t.Errorf("the file is %s", file)
		}
	}
}
