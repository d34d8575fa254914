package styleguide

import (
	"context"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// A group is a section of the page.
type group struct {
	title   string // text key
	samples []sample
}

// A sample is a component as it looks. Its name is that of its function in package views, or of
// its class in static/app.css.
type sample struct {
	name string
	body templ.Component
}

// at is the time in all samples.
var at = time.Date(2030, time.January, 31, 9, 30, 0, 0, time.UTC)

// groups are all samples. Those that show somebody show the reader, so that every link leads
// somewhere.
func groups(ctx context.Context, p *store.Person) []group {
	short, long := i18n.T(ctx, "styleguide.short"), i18n.T(ctx, "styleguide.long")
	field := func(id string) views.InputProps {
		return views.InputProps{ID: id, Name: id, Type: "text", Label: short, Hint: long, Max: 100, Optional: true}
	}
	typed, wrong := field("typed"), field("wrong")
	typed.Value, wrong.Value = p.Name, p.Name
	wrong.Error = long
	many := field("many")
	many.Value = long
	options := []views.Option{{Value: "a", Label: short}, {Value: "b", Label: long}}
	pageOf := func(after string) string { return paths.WithQuery(Index, "after", after) }
	return []group{
		{"styleguide.colours", []sample{{"", colours()}, {".prose", prose(short, long)}}},
		{"styleguide.buttons", []sample{
			{".button", buttons(short)},
			{"SaveOrCancel", views.SaveOrCancel(views.FormEnd{Save: "form.save", Back: Index})},
			{"SearchButton", views.SearchButton()},
			{"OpenChat", views.OpenChat()},
			{"Ask", views.Ask(views.Question{Action: Index, Label: short, Text: long})},
		}},
		{"styleguide.forms", []sample{
			{"Input", views.Input(typed)},
			{"Input", views.Input(wrong)},
			{"Input", views.Input(views.InputProps{ID: "day", Name: "day", Label: short, Type: "date", Optional: true})},
			{"Choose", views.Choose(field("choice"), options)},
			{"Textarea", views.Textarea(many, 3)},
			{"WhichTime", views.WhichTime("twice", "", []time.Time{at, at.In(time.FixedZone("", 3600))})},
			{"PeopleSearch", views.PeopleSearch("")},
			{".check", check(short)},
		}},
		{"styleguide.messages", []sample{
			{"FormErrors", views.FormErrors(views.FieldErrors{"name": "form.errors"})},
			{"Alert", views.Alert(long)},
			{".notice", notice(long)},
			{"DraftsBack", views.DraftsBack([]views.DraftProps{
				{Form: "/", Page: Index, Fields: url.Values{}, JSON: "{}", SavedAt: at},
			})},
			{".empty", empty(short, long)},
			{"Meant", views.Meant(short, long)},
			{"Error", views.Error(views.ErrorProps{Status: 404})},
			{"OtherPerson", views.OtherPerson(p.Name, paths.Home)},
		}},
		{"styleguide.lists", []sample{
			{"Tab", tabs(short)},
			{"Pager", views.Pager("a", "b", pageOf)},
			{"Breadcrumb", views.Breadcrumb(Index, short)},
			{".table", table(short, long)},
			{".tag", tags(short)},
			{".panel", panel(short, long)},
			{"Fact", facts(p)},
			{"StoredFact", stored(short, long)},
		}},
		{"styleguide.people", []sample{
			{"Avatar", avatars(p)},
			{"PersonRow", personRow(p)},
			{"SessionRow", views.SessionRow(store.OpenSession{SeenAt: at, Address: "192.0.2.1"}, time.UTC)},
		}},
		{"styleguide.assistant", []sample{
			{"Consent", views.Consent(time.Time{}, &views.ConsentForm{Next: Index})},
			{"Sent", views.Sent(*p, true)},
			{"Questions", views.Questions(views.QuestionsProps{Title: short, Keys: []string{"styleguide.question"}})},
		}},
		{"styleguide.icons", []sample{{"Icon", icons()}}},
	}
}
