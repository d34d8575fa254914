package views_test

import (
	"testing"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/views"
)

// asks are the pages of the frame that offer questions.
func asks() map[string]templ.Component {
	return map[string]templ.Component{
		paths.Home:      views.Home(views.HomeProps{Person: conceicao}),
		paths.Assistant: views.AssistantPage(views.AssistantPageProps{Person: conceicao, Configured: true}),
	}
}

func TestQuestionsAreTextAboutTheirPage(t *testing.T) {
	with := views.Page{Title: "T", Person: &conceicao, Assistant: outcome(views.Assistant{}), Open: "event:chat:open"}
	for path, content := range asks() {
		doc := parse(t, render(t, "pt", with, content))
		place := doc.Find("main [data-ask]")
		if place.Length() != 1 || place.AttrOr("data-path", "") != path || place.AttrOr("data-title", "") == "" ||
			place.Find(".questions li > span").Length() < 3 {
			t.Errorf("%s has %d places with %d questions", path, place.Length(), place.Find("li").Length())
		}
		if doc.Find(".questions button").Length() != 0 || place.Find("[data-caramelo-open][hidden]").Length() != 1 {
			t.Errorf("%s has a button that does nothing without a script", path)
		}
		if doc.Find("script[data-open='event:chat:open']").Length() != 1 {
			t.Errorf("%s does not tell the script how the chat is opened", path)
		}
	}
}

// Nobody is invited to an assistant that is not there, and no button opens a chat where
// nobody knows how.
func TestNothingInvitesToAnAssistantThatIsNotThere(t *testing.T) {
	without := views.Page{Title: "T", Person: &conceicao, Open: "event:chat:open"}
	unknown := views.Page{Title: "T", Person: &conceicao, Assistant: outcome(views.Assistant{})}
	for path, content := range asks() {
		doc := parse(t, render(t, "en", without, content))
		if doc.Find(".questions, .invitation, [data-caramelo-open]").Length() != 0 {
			t.Errorf("%s without the chat invites to it", path)
		}
		doc = parse(t, render(t, "en", unknown, content))
		if doc.Find("[data-caramelo-open]").Length() != 0 || doc.Find(".questions").Length() != 1 {
			t.Errorf("%s has a button that cannot open the chat, or no questions", path)
		}
	}
	if parse(t, render(t, "en", without, someQuestions())).Find("main [data-ask]").Length() != 0 {
		t.Error("a page without the chat has questions for it")
	}
}
