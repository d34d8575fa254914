package contenttest

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
)

// shown is the form that confirms what a page shows, without the key that lets it be sent once
// alone; nil where there is none.
func (k Kind) shown(b *webtest.Browser, slug string) url.Values {
	b.I.T.Helper()
	var form url.Values
	inputs := b.Get(k.Kind.Show.Of(slug)).HTML(b.I.T).Find(".acknowledgement form input")
	for _, input := range inputs.Filter("[name=edition], [name=text]").EachIter() {
		if form == nil {
			form = url.Values{}
		}
		form.Set(input.AttrOr("name", ""), input.AttrOr("value", ""))
	}
	return form
}

// confirmed is the table of texts that were confirmed.
func (k Kind) confirmed() string {
	return strings.TrimSuffix(k.Acknowledgements, "acknowledgements") + "confirmed"
}

// digest is one of a text that nobody was shown.
var digest = strings.Repeat("0", 64)

// keep keeps such a text of everything there is.
func (k Kind) keep(i *webtest.Intranet) {
	i.T.Helper()
	i.Exec(`INSERT INTO `+k.confirmed()+` (`+k.Key+`, edition, digest, lang, title, summary, body)
		SELECT id, 1, $1, 'en', 'Kept', 'Kept', 'Kept' FROM `+k.Table, digest)
}

func checkConfirming(t *testing.T, k Kind) {
	i := k.start(t)
	caio, ana, bea := i.As("caio"), i.As("ana"), i.As("bea")
	slug, free := k.write(caio, k.mustRead()), k.write(caio, k.fields("title", "Need not be read"))
	i.Lives("bea", "America/Bogota")
	box := func(b *webtest.Browser, part string) int {
		return b.Get(k.Kind.Show.Of(slug)).HTML(t).Find(".acknowledgement " + part).Length()
	}
	form := bea.Get(k.Kind.Show.Of(slug)).HTML(t).Find(".acknowledgement form")
	sent, seen := k.shown(bea, slug), k.shown(ana, slug)
	for name, value := range map[string]string{"person": i.IDs["ana"], "person_id": i.IDs["ana"], "at": "2020-01-01"} {
		sent.Set(name, value)
	}
	if form.AttrOr("action", "") != k.Kind.Acknowledgement.Of(slug) ||
		bea.Get(k.Kind.Show.Of(free)).HTML(t).Find(".acknowledgement").Length() != 0 {
		t.Error("there is nothing to confirm, or for what need not be read")
	}
	if got := bea.Get("/").HTML(t).Find(".due a[href='" + k.Kind.Show.Of(slug) + "']").Length(); got != 1 {
		t.Errorf("it is on the home page %d times", got)
	}
	for range 2 { // the time of the first one counts
		res := bea.Post(k.Kind.Acknowledgement.Of(slug), sent)
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != k.Kind.Show.Of(slug) {
			t.Fatal(res.StatusCode)
		}
		i.Exec(`UPDATE ` + k.Acknowledgements + ` SET at = least(at, now() - interval '1 second')`)
	}
	page := bea.Get(k.Kind.Show.Of(slug)).HTML(t)
	if page.Find("[role=status]").Length() != 1 || box(bea, "time") != 1 || box(bea, "form") != 0 ||
		box(ana, "form") != 1 {
		t.Error("it does not say that it is confirmed, or says so to somebody else")
	}
	if i.Count(k.Acknowledgements) != 1 ||
		i.Count(k.Acknowledgements+` WHERE person_id = '`+i.IDs["bea"]+`' AND at > now() - interval '1 minute'`) != 1 {
		t.Error("it is confirmed by somebody else, at another time, or twice")
	}
	if bea.Get("/").HTML(t).Find(".due a[href='"+k.Kind.Show.Of(slug)+"']").Length() != 0 {
		t.Error("it is still on the home page")
	}
	for _, other := range []string{free, "no-such", "\x00"} {
		if res := ana.Post(k.Kind.Acknowledgement.Of(other), seen); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", other, res.StatusCode)
		}
	}
	for _, other := range [][2]string{
		{"edition", "0"}, {"edition", "2"}, {"edition", "-1"}, {"edition", ""}, {"text", ""}, {"text", "\x00"},
		{"text", digest}, {"text", strings.ToUpper(seen.Get("text"))},
	} {
		form := maps.Clone(seen)
		form.Set(other[0], other[1])
		ana.Post(k.Kind.Acknowledgement.Of(slug), form)
		said := ana.Get(k.Kind.Show.Of(slug)).HTML(t).Find("[role=status]").Text()
		if !strings.Contains(said, "mudou") {
			t.Errorf("%s %q: %q", other[0], other[1], said)
		}
	}
	caio.Post(k.Kind.Show.Of(slug)+"/unpublish", at(k.version(i, slug), nil))
	if res := ana.Post(k.Kind.Acknowledgement.Of(slug), seen); res.StatusCode != http.StatusNotFound {
		t.Errorf("a draft: %d", res.StatusCode)
	}
	if i.Count(k.Acknowledgements) != 1 {
		t.Error("more is confirmed than was")
	}
	got := i.Recorded()
	if slices.ContainsFunc(got, func(e string) bool { return strings.Contains(e, "acknowledge") }) {
		t.Errorf("who read what is in the trail: %q", got)
	}
}

// checkEditions: asked again, people confirm again; what they confirmed before stays
// on record.
func checkEditions(t *testing.T, k Kind) {
	i := k.start(t)
	caio, bea := i.As("caio"), i.As("bea")
	slug := k.write(caio, k.mustRead())
	first := k.shown(bea, slug)
	bea.Post(k.Kind.Acknowledgement.Of(slug), first)
	for _, again := range []string{"", "yes"} {
		caio.Post(k.Kind.Show.Of(slug), at(k.version(i, slug), k.mustRead("again", again, "title", "Changed")))
		box := bea.Get(k.Kind.Show.Of(slug)).HTML(t).Find(".acknowledgement")
		asked := box.Find("form input[value='2']").Length() == 1
		if asked != (again != "") || again != "" && !strings.Contains(box.Text(), "has changed") {
			t.Errorf("asked again %q: %q", again, box.Text())
		}
	}
	second := k.shown(bea, slug)
	bea.Post(k.Kind.Acknowledgement.Of(slug), first)
	bea.Post(k.Kind.Acknowledgement.Of(slug), url.Values{"edition": second["edition"], "text": first["text"]})
	if i.Count(k.Acknowledgements) != 1 {
		t.Error("the text that they were shown is not the one that is there")
	}
	bea.Post(k.Kind.Acknowledgement.Of(slug), second)
	if i.Count(k.Acknowledgements) != 2 {
		t.Error("it is not confirmed anew, or not on record from before")
	}
}

// checkShown: what counts is the text that the page showed. If it was changed meanwhile, in
// any way and without asking again, nothing is noted, and what it is now is asked for. What
// was confirmed stays to be read, whatever is written later, for the person and for editors.
func checkShown(t *testing.T, k Kind) {
	i := k.start(t)
	caio, bea, ana := i.As("caio"), i.As("bea"), i.As("ana")
	slug := k.write(caio, k.mustRead("body", "The **first** text."))
	show, confirm := k.Kind.Show.Of(slug), k.Kind.Acknowledgement.Of(slug)
	for _, changed := range [][2]string{
		{"body", "Another text."}, {"title", "Another title"}, {"summary", "Another summary."}, {"body", "Once more."},
	} {
		old := k.shown(bea, slug)
		caio.Post(show, at(k.version(i, slug), k.mustRead(changed[0], changed[1])))
		res := bea.Post(confirm, old)
		page := bea.Get(show).HTML(t)
		if res.Header.Get("Location") != show || i.Count(k.Acknowledgements)+i.Count(k.confirmed()) != 0 ||
			!strings.Contains(page.Find("[role=status]").Text(), "changed meanwhile") ||
			!strings.Contains(page.Find("main").Text(), strings.TrimSuffix(changed[1], ".")) ||
			page.Find(".acknowledgement form").Length() != 1 {
			t.Errorf("%s: %d, %q", changed[0], res.StatusCode, page.Find("main").Text())
		}
	}
	// Settings and other languages are not what was read.
	old := k.shown(bea, slug)
	caio.Post(show, at(k.version(i, slug), k.mustRead("lang", "pt", "title", "Almoço", "body", "Em português.")))
	bea.Post(confirm, old)
	ana.Post(confirm, k.shown(ana, slug))
	if i.Count(k.Acknowledgements) != 2 || i.Count(k.confirmed()) != 2 {
		t.Fatalf("%d confirmations of %d texts", i.Count(k.Acknowledgements), i.Count(k.confirmed()))
	}
	for lang, again := range map[string]string{"en": "", "pt": "yes"} {
		form := k.mustRead("lang", lang, "title", "Later", "body", "Later.", "again", again)
		caio.Post(show, at(k.version(i, slug), form))
	}
	bea.Post(confirm, k.shown(bea, slug))
	mine := bea.Get(confirm).HTML(t)
	if mine.Find(".confirmed .prose").Text() != "Later.\n" || mine.Find(".tabs a").Length() != 2 {
		t.Errorf("the second edition: %q", mine.Find("main").Text())
	}
	for b, want := range map[*webtest.Browser]string{bea: "Once more.\n", ana: "Em português.\n"} {
		page := b.Get(k.Kind.Acknowledgement.Of(slug, "edition", "1"))
		if got := page.HTML(t).Find(".confirmed .prose").Text(); got != want {
			t.Errorf("%d, %q, want %q", page.StatusCode, got, want)
		}
	}
	if bea.Get(show).HTML(t).Find(".acknowledgement a[href='"+confirm+"']").Length() != 1 {
		t.Error("nothing leads to what was confirmed")
	}
	if res := caio.Get(confirm); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != show {
		t.Errorf("what they have not confirmed: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	links := caio.Get(k.Kind.Acknowledgements.Of(slug)).HTML(t).Find(".confirmed-texts a")
	found := []string{}
	for _, a := range links.EachIter() {
		found = append(found, caio.Get(a.AttrOr("href", "")).HTML(t).Find(".confirmed .prose").Text())
		if res := bea.Get(a.AttrOr("href", "")); res.StatusCode != http.StatusForbidden {
			t.Errorf("a reader sees what others confirmed: %d", res.StatusCode)
		}
	}
	if slices.Sort(found); !slices.Equal(found, []string{"Em português.\n", "Later.\n", "Once more.\n"}) {
		t.Errorf("editors see %q", found)
	}
	for _, query := range [][]string{
		{"edition", "8"}, {"edition", "1", "text", "x"}, {"edition", "9", "text", digest},
	} {
		if res := caio.Get(k.Kind.Confirmed.Of(slug, query...)); res.StatusCode != http.StatusNotFound {
			t.Errorf("%q: %d", query, res.StatusCode)
		}
	}
	caio.Post(show+"/delete", at(k.version(i, slug), nil))
	if i.Count(k.Acknowledgements)+i.Count(k.confirmed()) != 0 {
		t.Error("it is there without what it was of")
	}
}

// checkEvidence: the server can add a confirmation, and neither change nor remove it
// but with its text.
func checkEvidence(t *testing.T, k Kind) {
	i := k.start(t)
	slug := k.write(i.As("caio"), k.mustRead())
	i.As("bea").Post(k.Kind.Acknowledgement.Of(slug), k.shown(i.As("bea"), slug))
	table := k.Acknowledgements
	for _, sql := range []string{
		`UPDATE ` + k.confirmed() + ` SET body = 'Other'`, `DELETE FROM ` + k.confirmed(), `TRUNCATE ` + k.confirmed(),
	} {
		_, err := i.Store.Pool.Exec(t.Context(), sql)
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "42501" {
			t.Errorf("%s: %v", sql, err)
		}
	}
	for _, sql := range []string{
		`UPDATE ` + table + ` SET at = now() - interval '1 year'`, `DELETE FROM ` + table, `TRUNCATE ` + table,
		`INSERT INTO ` + table + ` SELECT * FROM ` + table + `
			ON CONFLICT (` + k.Key + `, edition, person_id) DO UPDATE SET at = now()`,
	} {
		_, err := i.Store.Pool.Exec(t.Context(), sql)
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "42501" {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if i.Count(table) != 1 {
		t.Error("it is gone")
	}
}

// checkFound: a text is found in the language in which it is shown, and only while its
// readers see it.
func checkFound(t *testing.T, k Kind) {
	i := webtest.New(t, k.Feature())
	i.Exec(k.Searchable, "en", []string{"Coffee"}, []string{"word"})
	i.Exec(`INSERT INTO ` + k.Texts + ` (` + k.Key + `, lang, title, summary, body, plain)
		SELECT id, 'pt', 'Café', 's', '', 'coffee shop' FROM ` + k.Table)
	for lang, want := range map[string]string{"en": "Coffee", "es": "Coffee", "pt": "Café"} {
		if got := i.FindsAs(store.Person{Lang: lang}, "coffee"); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, want %q alone", lang, got, want)
		}
	}
	if got := i.Finds("café"); len(got) != 0 {
		t.Errorf("found in a language that is not shown: %q", got)
	}
	i.Exec(`UPDATE ` + k.Table + ` SET published_at = NULL`)
	if got := i.FindsAs(store.Person{Lang: "en", Role: store.Editor}, "coffee"); len(got) != 0 {
		t.Errorf("a draft is found: %q", got)
	}
}
