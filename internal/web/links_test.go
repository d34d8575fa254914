package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

var linksNoun = aNoun{
	company: func(c *store.Company) {
		c.Links = []store.NewLink{{URL: "/people", Labels: store.Texts{"en": `</a><script>"x"`, "pt": "Pessoas"}}}
	},
	pages: func(i *intranet) []string { return []string{paths.Links, paths.LinksNew, paths.Link.Of(i.link())} },
	changes: func(i *intranet) map[string]url.Values {
		return map[string]url.Values{paths.Links: linkFields(), paths.Link.Of(i.link()): linkFields(), paths.LinkDelete.Of(i.link()): {"version": {"1"}}}
	},
	seeds: func(i *intranet, add func(pattern paths.Pattern, id, body string)) {
		add(paths.Links, "", "url=/x&label_en=X&label_pt=%00&label_es=%ff")
		add(paths.Link, i.link(), "url=https://%zz&label_en=X&version=1")
		add(paths.LinkMove, i.link(), "to=up")
		add(paths.LinkDelete, i.link(), "version=1")
	},
	again: func(i *intranet, batch *pgx.Batch) {
		batch.Queue(`DELETE FROM links`)
		batch.Queue(`INSERT INTO links (id, position, url, labels) VALUES ($1, 0, '/', '{"en": "Home"}')`, i.link())
	},
}

// link is the id of the first one.
func (i *intranet) link() string { return i.first(`SELECT id FROM links ORDER BY position LIMIT 1`) }

func linkFields() url.Values {
	return url.Values{"version": {"1"}, "url": {"https://leave.example/"}, "label_en": {"Time off"}, "label_pt": {"Férias"}, "label_es": {""}}
}

func TestEditorsKeepTheQuickLinks(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio := i.enter("caio", 0)
	if res := caio.post(paths.Links, linkFields()); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	id := i.first(`SELECT id FROM links ORDER BY position DESC LIMIT 1`)
	form := linkFields()
	form.Set("url", "/assistant")
	caio.post(paths.Link.Of(id), form)
	caio.post(paths.LinkMove.Of(id), url.Values{"to": {"up"}})
	if got := caio.get(paths.Links).html(t).Find("[role=status]").Text(); !strings.Contains(got, "enlace") {
		t.Errorf("%q", got)
	}
	ana := i.enter("ana", 0).get(paths.Home).html(t).Find("[aria-labelledby=links] ul a").First() // reads in Portuguese
	if ana.AttrOr("href", "") != "/assistant" || !strings.Contains(ana.Text(), "Férias") {
		t.Errorf("%s: %q", ana.AttrOr("href", ""), ana.Text())
	}
	if first := i.enter("bea", 0).get(paths.Home).html(t).Find("[aria-labelledby=links] ul a").First(); !strings.Contains(first.Text(), "Time off") {
		t.Errorf("%q", first.Text())
	}
	caio.post(paths.LinkDelete.Of(id), url.Values{"version": {"1"}})
	if i.count(`links`) != 2 {
		t.Error("a link that was changed since was deleted")
	}
	caio.post(paths.LinkDelete.Of(id), url.Values{"version": {"2"}})
	if got := strings.Join(i.events(), ", "); i.count(`links`) != 1 || got != "link.created Time off, link.changed Time off, link.changed Time off, link.deleted Time off" {
		t.Errorf("%d, %s", i.count(`links`), got)
	}
	for _, path := range []string{paths.Link.Of(id), paths.Link.Of("x"), paths.Link.Of(nobodysID)} {
		if res := caio.get(path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
		if res := caio.post(path, url.Values{}); res.StatusCode != http.StatusConflict || res.html(t).Find("#url-error").Length() != 1 {
			t.Errorf("a change of %s: %d", path, res.StatusCode)
		}
		caio.keepsWhatIsGone(path, paths.Links, linkFields())
	}
}

func TestALinksFormKeepsWhatWasTypedAndSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio := i.enter("caio", 0)
	form := url.Values{"url": {`javascript:alert("x")`}, "label_en": {""}, "label_pt": {`"><b>`}, "label_es": {strings.Repeat("é", 81)}}
	for _, path := range []string{paths.Links, paths.Link.Of(i.link())} {
		res := caio.post(path, form)
		page := res.html(t)
		if res.StatusCode != http.StatusUnprocessableEntity || page.Find("[aria-invalid]").Length() != 3 || page.Find("main b").Length() != 0 {
			t.Errorf("%s: %d, %d fields", path, res.StatusCode, page.Find("[aria-invalid]").Length())
		}
		for name := range form {
			if got := page.Find("[name="+name+"]").AttrOr("value", ""); got != form.Get(name) {
				t.Errorf("%s: %s became %q", path, name, got)
			}
		}
	}
	i.exec(`INSERT INTO links (position, url, labels) SELECT n, '/', '{"en": "x"}' FROM generate_series(1, $1) n`, store.MaxLinks-1)
	res := caio.post(paths.Links, linkFields())
	if res.StatusCode != http.StatusConflict || res.html(t).Find("[name=label_pt]").AttrOr("value", "") != "Férias" || res.html(t).Find("[role=alert]").Length() != 1 {
		t.Errorf("one too many: %d", res.StatusCode)
	}
}

func TestASecondEditorsLinkIsNotLost(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	caio, ana := i.enter("caio", 0), i.enter("ana", 0)
	caio.post(paths.Link.Of(i.link()), linkFields())
	late := linkFields()
	late.Set("url", "/late")
	res := ana.post(paths.Link.Of(i.link()), late)
	page := res.html(t)
	if res.StatusCode != http.StatusConflict || page.Find("[name=url]").AttrOr("value", "") != "/late" || !strings.Contains(page.Find(".stored").Text(), "https://leave.example/") {
		t.Errorf("%d: %s", res.StatusCode, page.Find(".stored").Text())
	}
	late.Set("version", page.Find("[name=version]").AttrOr("value", ""))
	if res := ana.post(paths.Link.Of(i.link()), late); res.StatusCode != http.StatusSeeOther {
		t.Errorf("saved over it: %d", res.StatusCode)
	}
}

// Named here and not taken from the route table, which could be wrong itself.
func TestReadersKeepNoLinks(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	bea := i.enter("bea", 0)
	for _, path := range []string{paths.Links, paths.LinksNew, paths.Link.Of(i.link())} {
		if res := bea.get(path); res.StatusCode != http.StatusForbidden {
			t.Errorf("GET %s: %d", path, res.StatusCode)
		}
	}
	for _, path := range []string{paths.Links, paths.Link.Of(i.link()), paths.LinkMove.Of(i.link()), paths.LinkDelete.Of(i.link())} {
		if res := bea.post(path, linkFields()); res.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s: %d", path, res.StatusCode)
		}
	}
	if bea.get(paths.Home).html(t).Find("a[href='"+paths.Links+"']").Length() != 0 {
		t.Error("a reader is led to where links are kept")
	}
}
