// Package scim lets the company's provider add, change and disable people by SCIM 2.0 (RFC 7643
// and RFC 7644), so that whoever joins is there on the first day and whoever leaves is out at
// once. Groups, roles and passwords are not its business.
package scim

import (
	"embed"
	"net/http"

	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// Base is where providers ask.
const Base = "/scim/v2"

// What is recorded of the clients. What they do to people has the names that it has elsewhere.
const (
	Allowed store.Action = "scim.allowed"
	Revoked store.Action = "scim.revoked"
)

//go:embed en.json pt.json es.json
var texts embed.FS

// Feature returns it.
func Feature() web.Feature {
	return web.Feature{
		Name:         "scim",
		Programs:     programs,
		Actions:      []store.Action{Allowed, Revoked},
		Texts:        texts,
		UserCommands: []any{&commands{}},
		Grants: `
GRANT SELECT, INSERT, UPDATE, DELETE ON scim_tokens TO :"app";
GRANT SELECT, INSERT, UPDATE ON scim_people TO :"app";
`,
		Personal: []personal.Table{{
			Name: "scim", Table: "scim_people", Person: []string{"person_id"},
			Export: `SELECT * FROM scim_people WHERE person_id = $1`,
		}},
	}
}

func programs(s *web.Server) (path string, answers http.Handler) {
	return Base + "/", newAPI(s)
}
