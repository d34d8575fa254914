package web

import (
	"net/http"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// consent lets people say whether Caramelo may be told about them, where the setting is that
// they are asked first. The answer is read with each request's session: it counts from the
// next page on, on each replica and in each session of theirs.
type consent struct{ *Server }

func (c consent) routes() []Route {
	return []Route{
		Post(paths.ConsentGive, Employees, c.give),
		Post(paths.ConsentWithdraw, Employees, c.withdraw),
	}
}

// give leads back to the page on which the button was pressed, where the chat is then.
func (c consent) give(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if err := c.Store.SetConsent(r.Context(), p, true); err != nil {
		return err
	}
	return c.Done(w, r, Flash{Text: "notice.consent.given", Next: PageFor(c.Server, paths.Local(Field(r, nextField)))})
}

func (c consent) withdraw(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if err := c.Store.SetConsent(r.Context(), p, false); err != nil {
		return err
	}
	return c.Done(w, r, Flash{Text: "notice.consent.withdrawn", Next: paths.Account})
}

// nextField is the field of a form with the page that it leads to. Nobody types it.
const nextField = "next"
