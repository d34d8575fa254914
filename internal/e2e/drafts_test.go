package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
)

// kept waits until the server has what was typed into a form of the page.
func (in *Intranet) kept(t *testing.T, b *Tab, form string) {
	t.Helper()
	in.keptWith(t, b, form, "data-form")
}

// keptWith waits until what the server has of a form has a text in it.
func (in *Intranet) keptWith(t *testing.T, b *Tab, form, text string) {
	t.Helper()
	// The page asks no faster than a person may open pages.
	const asked = `(await (await fetch("/drafts/kept?form=" + encodeURIComponent(%s))).text()).includes(%s) ||
		await new Promise((later) => setTimeout(later, 250, false))`
	for end := time.Now().Add(Patience); !Ask[bool](b, fmt.Sprintf(asked, Quoted(form), Quoted(text))); {
		if time.Now().After(end) {
			t.Fatal("nothing is kept")
		}
	}
}

// givenBack waits until the form of the page is filled in with what was typed, which is said.
func (b *Tab) givenBack(lang, field, text string) {
	b.t.Helper()
	b.Until(`$("` + field + `")?.value === ` + Quoted(text) + ` && visible($(".draft"))`)
}

// However the session ends, what was typed comes back to whoever typed it, and to nobody
// else on that computer.
func TestWhatWasTypedSurvivesTheSession(t *testing.T) {
	in := Start(t)
	boss, next := Admin(t), Employee(t, "en")
	const text = "Half a name"
	for name, end := range map[string]func(b *Tab){
		"signed out in another tab": func(b *Tab) {
			other := b.another()
			other.Visit(paths.People)
			other.signOut()
		},
		"expired, and another tab finds out": func(b *Tab) {
			in.SQL(t, `UPDATE sessions SET expires_at = now() - interval '1 minute' WHERE revoked_at IS NULL`)
			other := b.another()
			other.Visit(paths.People)
		},
		"expired, and looked at again": func(b *Tab) {
			in.SQL(t, `UPDATE sessions SET expires_at = now() - interval '1 minute' WHERE revoked_at IS NULL`)
			b.Do(`dispatchEvent(new Event("focus"))`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := in.NewTab(t, 1280, 800)
			b.Enter(boss)
			b.Visit(paths.AdminPeopleNew)
			b.Fill("#name", text)
			end(b)
			b.Until(`location.pathname === "` + paths.Login + `" &&
				new URLSearchParams(location.search).get("ended") === "kept" &&
				document.readyState === "complete"`)
			b.Until(`text("[role=alert]") === ` + Quoted(in.Says(t, "en", "login.kept")))
			b.WasAsked("what is kept", 0)

			// The next person on that computer finds nothing of it, however far they go back.
			b.Fill("#email", next.Email)
			b.Fill("#password", in.Passwords[next.Email]+"\r")
			b.Until(`$(".account") && document.readyState === "complete"`)
			b.without([]string{text})
			b.lookBack(func() { b.without([]string{text}) })
			b.Visit(paths.Drafts)
			b.Until(`$(".empty") && !$(".draft")`)
			b.signOut()

			b.Enter(boss)
			b.Visit(paths.AdminPeopleNew)
			b.givenBack(boss.Lang, "#name", text)
			b.Click(`$(".draft button")`)
			b.Told(boss.Lang, "notice.draft.dropped")
			b.Until(`$("#name").value === "" && !$(".draft")`)
		})
	}
}

// Two people sign in in two tabs of one browser: the first one's page must not go on with the
// second one's session.
func TestATabLeavesWhenSomebodyElseSignsIn(t *testing.T) {
	in := Start(t)
	first, second := Employee(t, "en"), Employee(t, "pt")
	b := in.NewTab(t, 1280, 800)
	b.Visit(paths.Login)
	other := b.another()
	other.Visit(paths.LoginNext(paths.Account))
	enter := func(b *Tab, who seed.Persona) {
		t.Helper()
		b.Fill("#email", who.Email)
		b.Fill("#password", in.Passwords[who.Email]+"\r")
		b.Until(`$(".account") && document.readyState === "complete"`)
	}
	enter(other, first)
	other.Fill("#phone", "+55 11 4711-0815")
	enter(b, second) // its form was there before
	other.Until(`location.pathname === "` + paths.SessionOther + `" && document.readyState === "complete" &&
		text("h1") === ` + Quoted(in.Says(t, "pt", "error.other.title")))
	other.without([]string{first.Name, first.Email, "4711"})
	b.Visit(paths.Account)
	b.Until(`$("#phone") && !$("#phone").value.includes("4711") && !$(".draft")`)

	b.signOut()
	b.Visit(paths.LoginNext(paths.Account))
	enter(b, first)
	b.givenBack("en", "#phone", "+55 11 4711-0815")
}

// A form that is opened again after a crash of the browser is filled in again, and what is
// saved is no draft any more.
func TestADraftGoesWhenItIsSaved(t *testing.T) {
	in := Start(t)
	who := Employee(t, "en")
	b := in.NewTab(t, 1280, 800)
	b.Enter(who)
	b.Visit(paths.Account)
	b.Fill("#phone", "+55 11 4711-0815")
	in.kept(t, b, paths.AccountProfile)
	b.Leave(`location.assign("` + paths.Account + `")`)
	b.givenBack("en", "#phone", "+55 11 4711-0815")
	b.Click(`$("section:has(#phone) form.stack button")`)
	b.Told("en", "notice.profile")
	b.Until(`$("#phone").value === "+55 11 4711-0815" && !$(".draft")`)
	b.Visit(paths.Drafts)
	b.Until(`$(".empty") && !$(".draft")`)
}

// Who discards a draft discards what was typed into it since, too: it is not sent on leaving.
func TestWhatIsDiscardedStaysAway(t *testing.T) {
	in := Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(Employee(t, "en"))
	b.Visit(paths.Account)
	b.Fill("#phone", "+55 11 4711-0815")
	in.kept(t, b, paths.AccountProfile)
	b.Leave(`location.assign("` + paths.Account + `")`)
	b.givenBack("en", "#phone", "+55 11 4711-0815")
	b.Click(`$("#phone")`)
	b.Write(" and more")
	b.Click(`$(".draft button")`)
	b.Told("en", "notice.draft.dropped")
	b.Until(`document.readyState === "complete" && $("#phone").value === $("#phone").defaultValue && !$(".draft")`)
	b.Visit(paths.Drafts)
	b.Until(`$(".empty") && !$(".draft")`)
}

// On a shared computer the next person who goes back to a page of somebody else's has a form
// of their own: what they type is theirs.
func TestWhoGoesBackTypesForThemselves(t *testing.T) {
	in := Start(t)
	first, second := Employee(t, "en"), Admin(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(first)
	b.Visit(paths.Account)
	b.Fill("#phone", "not a phone")
	b.Click(`$("section:has(#phone) form.stack button")`)
	b.Until(`visible($("#phone-error"))`)
	b.Leave(`history.back()`)
	b.Complete(paths.Account)
	b.Enter(second)
	b.Leave(`history.back()`)
	b.Complete(paths.Account)
	id := in.value(t, `SELECT id::text FROM people WHERE email = $1`, second.Email)
	b.Until(`document.readyState === "complete" && $(".account").dataset.person === ` + Quoted(id) + ` &&
		$$("main [name=form_key]").every((key) => key.value.split(".")[1] === ` + Quoted(id) + `)`)
	b.Fill("#phone", "+55 11 2222-2222")
	in.kept(t, b, paths.AccountProfile)
	b.Enter(first)
	b.Visit(paths.Drafts)
	b.Until(`!document.body.textContent.includes("2222-2222")`)
}

// Who types before an earlier draft has arrived loses neither.
func TestTypingEarlyLosesNoDraft(t *testing.T) {
	in := Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(Employee(t, "en"))
	b.Visit(paths.Account)
	b.Fill("#skills", "an earlier draft")
	in.kept(t, b, paths.AccountProfile)
	b.Before(`{
		const ask = window.fetch;
		window.fetch = async (to, ...rest) => {
			const held = () => String(to).includes("/drafts/kept?") && !window.arrived;
			while (held()) await new Promise((later) => setTimeout(later, 20));
			return ask(to, ...rest);
		};
	}`)
	b.Visit(paths.Home)
	b.Visit(paths.Account)
	b.Fill("#skills", "typed at once")
	b.Do(`window.arrived = true`)
	b.Until(`$("#skills").value === "an earlier draft typed at once" && visible($(".draft"))`)
}

// A page numbers what it sends, so that the server knows what has come late.
func TestAPageNumbersItsDrafts(t *testing.T) {
	in := Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Before(`{
		const ask = window.fetch;
		window.drafts = [];
		window.fetch = (to, ...rest) => {
			if (String(to) === "/drafts/keep") window.drafts.push(rest[0].body);
			return ask(to, ...rest);
		};
	}`)
	b.Enter(Employee(t, "en"))
	b.Visit(paths.Account)
	b.Fill("#skills", "half")
	b.Until(`drafts.length > 0`)
	b.Fill("#skills", "half a text")
	b.Until(`drafts.length > 1`)
	b.Do(`dispatchEvent(new Event("pagehide"))`)
	b.Fill("#skills", "a text")
	b.Until(`drafts.length > 2 && drafts.every((draft, k) => draft.get("draft_turn") === String(k + 1) &&
		draft.get("draft_by") === String(performance.timeOrigin))`)
	b.Visit(paths.Account)
	b.Until(`visible($(".draft"))`)
}
