// Package privacy is what people may ask of their data: a copy of it, and that it is deleted.
// What there is of somebody it learns from the features, each of which says what its tables
// hold; the rest is that of the frame.
package privacy

import (
	"embed"
	"slices"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// What is recorded. The entry of a deletion is written by the database: see store.Erase.
const (
	Exported store.Action = "person.exported"
	Deleted  store.Action = "person.deleted"
)

//go:embed en.json pt.json es.json
var texts embed.FS

// Feature returns the copy of one's data and the deletion of people. Its paths stand in
// package paths, because the pages of accounts lead to them.
func Feature() web.Feature {
	return web.Feature{
		Name:         "privacy",
		Routes:       routes,
		Actions:      []store.Action{Exported, Deleted},
		Texts:        texts,
		Personal:     frame,
		UserCommands: []any{&commands{}},
	}
}

// frame is what the tables hold that belong to no feature.
var frame = []personal.Table{{
	Name: "person", Table: "people", Person: []string{"id"},
	Export: `SELECT id, ` + store.PersonFields.Columns("") + `, theme, active, disabled_at, consented_at, created_at
		FROM people WHERE id = $1`,
	Withheld: []string{"password_hash", "session_version", "version", "words"},
}, {
	Name: "reports", Table: "people", Person: []string{"manager_id"}, Stays: true,
}, {
	Name: "sessions", Table: "sessions", Person: []string{"person_id"},
	Export: `SELECT id, person_id, address, agent, seen_at, created_at, expires_at, revoked_at
		FROM sessions WHERE person_id = $1 ORDER BY created_at`,
	Withheld: []string{"token_hash", "data", "version"},
}, {
	Name: "drafts", Table: "drafts", Person: []string{"person_id"},
	Export:   `SELECT person_id, form, page, title, fields, saved_at FROM drafts WHERE person_id = $1 ORDER BY saved_at`,
	Withheld: []string{"sent_by", "turn"},
}, {
	Name: "sent_forms", Table: "sent_forms", Person: []string{"person_id"},
	Export:   `SELECT person_id, state, claimed_at, answered_at FROM sent_forms WHERE person_id = $1 ORDER BY claimed_at`,
	Withheld: []string{"key_hash", "sessions", "content", "likeness", "answer", "shown_at", "claim", "made"},
}, {
	Name: "second_factor", Table: "second_factors", Person: []string{"person_id"},
	Export:   `SELECT person_id, begun_at, confirmed_at FROM second_factors WHERE person_id = $1`,
	Withheld: []string{"secret", "last_step"},
}, {
	Name: "recovery_codes", Table: "recovery_codes", Person: []string{"person_id"},
	Export:   `SELECT person_id FROM recovery_codes WHERE person_id = $1`,
	Withheld: []string{"code_hash"},
}, {
	Name: "invitation", Table: "invitations", Person: []string{"person_id"},
	Export:   `SELECT person_id, expires_at FROM invitations WHERE person_id = $1`,
	Withheld: []string{"code_hash"},
}}

// held is what the tables of all features hold of people.
func held(features []web.Feature) (all []personal.Table) {
	for _, f := range features {
		all = append(all, f.Personal...)
	}
	// What a person wrote of themselves comes first, as it is looked for first.
	slices.SortStableFunc(all, func(a, b personal.Table) int { return rank(a) - rank(b) })
	return all
}

func rank(p personal.Table) int {
	if i := slices.IndexFunc(frame, func(f personal.Table) bool { return f.Name == p.Name }); i >= 0 {
		return i
	}
	return len(frame)
}

// handlers answer the requests.
type handlers struct {
	*web.Server
	copies copies
	places chan struct{} // has an element for each copy that is being made
}

// maxCopies is how many are made at once by a replica: each holds a connection to Postgres for
// as long as its reader takes it.
const maxCopies = 2

func routes(s *web.Server) []web.Route {
	h := handlers{
		Server: s, places: make(chan struct{}, maxCopies),
		copies: copies{Store: s.Store, seal: s.Seal, held: held(s.Features())},
	}
	return []web.Route{
		web.Get(paths.AccountData, web.Employees, h.offer),
		web.Post(paths.AccountData, web.Employees, h.export).WithProof().WithTime(maxTime),
		web.Get(paths.AdminPersonDelete, web.Admins, h.ask),
		web.Post(paths.AdminPersonDelete, web.Admins, h.delete).WithProof().WithTime(maxTime),
	}
}
