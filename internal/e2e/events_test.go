package e2e

import (
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/features/events"
)

// An editor in São Paulo adds an event with the keyboard alone, and a reader in
// London sees it by their own clock and answers.
func TestAnEditorAddsAnEventAndAReaderAnswers(t *testing.T) {
	in := start(t)
	who, reader := editor(t), employee(t, "en")
	b, other := in.newTab(t, 1280, 800), in.newTab(t, 390, 800)
	b.enter(who)
	b.until(`online()`)
	b.tabTo(`$(".site-nav a[href='` + events.Index + `']")`)
	b.write("\r")
	b.until(`location.pathname === "` + events.Index + `" && online() && $$(".event-row").length > 10`)
	b.tabTo(`$("main a[href='` + events.New + `']")`)
	b.write("\r")
	b.until(`location.pathname === "` + events.New + `" && online()`)

	b.tabTo(`$("#title")`)
	b.answer("Prova às cegas")
	b.tabTo(`$("#place")`)
	b.write("Laboratório")
	b.tabTo(`$("#starts_day")`)
	day := time.Now().UTC().AddDate(0, 0, 200).Format(time.DateOnly)
	b.set("#starts_day", day)
	b.set("#starts_time", "15:00")
	b.tabTo(`$("#body")`)
	b.write("Traga a sua **colher**.")
	b.tabTo(`$("main form button")`)
	b.write("\r")
	// There is no end yet: said at the field, with everything kept.
	b.until(`document.activeElement === $(".alert") &&
		text("#ends_time-error") === ` + quoted(in.says(t, who.Lang, "event.error.time")) + ` &&
		$("#title").value === "Prova às cegas" && $("#starts_day").value === "` + day + `" &&
		$("#starts_time").value === "15:00" && $("#body").value === "Traga a sua **colher**."`)
	b.set("#ends_time", "16:30")
	b.tabTo(`$("main form button")`)
	b.write("\r")
	b.told(who.Lang, "notice.event.created")
	b.until(`text("h1") === "Prova às cegas" && text(".facts time").endsWith("das 15:00 às 16:30") &&
		text(".event-body strong") === "colher"`)
	event := ask[string](b, `location.pathname`)

	other.enter(reader)
	other.visit(event)
	other.until(`online() && text("h1") === "Prova às cegas" && $("h1").lang === "pt-BR" &&
		$(".event-file").href.endsWith(".ics")`)
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	starts := ask[string](other, `$(".facts time").dateTime`)
	at, err := time.Parse(time.RFC3339, starts)
	if err != nil {
		t.Fatal(err)
	}
	clock := at.In(london).Format("15:04")
	other.until(`text(".facts time").includes("` + clock + ` to ")`)
	other.click(`$(".answer button[value=yes]")`)
	other.told("en", "notice.event.yes")
	other.until(`text(".people .person-name") === "` + reader.Name + `" && !$(".answer button[value=yes]")`)

	b.visit(event)
	b.until(`online() && text(".people .person-name") === "` + reader.Name + `"`)
	b.click(`$(".ask summary")`)
	b.click(`$(".ask form button")`)
	b.told(who.Lang, "notice.event.deleted")
	other.click(`$(".answer button[value=no]")`)
	other.until(`text(".error-status") === "404"`)
}

func TestAnUnsavedEventIsNotDropped(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	b.enter(editor(t))
	b.begin(events.New)
	b.fill("#title", "Typed")
	b.do(`document.querySelector("main form").noValidate = true`)
	b.click(`$("main form button")`)
	b.until(`$("#starts_day-error") && document.readyState === "complete"`)
	b.wasAsked("the form itself", 0)
	b.away()
	b.wasAsked("a form with something to mend", 1)

	// A browser fills in again what was typed on a page that is gone back to.
	b.visit(events.New)
	b.fill("#title", "Typed")
	b.fill("#place", "Somewhere")
	b.away()
	b.leave(`history.back()`)
	b.complete(events.New)
	b.until(`$("#title").value === "Typed" && $("#place").value === "Somewhere"`)

	// So does the Back button where the session had ended: it leads past the
	// sign-in page, as that says.
	in.sql(t, `UPDATE sessions SET expires_at = now() WHERE revoked_at IS NULL`)
	b.do(`document.querySelector("main form").noValidate = true`)
	b.click(`$("main form button")`)
	b.until(`location.search === "?ended=yes&next=%2Fevents%2Fnew" && visible($("main [role=alert]"))`)
	b.fill("#email", editor(t).Email)
	b.fill("#password", in.passwords[editor(t).Email]+"\r")
	b.complete(events.New)
	b.until(`$("#title").value === ""`)
	b.do(`window.old = true`)
	b.leave(`history.back()`) // to the sign-in page, which leads on
	b.until(`!window.old && document.readyState === "complete" && $("#title")`)
	b.leave(`history.back()`)
	b.until(`document.readyState === "complete" && $("#title")?.value === "Typed"`)
}
