package e2e

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/carameloai/intranet/internal/features/audit"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
)

// admin is the one of the demo company.
func admin(t *testing.T) seed.Persona {
	t.Helper()
	personas := seed.Personas()
	i := slices.IndexFunc(personas, func(p seed.Persona) bool { return p.Role == store.Admin })
	if i < 0 {
		t.Fatal("nobody is an admin")
	}
	return personas[i]
}

// link is the one-time link that the page shows.
func (b *tab) link() (link, code string) {
	b.t.Helper()
	b.until(`visible($(".link-once")) && document.readyState === "complete"`)
	link = ask[string](b, `text(".link-once")`)
	address, code, found := strings.Cut(link, "#")
	if !found || address != b.in.url+paths.Invitation || len(code) < 26 {
		b.t.Fatalf("%q is no one-time link", link)
	}
	return link, code
}

// kept fails where a secret is in anything that the browser asked for or keeps
// in its history.
func (b *tab) kept(secret string) {
	b.t.Helper()
	urls := b.requested()
	for _, entry := range command(b, page.GetNavigationHistory, struct{}{}).Entries {
		urls = append(urls, entry.URL)
	}
	for _, url := range urls {
		if strings.Contains(url, secret) {
			b.t.Errorf("the code is in an address: %s", url)
		}
	}
}

func TestAnAdminLooksAfterPeople(t *testing.T) {
	in := start(t)
	boss := admin(t)
	const name, email = "Beatriz de Albuquerque Montenegro", "bia.montenegro@aroeira.example"
	b := in.newTab(t, 1280, 800)
	b.enter(boss)

	b.click(`$(".site-nav a[href='` + paths.AdminPeople + `']")`)
	b.click(`$(".page-head .button")`)
	b.until(`location.pathname === "` + paths.AdminPeopleNew + `"`)
	b.fill("#name", name)
	b.fill("#email", "bia.@aroeira.example") // which a browser lets through
	b.do(`document.querySelector("#lang").value = "es";
		document.querySelector("#role").value = "editor";
		document.querySelector("#department").value = "quality"`)
	in.forgetProof(t, boss)
	b.click(`$("main form button")`)
	b.until(`document.activeElement === $("#confirm_password")`)
	b.answer(in.passwords[boss.Email] + "\r")
	b.until(`visible($("#email-error")) &&
		text("#email-error") === ` + quoted(in.says(t, boss.Lang, "person.error.email")) + ` &&
		$("#email").getAttribute("aria-invalid") === "true" &&
		$("#email").getAttribute("aria-describedby") === "email-error"`)
	b.until(`document.activeElement === $(".alert") && $("#name").value === "` + name + `" &&
		$("#email").value === "bia.@aroeira.example" && $("#lang").value === "es" &&
		$("#role").value === "editor" && $("#department").value === "quality"`)
	b.fill("#email", email+"\r")
	link, code := b.link()

	guest := in.newTab(t, 390, 800)
	guest.run(chromedp.Navigate(link))
	arrived := func(b *tab, code string) {
		t.Helper()
		b.until(`$("#code").value === "` + code + `" && !visible($("#code")) &&
			location.hash === "" && !location.href.includes("#")`)
	}
	arrived(guest, code)
	guest.fill("#new_password", "too short\r")
	guest.until(`visible($("#new_password-error")) &&
		$("input[name=code]").value === "` + code + `" && !visible($("input[name=code]")) &&
		document.activeElement === $("#new_password")`)
	guest.fill("#new_password", newSecret+"\r")
	guest.until(`location.pathname === "` + paths.Login + `"`)
	guest.told("en", "notice.invitation")
	guest.kept(code)
	who := seed.Persona{Email: email, Name: name}
	in.passwords[email] = newSecret
	guest.signIn(who)
	guest.until(`online() && document.documentElement.lang === "es"`)

	again := in.newTab(t, 390, 800)
	again.run(chromedp.Navigate(link))
	arrived(again, code)
	again.fill("#new_password", newSecret+"\r")
	again.until(`visible($(".alert")) &&
		text(".alert") === ` + quoted(in.says(t, "en", "invitation.error.code")) + ` && visible($("#code"))`)
	again.kept(code)

	// Without JavaScript: whoever made the link says the code.
	b.visit(paths.AdminPeopleList("montenegro", ""))
	b.click(`$(".person-name")`)
	b.click(`$("form[action$=invitation] button")`)
	link, code = b.link()
	plain := in.newTab(t, 1280, 800)
	plain.withoutScripts()
	plain.run(chromedp.Navigate(link))
	plain.until(`visible($("#code")) && $("#code").value === ""`)
	plain.click(`$("#code")`)
	plain.write(code + "\t" + newSecret + " again\r")
	plain.until(`location.pathname === "` + paths.Login + `" && visible($(".notice"))`)
	in.passwords[email] = newSecret + " again"
	guest.enter(who) // their sessions have ended with the old password

	// Out, at once.
	b.click(`$("main a.button")`)
	b.click(`$(".ask summary")`)
	b.until(`$(".ask form").textContent.includes("` + name + `")`)
	b.click(`$(".ask form button")`)
	b.told(boss.Lang, "notice.person.disabled")
	guest.out()

	// All of it is on record.
	b.click(`$(".site-nav a[href='` + audit.Index + `']")`)
	b.until(`location.pathname === "` + audit.Index + `" && $$("tbody tr").length > 5`)
	b.fill("#person", email+"\r")
	b.until(`location.search.includes("person=") && $("#person").value === "` + email + `" &&
		$$("tbody tr").every((e) => e.textContent.includes("` + email + `"))`)
	for _, action := range []store.Action{
		store.PersonCreated, store.PersonInvited, store.PasswordChanged, store.SignedInAction, store.PersonDisabled,
	} {
		words := in.says(t, boss.Lang, "audit.action."+string(action))
		b.until(`$$("tbody tr").some((e) => e.textContent.includes(` + quoted(words) + `))`)
	}
	rows := ask[int](b, `$$("tbody tr").length`)

	dir, on := t.TempDir(), true
	b.altered = true
	command(b, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior:         browser.SetDownloadBehaviorBehaviorAllow,
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
		DownloadPath:     dir,
		EventsEnabled:    &on,
	})
	b.click(`$("form[action='` + audit.Export + `'] button")`)
	table := b.downloaded(filepath.Join(dir, "audit.csv"))
	// The export is on record itself, of this person or not.
	if len(table)-1 != rows || !slices.Contains(table[0], "actor") {
		t.Errorf("%d lines under %v, want %d", len(table)-1, table[0], rows)
	}
	for _, line := range table[1:] {
		if !slices.Contains(line, email) {
			t.Errorf("a line of somebody else: %q", line)
		}
	}
	b.until(`location.pathname === "` + audit.Index + `"`)
}

// downloaded reads a file that the browser is saving.
func (b *tab) downloaded(path string) (table [][]string) {
	b.t.Helper()
	file, err := os.Open(path)
	for ; err != nil; file, err = os.Open(path) {
		if b.ctx.Err() != nil {
			b.fatalf("never saved: %s", path)
		}
		b.painted()
	}
	defer func() { _ = file.Close() }()
	if table, err = csv.NewReader(file).ReadAll(); err != nil {
		b.t.Fatal(err)
	}
	return table
}
