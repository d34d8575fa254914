package inspector

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

var policy = csp.Policy{Script: &url.URL{Scheme: "https", Host: "static.vendor.example"}}

// example is a handshake of each kind in turn, with each thing that a browser may say.
func example(n int) Handshake {
	said := []web.Browser{
		{}, {SDK: "failed"}, {SDK: "slow"}, {SDK: "loaded"}, {Socket: "online"}, {Socket: "offline"},
		{Socket: "ended"}, {SDK: "loaded", Socket: "online", Blocked: []string{"img-src", "other"}},
	}
	kind := string(kinds[n%len(kinds)])
	return Handshake{
		ID: fmt.Sprint("N", n), Page: "/people", PersonID: "0198c2a4-7d1e-7c3b-9f50-2b6a41d0c8ee",
		Name: "Conceição Araújo", Email: "conceicao@company.example", Lang: "pt", ProjectID: "p_1",
		Kind: kind, Problem: "caramelo: " + kind, Status: 200 * (n % 2), Calls: n % 3, Keys: []string{"chat"}[n%2:],
		Duration: time.Duration(n) * 1234 * time.Millisecond, Held: time.Duration(n) * time.Millisecond,
		Expires: []time.Time{{}, time.Now(), time.Now().Add(time.Hour)}[n%3], Browser: said[n%len(said)],
	}
}

func full() indexProps {
	p := indexProps{Configured: true, Measured: len(kinds), P99: time.Second, Next: "12"}
	p.Circuit, p.Limit = "closed", 512
	for n := range kinds {
		p.Rows = append(p.Rows, example(n))
		p.Totals = append(p.Totals, total{Kind: example(n).Kind, Count: 1000 * n})
	}
	p.Bars = p.Rows
	return p
}

// everyPage are the pages in every state that they can be in.
func everyPage() map[string]templ.Component {
	paused, open, half := full(), full(), indexProps{Configured: true, State: caramelo.State{Circuit: "half-open"}}
	paused.PausedUntil, open.Circuit, open.OpenUntil = time.Now(), "open", time.Now()
	counts := []counted{{countLost, 1, time.Now()}, {countRest, 2, time.Now()}, {countUnread, 3, time.Now()}}
	failing := backlog{Replica: "web-1-abcd", Failing: time.Now(), Waiting: 1, Lost: 2}
	standing := indexProps{Configured: true, Standby: true, Backlog: failing}
	standing.Circuit = "closed"
	all := map[string]templ.Component{
		"handshakes, standby": indexPage(standing), "standby": standbyPage("reports.title"),
		"handshakes": indexPage(full()), "handshakes, paused": indexPage(paused), "handshakes, open": indexPage(open),
		"handshakes, none": indexPage(half), "handshakes, off": indexPage(indexProps{}),
		"reports, none": reportsPage(reportsProps{}),
		"reports": reportsPage(reportsProps{Counts: counts, Backlog: failing, Rows: []Report{
			{Violation: csp.Violation{Directive: "img-src", Blocked: "inline", Page: "/"}, Count: 2},
		}}),
	}
	for n := range 2 * len(kinds) {
		one := showProps{Handshake: example(n), Now: time.Now(), Mask: "[secret]", Policy: policy}
		all[fmt.Sprintf("handshake %d, %s", n, one.Kind)] = showPage(one)
	}
	return all
}

// rendered is a page's own part in a language.
func rendered(t *testing.T, lang string, page templ.Component) *goquery.Document {
	t.Helper()
	texts, err := web.Texts([]web.Feature{Feature()})
	if err != nil {
		t.Fatal(err)
	}
	var html strings.Builder
	if err := page.Render(texts.With(context.Background(), lang), &html); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

var looksLikeAKey = regexp.MustCompile(`\b(handshakes?|inspector|reports|nav|title|pager|breadcrumb)\.[a-z0-9]+\b`)

// Whatever there is to show, in every language: each text is there, headings are in
// order, and what is named by an id leads to one element.
func TestEveryPageIsWhole(t *testing.T) {
	t.Parallel()
	for name, page := range everyPage() {
		for _, lang := range i18n.Languages {
			doc := rendered(t, lang, page)
			text := doc.Text()
			if key := looksLikeAKey.FindString(text); key != "" {
				t.Errorf("%s, %s: a text is missing: %s", name, lang, key)
			}
			if strings.Contains(text, "no value") || strings.Contains(text, "%!") {
				t.Errorf("%s, %s: a placeholder was not filled", name, lang)
			}
			level := 0
			doc.Find("h1, h2, h3, h4").Each(func(_ int, h *goquery.Selection) {
				next := int(goquery.NodeName(h)[1] - '0')
				if next > level+1 {
					t.Errorf("%s: %q is an h%d after an h%d", name, h.Text(), next, level)
				}
				level = next
			})
			ids := map[string]int{}
			doc.Find("[id]").Each(func(_ int, s *goquery.Selection) { ids[s.AttrOr("id", "")]++ })
			doc.Find("[aria-labelledby]").Each(func(_ int, s *goquery.Selection) {
				ids[s.AttrOr("aria-labelledby", "")] += 0 // must be there, too
			})
			for id, n := range ids {
				if n != 1 {
					t.Errorf("%s: the id %q is there %d times", name, id, n)
				}
			}
			if doc.Find("h1").Length() != 1 || doc.Find("script, style, [style], [onclick]").Length() != 0 {
				t.Errorf("%s: no heading, or what the content security policy would block", name)
			}
		}
	}
}

func TestAHandshakesTokenIsCountedDown(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 17, 9, 0, 0, 0, time.UTC)
	h := example(0)
	facts := func() string {
		page := rendered(t, "en", showPage(showProps{Handshake: h, Now: now, Policy: policy}))
		return page.Find(".facts").First().Text()
	}
	if text := facts(); !strings.Contains(text, "does not say") {
		t.Errorf("an unknown end: %q", text)
	}
	for left, want := range map[time.Duration]string{
		59 * time.Second: "in 59 s", 90 * time.Second: "in 1 min 30 s", 2*time.Hour + 5*time.Minute: "in 2 h 5 min",
		49 * time.Hour: "in 2 d 1 h", 0: "0 s ago", -90 * time.Second: "1 min 30 s ago",
	} {
		h.Expires = now.Add(left)
		if text := facts(); !strings.Contains(text, want) {
			t.Errorf("%v: no %q in %q", left, want, text)
		}
	}
}

func TestAnAdminSeesHowManyHaveAgreed(t *testing.T) {
	t.Parallel()
	i := start(t, webtest.Options{AskFirst: true})
	ana := i.As("ana")
	said := func(key string, pairs ...string) bool {
		t.Helper()
		return strings.Contains(ana.Get(Index).HTML(t).Find("main").Text(), i.Says("pt", key, pairs...))
	}
	if !said("handshakes.asked", "Given", "0", "People", "3") || !said("handshakes.empty.asked") {
		t.Error("nobody has agreed, and it says something else")
	}
	i.As("bea").Post(paths.ConsentGive, nil)
	ana.Post(paths.ConsentGive, nil)
	if !said("handshakes.asked", "Given", "2", "People", "3") || len(i.list(noCursor).Rows) != 1 {
		t.Error("two have agreed, and it says something else")
	}
	unasked := start(t, webtest.Options{}).As("ana").Get(Index)
	if strings.Contains(unasked.HTML(t).Find("main").Text(), "autorizaram") {
		t.Error("it counts yeses that nobody needs")
	}
}
