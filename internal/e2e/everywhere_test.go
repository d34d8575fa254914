package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
)

// promoted is the employee who reads in lang, as an admin.
func (in *intranet) promoted(t *testing.T, lang string) seed.Persona {
	t.Helper()
	who := employee(t, lang)
	in.sql(t, `UPDATE people SET role = 'admin' WHERE email = $1`, who.Email)
	return who
}

// On no page does the console complain, of what the policy blocks or of anything
// else: TestEveryPageMeetsTheStandards looks at all kinds of pages and says so of each.
// Here is what comes of going from page to page.
func TestNoPageMakesTheBrowserComplain(t *testing.T) {
	in := start(t)
	b := in.newTab(t, wide, 800)
	quiet := func(name string, status int) {
		t.Helper()
		for _, line := range b.complaints(status) {
			t.Errorf("%s: %s", name, line)
		}
	}
	b.visit(paths.Login)
	quiet("sign-in", http.StatusOK)
	b.write("nobody@aroeira.example\twrong\r")
	b.until(`visible($("#alert")) && document.readyState === "complete"`)
	quiet("sign-in with an error", http.StatusUnprocessableEntity)
	b.visit(paths.Login)
	b.signIn(in.promoted(t, main))
	b.until(`online()`)
	for _, path := range ask[[]string](b, `$$(".site-nav a").map((a) => a.pathname)`) {
		b.click(`$(".site-nav a[href='` + path + `']")`)
		b.until(`location.pathname === "` + path + `" && online() && document.readyState === "complete"`)
		quiet(path, http.StatusOK)
	}
	b.click(`chat("#bubble")`)
	b.write("?\r")
	b.until(`said("assistant").length === 2`)
	b.signOut()
	quiet("a chat", http.StatusOK)
}

func TestSecretsStayWhereTheyBelong(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	b.visit(paths.Login)
	b.signIn(employee(t, "en"))

	var tokens []string
	for _, path := range []string{paths.Home, paths.People, paths.Account, paths.Assistant} {
		b.visit(path)
		tokens = append(tokens, b.token())
	}
	b.visit(paths.Home)
	b.until(`online()`)
	tokens = append(tokens, b.token())
	if got := len(slices.Compact(slices.Sorted(slices.Values(tokens)))); got != len(tokens) {
		t.Errorf("%d pages carried %d tokens", len(tokens), got)
	}

	cookies := command(b, network.GetCookies, network.GetCookiesParams{}).Cookies
	if len(cookies) != 1 || !cookies[0].HTTPOnly || cookies[0].Path != "/" ||
		cookies[0].SameSite != network.CookieSameSiteLax {
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
