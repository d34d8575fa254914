package e2e

import (
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
	"github.com/carameloai/intranet/internal/webtest"
)

// link is the one-time link that the page shows.
func (b *Tab) link() (link, code string) {
	b.t.Helper()
	b.Until(`visible($(".link-once")) && document.readyState === "complete"`)
	link = Ask[string](b, `text(".link-once")`)
	address, code, found := strings.Cut(link, "#")
	if !found || address != b.in.url+paths.Invitation || len(code) < 26 {
		b.t.Fatalf("%q is no one-time link", link)
	}
	return link, code
}

// kept fails where a secret is in anything that the browser asked for or keeps
// in its history.
func (b *Tab) kept(secret string) {
	b.t.Helper()
	urls := b.Requested()
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
	in := Start(t)
	boss := Admin(t)
	const name, email = "Beatriz de Albuquerque Montenegro", "bia.montenegro@company.example"
	b := in.NewTab(t, 1280, 800)
	b.Enter(boss)

	b.Click(`$(".site-nav a[href='` + paths.AdminPeople + `']")`)
	b.Click(`$(".page-head .button")`)
	b.Until(`location.pathname === "` + paths.AdminPeopleNew + `"`)
	b.Fill("#name", name)
	b.Fill("#email", "bia.@company.example") // which a browser lets through
	b.Do(`document.querySelector("#lang").value = "es";
		document.querySelector("#role").value = "editor";
		document.querySelector("#department").value = "quality"`)
	in.ForgetProof(t, boss)
	b.Click(`$("form:has(#email) button")`)
	b.Until(`document.activeElement === $("#confirm_password")`)
	b.Answer(in.Passwords[boss.Email] + "\r")
	b.Until(`visible($("#email-error")) &&
		text("#email-error") === ` + Quoted(in.Says(t, boss.Lang, "person.error.email")) + ` &&
		$("#email").getAttribute("aria-invalid") === "true" &&
		$("#email").getAttribute("aria-describedby") === "email-error"`)
	b.Until(`document.activeElement === $(".alert") && $("#name").value === "` + name + `" &&
		$("#email").value === "bia.@company.example" && $("#lang").value === "es" &&
		$("#role").value === "editor" && $("#department").value === "quality"`)
	b.Fill("#email", email+"\r")
	link, code := b.link()

	guest := in.NewTab(t, 390, 800)
	guest.run(chromedp.Navigate(link))
	arrived := func(b *Tab, code string) {
		t.Helper()
		b.Until(`$("#code").value === "` + code + `" && !visible($("#code")) &&
			location.hash === "" && !location.href.includes("#")`)
	}
	arrived(guest, code)
	guest.Fill("#new_password", "too short\r")
	guest.Until(`visible($("#new_password-error")) &&
		$("input[name=code]").value === "` + code + `" && !visible($("input[name=code]")) &&
		document.activeElement === $("#new_password")`)
	guest.Fill("#new_password", newSecret+"\r")
	guest.Until(`location.pathname === "` + paths.Login + `"`)
	guest.Told("en", "notice.invitation")
	guest.kept(code)
	who := seed.Persona{Email: email, Name: name}
	in.Passwords[email] = newSecret
	guest.signIn(who)
	guest.Until(`online() && document.documentElement.lang === "es"`)

	again := in.NewTab(t, 390, 800)
	again.run(chromedp.Navigate(link))
	arrived(again, code)
	again.Fill("#new_password", newSecret+"\r")
	again.Until(`visible($(".alert")) &&
		text(".alert") === ` + Quoted(in.Says(t, "en", "invitation.error.code")) + ` && visible($("#code"))`)
	again.kept(code)

	// Without JavaScript: whoever made the link says the code.
	b.Visit(paths.AdminPeopleList("montenegro", ""))
	b.Click(`$(".person-name")`)
	b.Click(`$("form[action$=invitation] button")`)
	link, code = b.link()
	plain := in.NewTab(t, 1280, 800)
	plain.WithoutScripts()
	plain.run(chromedp.Navigate(link))
	plain.Until(`visible($("#code")) && $("#code").value === ""`)
	plain.Click(`$("#code")`)
	plain.Write(code + "\t" + newSecret + " again\r")
	plain.Until(`location.pathname === "` + paths.Login + `" && visible($(".notice"))`)
	in.Passwords[email] = newSecret + " again"
	guest.Enter(who) // their sessions have ended with the old password

	// Out, at once.
	b.Click(`$("main a.button")`)
	b.Click(`$(".ask summary")`)
	b.Until(`$(".ask form").textContent.includes("` + name + `")`)
	b.Click(`$(".ask form button")`)
	b.Told(boss.Lang, "notice.person.disabled")
	guest.out()

	// All of it is on record.
	b.Click(`$(".site-nav a[href='` + audit.Index + `']")`)
	b.Until(`location.pathname === "` + audit.Index + `" && $$("tbody tr").length > 5`)
	b.Fill("#person", email+"\r")
	b.Until(`location.search.includes("person=") && $("#person").value === "` + email + `" &&
		$$("tbody tr").every((e) => e.textContent.includes("` + email + `"))`)
	for _, action := range []store.Action{
		store.PersonCreated, store.PersonInvited, store.PasswordChanged, store.SignedInAction, store.PersonDisabled,
	} {
		words := in.Says(t, boss.Lang, "audit.action."+string(action))
		b.Until(`$$("tbody tr").some((e) => e.textContent.includes(` + Quoted(words) + `))`)
	}
	rows := Ask[int](b, `$$("tbody tr").length`)

	dir, on := t.TempDir(), true
	b.altered = true
	command(b, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior:         browser.SetDownloadBehaviorBehaviorAllow,
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
		DownloadPath:     dir,
		EventsEnabled:    &on,
	})
	b.Click(`$("form[action='` + audit.Export + `'] button")`)
	table := b.downloaded(filepath.Join(dir, "audit.csv"), boss.Lang)
	// The export is on record itself, of this person or not.
	if len(table)-1 != rows || !slices.Contains(table[0], "actor") {
		t.Errorf("%d lines under %v, want %d", len(table)-1, table[0], rows)
	}
	for _, line := range table[1:] {
		if !slices.Contains(line, email) {
			t.Errorf("a line of somebody else: %q", line)
		}
	}
	b.Until(`location.pathname === "` + audit.Index + `"`)
}

// downloaded reads a file that the browser is saving.
func (b *Tab) downloaded(path, lang string) [][]string {
	b.t.Helper()
	file, err := os.Open(path)
	for ; err != nil; file, err = os.Open(path) {
		if b.ctx.Err() != nil {
			b.Fatalf("never saved: %s", path)
		}
		b.painted()
	}
	defer func() { _ = file.Close() }()
	return webtest.Spreadsheet(b.t, file, lang)
}

// A one-time link that is opened where its maker is signed in says so, and goes on after a
// sign-out, without the code being typed or sent anywhere.
func TestAOneTimeLinkWhereSomebodyElseIsSignedIn(t *testing.T) {
	in := Start(t)
	boss := Admin(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(boss)
	b.Visit(paths.AdminPeopleNew)
	b.Fill("#name", "Nina Occupied")
	b.Fill("#email", "nina.occupied@company.example\r")
	link, code := b.link()
	b.run(chromedp.Navigate(link))
	b.Until(`text("main .lead").includes(` + Quoted(boss.Name) + `) && !$("#new_password") && !location.hash`)
	b.Click(`$("[data-carries-fragment] button")`)
	b.Until(`location.pathname === "` + paths.Invitation + `" && $("#code")?.value === "` + code + `" &&
		!location.hash`)
	b.Fill("#new_password", newSecret+"\r")
	b.Until(`location.pathname === "` + paths.Login + `"`)
	b.Told(boss.Lang, "notice.invitation")
	in.Passwords["nina.occupied@company.example"] = newSecret
	b.signIn(seed.Persona{Email: "nina.occupied@company.example", Name: "Nina Occupied"})
	b.kept(code)
}
