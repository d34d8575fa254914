package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

	"github.com/carameloai/intranet/internal/paths"
)

// On no page does the console complain, of what the policy blocks or of anything
// else: TestEveryPageMeetsTheStandards looks at all kinds of pages and says so of each.
// Here is what comes of going from page to page.
func TestNoPageMakesTheBrowserComplain(t *testing.T) {
	in := Start(t)
	b := in.NewTab(t, wide, 800)
	quiet := func(name string, status int) {
		t.Helper()
		for _, line := range b.complaints(status) {
			t.Errorf("%s: %s", name, line)
		}
	}
	b.Visit(paths.Login)
	quiet("sign-in", http.StatusOK)
	b.Write("nobody@company.example\twrong\r")
	b.Until(`visible($("#alert")) && document.readyState === "complete"`)
	quiet("sign-in with an error", http.StatusUnprocessableEntity)
	b.Visit(paths.Login)
	b.signIn(in.Promoted(t, main))
	b.Until(`online()`)
	for _, path := range Ask[[]string](b, `$$(".site-nav a").map((a) => a.pathname)`) {
		b.Click(`$(".site-nav a[href='` + path + `']")`)
		b.Until(`location.pathname === "` + path + `" && online() && document.readyState === "complete"`)
		quiet(path, http.StatusOK)
	}
	b.Click(`chat("#bubble")`)
	b.Write("?\r")
	b.Until(`said("assistant").length === 2`)
	b.signOut()
	quiet("a chat", http.StatusOK)
}

func TestSecretsStayWhereTheyBelong(t *testing.T) {
	in := Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Visit(paths.Login)
	b.signIn(Employee(t, "en"))

	var tokens []string
	for _, path := range []string{paths.Home, paths.People, paths.Account, paths.Assistant} {
		b.Visit(path)
		tokens = append(tokens, b.token())
	}
	b.Visit(paths.Home)
	b.Until(`online()`)
	tokens = append(tokens, b.token())
	if got := len(slices.Compact(slices.Sorted(slices.Values(tokens)))); got != len(tokens) {
		t.Errorf("%d pages carried %d tokens", len(tokens), got)
	}

	cookies := command(b, network.GetCookies, network.GetCookiesParams{}).Cookies
	var names []string
	for _, c := range cookies {
		names = append(names, c.Name)
		if !c.HTTPOnly || c.Path != "/" || c.SameSite != network.CookieSameSiteLax {
			t.Errorf("within a script's reach, or another site's: %s", Quoted(c))
		}
	}
	if slices.Sort(names); !slices.Equal(names, []string{"device", "session"}) {
		t.Errorf("the cookies are %q", names)
	}
	if got := Ask[string](b, `document.cookie`); got != "" {
		t.Errorf("scripts can read cookies: %q", got)
	}

	const stored = `JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])`
	storage := Ask[string](b, stored)
	b.Do(`localStorage.setItem("note", "left behind"); sessionStorage.setItem("note", "left behind")`)
	b.signOut()
	if got := Ask[string](b, stored); got != "[[],[]]" {
		t.Errorf("signing out leaves in the storage: %s", got)
	}
	// The browser stays known, which says nothing of its people.
	cookies = command(b, network.GetCookies, network.GetCookiesParams{}).Cookies
	if len(cookies) != 1 || cookies[0].Name != "device" {
		t.Errorf("signing out leaves the cookies %s", Quoted(cookies))
	}
	requested := b.Requested()
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
