// Package account is where people look after their own account: what colleagues see
// of them, their language, time zone and appearance, their password, and where they
// are signed in. The second factor has its own page, in package signin.
package account

import (
	"embed"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

//go:embed en.json pt.json es.json
var texts embed.FS

// Feature returns the account.
func Feature() web.Feature {
	return web.Feature{Name: "account", Texts: texts, Routes: routes}
}

// handlers answer the routes.
type handlers struct {
	*web.Server
	own own
}

func routes(s *web.Server) []web.Route {
	h := handlers{Server: s, own: own{s.Store}}
	return []web.Route{
		web.Get(paths.Account, web.Employees, h.show),
		web.Get(paths.AccountPassword, web.Employees, h.editPassword),
		web.Post(paths.AccountPassword, web.Employees, h.changePassword), // asks for the old one itself
		web.Post(paths.AccountProfile, web.Employees, h.changeProfile),
		web.Post(paths.AccountPreferences, web.Employees, h.changePreferences),
		web.Post(paths.AccountSessions, web.Employees, h.endOtherSessions).WithProof(),
		web.Post(paths.AccountSession, web.Employees, h.endSession).WithProof(),
	}
}

// own is the account of who is signed in.
type own struct{ *store.Store }
