package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/carameloai/intranet/internal/store"
)

// Only what may be a phone is found by its end: not a date, nor an amount. And a number is not
// found by a longer one.
func TestANumberIsNotFoundByAnother(t *testing.T) {
	t.Parallel()
	i := start(t)
	for _, title := range []string{
		"Until 21/12/2026.", "It costs R$ 1.234.567,00 a year", "Call +55 11 91234-5678", "Call (21) 3555-0100 now",
		"Order 7001234567", "Tel. +44 (0)20 7946 0958", "1 234,56 or 10 9.876,54", "Call 020 7123 4567",
	} {
		put(i, "notes", "en", title, "")
	}
	for query, want := range map[string]string{
		"21/12/2026": "Until 21/12/2026.", "21-12-2026": "Until 21/12/2026.", "21.12.2026": "Until 21/12/2026.",
		"21122026": "Until 21/12/2026.", "12/2026": "Until 21/12/2026.",
		"31/12/2026": "", "1/12/2026": "", "1-12-2026": "", "121/12/2026": "", "31.12.2026": "", "31122026": "",
		"1.234.567,00": "It costs R$ 1.234.567,00 a year", "1234567,00": "It costs R$ 1.234.567,00 a year",
		"9.234.567,00": "", "31.234.567,00": "", "34.567,00": "", "R$ 9.234.567,00": "",
		"91234-5678": "Call +55 11 91234-5678", "(11) 91234-5678": "Call +55 11 91234-5678",
		"011 91234-5678": "Call +55 11 91234-5678", "5511912345678": "Call +55 11 91234-5678",
		"+55 (011) 91234.5678": "Call +55 11 91234-5678", "1234-5678": "Call +55 11 91234-5678",
		"(21) 91234-5678": "", "+55 21 91234-5678": "", "81234-5678": "",
		"+55 21 3555-0100": "Call (21) 3555-0100 now", "0055 21 3555 0100": "Call (21) 3555-0100 now",
		"552135550100": "Call (21) 3555-0100 now", "+55 11 3555-0100": "", "2555-0100": "",
		// The end of two, and the beginning of an amount.
		"1234567":    "Call 020 7123 4567, It costs R$ 1.234.567,00 a year, Order 7001234567",
		"8001234567": "", "+44 20 7946 0958": "Tel. +44 (0)20 7946 0958", "020 7946 0958": "Tel. +44 (0)20 7946 0958",
		"+44 20 7123 4567": "Call 020 7123 4567", "+44 21 7123 4567": "",
		"1234,56": "1 234,56 or 10 9.876,54", "9876,54": "1 234,56 or 10 9.876,54", "8876,54": "",
	} {
		got, page := finds(t, i, Filter{Query: query, Limit: 50})
		slices.Sort(got)
		if strings.Join(got, ", ") != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
		for _, title := range got {
			if !slices.ContainsFunc(marked(title, page.Parts), func(p piece) bool { return p.Hit }) {
				t.Errorf("%q is not marked in %q", query, title)
			}
		}
	}
}

// However long a text is and however often it has a word, it is found by what stands in it.
func TestALongTextIsFoundByItsEnd(t *testing.T) {
	t.Parallel()
	i := start(t)
	var numbers strings.Builder
	for n := range 3000 {
		fmt.Fprintf(&numbers, "NR-%d ", n)
	}
	for name, filler := range map[string]string{
		"numbers": numbers.String(), "clauses": strings.Repeat("NR-35, cláusula 4.1 de 2026; ", 700),
		"digits": strings.Repeat("1 ", 10_000), "short words": strings.Repeat("nr a.b ", 3000),
		"Chinese": strings.Repeat("研修会社内東京", 3000), "Thai": strings.Repeat("การประชุมพนักงาน", 1300),
		"ligatures": strings.Repeat("ﷺ ", 10_000), "outside the BMP": strings.Repeat("𠀋", 20_000),
	} {
		end := " NR 78 srv-db07.lan/x 北京手册 ระเบียบ (21) 3555-0100"
		body := string([]rune(filler)[:store.MaxWritten-utf8.RuneCountInString(end)]) + end
		put(i, "notes", "pt", "Title "+strings.Repeat("of NR 35 ", 20)+name, body)
		for _, query := range []string{
			"NR-78", "nr78", "NR 78", "db07.lan", "db07", "lan/x", "手册", "北京手册", "ระเบียบ", "ระเบียบ 手册", "3555-0100",
			"+55 21 3555-0100", "(21) 3555", "NR-78 db07.lan " + strings.Fields(name)[0],
		} {
			titles, page := finds(t, i, Filter{Query: query, Limit: 50})
			if len(titles) != 1 || !strings.HasSuffix(titles[0], name) {
				t.Errorf("%s: %q finds %d texts", name, query, len(titles))
			}
			if !slices.ContainsFunc(excerpt(body, page.Parts), func(p piece) bool { return p.Hit }) {
				t.Errorf("%s: %q is not marked", name, query)
			}
		}
		i.Exec(`DELETE FROM shelf WHERE kind = 'notes' AND title LIKE 'Title %'`)
	}
}

// Of a text whose every place is known, what stands together is what is found.
func TestWordsThatStandApartAreNotFoundAsOne(t *testing.T) {
	t.Parallel()
	i := start(t)
	put(i, "notes", "en", "Apart", "NR 36, RH-35; lan, srv and db07: 修研 ประชุม พนักงาน 육교, wiki.corp, corp.example")
	for _, query := range []string{"NR-35", "srv-db07.lan", "研修", "พนักประชุม", "교육", "wiki.corp.example", "RH-36"} {
		if titles, _ := finds(t, i, Filter{Query: query, Limit: 50}); len(titles) != 0 {
			t.Errorf("%q finds %q", query, titles)
		}
	}
}
