package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/sandbox"
	"github.com/carameloai/intranet/internal/seed"
)

// profile is the page of a colleague, and the question that is asked there.
func (in *Intranet) profile(t *testing.T, lang string) (path, question string, of seed.Persona) {
	t.Helper()
	of = Editor(t)
	id := in.value(t, `SELECT id::text FROM people WHERE email = $1`, of.Email)
	return paths.Person.Of(id), in.Says(t, lang, "person.questions.about"), of
}

// mayCopy lets pages write into the clipboard, which a browser without a window forbids.
func (b *Tab) mayCopy() {
	b.t.Helper()
	b.altered = true
	command(b, browser.SetPermission, browser.SetPermissionParams{
		Permission:       &browser.PermissionDescriptor{Name: "clipboard-write"},
		Setting:          "granted",
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	})
}

func TestAQuestionIsPressedAndStandsInTheChat(t *testing.T) {
	in := Start(t)
	path, question, of := in.profile(t, "en")
	b := in.NewTab(t, 1280, 800)
	b.Enter(Employee(t, "en"))
	b.Visit(path)
	b.Until(`online()`)
	asked := question + "\n" + of.Name + ": " + in.url + path
	b.ask(0)
	b.Until(`!chat("#panel").hidden && host.shadowRoot.activeElement === chat("#input") &&
		chat("#input").value === ` + Quoted(asked))
	b.Until(`said("person").length === 0`) // it is theirs to send

	// Another one takes its place, and what the person writes stays.
	b.ask(1)
	b.Until(`chat("#input").value.startsWith(` + Quoted(in.Says(t, "en", "person.questions.does")+"\n") + `)`)
	b.Do(`document.querySelector("caramelo-sandbox-chat").shadowRoot.querySelector("#input").value = "Mine"`)
	b.ask(0)
	b.Until(`chat("#input").value === ` + Quoted("Mine\n"+asked) + ` && text(".questions-said") === ""`)

	b.Visit(paths.Assistant)
	b.Until(`online()`)
	b.Click(`$("[data-caramelo-open]")`)
	b.Until(`!chat("#panel").hidden`)
}

// A script may have a function instead, which gets the question and its page.
func TestAQuestionGoesToAFunction(t *testing.T) {
	in := Start(t, func(s *app.Settings) { s.Open = "function:vendor.chat.ask" })
	path, question, of := in.profile(t, "pt")
	b := in.NewTab(t, 1280, 800)
	b.mayCopy()
	b.Enter(Employee(t, "pt"))
	b.Visit(path)
	b.Until(`online()`)
	b.Do(`window.vendor = { chat: { got: [], ask(...all) { this.got.push(all) } } }`)
	b.ask(0)
	b.Until(`JSON.stringify(vendor.chat.got) === ` +
		Quoted(`[[`+Quoted(question)+`,{"title":`+Quoted(of.Name)+`,"url":`+Quoted(in.url+path)+`}]]`))
	b.Until(`text(".questions-said") === ""`)

	// Without the function, or where it fails, nothing is lost.
	for _, broken := range []string{`delete window.vendor`, `vendor = { chat: { ask() { throw new Error() } } }`} {
		b.Do(broken)
		b.ask(0)
		b.Until(`text(".questions-said") === ` + Quoted(in.Says(t, "pt", "questions.copied")))
		b.Visit(path)
		b.Until(`online()`)
	}
	b.Visit(paths.Assistant)
	b.Until(`online()`)
	b.Click(`$("[data-caramelo-open]")`)
	b.Until(`text(".questions-said") === ` + Quoted(in.Says(t, "pt", "questions.where")))
}

// Where nobody knows how the chat is opened, a question is copied, to be pasted there.
func TestAQuestionIsCopiedWhereNothingOpensTheChat(t *testing.T) {
	in := Start(t, func(s *app.Settings) { s.Open = "" })
	path, question, of := in.profile(t, "es")
	asked := question + " " + of.Name + ": " + in.url + path
	b := in.NewTab(t, 1280, 800)
	b.mayCopy()
	b.Enter(Employee(t, "es"))
	b.Visit(path)
	b.Until(`online()`)
	b.ask(0)
	b.Until(`text(".questions-said") === ` + Quoted(in.Says(t, "es", "questions.copied")) + ` &&
		$(".questions-said").matches("[role=status]") && !$("[data-ask] textarea") && chat("#panel").hidden`)
	b.Click(`chat("#bubble")`)
	command(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{
		Type: "keyDown", Key: "v", Modifiers: 2, Commands: []string{"paste"},
	})
	b.Until(`chat("#input").value === ` + Quoted(asked))

	// On plain http there is no clipboard, and a browser may refuse it.
	for _, clipboard := range []string{
		`void Object.defineProperty(Navigator.prototype, "clipboard", { value: undefined })`,
		`void (Clipboard.prototype.writeText = () => Promise.reject(new DOMException("", "NotAllowedError")))`,
	} {
		b.Visit(path)
		b.Until(`online()`)
		b.Do(clipboard)
		b.ask(0)
		b.Until(`text(".questions-said") === ` + Quoted(in.Says(t, "es", "questions.byhand")) + ` &&
			document.activeElement.matches("[data-ask] textarea:read-only") && $$("[data-ask] textarea").length === 1 &&
			getSelection().toString() === ` + Quoted(asked))
	}
	b.Visit(paths.Assistant)
	b.Until(`online() && !$("[data-caramelo-open]")`)
}

// counted tells how often questions.js has waited for a chat that said nothing, and what was
// copied then. It holds the sandbox's late parts back until the page calls arrive.
const counted = `{
	const real = setTimeout;
	window.waits = window.waited = 0;
	window.copies = [];
	Clipboard.prototype.writeText = async (text) => { copies.push(text) };
	window.setTimeout = (f, ms, ...rest) => {
		if (ms === 500) return void (window.arrive = f);
		if (ms !== 700) return real(f, ms, ...rest);
		waits++;
		return real(() => { f(); real(() => waited++) }, ms);
	};
}`

// Parts of a script may come late, and until then nobody hears the event: a question is not
// lost with it.
func TestAQuestionThatNoScriptTakesIsCopied(t *testing.T) {
	in, panel := StartFaulty(t)
	SetFaults(t, panel, sandbox.Faults{Manner: "manner-chunks"})
	b := in.NewTab(t, 1280, 800)
	b.Before(counted)
	b.Enter(Employee(t, "en"))
	b.Visit(paths.Assistant)
	b.Until(`visible($("[data-caramelo-open]")) && window.arrive && !host`)
	b.ask(0)
	b.Until(`copies.length === 1 && text(".questions-said") === ` + Quoted(in.Says(t, "en", "questions.copied")))
	b.Click(`$("[data-caramelo-open]")`)
	b.Until(`text(".questions-said") === ` + Quoted(in.Says(t, "en", "questions.where")))

	b.Do(`window.arrive()`)
	b.Until(`online()`)
	b.ask(0)
	b.Until(`!chat("#panel").hidden && chat("#input").value.startsWith(text(".questions button")) &&
		text(".questions-said") === ""`)
	if waits := Ask[int](b, `waits`); waits != 2 {
		t.Errorf("a script that says that it takes a question is waited for: %d times", waits)
	}
}

// A script that takes the event and says nothing is known by what it does, and the question
// is not copied besides.
func TestAScriptThatSaysNothingTakesAQuestion(t *testing.T) {
	in, panel := StartFaulty(t, func(s *app.Settings) { s.Open = "event:vendor:open" })
	SetFaults(t, panel, sandbox.Faults{Manner: "manner-silent"})
	b := in.NewTab(t, 1280, 800)
	b.Before(counted)
	b.Enter(Employee(t, "en"))
	for takes, copies := range map[string]int{
		`shown.shadowRoot.querySelector("#bubble").focus()`: 0,
		`shown.style.width = "300px"`:                       0,
		`shown.append(document.createElement("p"))`:         0,
		``: 1, // it does not know this event
	} {
		b.Visit(paths.Assistant)
		b.Until(`said("assistant").length > 0`)
		b.Do(`window.shown = document.querySelector("caramelo-sandbox-chat");
			document.addEventListener("vendor:open", () => { window.heard = true; ` + takes + ` })`)
		b.ask(0)
		b.Until(`waited === 1 && heard`)
		if got := Ask[int](b, `copies.length`); got != copies {
			t.Errorf("a script that does %q: copied %d times, want %d", takes, got, copies)
		}
	}
}

// While the vendor's script is on its way, a question is copied. Nothing invites to an
// assistant that does not come.
func TestNothingInvitesToAnAssistantThatDoesNotCome(t *testing.T) {
	in, panel := StartFaulty(t)
	b := in.NewTab(t, 1280, 800)
	b.mayCopy()
	b.Enter(Employee(t, "en"))
	SetFaults(t, panel, sandbox.Faults{SDK: "sdk-slow"})
	b.Open(paths.Home)
	b.ask(0)
	b.Until(`text(".questions-said") === ` + Quoted(in.Says(t, "en", "questions.copied")) + ` &&
		!$("#assistant-unavailable") && !visible($("[data-caramelo-open]"))`)

	path, _, _ := in.profile(t, "en")
	for _, faults := range []sandbox.Faults{{SDK: "sdk-404"}, {SDK: "sdk-broken"}, {Answer: "status-500"}} {
		SetFaults(t, panel, faults)
		for page, what := range map[string]string{
			paths.Home: ".invitation", paths.Assistant: ".questions-block", path: ".page-questions",
		} {
			b.Visit(page)
			b.Until(`visible($("#assistant-unavailable")) && visible($("h1")) && !visible($(` + Quoted(what) + `))`)
		}
	}
}
