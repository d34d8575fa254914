package audit

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

const (
	perPage  = 50
	maxTyped = 254 // bytes: an e-mail is the longest thing to type
)

// Form narrows the audit trail, as it was typed.
type Form struct {
	Action, Person string
	From, To       string // days, 2006-01-02
}

// readForm reads the form with value, which returns the value of a field.
func readForm(value func(string) string) Form {
	field := func(name string) string { return store.Line(web.Text(value(name), maxTyped)) }
	return Form{Action: field("action"), Person: field("person"), From: field("from"), To: field("to")}
}

func (f Form) narrowed() bool { return f != Form{} }

// path is the audit trail that the form narrows, continued behind a cursor.
func (f Form) path(after string) string {
	return paths.WithQuery(Index,
		"action", f.Action, "person", f.Person, "from", f.From, "to", f.To, "after", after)
}

// String says in the trail what was exported.
func (f Form) String() string {
	return fmt.Sprintf("action %q, person %q, from %q, to %q", f.Action, f.Person, f.From, f.To)
}

// filter is what the form means, with a text key for each day that is none. Days are
// those of UTC, as the trail shows them.
func (f Form) filter(actions []store.Action) (filter Filter, wrong views.FieldErrors, err error) {
	wrong = views.FieldErrors{}
	filter = Filter{Action: store.Action(f.Action), Person: store.Email(f.Person), Limit: perPage}
	if filter.Action != "" && !slices.Contains(actions, filter.Action) {
		return filter, wrong, web.StatusError(http.StatusBadRequest)
	}
	day := func(name, typed string) (day time.Time) {
		if typed != "" {
			var is bool
			if day, is = i18n.TypedDay(typed); !is {
				wrong[name] = i18n.NoDay
			}
		}
		return day
	}
	filter.Since = day("from", f.From)
	if filter.Before = day("to", f.To); !filter.Before.IsZero() {
		filter.Before = filter.Before.AddDate(0, 0, 1)
	}
	return filter, wrong, nil
}
