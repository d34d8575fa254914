package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/carameloai/intranet/internal/features/news"
)

// An editor writes with the keyboard alone, looks at it first, and publishes; a
// reader confirms that they have read it, and the editor sees that they have.
func TestAnEditorWritesAndAReaderConfirms(t *testing.T) {
	in := start(t)
	who, reader := editor(t), employee(t, "es")
	b, other := in.newTab(t, 1280, 800), in.newTab(t, 390, 800)
	b.enter(who)
	b.until(`online()`)
	b.tabTo(`$(".site-nav a[href='` + news.Index + `']")`)
	b.write("\r")
	b.until(`location.pathname === "` + news.Index + `" && online() && $$(".teaser").length === 20`)
	b.tabTo(`$("main a[href='` + news.New + `']")`)
	b.write("\r")
	b.until(`location.pathname === "` + news.New + `" && online()`)

	b.tabTo(`$("#title")`)
	b.write("Água: o que muda")
	b.tabTo(`$("#summary")`)
	b.write("Só por dois dias.")
	b.tabTo(`$("#body")`)
	b.write("Traga a sua **garrafa**.")
	b.do(`document.querySelector("#body").value += "\n\n|a|b|c|d|\n|-|-|-|-|\n|" +
		"Wolfeschlegelsteinhausenbergerdorff|".repeat(4)`)
	b.tabTo(`$("button[name=preview]")`)
	b.write("\r")
	b.until(`document.activeElement === $(".preview") && text(".preview strong") === "garrafa" &&
		$("#title").value === "Água: o que muda" && $("#summary").value === "Só por dois dias."`)
	// A table that is too wide scrolls, with the keyboard too.
	b.until(`$(".preview table").scrollWidth > $(".preview table").clientWidth &&
		document.documentElement.scrollWidth <= innerWidth`)
	b.tabTo(`$(".preview table")`)
	b.write(kb.ArrowRight)
	b.until(`$(".preview table").scrollLeft > 0`)
	b.tabTo(`$("#publish-draft")`)
	b.write(kb.ArrowDown)
	b.until(`$("#publish-now").checked`)
	b.tabTo(`$("#must_read-yes")`)
	b.write(" ")
	b.tabTo(`$("main form .actions button")`)
	b.write("\r")
	b.told(who.Lang, "notice.news.published")
	b.until(`text("h1") === "Água: o que muda" && text(".prose strong") === "garrafa"`)
	article := ask[string](b, `location.pathname`)

	other.enter(reader)
	other.visit(news.Index)
	other.until(`online()`)
	other.tabTo(`$(".teaser a[href='` + article + `']")`)
	other.write("\r")
	other.until(`online() && text("h1") === "Água: o que muda" && $("h1").lang === "pt-BR" &&
		document.documentElement.scrollWidth <= innerWidth`)
	other.tabTo(`$(".acknowledgement button")`)
	other.write("\r")
	other.told("es", "notice.acknowledged")
	other.until(`$(".acknowledgement time") && !$(".acknowledgement button")`)

	b.visit(article + "/acknowledgements")
	b.until(`online() && text(".lead") === "Confirmações: 1 de 200." &&
		!$$(".person-name").some((e) => e.textContent === "` + reader.Name + `")`)
	b.visit(article)
	b.click(`$(".ask summary")`)
	b.click(`$(".ask form button")`)
	b.told(who.Lang, "notice.news.unpublished")
	other.visit(article)
	other.until(`text(".error-status") === "404"`)
}

// Each language is a page of its own: what was typed in one is not dropped without
// a question, a preview of it included.
func TestAnUnsavedArticleIsNotDropped(t *testing.T) {
	in := start(t)
	b := in.newTab(t, 1280, 800)
	b.enter(editor(t))
	edit, language := news.Edit.Of("canteen"), `$(".tabs a:not([aria-current])")`
	arrived := `location.search.includes("lang=") && document.readyState === "complete"`

	b.begin(edit)
	b.click(language)
	b.until(arrived)
	b.wasAsked("a clean form", 0)

	b.begin(edit)
	b.fill("#title", "Typed")
	b.click(language)
	b.until(arrived)
	b.wasAsked("another language", 1)

	b.begin(edit)
	b.fill("#title", "Typed")
	b.click(`$("button[name=preview]")`)
	b.until(`$(".preview") && document.readyState === "complete"`)
	b.wasAsked("the form itself", 0)
	b.click(language)
	b.until(arrived)
	b.wasAsked("a preview", 1)
}
