package views_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

var conceicao = store.Person{
	ID: "0198c2a4-7d1e-7c3b-9f50-2b6a41d0c8ee", Name: "Conceição Araújo de Albuquerque",
	Email: "conceicao@company.example", Role: store.Editor, Lang: "pt", Active: true,
	Department: "people", DepartmentName: "Gente e Cultura", Title: "Coordenadora de Comunicação Interna",
}

func colleague(i int) store.Person {
	return store.Person{
		ID: fmt.Sprintf("0198c2a4-7d1e-7c3b-9f50-2b6a41d0c%03x", i), Name: fmt.Sprintf("Íris Muñoz %d", i),
		Email: fmt.Sprintf("iris%d@company.example", i), Lang: "es", Department: "people",
		DepartmentName: "Gente e Cultura", Title: "Analista",
	}
}

func fullHome() views.HomeProps {
	home := views.HomeProps{Person: conceicao, Now: time.Date(2026, 3, 17, 9, 5, 0, 0, time.UTC)}
	card := `<section class="news">` + strings.Repeat("<p>Announcement</p>", 400) + `</section>`
	home.Main = []views.Card{{Order: 300, Body: templ.Raw(card)}}
	home.Due = []views.DueItem{{Title: "Fire drill", Lang: "en", Path: "/texts/fire-drill", Kind: "nav.home"}}
	return home
}

func someQuestions() templ.Component {
	return views.Questions(views.QuestionsProps{Title: "Q", Path: "/q", Keys: []string{"title.home"}})
}

// pages are every page in every state that it can be in.
func pages() map[string]templ.Component {
	all := map[string]templ.Component{
		"home":        views.Home(fullHome()),
		"home, empty": views.Home(views.HomeProps{Person: store.Person{ID: "x", Name: "Ana"}}),
		"questions":   templ.Join(templ.Raw("<h1>Q</h1>"), someQuestions()),
		"assistant":   views.AssistantPage(views.AssistantPageProps{Person: conceicao, Configured: true}),
		"assistant, asked": views.AssistantPage(views.AssistantPageProps{
			Person: conceicao, Configured: true, AskFirst: true, Consent: &views.ConsentForm{Next: paths.Assistant},
		}),
		"assistant, off": views.AssistantPage(views.AssistantPageProps{Person: conceicao}),
		"error, csrf":    views.Error(views.ErrorProps{Status: 403, Reason: "csrf"}),
	}
	for _, status := range []int{400, 403, 404, 405, 413, 418, 422, 429, 500, 502, 503} {
		all[fmt.Sprint("error ", status)] = views.Error(views.ErrorProps{Status: status, RequestID: "R3QU3ST"})
	}
	return all
}

var (
	looksLikeAKey = regexp.MustCompile(`\b(layout|nav|form|theme|home|people|person|assistant|error|date|language|` +
		`questions|title|footer|sandbox|unavailable|breadcrumb|idle|pager|role|consent)\.[a-z0-9]+\b`)
	handlerName = regexp.MustCompile(`^on[a-z]+$`)
)

// What holds for every page, in every language and state.
func TestEveryPage(t *testing.T) {
	for name, content := range pages() {
		for _, lang := range i18n.Languages {
			t.Run(name+" "+lang, func(t *testing.T) {
				page := views.Page{
					Title: "T", Person: &conceicao, Assistant: outcome(views.Assistant{}), Open: "event:chat:open",
				}
				b := render(t, lang, page, content)
				doc := parse(t, b)
				if n := doc.Find("h1").Length(); n != 1 {
					t.Errorf("%d × h1", n)
				}
				if n := doc.Find("main h1").Length(); n != 1 {
					t.Errorf("%d × h1 in main", n)
				}
				if key := looksLikeAKey.FindString(doc.Find("body").Text()); key != "" {
					t.Errorf("a text is missing: %s", key)
				}
				if strings.Contains(b.written.String(), "no value") || strings.Contains(b.written.String(), "%!") {
					t.Error("a placeholder was not filled")
				}

				level := 0
				doc.Find("main :is(h1, h2, h3, h4)").Each(func(_ int, h *goquery.Selection) {
					next := int(goquery.NodeName(h)[1] - '0')
					if next > level+1 {
						t.Errorf("%q is an h%d after an h%d", h.Text(), next, level)
					}
					level = next
				})

				ids := map[string]bool{}
				doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
					id := s.AttrOr("id", "")
					if ids[id] {
						t.Errorf("id %q is there twice", id)
					}
					ids[id] = true
				})
				for _, attribute := range []string{"for", "aria-labelledby", "aria-describedby", "aria-controls"} {
					doc.Find("[" + attribute + "]").Each(func(_ int, s *goquery.Selection) {
						for _, id := range strings.Fields(s.AttrOr(attribute, "")) {
							if !ids[id] {
								t.Errorf("%s=%q leads nowhere", attribute, id)
							}
						}
					})
				}
				doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
					if doc.Find(`label[for="`+s.AttrOr("id", "")+`"]`).Length() != 1 {
						t.Errorf("the field %q has no label", s.AttrOr("name", ""))
					}
				})
				doc.Find("a, button, summary").Each(func(_ int, s *goquery.Selection) {
					if strings.TrimSpace(s.Text()) == "" {
						html, _ := goquery.OuterHtml(s)
						t.Errorf("nothing names %s", html)
					}
				})

				// What the content security policy would block.
				doc.Find("*").Each(func(_ int, s *goquery.Selection) {
					for _, a := range s.Nodes[0].Attr {
						script := strings.HasPrefix(strings.TrimSpace(a.Val), "javascript:")
						if a.Key == "style" || handlerName.MatchString(a.Key) || script {
							t.Errorf("%s has %s=%q", goquery.NodeName(s), a.Key, a.Val)
						}
					}
				})
				doc.Find("script").Each(func(_ int, s *goquery.Selection) {
					if s.AttrOr("nonce", "") != nonce {
						t.Error("a script has no nonce")
					}
				})
				if doc.Find("style, script[defer]").Length() != 0 {
					t.Error("there is an inline style sheet, or a script that waits for the tail")
				}
			})
		}
	}
}

func page(t *testing.T, lang string, content templ.Component) *goquery.Document {
	t.Helper()
	return parse(t, render(t, lang, views.Page{Title: "T", Person: &conceicao}, content))
}

func TestHomeIsARealPage(t *testing.T) {
	b := render(t, "pt", views.Page{Title: "Início", Person: &conceicao, Current: paths.Home}, views.Home(fullHome()))
	if b.written.Len() < 8_000 {
		t.Errorf("the home page has %d bytes", b.written.Len())
	}
	doc := parse(t, b)
	if got := doc.Find("h1").Text(); got != "Bom dia, Conceição" {
		t.Errorf("greeting is %q", got)
	}
	got := doc.Find(".eyebrow time")
	if got.Text() != "Terça-feira, 17 de março de 2026" || got.AttrOr("datetime", "") != "2026-03-17" {
		t.Errorf("date is %q", got.Text())
	}
}

func TestHomeSaysWhatIsToBeConfirmed(t *testing.T) {
	doc := page(t, "pt", views.Home(fullHome()))
	due := doc.Find(".due li a[href]").Length()
	got := doc.Find(".due h2").Text()
	if due == 0 || !strings.Contains(got, fmt.Sprint(due)) || doc.Find(".due a[lang=en]").Length() != due {
		t.Errorf("%d texts to be confirmed, %q", due, got)
	}
	if page(t, "pt", views.Home(views.HomeProps{Person: conceicao})).Find(".due").Length() != 0 {
		t.Error("nothing is to be confirmed, and there is a place for it")
	}
}

func TestGreetingFitsTheHour(t *testing.T) {
	for hour, want := range map[int]string{
		0: "Hola", 4: "Hola", 5: "Buenos días", 11: "Buenos días", 12: "Buenas tardes", 17: "Buenas tardes",
		18: "Buenas noches", 23: "Buenas noches",
	} {
		props := views.HomeProps{Person: conceicao, Now: time.Date(2026, 3, 17, hour, 59, 0, 0, time.UTC)}
		if got := page(t, "es", views.Home(props)).Find("h1").Text(); got != want+", Conceição" {
			t.Errorf("%d h: %q", hour, got)
		}
	}
}

func TestAssistantPageShowsWhatIsSent(t *testing.T) {
	doc := page(t, "en", views.AssistantPage(views.AssistantPageProps{Person: conceicao, Configured: true}))
	table := doc.Find("table")
	if table.Find("tbody tr").Length() != 5 {
		t.Errorf("%d fields are listed, the vendor gets 5", table.Find("tbody tr").Length())
	}
	for _, want := range []string{
		"secret_token", "external_customer_id", "name", "email", "lang",
		conceicao.ID, conceicao.Name, conceicao.Email, "pt",
	} {
		if !strings.Contains(table.Text(), want) {
			t.Errorf("%s is not listed", want)
		}
	}
	if doc.Find("[data-caramelo-open], .questions").Length() != 0 {
		t.Error("a page without the chat invites to it")
	}
	off := page(t, "en", views.AssistantPage(views.AssistantPageProps{Person: conceicao}))
	if off.Find("table, [data-caramelo-open]").Length() != 0 ||
		!strings.Contains(off.Find("main").Text(), "not switched on") {
		t.Error("an assistant that is off is offered")
	}
}

func TestErrors(t *testing.T) {
	text := func(p views.ErrorProps) string { return page(t, "en", views.Error(p)).Find("main").Text() }
	for status, want := range map[int]string{
		404: "nothing at this address", 429: "One moment", 503: "right back", 418: "broke on our side",
	} {
		if got := text(views.ErrorProps{Status: status}); !strings.Contains(got, want) {
			t.Errorf("%d says %q", status, got)
		}
	}
	if got := text(views.ErrorProps{Status: 403, Reason: "csrf"}); !strings.Contains(got, "somewhere else") {
		t.Errorf("a form from another site says %q", got)
	}
	if !strings.Contains(text(views.ErrorProps{Status: 500, RequestID: "R1"}), "R1") ||
		strings.Contains(text(views.ErrorProps{Status: 404, RequestID: "R1"}), "R1") {
		t.Error("the request's number belongs on a 5xx, and only there")
	}
	again := func(p views.ErrorProps) bool {
		return strings.Contains(page(t, "en", views.Error(p)).Find("main a").Text(), "Try again")
	}
	if !again(views.ErrorProps{Status: 503}) || again(views.ErrorProps{Status: 503, Posted: true}) {
		t.Error("what was posted cannot be asked for again by a link")
	}
}

func TestInitialsAndColours(t *testing.T) {
	avatar := func(id, name string) *goquery.Selection {
		return page(t, "en", views.Avatar(store.Person{ID: id, Name: name})).Find("main .avatar")
	}
	for name, want := range map[string]string{
		"Ana": "A", "ana luísa fagundes": "AF", "Érica de Souza Íñiguez": "ÉÍ", "Grace O’Connell": "GC", " ": "?",
		"李 小龙": "李小", "Ursula K. Weber": "UW",
	} {
		if got := avatar("x", name).Text(); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	first, _ := avatar("one", "A").Attr("class")
	again, _ := avatar("one", "B").Attr("class")
	if first != again {
		t.Error("a person's colour is not always the same")
	}
}
