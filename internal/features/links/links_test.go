package links

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/webtest"
)

// last is the id of the link at the end of the list.
func last(i *webtest.Intranet) string {
	return i.First(`SELECT id::text FROM links ORDER BY position DESC LIMIT 1`)
}

func TestEditorsKeepTheQuickLinks(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	if res := caio.Post(Index, fields()); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	id := last(i)
	form := fields()
	form.Set("url", "/assistant")
	caio.Post(Edit.Of(id), form)
	caio.Post(Move.Of(id), url.Values{"to": {"up"}})
	if got := caio.Get(Index).HTML(t).Find("[role=status]").Text(); !strings.Contains(got, "enlace") {
		t.Errorf("%q", got)
	}
	// Without a text in Spanish, the one in English stands in.
	for name, want := range map[string]string{"ana": "Férias", "bea": "Time off", "caio": "Time off"} {
		first := i.As(name).Get(paths.Home).HTML(t).Find("[aria-labelledby=links] ul a").First()
		if first.AttrOr("href", "") != "/assistant" || !strings.Contains(first.Text(), want) {
			t.Errorf("%s: %s, %q", name, first.AttrOr("href", ""), first.Text())
		}
	}
	caio.Post(Delete.Of(id), url.Values{"version": {"1"}})
	if i.Count(`links`) != 2 {
		t.Error("a link that was changed since was deleted")
	}
	caio.Post(Delete.Of(id), url.Values{"version": {"2"}})
	want := "link.created Time off, link.changed Time off, link.changed Time off, link.deleted Time off"
	if got := strings.Join(i.Recorded(), ", "); i.Count(`links`) != 1 || got != want {
		t.Errorf("%d, %s", i.Count(`links`), got)
	}
	for _, path := range []string{Edit.Of(id), Edit.Of("x"), Edit.Of(webtest.NobodysID)} {
		if res := caio.Get(path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		res := caio.Post(path, url.Values{})
		if res.StatusCode != http.StatusConflict || res.HTML(t).Find("#url-error").Length() != 1 {
			t.Errorf("a change of %s: %d", path, res.StatusCode)
		}
		for _, action := range []string{"/move", "/delete"} {
			if res := caio.Post(path+action, url.Values{}); res.StatusCode != http.StatusNotFound {
				t.Errorf("%s%s: %d", path, action, res.StatusCode)
			}
		}
		caio.KeepsWhatIsGone(path, Index, fields())
	}
}

func TestLinksKeepTheOrderThatEditorsGiveThem(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	ids := map[string]string{}
	for _, name := range []string{"A", "B", "C"} {
		caio.Post(Index, url.Values{"url": {"/" + name}, "label_en": {name}})
		ids[name] = last(i)
	}
	caio.Post(Delete.Of(link(i)), url.Values{"version": {"1"}}) // leaves a gap before the others
	recorded := len(i.Recorded())
	for _, move := range []struct {
		name, to, want string
		recorded       int
	}{
		{"C", "up", "ACB", 1}, {"C", "up", "CAB", 1}, {"C", "up", "CAB", 0},
		{"B", "down", "CAB", 0}, {"C", "down", "ACB", 1},
	} {
		caio.Post(Move.Of(ids[move.name]), url.Values{"to": {move.to}})
		kept := caio.Get(Index).HTML(t).Find(".kept-links a")
		names := kept.Map(func(_ int, a *goquery.Selection) string { return a.Text() })
		if got := strings.Join(names, ""); got != move.want {
			t.Errorf("%s %s: %s, want %s", move.name, move.to, got, move.want)
		}
		if recorded += move.recorded; len(i.Recorded()) != recorded {
			t.Errorf("%s %s: %q", move.name, move.to, i.Recorded())
		}
	}
	buttons := caio.Get(Index).HTML(t).Find(".kept-links button")
	values := buttons.Map(func(_ int, b *goquery.Selection) string { return b.AttrOr("value", "") })
	if got := strings.Join(values, " "); got != "down up down up" {
		t.Errorf("the ways to move three links: %s", got)
	}
}

func TestALinksFormKeepsWhatWasTypedAndSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	form := url.Values{
		"url": {`javascript:alert("x")`}, "label_en": {""}, "label_pt": {`"><b>`},
		"label_es": {strings.Repeat("é", 81)},
	}
	for _, path := range []string{Index, Edit.Of(link(i))} {
		res := caio.Post(path, form)
		page := res.HTML(t)
		if res.StatusCode != http.StatusUnprocessableEntity || page.Find("[aria-invalid]").Length() != 3 ||
			page.Find("main b").Length() != 0 {
			t.Errorf("%s: %d, %d fields", path, res.StatusCode, page.Find("[aria-invalid]").Length())
		}
		for name := range form {
			if got := page.Find("[name="+name+"]").AttrOr("value", ""); got != form.Get(name) {
				t.Errorf("%s: %s became %q", path, name, got)
			}
		}
	}
	if page := caio.Get(Index).HTML(t); page.Find("main a[href='"+New+"']").Length() != 1 {
		t.Error("there is room, and no way to add a link")
	}
	i.Exec(`INSERT INTO links (position, url, labels)
		SELECT n, '/', '{"en": "x"}' FROM generate_series(1, $1) n`, maxLinks-1)
	res := caio.Post(Index, fields())
	page := res.HTML(t)
	if res.StatusCode != http.StatusConflict || page.Find("[name=label_pt]").AttrOr("value", "") != "Férias" ||
		page.Find("[role=alert]").Length() != 1 {
		t.Errorf("one too many: %d", res.StatusCode)
	}
	if page := caio.Get(Index).HTML(t); page.Find("main a[href='"+New+"']").Length() != 0 {
		t.Error("there is no room, and a way to add a link")
	}
	i.Exec(`DELETE FROM links`)
	if caio.Get(Index).HTML(t).Find(".empty").Length() != 1 ||
		i.As("bea").Get(paths.Home).HTML(t).Find(".links .empty").Length() != 1 {
		t.Error("an empty list does not say so")
	}
}

func TestASecondEditorsLinkIsNotLost(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio, ana := i.As("caio"), i.As("ana")
	caio.Post(Edit.Of(link(i)), fields())
	late := fields()
	late.Set("url", "/late")
	res := ana.Post(Edit.Of(link(i)), late)
	page := res.HTML(t)
	if res.StatusCode != http.StatusConflict || page.Find("[name=url]").AttrOr("value", "") != "/late" ||
		!strings.Contains(page.Find(".stored").Text(), "https://leave.example/") {
		t.Errorf("%d: %s", res.StatusCode, page.Find(".stored").Text())
	}
	late.Set("version", page.Find("[name=version]").AttrOr("value", ""))
	if res := ana.Post(Edit.Of(link(i)), late); res.StatusCode != http.StatusSeeOther {
		t.Errorf("saved over it: %d", res.StatusCode)
	}
}

// Named here and not taken from the route table, which could be wrong itself.
func TestReadersKeepNoLinks(t *testing.T) {
	t.Parallel()
	i := start(t)
	bea := i.As("bea")
	for _, path := range []string{Index, New, Edit.Of(link(i))} {
		if res := bea.Get(path); res.StatusCode != http.StatusForbidden {
			t.Errorf("GET %s: %d", path, res.StatusCode)
		}
	}
	for _, path := range []string{Index, Edit.Of(link(i)), Move.Of(link(i)), Delete.Of(link(i))} {
		if res := bea.Post(path, fields()); res.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s: %d", path, res.StatusCode)
		}
	}
	if bea.Get(paths.Home).HTML(t).Find("a[href='"+Index+"']").Length() != 0 {
		t.Error("a reader is led to where links are kept")
	}
}

func TestLinksCannotCarryScripts(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	links := []shortcut{{"javascript:alert(1)", "x"}, {"mailto:a@b.example", "m"}, {"/people", "l"}}
	if err := homeCard(links, false).Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(page.String()))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page.String(), "javascript:") {
		t.Error("a link carries a script")
	}
	if doc.Find(`.links a[href="mailto:a@b.example"]`).Length() != 1 ||
		doc.Find(`.links a[href="/people"]`).Length() != 1 {
		t.Error("a good link was lost")
	}
}

// The languages have their names in the reader's, and so has the link.
func TestAQuickLinksFormSpeaksTheReadersLanguage(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE people SET role = 'editor' WHERE id = $1`, i.IDs["bea"])
	i.Exec(`UPDATE links SET labels = '{"en": "Canteen", "pt": "Refeitório"}'`)
	for name, want := range map[string][2]string{
		"bea": {"Text in Spanish", "Canteen"}, "ana": {"Texto em espanhol", "Refeitório"},
		"caio": {"Texto en español", "Canteen"},
	} {
		doc := i.As(name).Get(Edit.Of(link(i))).HTML(t)
		label, sure := doc.Find("[for=label_es]").Text(), doc.Find("[aria-labelledby=delete]").Text()
		if label != want[0] || !strings.Contains(sure, want[1]) {
			t.Errorf("%s: %q, %q, want %q", name, label, sure, want)
		}
	}
}

// An address is taken as it stands in a browser or in a letter, and what is wrong with
// another one is said in different words.
func TestAddressesAsPeoplePasteThem(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	for typed, kept := range map[string]string{
		"https://x.example/Shared Documents/a  b.docx":       "https://x.example/Shared%20Documents/a%20%20b.docx",
		"Https://Example.com":                                "https://Example.com",
		" HTTP://x.example/\u200b":                           "http://x.example/",
		"MAILTO: help@x.example?subject=Hello there":         "mailto:help@x.example?subject=Hello%20there",
		"\u202ahttps://x.example/ü\u00a0y\u202c":             "https://x.example/ü%20y",
		"/people?q=ana maria":                                "/people?q=ana%20maria",
		"https://x.example/" + strings.Repeat("a ", 9) + "b": "https://x.example/" + strings.Repeat("a%20", 9) + "b",
	} {
		form := fields()
		form.Set("url", typed)
		res := caio.Post(Index, form)
		got := i.First(`SELECT url FROM links ORDER BY position DESC LIMIT 1`)
		if res.StatusCode != http.StatusSeeOther || got != kept {
			t.Errorf("%q: %d, kept as %q", typed, res.StatusCode, got)
		}
	}
	for typed, why := range map[string]string{
		"https://x.example/" + strings.Repeat("a", 483):       "long",
		"https://x.example/" + strings.Repeat(" ", 161) + "b": "long",
		"example.com": "begin", "ftp://x.example": "begin", "javascript:alert(1)": "begin", "": "begin",
		"https://": "place", "mailto:": "place", "https://x.example\\y": "place",
	} {
		form := fields()
		form.Set("url", typed)
		res := caio.Post(Index, form)
		page := res.HTML(t)
		if got := page.Find("#url-error").Text(); got != i.Says("es", "link.error.url."+why) {
			t.Errorf("%.40q: %q", typed, got)
		}
		if bound, there := page.Find("#url").Attr("maxlength"); there {
			t.Errorf("a browser would cut an address at %s", bound)
		}
	}
}
