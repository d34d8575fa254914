// Package accounts is where administration looks after people: their details, what
// they may do, and whether they can sign in. The commands of `intranet user` are its
// other half.
package accounts

import (
	"embed"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

//go:embed en.json pt.json es.json
var texts embed.FS

//go:embed style.css
var style string

// Feature returns the administration of people. Its paths stand in package paths.
func Feature() web.Feature {
	return web.Feature{
		Name:   "accounts",
		Routes: routes,
		Nav: []views.Entry{
			{Order: 100, Path: paths.AdminPeople, Icon: "keys", Text: "nav.accounts", Admin: true},
		},
		Texts:        texts,
		Style:        style,
		UserCommands: []any{&commands{}},
	}
}

// handlers answer the routes.
type handlers struct {
	*web.Server
	accounts Accounts
}

func routes(s *web.Server) []web.Route {
	h := handlers{Server: s, accounts: Accounts{s.Store}}
	return []web.Route{
		web.Get(paths.AdminPeople, web.Admins, h.index),
		web.Get(paths.AdminPeopleNew, web.Admins, h.new),
		web.Post(paths.AdminPeople, web.Admins, h.create).WithProof().Creating(),
		web.Get(paths.AdminPerson, web.Admins, h.edit),
		web.Post(paths.AdminPerson, web.Admins, h.update).WithProof(),
		web.Post(paths.AdminPersonRole, web.Admins, h.setRole).WithProof(),
		web.Post(paths.AdminPersonDisable, web.Admins, h.disable).WithProof(),
		web.Post(paths.AdminPersonEnable, web.Admins, h.enable).WithProof(),
		web.Post(paths.AdminPersonSessions, web.Admins, h.signOut).WithProof(),
		web.Post(paths.AdminPersonInvitation, web.Admins, h.invite).WithProof(),
		web.Post(paths.AdminPersonSecondFactor, web.Admins, h.resetSecondFactor).WithProof(),
	}
}
