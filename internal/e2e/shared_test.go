package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
)

// What the first of two people leaves on a shared computer.
const (
	unsent = "Um rascunho que ninguém mandou"
	typed  = "Uma busca que ninguém mandou"
)

// traces are all that the first person must not leave behind once they are
// signed out; those of the next person's pages are fewer, because colleagues may
// find each other.
func traces(who seed.Persona) (any, next []string) {
	next = []string{question, "Férias e folgas em três passos", unsent, typed, who.Email}
	given, _, _ := strings.Cut(who.Name, " ")
	return append([]string{given}, next...), next
}

// useUp does what people do in a day, leaves things half done, and returns their
// id and what their chat calls them.
func (b *Tab) useUp(who seed.Persona) (id, customer string) {
	b.t.Helper()
	b.Enter(who)
	b.Until(`online()`)
	b.Click(`chat("#bubble")`)
	b.Write(question + "\r")
	b.Until(`said("person").includes("` + question + `") && said("assistant").length >= 2`)
	b.Visit(paths.PeopleList("guadalupe", "", ""))
	b.Until(`online() && $$(".person-row").length > 0`)
	b.Click(`$("#q")`)
	b.Write(" " + typed)
	// What programs of the page may keep, beside what the chat does.
	Ask[bool](b, `(localStorage.setItem("mine", "`+who.Email+`"), sessionStorage.setItem("mine", "`+who.Email+`"),
		await (await caches.open("mine")).put("/mine", new Response("`+who.Email+`")),
		await new Promise((done, failed) => {
			const r = indexedDB.open("mine");
			r.onsuccess = () => { r.result.close(); done(true) };
			r.onerror = failed;
		}))`)
	if found := b.stored(); len(found) < 4 {
		b.t.Fatalf("nothing was stored to begin with: %q", found)
	}
	b.Click(`$(".account-person")`)
	b.Until(`location.pathname === "` + paths.Account + `" && online()`)
	b.Click(`$("main a[href='` + paths.AccountPassword + `']")`)
	b.Until(`visible($("#new_password")) && !host`)
	b.Click(`$("#new_password")`)
	b.Write(unsent)
	b.Click(`$(".account-person")`)
	b.Until(`location.pathname === "` + paths.Account + `" && online()`)
	b.Click(`chat("#bubble")`)
	b.Until(`!chat("#panel").hidden`)
	b.Write(unsent)
	b.Until(`chat("#input").value === "` + unsent + `"`)
	b.Write("\x1b")
	return Ask[string](b, `$(".page-head a").pathname.split("/").pop()`), b.customer()
}

// stored names all that this site keeps in the browser.
func (b *Tab) stored() []string {
	b.t.Helper()
	return Ask[[]string](b, `[
		...Object.entries(localStorage).map((e) => "localStorage " + e),
		...Object.entries(sessionStorage).map((e) => "sessionStorage " + e),
		...(await caches.keys()).map((k) => "cache " + k),
		...(await indexedDB.databases()).map((d) => "database " + d.name),
	]`)
}

// everything is all that there is to see and to read on a page.
const everything = `(() => { const texts = [document.title];
	const read = (root) => { for (const e of root.querySelectorAll("*")) {
		if (e.matches("input, textarea")) texts.push(e.value);
		if (e.shadowRoot) { texts.push(e.shadowRoot.textContent); read(e.shadowRoot) } } };
	read(document); texts.push(document.documentElement.outerHTML); return texts.join("\n") })()`

// lookOutFor tells the console whenever one of these words is on a page from
// now on, for however short a time, until enough is called.
func (b *Tab) lookOutFor(words []string) (enough func()) {
	b.t.Helper()
	id := b.Before(`{
		const look = () => {
			if (!document.documentElement) return;
			const all = ` + everything + `;
			for (const word of ` + Quoted(words) + `)
				if (all.includes(word)) console.error("left behind: " + word + " on " + location.pathname);
		};
		const anything = {subtree: true, childList: true, characterData: true, attributes: true};
		new MutationObserver(look).observe(document, anything);
		addEventListener("pageshow", look); addEventListener("load", () => setTimeout(look));
	}`)
	return func() {
		params := page.RemoveScriptToEvaluateOnNewDocumentParams{Identifier: id}
		command(b, page.RemoveScriptToEvaluateOnNewDocument, params)
		b.scripts = slices.DeleteFunc(b.scripts, func(other page.ScriptIdentifier) bool { return other == id })
	}
}

// without fails where one of these words is on the page, or was on one.
func (b *Tab) without(words []string) {
	b.t.Helper()
	b.painted()
	all := Ask[string](b, everything)
	for _, word := range words {
		if strings.Contains(all, word) {
			b.t.Errorf("%s is left on %s", word, Ask[string](b, `location.href`))
		}
	}
	for _, line := range b.console() {
		if strings.Contains(line, "left behind: ") {
			b.t.Error(line)
		}
	}
}

// step goes to a neighbour in the tab's history. It reports false where there is
// none of the intranet's.
func (b *Tab) step(by int64) bool {
	b.t.Helper()
	history := command(b, page.GetNavigationHistory, struct{}{})
	at := history.CurrentIndex + by
	if at < 0 || at >= int64(len(history.Entries)) || !strings.HasPrefix(history.Entries[at].URL, b.in.url) {
		return false
	}
	b.Do(`window.stale = true`) // which a page that comes back whole still is
	command(b, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: history.Entries[at].ID})
	b.Until(`!window.stale && document.readyState === "complete"`)
	return true
}

// lookBack goes through the whole history, backwards with a reload of each page
// and then forwards, and checks what it sees.
func (b *Tab) lookBack(check func()) {
	b.t.Helper()
	for b.step(-1) {
		check()
		b.Do(`window.stale = true`)
		command(b, page.Reload, page.ReloadParams{})
		b.Until(`!window.stale && document.readyState === "complete"`)
		check()
	}
	for b.step(1) {
		check()
	}
}

// customer is who the page's chat speaks as.
func (b *Tab) customer() string {
	b.t.Helper()
	b.token()
	return Ask[string](b, `JSON.parse(atob(carameloaiChatbot.secure_connection_token.split(".")[1]
		.replaceAll("-", "+").replaceAll("_", "/"))).sub`)
}

// nextOnes signs the next person in and looks for traces of the first.
func (b *Tab) nextOnes(next, first seed.Persona, firstID, firstCustomer string) {
	b.t.Helper()
	_, theirs := traces(first)
	b.lookOutFor(theirs)
	b.signIn(next)
	b.Until(`online() && text(".account-name") === "` + next.Name + `"`)
	id := b.customer()
	if id == firstCustomer {
		b.t.Error("the next person's chat speaks as the first")
	}
	b.Click(`chat("#bubble")`)
	b.Until(`said("assistant").length === 1 && said("assistant")[0].includes("` + next.Name + `") &&
		said("person").length === 0 && chat("#input").value === ""`)
	check := func() {
		b.t.Helper()
		b.without(theirs)
		if Ask[bool](b, `location.pathname === "`+paths.Login+`"`) {
			return // a page of nobody's
		}
		b.Until(`text(".account-name") === "` + next.Name + `"`)
		if Ask[bool](b, `location.pathname === "`+paths.AccountPassword+`"`) {
			return // a page without the chat
		}
		if got := b.customer(); got != id {
			b.t.Errorf("%s is of %s, want %s", Ask[string](b, `location.pathname`), got, id)
		}
	}
	check()
	if all := Ask[string](b, everything); strings.Contains(all, firstID) {
		b.t.Error("the first person's id is on the next one's home page")
	}
	b.lookBack(check)
	for _, item := range b.stored() {
		if strings.Contains(item, "mine") || strings.Contains(item, firstCustomer) {
			b.t.Errorf("the first person's %s is left", item)
		}
	}
}

func TestNothingIsLeftForTheNextPersonOnASharedComputer(t *testing.T) {
	in := Start(t)
	first, next := Employee(t, "pt"), Employee(t, "es")
	all, _ := traces(first)

	t.Run("who signs out", func(t *testing.T) {
		b := in.NewTab(t, 1280, 800)
		id, customer := b.useUp(first)
		b.signOut()
		enough := b.lookOutFor(all)
		check := func() {
			t.Helper()
			b.Until(`location.pathname === "` + paths.Login + `" && $("#email") && !host`)
			b.without(all)
			if found := b.stored(); len(found) > 0 {
				t.Errorf("the browser still keeps %q", found)
			}
		}
		check()
		b.lookBack(check)
		for _, p := range []string{paths.Home, paths.Account, paths.Assistant, paths.PeopleList("guadalupe", "", "")} {
			b.Visit(p)
			check()
		}
		enough()
		b.Visit(paths.Login)
		b.nextOnes(next, first, id, customer)
	})

	t.Run("whose session ends", func(t *testing.T) {
		b := in.NewTab(t, 1280, 800)
		id, customer := b.useUp(first)
		in.SQL(t, `UPDATE sessions SET revoked_at = now() WHERE person_id = $1 AND revoked_at IS NULL`, id)
		enough := b.lookOutFor(all)
		b.Visit(paths.Login)
		b.without(all)
		b.lookBack(func() { b.without(all) })
		enough()
		b.Visit(paths.Login)
		b.nextOnes(next, first, id, customer)
	})

}

func TestAnOpenPageDoesNotOutliveItsSession(t *testing.T) {
	in := Start(t)
	who := Employee(t, "pt")
	all, _ := traces(who)

	t.Run("signed out in another tab", func(t *testing.T) {
		b := in.NewTab(t, 1280, 800)
		b.useUp(who)
		other := b.another()
		other.Visit(paths.People)
		other.Until(`online() && text(".account-name") === "` + who.Name + `"`)
		other.lookOutFor(all)
		b.signOut()
		other.Until(`location.pathname === "` + paths.Login + `" && location.search === "?next=%2Fpeople" &&
			document.readyState === "complete" && !host`)
		other.without(all)
	})

	t.Run("expired, and another tab finds out", func(t *testing.T) {
		b := in.NewTab(t, 1280, 800)
		id, _ := b.useUp(who)
		in.SQL(t, `UPDATE sessions SET expires_at = now() - interval '1 minute'
			WHERE person_id = $1 AND revoked_at IS NULL`, id)
		other := b.another()
		other.Visit(paths.Login)
		b.Until(`location.pathname === "` + paths.Login + `" && document.readyState === "complete" && !host`)
		b.without(all)
	})
}
