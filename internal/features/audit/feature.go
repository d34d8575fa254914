// Package audit shows admins the audit trail, which everything that changes something
// adds to: see store.Change. It reads the trail and exports it, and records nothing but
// that.
package audit

import (
	"embed"

	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// The pages and actions of the audit trail.
const (
	Index  = "/admin/audit"
	Export = "/admin/audit/export"
)

//go:embed en.json pt.json es.json
var texts embed.FS

//go:embed style.css
var style string

// Feature returns the audit trail.
func Feature() web.Feature {
	return web.Feature{
		Name:   "audit",
		Routes: routes,
		Nav:    []views.Entry{{Order: 300, Path: Index, Icon: "list", Text: "nav.audit", Admin: true}},
		Texts:  texts,
		Style:  style,
		Personal: []personal.Table{{
			Name: "audit", Table: "audit", Person: []string{"actor_id", "subject_id"}, Stays: true, Export: ofPerson,
		}},
	}
}

// handlers answer the routes.
type handlers struct {
	*web.Server
	trail trail
}

func routes(s *web.Server) []web.Route {
	h := handlers{Server: s, trail: trail{s.Store}}
	return []web.Route{
		web.Get(Index, web.Admins, h.index),
		web.Post(Export, web.Admins, h.export).WithProof(),
	}
}
