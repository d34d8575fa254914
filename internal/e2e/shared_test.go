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
func (b *tab) useUp(who seed.Persona) (id, customer string) {
	b.t.Helper()
	b.enter(who)
	b.until(`online()`)
	b.click(`chat("#bubble")`)
	b.write(question + "\r")
	b.until(`said("person").includes("` + question + `") && said("assistant").length >= 2`)
	b.visit(paths.PeopleList("guadalupe", "", ""))
	b.until(`online() && $$(".person-row").length > 0`)
	b.click(`$("#q")`)
	b.write(" " + typed)
	// What programs of the page may keep, beside what the chat does.
	ask[bool](b, `(localStorage.setItem("mine", "`+who.Email+`"), sessionStorage.setItem("mine", "`+who.Email+`"),
		await (await caches.open("mine")).put("/mine", new Response("`+who.Email+`")),
		await new Promise((done, failed) => {
			const r = indexedDB.open("mine");
			r.onsuccess = () => { r.result.close(); done(true) };
			r.onerror = failed;
		}))`)
	if found := b.stored(); len(found) < 4 {
		b.t.Fatalf("nothing was stored to begin with: %q", found)
	}
	b.click(`$(".account-person")`)
	b.until(`location.pathname === "` + paths.Account + `" && online()`)
	b.click(`$("#new_password")`)
	b.write(unsent)
	b.click(`chat("#bubble")`)
	b.until(`!chat("#panel").hidden`)
	b.write(unsent)
	b.until(`chat("#input").value === "` + unsent + `"`)
	b.write("\x1b")
	return ask[string](b, `$(".page-head a").pathname.split("/").pop()`), b.customer()
}

// stored names all that this site keeps in the browser.
func (b *tab) stored() []string {
	b.t.Helper()
	return ask[[]string](b, `[
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
func (b *tab) lookOutFor(words []string) (enough func()) {
	b.t.Helper()
	id := b.before(`{
		const look = () => {
			if (!document.documentElement) return;
			const all = ` + everything + `;
			for (const word of ` + quoted(words) + `)
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
func (b *tab) without(words []string) {
	b.t.Helper()
	b.painted()
	all := ask[string](b, everything)
	for _, word := range words {
		if strings.Contains(all, word) {
			b.t.Errorf("%s is left on %s", word, ask[string](b, `location.href`))
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
func (b *tab) step(by int64) bool {
	b.t.Helper()
	history := command(b, page.GetNavigationHistory, struct{}{})
	at := history.CurrentIndex + by
	if at < 0 || at >= int64(len(history.Entries)) || !strings.HasPrefix(history.Entries[at].URL, b.in.url) {
		return false
	}
	b.do(`window.stale = true`) // which a page that comes back whole still is
	command(b, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: history.Entries[at].ID})
	b.until(`!window.stale && document.readyState === "complete"`)
	return true
}

// lookBack goes through the whole history, backwards with a reload of each page
// and then forwards, and checks what it sees.
func (b *tab) lookBack(check func()) {
	b.t.Helper()
	for b.step(-1) {
		check()
		b.do(`window.stale = true`)
		command(b, page.Reload, page.ReloadParams{})
		b.until(`!window.stale && document.readyState === "complete"`)
		check()
	}
	for b.step(1) {
		check()
	}
}

// customer is who the page's chat speaks as.
func (b *tab) customer() string {
	b.t.Helper()
	b.token()
	return ask[string](b, `JSON.parse(atob(carameloaiChatbot.secure_connection_token.split(".")[1]
		.replaceAll("-", "+").replaceAll("_", "/"))).sub`)
}

// nextOnes signs the next person in and looks for traces of the first.
func (b *tab) nextOnes(next, first seed.Persona, firstID, firstCustomer string) {
	b.t.Helper()
	_, theirs := traces(first)
	b.lookOutFor(theirs)
	b.signIn(next)
	b.until(`online() && text(".account-name") === "` + next.Name + `"`)
	id := b.customer()
	if id == firstCustomer {
		b.t.Error("the next person's chat speaks as the first")
	}
	b.click(`chat("#bubble")`)
	b.until(`said("assistant").length === 1 && said("assistant")[0].includes("` + next.Name + `") &&
		said("person").length === 0 && chat("#input").value === ""`)
	check := func() {
		b.t.Helper()
		b.without(theirs)
		if ask[bool](b, `location.pathname === "`+paths.Login+`"`) {
			return // a page of nobody's
		}
		b.until(`text(".account-name") === "` + next.Name + `"`)
		if got := b.customer(); got != id {
			b.t.Errorf("%s is of %s, want %s", ask[string](b, `location.pathname`), got, id)
		}
	}
	check()
	if all := ask[string](b, everything); strings.Contains(all, firstID) {
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
	in := start(t)
	first, next := employee(t, "pt"), employee(t, "es")
	all, _ := traces(first)

	t.Run("who signs out", func(t *testing.T) {
		b := in.newTab(t, 1280, 800)
		id, customer := b.useUp(first)
		b.signOut()
		enough := b.lookOutFor(all)
		check := func() {
			t.Helper()
			b.until(`location.pathname === "` + paths.Login + `" && $("#email") && !host`)
			b.without(all)
			if found := b.stored(); len(found) > 0 {
				t.Errorf("the browser still keeps %q", found)
			}
		}
		check()
		b.lookBack(check)
		for _, p := range []string{paths.Home, paths.Account, paths.Assistant, paths.PeopleList("guadalupe", "", "")} {
			b.visit(p)
			check()
		}
		enough()
		b.visit(paths.Login)
		b.nextOnes(next, first, id, customer)
	})

	t.Run("whose session ends", func(t *testing.T) {
		b := in.newTab(t, 1280, 800)
		id, customer := b.useUp(first)
		in.sql(t, `UPDATE sessions SET revoked_at = now() WHERE person_id = $1 AND revoked_at IS NULL`, id)
		enough := b.lookOutFor(all)
		b.visit(paths.Login)
		b.without(all)
		b.lookBack(func() { b.without(all) })
		enough()
		b.visit(paths.Login)
		b.nextOnes(next, first, id, customer)
	})

}

func TestAnOpenPageDoesNotOutliveItsSession(t *testing.T) {
	in := start(t)
	who := employee(t, "pt")
	all, _ := traces(who)

	t.Run("signed out in another tab", func(t *testing.T) {
		b := in.newTab(t, 1280, 800)
		b.useUp(who)
		other := b.another()
		other.visit(paths.People)
		other.until(`online() && text(".account-name") === "` + who.Name + `"`)
		other.lookOutFor(all)
		b.signOut()
		other.until(`location.pathname === "` + paths.Login + `" && location.search === "?next=%2Fpeople" &&
			document.readyState === "complete" && !host`)
		other.without(all)
	})

	t.Run("expired, and another tab finds out", func(t *testing.T) {
		b := in.newTab(t, 1280, 800)
		id, _ := b.useUp(who)
		in.sql(t, `UPDATE sessions SET expires_at = now() WHERE person_id = $1 AND revoked_at IS NULL`, id)
		other := b.another()
		other.visit(paths.Login)
		b.until(`location.pathname === "` + paths.Login + `" && document.readyState === "complete" && !host`)
		b.without(all)
	})
}
