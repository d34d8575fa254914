package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

	"github.com/carameloai/intranet/internal/features/audit"
	"github.com/carameloai/intranet/internal/features/inspector"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
)

// place is a page that a signed-in person can be at.
type place struct {
	name, path string
	status     int
}

// aNoun is what a noun adds to the tests that go everywhere.
type aNoun struct {
	places func(*tab) []place                            // found by following the links
	forms  func(b *tab, arrived func(name, sign string)) // to what only a form leads to
}

var nouns = []aNoun{
	directoryNoun,
	importNoun,
	newsNoun,
	eventsNoun,
	policiesNoun,
	searchNoun,
	linksNoun,
}

// places are one of each kind, found by following the links.
func (b *tab) places() []place {
	b.t.Helper()
	b.visit(paths.Account)
	self := ask[string](b, `$(".page-head a").pathname`)
	b.visit(paths.People)
	person, next := ask[string](b, `$(".person-name").pathname`), ask[string](b, `$("a[rel=next]").pathname + $("a[rel=next]").search`)
	all := []place{
		{"home", paths.Home, http.StatusOK},
		{"people", paths.People, http.StatusOK},
		{"more people", next, http.StatusOK},
		{"nobody found", paths.PeopleList("somebody-whose-name-is-rather-long", "", ""), http.StatusOK},
		{"person", person, http.StatusOK},
		{"own profile", self, http.StatusOK},
		{"account", paths.Account, http.StatusOK},
		{"second factor", paths.SecondFactor, http.StatusOK},
		{"assistant", paths.Assistant, http.StatusOK},
		{"unknown page", "/there-is-nothing-here", http.StatusNotFound},
	}
	for _, noun := range nouns {
		all = append(all, noun.places(b)...)
	}
	b.visit(paths.Home)
	if ask[bool](b, `$(".site-nav a[href='`+paths.AdminPeople+`']") !== null`) {
		all = append(all, b.adminPlaces()...)
	}
	return all
}

func (b *tab) adminPlaces() []place {
	b.t.Helper()
	b.visit(paths.AdminPeopleList("harriet", ""))
	account := ask[string](b, `$(".account-row a").pathname`)
	b.visit(inspector.Index)
	handshake := ask[string](b, `$("tbody a").pathname`)
	return []place{
		{"accounts", paths.AdminPeople, http.StatusOK},
		{"no account found", paths.AdminPeopleList("somebody-whose-name-is-rather-long", ""), http.StatusOK},
		{"new person", paths.AdminPeopleNew, http.StatusOK},
		{"one account", account, http.StatusOK},
		{"departments", paths.AdminDepartments, http.StatusOK},
		{"one department", paths.AdminDepartment.Of("quality"), http.StatusOK},
		{"audit trail", audit.Index, http.StatusOK},
		{"handshakes", inspector.Index, http.StatusOK},
		{"one handshake", handshake, http.StatusOK},
		{"blocked content", inspector.Reports, http.StatusOK},
		{"nothing in the trail", paths.WithQuery(audit.Index, "person", "nobody@aroeira.example"), http.StatusOK},
	}
}

// promoted is the employee who reads in lang, as an admin.
func (in *intranet) promoted(t *testing.T, lang string) seed.Persona {
	t.Helper()
	who := employee(t, lang)
	in.sql(t, `UPDATE people SET role = 'admin' WHERE email = $1`, who.Email)
	return who
}

// behindForms goes to the pages that only a form leads to, and back out again.
func (b *tab) behindForms(who seed.Persona, at func(name string)) {
	b.t.Helper()
	arrived := func(name, sign string) {
		b.t.Helper()
		b.until(sign + ` && document.readyState === "complete"`)
		at(name)
	}
	b.visit(paths.Account)
	b.fill("#password", "not the password\t"+newSecret+"\r")
	arrived("a wrong password", `$(".alert")`)
	b.visit(paths.SecondFactor)
	b.click(`$("main form button")`)
	arrived("setting up a second factor", `$(".qr")`)
	for _, noun := range nouns {
		noun.forms(b, arrived)
	}
	// Names and addresses as long as they get, in one word.
	b.visit(paths.AdminPeopleNew)
	b.fill("#name", "Wolfeschlegelsteinhausenbergerdorff"+who.Lang)
	b.fill("#email", "wolfeschlegelsteinhausenbergerdorff."+who.Lang+".@aroeira.example\r")
	arrived("a wrong address", `$("#email-error")`)
	b.in.forgetProof(b.t, who)
	b.fill("#email", "wolfeschlegelsteinhausenbergerdorff."+who.Lang+"@aroeira.example\r")
	arrived("a question for the password", `$("#confirm_password")`)
	b.fill("#confirm_password", b.in.passwords[who.Email]+"\r")
	arrived("a one-time link", `$(".link-once")`)
	b.click(`$("main a.button")`)
	b.until(`$(".ask") && document.readyState === "complete"`)
	b.do(`document.querySelectorAll(".ask").forEach((e) => e.open = true)`)
	arrived("an account with a question open", `visible($(".ask form"))`)
	late := `document.querySelectorAll("[name=version]").forEach((e) => e.value = "0")`
	b.do(late)
	b.click(`$(".settings form button")`)
	arrived("an account that somebody changed meanwhile", `$(".stored")`)
	b.do(late)
	b.click(`$("form[action$=role] button")`)
	arrived("a role that somebody changed meanwhile", `$("form[action$=role] .alert")`)
}

// goTo opens a place and waits until the page is complete, with the chat where
// there is one.
func (b *tab) goTo(p place) {
	b.t.Helper()
	b.visit(p.path)
	if got := ask[int](b, `performance.getEntriesByType("navigation")[0].responseStatus`); got != p.status {
		b.t.Errorf("%s (%s) has status %d, want %d", p.name, p.path, got, p.status)
		return
	}
	if p.status == http.StatusOK {
		b.until(`online()`)
	}
}

func TestNoPageMakesTheBrowserComplain(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	quiet := func(name string, status int) {
		for _, line := range b.console() {
			// Of the page's own status, and of what signing out clears, browsers
			// always tell.
			if status >= 400 && strings.Contains(line, fmt.Sprintf("with a status of %d", status)) || strings.HasPrefix(line, "info: Clear-Site-Data") {
				continue
			}
			t.Errorf("%s: %s", name, line)
		}
	}
	b.visit(paths.Login)
	quiet("sign-in", http.StatusOK)
	b.write("nobody@aroeira.example\twrong\r")
	b.until(`visible($("#alert")) && document.readyState === "complete"`)
	quiet("sign-in with an error", http.StatusUnprocessableEntity)
	for _, who := range seed.Personas() {
		b.enter(who)
		b.until(`online() && document.documentElement.lang.startsWith("` + who.Lang + `")`)
		for _, p := range b.places() {
			b.goTo(p)
			quiet(fmt.Sprintf("%s, for %s", p.name, who.Name), p.status)
		}
		b.visit(paths.Home)
		b.until(`online()`)
		b.click(`chat("#bubble")`)
		b.write("?\r")
		b.until(`said("assistant").length === 2`)
		b.signOut()
		quiet("a chat for "+who.Name, http.StatusOK)
	}
}

func TestSecretsStayWhereTheyBelong(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	b.enter(employee(t, "en"))

	var tokens []string
	for _, p := range b.places() {
		b.goTo(p)
		if p.status == http.StatusOK {
			tokens = append(tokens, b.token())
		}
	}
	b.visit(paths.Home)
	b.until(`online()`)
	tokens = append(tokens, b.token())
	if got := len(slices.Compact(slices.Sorted(slices.Values(tokens)))); got != len(tokens) {
		t.Errorf("%d pages carried %d tokens", len(tokens), got)
	}

	cookies := command(b, network.GetCookies, network.GetCookiesParams{}).Cookies
	if len(cookies) != 1 || !cookies[0].HTTPOnly || cookies[0].SameSite != network.CookieSameSiteLax || cookies[0].Path != "/" {
		t.Errorf("the cookies are %s, want the session's alone, out of every script's reach", quoted(cookies))
	}
	if got := ask[string](b, `document.cookie`); got != "" {
		t.Errorf("scripts can read cookies: %q", got)
	}

	const stored = `JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])`
	storage := ask[string](b, stored)
	b.do(`localStorage.setItem("note", "left behind"); sessionStorage.setItem("note", "left behind")`)
	b.signOut()
	if got := ask[string](b, stored); got != "[[],[]]" {
		t.Errorf("signing out leaves in the storage: %s", got)
	}
	if cookies := command(b, network.GetCookies, network.GetCookiesParams{}).Cookies; len(cookies) > 0 {
		t.Errorf("signing out leaves the cookies %s", quoted(cookies))
	}
	requested := b.requested()
	if !slices.ContainsFunc(requested, func(url string) bool { return strings.HasPrefix(url, "ws://") }) {
		t.Errorf("the WebSocket is not among what was requested: %q", requested)
	}
	for _, token := range tokens {
		if strings.Contains(storage, token) {
			t.Errorf("a token is in the storage: %s", storage)
		}
		for _, url := range requested {
			if strings.Contains(url, token) {
				t.Errorf("a token is in an address: %s", url)
			}
		}
	}
}
