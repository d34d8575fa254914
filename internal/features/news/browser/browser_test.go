package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/carameloai/intranet/internal/e2e"
	"github.com/carameloai/intranet/internal/features/news"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// An editor writes with the keyboard alone, looks at it first, and publishes; a
// reader confirms that they have read it, and the editor sees that they have.
func TestAnEditorWritesAndAReaderConfirms(t *testing.T) {
	in := e2e.Start(t)
	who, reader := e2e.Editor(t), e2e.Employee(t, "es")
	b, other := in.NewTab(t, 1280, 800), in.NewTab(t, 390, 800)
	b.Enter(who)
	b.Until(`online()`)
	b.TabTo(`$(".site-nav a[href='` + news.Index + `']")`)
	b.Write("\r")
	b.Until(`location.pathname === "` + news.Index + `" && online() && $$(".teaser").length === 20`)
	b.TabTo(`$("main a[href='` + news.New + `']")`)
	b.Write("\r")
	b.Until(`location.pathname === "` + news.New + `" && online()`)

	b.TabTo(`$("#title")`)
	b.Write("Água: o que muda")
	b.TabTo(`$("#summary")`)
	b.Write("Só por dois dias.")
	b.TabTo(`$("#body")`)
	b.Write("Traga a sua **garrafa**.")
	b.Do(`document.querySelector("#body").value += "\n\n|a|b|c|d|\n|-|-|-|-|\n|" +
		"Wolfeschlegelsteinhausenbergerdorff|".repeat(4)`)
	b.TabTo(`$("button[name=preview]")`)
	b.Write("\r")
	b.Until(`document.activeElement === $(".preview") && text(".preview strong") === "garrafa" &&
		$("#title").value === "Água: o que muda" && $("#summary").value === "Só por dois dias."`)
	// A table that is too wide scrolls, with the keyboard too.
	b.Until(`$(".preview table").scrollWidth > $(".preview table").clientWidth &&
		document.documentElement.scrollWidth <= innerWidth`)
	b.TabTo(`$(".preview table")`)
	b.Write(kb.ArrowRight)
	b.Until(`$(".preview table").scrollLeft > 0`)
	b.TabTo(`$("#publish-draft")`)
	b.Write(kb.ArrowDown)
	b.Until(`$("#publish-now").checked`)
	b.TabTo(`$("#must_read-yes")`)
	b.Write(" ")
	b.TabTo(`$("main form .actions button")`)
	b.Write("\r")
	b.Told(who.Lang, "notice.news.published")
	b.Until(`text("h1") === "Água: o que muda" && text(".prose strong") === "garrafa"`)
	article := e2e.Ask[string](b, `location.pathname`)

	other.Enter(reader)
	other.Visit(news.Index)
	other.Until(`online()`)
	other.TabTo(`$(".teaser a[href='` + article + `']")`)
	other.Write("\r")
	other.Until(`online() && text("h1") === "Água: o que muda" && $("h1").lang === "pt-BR" &&
		document.documentElement.scrollWidth <= innerWidth`)
	other.TabTo(`$(".acknowledgement button")`)
	other.Write("\r")
	other.Told("es", "notice.acknowledged")
	other.Until(`$(".acknowledgement time") && !$(".acknowledgement button")`)

	b.Visit(article + "/acknowledgements")
	b.Until(`online() && text(".lead") === "Confirmações: 1 de 200." &&
		!$$(".person-name").some((e) => e.textContent === "` + reader.Name + `")`)
	b.Visit(article)
	b.Click(`$(".ask summary")`)
	b.Click(`$(".ask form button")`)
	b.Told(who.Lang, "notice.news.unpublished")
	other.Visit(article)
	other.Until(`text(".error-status") === "404"`)
}

// Each language is a page of its own: what was typed in one is not dropped without
// a question, a preview of it included.
func TestAnUnsavedArticleIsNotDropped(t *testing.T) {
	in := e2e.Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(e2e.Editor(t))
	edit, language := news.Edit.Of("canteen"), `$(".tabs a:not([aria-current])")`
	arrived := `location.search.includes("lang=") && document.readyState === "complete"`

	b.Begin(edit)
	b.Click(language)
	b.Until(arrived)
	b.WasAsked("a clean form", 0)

	b.Begin(edit)
	b.Fill("#title", "Typed")
	b.Click(language)
	b.Until(arrived)
	b.WasAsked("another language", 1)

	b.Begin(edit)
	b.Fill("#title", "Typed")
	b.Click(`$("button[name=preview]")`)
	b.Until(`$(".preview") && document.readyState === "complete"`)
	b.WasAsked("the form itself", 0)
	b.Click(language)
	b.Until(arrived)
	b.WasAsked("a preview", 1)
}

// On paper, all of a wide table and of a long line of code is there, and an address once.
func TestPaperShowsWholeTablesAndCode(t *testing.T) {
	in := e2e.Start(t)
	b := in.NewTab(t, 1280, 800)
	b.Enter(e2e.Editor(t))
	b.Visit(news.New)
	b.Until(`online()`)
	b.Do(`document.querySelector("#body").value = "|" + "Approver of exceptions|".repeat(9) +
		"\n|" + "-|".repeat(9) + "\n|" +
		"conceicao.amaral@company.example|".repeat(9) + "\n\n~~~\n" + "ssh -L 5432:database.internal:5432 ".repeat(9) +
		"\n" + "x".repeat(300) + "\n~~~\n\n" +
		"See <https://intranet.example/forms>, www.a.example or [b](https://b.example).";
		document.querySelector("button[name=preview]").click()`)
	b.Until(`$(".preview table") && online()`)
	whole := `$$(".preview table, .preview pre").every(e => e.scrollWidth <= e.clientWidth + 1)`
	b.Until(`!(` + whole + `)`)
	b.OnPaper(718)
	b.Until(`matchMedia("print").matches && ` + whole + ` && document.documentElement.scrollWidth <= innerWidth &&
		$$(".preview :is(td, th)").every(e => e.getBoundingClientRect().right <= innerWidth)`)
	b.Until(`$$(".preview a[href^=http]").map(a => getComputedStyle(a, "::after").content !== "none").join() ===
		"false,false,true"`)
}
