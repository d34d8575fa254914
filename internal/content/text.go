package content

import (
	"strings"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
)

// Text is an announcement or a policy in one language.
type Text struct {
	Lang, Title, Summary string
	Body                 string // Markdown
}

// Invalid names the fields that cannot be stored: "lang", "title", "summary" or
// "body".
func (t Text) Invalid() (fields []string) {
	if !i18n.Supported(t.Lang) {
		fields = append(fields, "lang")
	}
	if t.Title == "" || !store.Visible(t.Title, 200) {
		fields = append(fields, "title")
	}
	if t.Summary == "" || !store.Visible(t.Summary, 500) {
		fields = append(fields, "summary")
	}
	if !store.ValidProse(t.Body, store.MaxWritten) {
		fields = append(fields, "body")
	}
	return fields
}

// In is the text in a language, empty where there is none.
func In(texts []Text, lang string) Text {
	for _, t := range texts {
		if t.Lang == lang {
			return t
		}
	}
	return Text{Lang: lang}
}

// Version names a text as somebody saw it before they changed it.
type Version struct {
	Slug   string
	Number int
}

// InvalidFields is an error: the fields that name something which is not there.
type InvalidFields []string

func (f InvalidFields) Error() string { return "invalid " + strings.Join(f, ", ") }
