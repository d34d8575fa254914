// Package notifications is what people and administration see of the mail that the intranet
// sends: what each person wants to get, and what became of it. The mail itself is package mail's,
// and what it says that of whoever has something to tell.
package notifications

import (
	"embed"

	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

//go:embed style.css
var style string

// Chosen is recorded where somebody says which mail they want.
const Chosen store.Action = "mail.chosen"

//go:embed en.json pt.json es.json
var texts embed.FS

// Feature returns the notifications. Its paths stand in package paths.
func Feature() web.Feature {
	return web.Feature{
		Name:      "notifications",
		Needs:     []web.Feature{{Name: "mail", Texts: mail.Texts}},
		Routes:    routes,
		PageLinks: map[string][]views.Entry{paths.AdminPeople: {{Path: paths.AdminMail, Text: "outbox.title"}}},
		Actions:   []store.Action{Chosen, mail.Failed},
		Texts:     texts,
		Style:     style,
		Grants: `
GRANT SELECT, INSERT, UPDATE, DELETE ON mail_outbox, mail_rounds TO :"app";
GRANT SELECT, INSERT, DELETE ON mail_unwanted TO :"app";
GRANT SELECT, INSERT, UPDATE, DELETE ON forgotten_passwords TO :"app"; -- for seconds
`,
		Personal: []personal.Table{{
			Name: "mail", Table: "mail_outbox", Person: []string{"person_id"},
			Export: `SELECT id, person_id, kind, about, bulk, made_at, next_at, until, attempts, ended_at, result,
					reason
				FROM mail_outbox WHERE person_id = $1 ORDER BY id`,
			Withheld: []string{"sealed"},
		}, {
			Name: "mail_unwanted", Table: "mail_unwanted", Person: []string{"person_id"},
			Export: `SELECT * FROM mail_unwanted WHERE person_id = $1 ORDER BY kind`,
		}},
	}
}

// handlers answer the routes.
type handlers struct {
	*web.Server
	choices choices
	outbox  outbox
}

func routes(s *web.Server) []web.Route {
	h := handlers{Server: s, choices: choices{s.Store}, outbox: outbox{s.Store}}
	return []web.Route{
		web.Get(paths.AccountMail, web.Employees, h.show),
		web.Post(paths.AccountMail, web.Employees, h.choose),
		web.Get(paths.AdminMail, web.Admins, h.index),
	}
}
