package e2e

import (
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

// A page whose draft went with the text of another page, which was saved, has a text of its own
// still: it is kept when the session ends, and when the page is loaded again for the chat.
func TestWhatAnotherTabSavesTakesNoTextAway(t *testing.T) {
	in := Start(t)
	for name, leave := range map[string]func(b, other *Tab){
		"signed out": func(b, other *Tab) {
			other.signOut()
			b.Until(`location.pathname === "` + paths.Login + `" && document.readyState === "complete"`)
			b.Enter(Employee(t, "en"))
			b.Visit(paths.Account)
		},
		"a new connection": func(b, _ *Tab) {
			b.Leave(`document.dispatchEvent(new CustomEvent("assistant:reconnect", { cancelable: true }))`)
			b.Complete(paths.Account)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := in.NewTab(t, 1280, 800)
			b.Enter(Employee(t, "en"))
			b.Visit(paths.Account)
			b.Fill("#skills", "typed here")
			in.kept(t, b, paths.AccountProfile)
			other := b.another()
			other.Visit(paths.Account)
			other.givenBack("en", "#skills", "typed here")
			other.Fill("#skills", "typed there")
			other.Click(`$("section:has(#phone) form.stack button")`)
			other.Told("en", "notice.profile")
			leave(b, other)
			b.givenBack("en", "#skills", "typed here")
			b.Click(`$(".draft button")`)
			b.Told("en", "notice.draft.dropped")
		})
	}
}

// What the browser puts back into a form that was saved is no draft, or it would be made twice.
// What is typed into it then is one.
func TestGoingBackToWhatIsSavedMakesNoDraft(t *testing.T) {
	in := Start(t)
	boss := Admin(t)
	for more, drafts := range map[string]string{"": ".empty", " and more": ".draft"} {
		b := in.NewTab(t, 1280, 800)
		b.Enter(boss)
		b.Visit(paths.AdminPeopleNew)
		b.Fill("#name", "Nina"+more)
		b.Fill("#email", "nina"+strings.ReplaceAll(more, " ", "")+"@company.example")
		b.Click(`$("main form:has(#name) button")`)
		b.link()
		b.Leave(`history.back()`)
		b.Complete(paths.AdminPeopleNew)
		b.Until(`$("#name").value.startsWith("Nina") && history.state?.keys`)
		if more != "" {
			b.Click(`$("#name")`)
			b.Write(more)
		}
		other := b.another()
		other.Visit(paths.People)
		other.signOut()
		b.Until(`location.pathname === "` + paths.Login + `" && document.readyState === "complete"`)
		b.Enter(boss)
		b.Visit(paths.Drafts)
		b.Until(`$("main ` + drafts + `")`)
	}
}

// Two tabs may have a text each for the same form: none is lost when the session ends.
func TestTwoTabsWithATextEachLoseNeither(t *testing.T) {
	in := Start(t)
	who := Employee(t, "en")
	b := in.NewTab(t, 1280, 800)
	b.Enter(who)
	b.Visit(paths.Account)
	other, third := b.another(), b.another()
	other.Visit(paths.Account)
	third.Visit(paths.People)
	for page, text := range map[*Tab]string{b: "typed here", other: "typed there"} {
		page.Fill("#skills", text)
		in.keptWith(t, page, paths.AccountProfile, text)
	}
	third.signOut()
	for _, page := range []*Tab{b, other} {
		page.Until(`location.pathname === "` + paths.Login + `" && document.readyState === "complete" &&
			new URLSearchParams(location.search).get("ended") === "kept"`)
	}
	b.Enter(who)
	b.Visit(paths.Drafts)
	b.Until(`["typed here", "typed there"].every((text) => $$(".draft-text").some((e) => e.textContent === text))`)
	for range 2 {
		b.Click(`$(".draft button")`)
		b.Told("en", "notice.draft.dropped")
	}
	b.Until(`$(".empty") && !$(".draft")`)
}
