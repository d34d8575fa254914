package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/mail/mailtest"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/sandbox"
)

// main is the language in which pages are checked most thoroughly: the words are
// other ones in the other languages, and little else.
const main = "pt"

// The widths at which pages are looked at: WCAG 1.4.10 asks for the narrow one.
const narrow, wide = 320, 1280

// layouts are those in which a page is looked at. In the dark nothing is different but
// the colours, and on a narrow screen little but the sizes and what is around the
// page's own part. At night all pages are looked at in all layouts.
func (s sent) layouts() []layout {
	every := []layout{
		{wide, "light", "all"}, {wide, "dark", "colours"}, {narrow, "dark", "colours"}, {narrow, "light", "all"},
	}
	switch {
	case nightly():
		return every
	case s.lang != main:
		return []layout{{narrow, "light", "none"}}
	case s.frame:
		return every
	default:
		return []layout{{wide, "light", "all"}, {narrow, "dark", "colours"}}
	}
}

// nightly reports whether there is time for what differs little: make nightly.
func nightly() bool { return os.Getenv("NIGHTLY") != "" }

// Every page of the demo, and every page that says what is wrong with a form, on a
// narrow screen and on a wide one, light and dark: axe-core finds nothing against
// WCAG 2.2 AA, and the Nu checker nothing against the HTML standard. A page of the
// route table that the crawl does not reach is not checked, and fails.
func TestEveryPageMeetsTheStandards(t *testing.T) {
	in := Start(t, sendsMail(mailtest.Start(t, mail.Unencrypted)))
	// What pages carry has to be good for as long as the pages are looked at.
	SetFaults(t, in.Vendor.url, sandbox.Faults{TokenLifetime: sandbox.Duration(time.Hour)})
	c, other, asking := in.crawl(t), Launch(t, bare).crawl(t), Launch(t, asksFirst).crawl(t)
	c.everywhere(i18n.Languages)
	for _, lang := range i18n.Languages {
		other.bare(lang)
		asking.consent(lang)
	}
	for _, route := range c.unreached() {
		t.Errorf("nothing leads to %s, so that nothing checks it: link to it, or add a step to crawl.states", route)
	}
	pages := slices.Concat(c.pages, other.pages, asking.pages)
	t.Run("HTML", func(t *testing.T) { t.Parallel(); valid(t, pages) })

	axe, noAxe := os.ReadFile(fromNpm("axe-core/axe.min.js"))
	if noAxe != nil {
		t.Run("WCAG", func(t *testing.T) { missing(t, noNpm) })
	}
	pages = looked(pages)
	show := in.gallery(t, pages)
	for name, these := range map[string]func(n int) bool{
		main + ", even":   func(n int) bool { return pages[n].lang == main && n%2 == 0 },
		main + ", odd":    func(n int) bool { return pages[n].lang == main && n%2 == 1 },
		"other languages": func(n int) bool { return pages[n].lang != main },
	} {
		t.Run("WCAG, "+name, func(t *testing.T) {
			t.Parallel()
			b := show.guide(t)
			b.Before(string(axe))
			for n, page := range pages {
				if !these(n) {
					continue
				}
				b.Visit(shown(n))
				b.looksRight(page)
				for _, line := range b.complaints(page.status) {
					t.Errorf("%s: %s", page.name, line)
				}
			}
		})
	}
}

// The same of a chat at work, of one that has ended, and of what is there instead.
func TestTheChatMeetsTheStandards(t *testing.T) {
	in := Start(t)
	axe, noAxe := os.ReadFile(fromNpm("axe-core/axe.min.js"))
	b := in.NewTab(t, wide, 700)
	b.Before(string(axe))
	look := func(name string) {
		t.Helper()
		b.looksRight(sent{name: name, lang: main, frame: true})
	}
	b.Enter(Employee(t, main))
	b.Visit(paths.Home)
	b.Until(`online()`)
	b.Click(`chat("#bubble")`)
	b.Write("?\r")
	b.Until(`said("assistant").length === 2`)
	look("a chat")
	in.Vendor.Answer(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"real_time_access_token": "of nobody"}`)
	})
	b.Visit(paths.Assistant)
	b.Until(`host.dataset.state === "ended"`)
	b.Click(`chat("#bubble")`)
	b.Until(`visible(chat("#reload"))`)
	look("a chat that has ended")
	in.Vendor.Refuse()
	b.Visit(paths.Home)
	b.Until(`visible($("#assistant-unavailable"))`)
	look("the notice that there is no chat")
	in.Vendor.Answer(in.Vendor.sandbox.ServeHTTP)
	if noAxe != nil {
		missing(t, noNpm)
	}
}

// The same of a question that the person has to copy by hand.
func TestAQuestionToCopyMeetsTheStandards(t *testing.T) {
	in := Start(t, func(s *app.Settings) { s.Open = "" })
	axe, noAxe := os.ReadFile(fromNpm("axe-core/axe.min.js"))
	path, _, _ := in.profile(t, main)
	b := in.NewTab(t, wide, 700)
	b.Before(string(axe))
	b.Enter(Employee(t, main))
	b.Visit(path)
	b.Until(`online()`)
	b.Do(`void Object.defineProperty(Navigator.prototype, "clipboard", { value: undefined })`)
	b.ask(0)
	b.Until(`visible($("[data-ask] textarea"))`)
	b.looksRight(sent{name: "a question to copy", lang: main, frame: true})
	if noAxe != nil {
		missing(t, noNpm)
	}
}

// The same of a form with what was typed before, and of the list of such forms.
func TestADraftMeetsTheStandards(t *testing.T) {
	in := Start(t)
	axe, noAxe := os.ReadFile(fromNpm("axe-core/axe.min.js"))
	b := in.NewTab(t, wide, 700)
	b.Before(string(axe))
	b.Enter(Employee(t, main))
	b.Visit(paths.Account)
	b.Fill("#phone", "+55 11 4711-0815")
	in.kept(t, b, paths.AccountProfile)
	b.Leave(`location.assign("` + paths.Account + `")`)
	b.Complete(paths.Account)
	b.Until(`visible($(".draft"))`)
	b.looksRight(sent{name: "a form with a draft", lang: main, frame: true})
	b.Leave(`location.assign("` + paths.Drafts + `")`)
	b.Complete(paths.Drafts)
	b.Until(`visible($(".draft"))`)
	b.looksRight(sent{name: "the list of drafts", lang: main, frame: true})
	if noAxe != nil {
		missing(t, noNpm)
	}
}

const noNpm = "npm's packages are missing; run: npm ci --prefix internal/e2e --ignore-scripts"

// fromNpm is a file of one of the packages in package.json.
func fromNpm(name string) string { return filepath.Join("node_modules", name) }

// missing skips a test for want of what it needs, but not in CI.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI must run this, and %s", what)
	}
	t.Skipf("NOT CHECKED: %s", what)
}

// looked are the pages to look at in a browser, all of them at night.
func looked(pages []sent) []sent {
	return slices.DeleteFunc(slices.Clone(pages), func(s sent) bool { return !s.look && !nightly() })
}
