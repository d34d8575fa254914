package contenttest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
)

func checkMissing(t *testing.T, k Kind) {
	i := k.start(t)
	caio := i.As("caio")
	slug, free := k.write(caio, k.mustRead()), k.write(caio, k.fields("title", "Need not be read"))
	i.Exec(`INSERT INTO people (name, email)
		SELECT 'Guest ' || n, 'guest' || n || '@company.example' FROM generate_series(100, 199) n`)
	i.Exec(`INSERT INTO people (name, email, active) VALUES ('Gone', 'gone@company.example', false)`)
	i.As("bea").Post(k.Kind.Acknowledgement.Of(slug), k.shown(i.As("bea"), slug))
	names, pages := map[string]bool{}, 0
	for path := k.Kind.Acknowledgements.Of(slug); path != ""; pages++ {
		html := caio.Get(path).HTML(t)
		for _, row := range html.Find(".person-name").EachIter() {
			if names[row.Text()] {
				t.Errorf("%s is there twice", row.Text())
			}
			names[row.Text()] = true
		}
		if lead := html.Find(".lead").Text(); pages == 0 && !strings.HasPrefix(lead, "1 de 103 ") {
			t.Errorf("%q", lead)
		}
		path = html.Find("a[rel=next]").AttrOr("href", "")
	}
	if len(names) != 102 || pages != 3 || names["Gone"] || names[`Bea <i>"O'Neill"</i>`] || !names["Guest 150"] {
		t.Errorf("%d on %d pages", len(names), pages)
	}
	for _, other := range []string{free, "no-such"} {
		if res := caio.Get(k.Kind.Acknowledgements.Of(other)); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", other, res.StatusCode)
		}
	}
	for _, after := range []string{"x", "e30"} {
		if res := caio.Get(k.Kind.Acknowledgements.Of(slug, "after", after)); res.StatusCode != http.StatusBadRequest {
			t.Errorf("a bad cursor: %d", res.StatusCode)
		}
	}
	// A count that ended early is not shown as if it were the whole.
	i.Exec(`INSERT INTO people (name, email)
		SELECT 'More ' || n, 'more' || n || '@company.example' FROM generate_series(1, 1000) n`)
	lead := i.As("ana").Get(k.Kind.Acknowledgements.Of(slug)).HTML(t).Find(".lead").Text()
	if !strings.Contains(lead, "Mais de 1.000") {
		t.Errorf("%q", lead)
	}
}

func checkExport(t *testing.T, k Kind) {
	i := k.start(t)
	caio := i.As("caio")
	slug, free := k.write(caio, k.mustRead()), k.write(caio, k.fields("title", "Need not be read"))
	i.Exec(`UPDATE people SET name = '=1+1', department = NULL WHERE id = $1`, i.IDs["bea"])
	i.Exec(`INSERT INTO people (name, email, active) VALUES ('Gone', 'gone@company.example', false)`)
	k.keep(i)
	i.Exec(`INSERT INTO `+k.Acknowledgements+` (`+k.Key+`, edition, digest, person_id, at)
		SELECT id, 1, $3, $1, '2026-01-02T03:04:05Z' FROM `+k.Table+` WHERE slug = $2`, i.IDs["ana"], slug, digest)
	calls, recorded := i.Calls.Load(), len(i.Recorded())
	res := caio.Post(k.Kind.Export.Of(slug), nil)
	rows := webtest.Spreadsheet(t, strings.NewReader(res.Body), "es")
	if len(rows) != 4 || strings.Join(rows[0], ",") != "name,email,department,acknowledged_at,edition,text" {
		t.Fatalf("%q", rows)
	}
	confirmed := k.Kind.Confirmed.Of(slug, "edition", "1", "text", digest)
	for n, want := range []string{
		"bea@company.example||||", "ana@company.example|Finanzas|2026-01-02T03:04:05Z|1|http://127.0.0.1" + confirmed,
		"caio@company.example|Finanzas|||",
	} {
		if got := strings.Join(rows[n+1][1:], "|"); got != want {
			t.Errorf("row %d: %q, want %q", n, got, want)
		}
	}
	if rows[1][0] != "'=1+1" {
		t.Errorf("a formula: %q", rows[1][0])
	}
	header := map[string]string{
		"Content-Disposition": `attachment; filename="acknowledgements-` + slug + `.csv"`,
		"Content-Type":        "text/csv; charset=utf-8", "Cache-Control": "no-store",
	}
	for name, want := range header {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	got := i.Recorded()[recorded:]
	if i.Calls.Load() != calls || !slices.Equal(got, []string{string(k.Kind.Exported) + " Lunch"}) {
		t.Errorf("recorded %q, or it cost a token", got)
	}
	res = caio.Post(k.Kind.Export.Of(free), nil)
	if res.StatusCode != http.StatusNotFound || len(i.Recorded()) != recorded+1 {
		t.Errorf("of what need not be read: %d", res.StatusCode)
	}
}

// checkMissingPlan: however many people there are, a page of the list is a few steps
// of an index.
func checkMissingPlan(t *testing.T, k Kind) {
	i := k.start(t)
	slug := k.write(i.As("caio"), k.mustRead())
	i.Exec(`INSERT INTO people (name, email, department)
		SELECT 'Person ' || n, n || '@company.example', CASE n % 2 WHEN 0 THEN 'finance' END
		FROM generate_series(1, 20000) n`)
	k.keep(i)
	i.Exec(`INSERT INTO `+k.Acknowledgements+` (`+k.Key+`, edition, digest, person_id)
		SELECT n.id, 1, $1, p.id FROM `+k.Table+` n, people p WHERE p.name LIKE '%7'`, digest)
	i.Exec(`VACUUM ANALYZE people`)
	i.Exec(`VACUUM ANALYZE ` + k.Acknowledgements)
	ReadsAnIndex(t, i, k.Kind, slug)
}

// ReadsAnIndex tests that two pages of the list of those who have yet to confirm read
// no row of people in a row. At least 1,000 are asked.
func ReadsAnIndex(t *testing.T, i *webtest.Intranet, kind content.Kind, slug string) {
	t.Helper()
	inARow := func() string {
		t.Helper()
		i.Exec(`SELECT pg_stat_force_next_flush()`)
		return i.First(`SELECT seq_tup_read::text FROM pg_stat_user_tables WHERE relname = 'people'`)
	}
	owner := content.Store{Store: store.New(i.Pool), Kind: kind}
	filter := content.MissingFilter{Limit: 50}
	for range 2 {
		before := inARow()
		page, err := owner.Missing(t.Context(), "en", slug, filter)
		if after := inARow(); err != nil || len(page.People) != 50 || after != before ||
			filter.After == "" && page.Asked != content.MaxAsked+1 {
			t.Fatalf("%d, %d of %d, %s and %s rows of people read in a row, %v",
				len(page.People), page.Confirmed, page.Asked, before, after, err)
		}
		filter.After = page.Next
	}
}
