package views_test

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/static"
	"github.com/carameloai/intranet/static/brand"
	"github.com/carameloai/intranet/views"
)

// A browser is a writer that knows what has been flushed to it, the way an
// http.ResponseWriter is one: Flush has no result.
type browser struct {
	written bytes.Buffer
	flushed string
}

func (b *browser) Write(p []byte) (int, error) { return b.written.Write(p) }
func (b *browser) Flush()                      { b.flushed = b.written.String() }

const nonce = "n0nce"

// render renders a page in a language, as the server does.
func render(t *testing.T, lang string, p views.Page, content templ.Component) *browser {
	t.Helper()
	ctx := templ.WithNonce(i18n.WithLang(t.Context(), lang), nonce)
	var b browser
	assets, err := static.New(static.Parts{})
	if err != nil {
		t.Fatal(err)
	}
	p.Links = assets.Links
	p.Nav = []views.Entry{
		{Path: paths.Home, Text: "nav.home"}, {Path: paths.People, Text: "form.search"},
		{Path: paths.AdminPeople, Text: "nav.admin", Admin: true},
	}
	if err := views.Layout(p).Render(templ.WithChildren(ctx, content), &b); err != nil {
		t.Fatal(err)
	}
	return &b
}

func parse(t *testing.T, b *browser) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.written.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func outcome(a views.Assistant) func(context.Context) views.Assistant {
	return func(context.Context) views.Assistant { return a }
}

func TestPageIsFlushedBeforeTheHandshakeIsJoined(t *testing.T) {
	var b browser
	calls := 0
	page := views.Page{Title: "News", Person: &conceicao}
	page.Assistant = func(context.Context) views.Assistant {
		calls++
		if !strings.Contains(b.flushed, "the content") || !strings.Contains(b.flushed, "</footer>") {
			t.Errorf("the browser had only this before the handshake was joined: %q", b.flushed)
		}
		if strings.Contains(b.written.String(), "carameloaiChatbot") {
			t.Error("the tail was written before the handshake was joined")
		}
		return views.Assistant{Available: true, Token: "t", ProjectID: "p", SDKURL: "https://sdk.example/a.js"}
	}
	if err := views.Layout(page).Render(templ.WithChildren(t.Context(), templ.Raw("the content")), &b); err != nil {
		t.Fatal(err)
	}
	if calls != 1 {
		t.Errorf("the handshake was joined %d times", calls)
	}
}

func TestTailIsExactAndSafe(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"plain", "eyJhbGciOi.J9-_x", `"eyJhbGciOi.J9-_x"`},
		{
			"end of script", `</script><script>alert(1)</script>`,
			`"\u003c/script\u003e\u003cscript\u003ealert(1)\u003c/script\u003e"`,
		},
		{"comment", `<!--<script>`, `"\u003c!--\u003cscript\u003e"`},
		{"quotes", `"'` + "`", `"\"'` + "`" + `"`},
		{"template", `${Alert(1)}`, `"${Alert(1)}"`},
		{"backslash", `\";Alert(1);//`, `"\\\";Alert(1);//"`},
		{"line separators", "a\u2028b\u2029c\nd\re", `"a\u2028b\u2029c\nd\re"`},
		{"ampersand", "a&b&amp;", `"a\u0026b\u0026amp;"`},
		{"nul", "a\x00b", `"a\u0000b"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, hostile := range []struct {
				assistant views.Assistant
				want      string
			}{
				{
					views.Assistant{Token: test.value, ProjectID: "p_1"},
					`{secure_connection_token: ` + test.want + `, project_id: "p_1"}`,
				},
				{
					views.Assistant{Token: "t", ProjectID: test.value},
					`{secure_connection_token: "t", project_id: ` + test.want + `}`,
				},
			} {
				hostile.assistant.Available, hostile.assistant.SDKURL = true, "https://sdk.example/authenticated.js"
				page := views.Page{Person: &conceicao, Assistant: outcome(hostile.assistant)}
				html := render(t, "en", page, templ.NopComponent).written.String()
				want := `<script nonce="n0nce">var carameloaiChatbot = ` + hostile.want + `;</script>` +
					` <script src="https://sdk.example/authenticated.js" nonce="n0nce"></script></body></html>`
				if !strings.HasSuffix(html, want) {
					t.Errorf("tail is\n%s\nwant\n%s", html[strings.LastIndex(html, "</footer>"):], want)
				}
			}
		})
	}
}

func TestNoticeTakesThePlaceOfTheChat(t *testing.T) {
	for lang, words := range map[string]string{"en": "away", "pt": "fora do ar", "es": "no está disponible"} {
		page := views.Page{Person: &conceicao, Assistant: outcome(views.Assistant{Token: "must not appear"})}
		b := render(t, lang, page, templ.NopComponent)
		notice := parse(t, b).Find("#assistant-unavailable")
		if notice.Length() != 1 || notice.AttrOr("role", "") != "status" || !strings.Contains(notice.Text(), words) {
			t.Errorf("%s: notice is %q", lang, notice.Text())
		}
		if href := notice.Find("a").AttrOr("href", ""); href != "mailto:"+brand.Help {
			t.Errorf("%s: the way to a human is %q", lang, href)
		}
		html := b.written.String()
		if strings.Contains(html, "carameloaiChatbot") || strings.Contains(html, "must not appear") {
			t.Errorf("%s: a page without a chat has its scripts", lang)
		}
	}
}

func TestPageWithoutAnAssistantHasNoTail(t *testing.T) {
	html := render(t, "en", views.Page{Person: &conceicao}, templ.NopComponent).written.String()
	if strings.Contains(html, "carameloai") || strings.Contains(html, "assistant-unavailable") {
		t.Error("there is a tail")
	}
	if got := strings.TrimSpace(html[strings.Index(html, "</footer>"):]); got != "</footer></body></html>" {
		t.Errorf("the page ends with %q", got)
	}
}

func TestSignedInPageHasNavigationAndSignOut(t *testing.T) {
	page := views.Page{Title: "Pessoas", Person: &conceicao, Current: paths.People}
	doc := parse(t, render(t, "pt", page, templ.NopComponent))
	if got := doc.Find("title").Text(); got != "Pessoas · "+brand.Company {
		t.Errorf("title is %q", got)
	}
	if got := doc.Find("html").AttrOr("lang", ""); got != "pt-BR" {
		t.Errorf("language is %q", got)
	}
	current := doc.Find("nav [aria-current=page]")
	if current.Length() != 1 || current.AttrOr("href", "") != paths.People {
		t.Errorf("%d entries are current, the first is %q", current.Length(), current.AttrOr("href", ""))
	}
	if doc.Find(`form[method=post][action="`+paths.Logout+`"] button[type=submit]`).Length() != 1 {
		t.Error("nobody can sign out")
	}
	if !strings.Contains(doc.Find("header").Text(), conceicao.Name) {
		t.Error("the page does not say who is signed in")
	}
	if doc.Find("body > :first-child").AttrOr("href", "") != "#main" ||
		doc.Find("main#main").AttrOr("tabindex", "") != "-1" {
		t.Error("the first element does not skip to the content")
	}
	for _, landmark := range []string{"header", "nav", "main", "footer"} {
		if doc.Find(landmark).Length() != 1 {
			t.Errorf("%d × %s", doc.Find(landmark).Length(), landmark)
		}
	}
}

func TestSignedOutPageHasNoNavigation(t *testing.T) {
	doc := parse(t, render(t, "en", views.Page{Title: "Sign in"}, templ.NopComponent))
	if doc.Find("nav").Length() != 0 || doc.Find("form").Length() != 0 {
		t.Error("a signed-out page has navigation or a way to sign out")
	}
}

func TestSandboxIsSaidOnEveryPage(t *testing.T) {
	for _, p := range []views.Page{{Sandbox: true}, {Sandbox: true, Person: &conceicao}} {
		text := parse(t, render(t, "en", p, templ.NopComponent)).Find(".sandbox").Text()
		if !strings.Contains(text, "Sandbox") {
			t.Errorf("the page says %q", text)
		}
	}
	if parse(t, render(t, "en", views.Page{Person: &conceicao}, templ.NopComponent)).Find(".sandbox").Length() != 0 {
		t.Error("a page without a sandbox says that there is one")
	}
}

func TestAssetURLsChangeWithTheContent(t *testing.T) {
	assets, err := static.New(static.Parts{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"style.css", "app.js", "brand/brand.css", "brand/logo.svg", "brand/favicon.svg"} {
		hashed := regexp.MustCompile(`^/static/` + regexp.QuoteMeta(name) + `\?v=[0-9a-f]{12}$`)
		if got := assets.URL(name); !hashed.MatchString(got) {
			t.Errorf("%s is at %s", name, got)
		}
	}
}
