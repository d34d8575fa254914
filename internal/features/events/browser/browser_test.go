package browser_test

import (
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/e2e"
	"github.com/carameloai/intranet/internal/features/events"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// An editor in São Paulo adds an event with the keyboard alone, and a reader in
// London sees it by their own clock and answers.
func TestAnEditorAddsAnEventAndAReaderAnswers(t *testing.T) {
	in := e2e.Start(t)
	who, reader := e2e.Editor(t), e2e.Employee(t, "en")
	b, other := in.NewTab(t, 1280, 800), in.NewTab(t, 390, 800)
	b.Enter(who)
	b.Until(`online()`)
	b.TabTo(`$(".site-nav a[href='` + events.Index + `']")`)
	b.Write("\r")
	b.Until(`location.pathname === "` + events.Index + `" && online() && $$(".event-row").length > 10`)
	b.TabTo(`$("main a[href='` + events.New + `']")`)
	b.Write("\r")
	b.Until(`location.pathname === "` + events.New + `" && online()`)

	b.TabTo(`$("#title")`)
	b.Answer("Prova às cegas")
	b.TabTo(`$("#place")`)
	b.Write("Laboratório")
	b.TabTo(`$("#starts_day")`)
	day := time.Now().UTC().AddDate(0, 0, 200).Format(time.DateOnly)
	b.Set("#starts_day", day)
	b.Set("#starts_time", "15:00")
	b.TabTo(`$("#body")`)
	b.Write("Traga a sua **colher**.")
	b.TabTo(`$("main form button")`)
	b.Write("\r")
	// There is no end yet: said at the field, with everything kept.
	b.Until(`document.activeElement === $(".alert") &&
		text("#ends_time-error") === ` + e2e.Quoted(in.Says(t, who.Lang, "event.error.time")) + ` &&
		$("#title").value === "Prova às cegas" && $("#starts_day").value === "` + day + `" &&
		$("#starts_time").value === "15:00" && $("#body").value === "Traga a sua **colher**."`)
	b.Set("#ends_time", "16:30")
	b.TabTo(`$("main form button")`)
	b.Write("\r")
	b.Told(who.Lang, "notice.event.created")
	b.Until(`text("h1") === "Prova às cegas" && text(".facts time").endsWith("das 15:00 às 16:30") &&
		text(".event-body strong") === "colher"`)
	event := e2e.Ask[string](b, `location.pathname`)

	other.Enter(reader)
	other.Visit(event)
	other.Until(`online() && text("h1") === "Prova às cegas" && $("h1").lang === "pt-BR" &&
		$(".event-file").href.endsWith(".ics")`)
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	starts := e2e.Ask[string](other, `$(".facts time").dateTime`)
	at, err := time.Parse(time.RFC3339, starts)
	if err != nil {
		t.Fatal(err)
	}
	clock := at.In(london).Format("15:04")
	other.Until(`text(".facts time").includes("` + clock + ` to ")`)
	other.Click(`$(".answer button[value=yes]")`)
	other.Told("en", "notice.event.yes")
	other.Until(`text(".people .person-name") === "` + reader.Name + `" && !$(".answer button[value=yes]")`)

	b.Visit(event)
	b.Until(`online() && text(".people .person-name") === "` + reader.Name + `"`)
	b.Click(`$(".ask summary")`)
	b.Click(`$(".ask form button")`)
	b.Told(who.Lang, "notice.event.deleted")
	other.Click(`$(".answer button[value=no]")`)
	other.Until(`text(".error-status") === "404"`)
}

func TestAnUnsavedEventIsNotDropped(t *testing.T) {
	in := e2e.Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(e2e.Editor(t))
	b.Begin(events.New)
	b.Fill("#title", "Typed")
	b.Do(`document.querySelector("form:has(#title)").noValidate = true`)
	b.Click(`$("form:has(#title) button")`)
	b.Until(`$("#starts_day-error") && document.readyState === "complete"`)
	b.WasAsked("the form itself", 0)
	b.Away()
	b.WasAsked("a form with something to mend", 1)

	// A browser fills in again what was typed on a page that is gone back to.
	b.Visit(events.New)
	b.Fill("#title", "Typed")
	b.Fill("#place", "Somewhere")
	b.Away()
	b.Leave(`history.back()`)
	b.Complete(events.New)
	b.Until(`$("#title").value === "Typed" && $("#place").value === "Somewhere"`)

	// Where the session had ended, the form is filled in again after a sign-in.
	in.SQL(t, `UPDATE sessions SET expires_at = now() - interval '1 minute' WHERE revoked_at IS NULL`)
	b.Do(`document.querySelector("form:has(#title)").noValidate = true`)
	b.Click(`$("form:has(#title) button")`)
	b.Until(`location.search === "?ended=kept&next=%2Fevents%2Fnew" && visible($("main [role=alert]"))`)
	b.Fill("#email", e2e.Editor(t).Email)
	b.Fill("#password", in.Passwords[e2e.Editor(t).Email]+"\r")
	b.Complete(events.New)
	b.Until(`visible($(".draft")) && $("#title").value === "Typed" && $("#place").value === "Somewhere"`)
}

// Going back to a form that was saved and pressing Save again makes no second event, unless
// the person asks for one.
func TestGoingBackToASavedEventMakesNoSecondOneUnasked(t *testing.T) {
	in := e2e.Start(t)
	who := e2e.Editor(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(who)
	b.Begin(events.New)
	b.Fill("#title", "Once only")
	b.Set("#starts_day", time.Now().UTC().AddDate(0, 0, 200).Format(time.DateOnly))
	b.Set("#starts_time", "15:00")
	b.Set("#ends_time", "16:30")
	b.Click(`$("form:has(#title) button")`)
	b.Told(who.Lang, "notice.event.created")
	event := e2e.Ask[string](b, `location.pathname`)

	b.Leave(`history.back()`)
	b.Complete(events.New)
	b.Until(`$("#title").value === "Once only"`)
	b.Click(`$("form:has(#title) button")`)
	b.Until(`location.pathname === "` + event + `" && document.readyState === "complete"`)

	b.Leave(`history.back()`)
	b.Complete(events.New)
	b.Until(`$("#title").value === "Once only"`)
	b.Fill("#title", "Another one")
	b.Click(`$("form:has(#title) button")`)
	b.Until(`text(".error-status") === "409" && text("h1") === ` + e2e.Quoted(in.Says(t, who.Lang, "error.sent.title")))
	b.Click(`$("main form button")`)
	b.Told(who.Lang, "notice.event.created")
	b.Until(`text("h1") === "Another one" && location.pathname !== "` + event + `"`)
}
