package webtest

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// signIn makes the sign-in, and returns the features that belong to it.
func (i *Intranet) signIn(o Options) (features []web.Feature) {
	i.T.Helper()
	passwords, err := Hasher()
	if err != nil {
		i.T.Fatal(err)
	}
	config := signin.Config{
		Passwords: passwords, Required: o.SecondFactor, PasswordsFor: o.PasswordsFor,
		Now: func() time.Time { return Now }, Tried: o.Tried,
	}
	if o.Way != nil {
		way, feature := o.Way()
		config.Way, features = way, append(features, feature)
	}
	i.In = signin.New(config)
	return features
}

// seed fills the database with the company of the tests.
func (i *Intranet) seed() {
	i.T.Helper()
	passwords, err := Hasher()
	if err != nil {
		i.T.Fatal(err)
	}
	hash, err := passwords.Hash(i.T.Context(), Password)
	if err != nil {
		i.T.Fatal(err)
	}
	person := func(name, lang string, role store.Role) store.PersonDetails {
		return store.PersonDetails{
			Name:         name + ` <i>"O'Neill"</i>`,
			Email:        strings.ToLower(name) + "@company.example",
			Role:         role,
			Lang:         lang,
			Department:   "finance",
			Title:        "</script><b>",
			PasswordHash: hash,
		}
	}
	owner := store.New(i.Pool)
	err = owner.Seed(i.T.Context(), store.Company{
		Departments: []store.NewDepartment{
			{Slug: "finance", Names: store.Texts{"en": "Finance", "pt": "Financeiro", "es": "Finanzas"}},
		},
		People: []store.PersonDetails{
			person("Ana", "pt", store.Admin), person("Bea", "en", store.Employee), person("Caio", "es", store.Editor),
		},
	})
	if err != nil {
		i.T.Fatal(err)
	}
	for _, name := range []string{"ana", "bea", "caio"} {
		i.IDs[name] = i.First(`SELECT id::text FROM people WHERE email = $1`, name+"@company.example")
	}
}

// Person is somebody of the company, as a handler is given them.
func (i *Intranet) Person(name string) *store.Person {
	i.T.Helper()
	rows, _ := i.Pool.Query(i.T.Context(), `SELECT `+store.PersonColumns+`
		FROM people p LEFT JOIN departments d ON d.slug = p.department
		WHERE p.id = $2 AND $1::text IS NOT NULL`, "en", i.IDs[name])
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[store.Person])
	if err != nil {
		i.T.Fatal(err)
	}
	return p
}

// Request is a request in which somebody is signed in, as the store sees it.
func (i *Intranet) Request(name string) context.Context {
	i.T.Helper()
	session, err := i.Store.Session(i.T.Context(), i.session(name, 0))
	if err != nil || session.Person == nil {
		i.T.Fatalf("the session of %s: %+v, %v", name, session, err)
	}
	return store.WithSession(i.T.Context(), session)
}

// session makes a session of somebody who proved that it is them that long ago,
// and returns its token.
func (i *Intranet) session(name string, proved time.Duration) (token string) {
	i.T.Helper()
	version := i.First(`SELECT session_version::text FROM people WHERE id = $1`, i.IDs[name])
	expires := time.Now().Add(12 * time.Hour)
	data, err := store.SessionCodec{}.Encode(expires, map[string]any{
		store.SessionPersonKey: i.IDs[name], store.SessionVersionKey: version,
		signin.ConfirmedKey: time.Now().Add(-proved).Format(time.RFC3339),
	})
	if err == nil {
		token = rand.Text()
		err = i.Store.Sessions().CommitCtx(i.T.Context(), token, data, expires)
	}
	if err != nil {
		i.T.Fatal(err)
	}
	return token
}

// Lives gives somebody a time zone.
func (i *Intranet) Lives(name, zone string) {
	i.T.Helper()
	i.Exec(`UPDATE people SET time_zone = $2 WHERE id = $1`, i.IDs[name], zone)
}
