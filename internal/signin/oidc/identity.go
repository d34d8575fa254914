package oidc

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
)

// identities say who somebody of a provider is here.
type identities struct{ *store.Store }

// Why somebody whom a provider knows cannot come in.
var (
	errUnknown    = errors.New("nobody here has that e-mail")
	errNoEmail    = errors.New("the provider gives no e-mail")
	errUnverified = errors.New("the e-mail is not verified")
	errDomain     = errors.New("the e-mail is of another domain")
	errDisabled   = errors.New("the person is disabled")
	errTaken      = errors.New("the person has another identity")
)

// person returns the id of who has that identity. It is errUnknown where nobody has, and
// errDisabled where whoever has it is disabled here, whatever the provider says.
func (s identities) person(ctx context.Context, c claims) (id string, err error) {
	var active bool
	err = s.Pool.QueryRow(ctx, `
		SELECT p.id, p.active
		FROM identities i JOIN people p ON p.id = i.person_id
		WHERE i.issuer = $1 AND i.subject = $2`, c.issuer, c.subject).Scan(&id, &active)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "", errUnknown
	case err != nil:
		return "", store.Wrap(err, "find identity")
	case !active:
		return id, errDisabled
	}
	return id, nil
}

// admit returns the id of the person that somebody of the provider is. Who comes for the first
// time is linked to the person with their e-mail, or made a person.
func (s identities) admit(ctx context.Context, p *provider, c claims) (id string, err error) {
	if id, err = s.person(ctx, c); !errors.Is(err, errUnknown) {
		return id, err
	}
	email := store.Email(c.text("email"))
	_, domain, _ := strings.Cut(email, "@")
	switch {
	case !store.LooksLikeEmail(email):
		return "", errNoEmail
	case !slices.Contains(p.Domains, strings.ToLower(domain)):
		return "", errDomain
	case !c.verified(p.verifiedClaim()):
		return "", errUnverified
	}
	// One at a time: of two who come with one e-mail the second finds it taken.
	err = s.Administer(ctx, store.Visitor, "link identity", func(tx pgx.Tx) (store.Entry, error) {
		var active, taken bool
		err := tx.QueryRow(ctx, `
			SELECT p.id, p.active, EXISTS (SELECT FROM identities i WHERE i.person_id = p.id)
			FROM people p WHERE lower(p.email) = lower($1) FOR UPDATE`, email).Scan(&id, &active, &taken)
		detail := "provider " + p.ID
		switch {
		case errors.Is(err, pgx.ErrNoRows) && p.Join:
			detail += ", new person"
			id, err = join(ctx, tx, c, email)
		case errors.Is(err, pgx.ErrNoRows):
			err = errUnknown
		case err == nil && !active:
			err = errDisabled
		case err == nil && taken:
			err = errTaken
		}
		if err != nil {
			return store.Entry{}, err
		}
		_, err = tx.Exec(ctx, `INSERT INTO identities (person_id, issuer, subject) VALUES ($1, $2, $3)`,
			id, c.issuer, c.subject)
		return store.Entry{
			Action: linked, ActorID: id, Actor: email, SubjectID: id, Subject: email, Detail: detail,
		}, err
	})
	if errors.Is(err, store.ErrConflict) { // the same person came twice at the same moment
		return s.person(ctx, c)
	}
	return id, err
}

// join makes a person: an employee, with the name and the language that the provider gives.
func join(ctx context.Context, tx pgx.Tx, c claims, email string) (id string, err error) {
	p := store.PersonDetails{Name: store.Line(store.Clip(c.text("name"), 200)), Email: email}
	if p.Name == "" {
		p.Name, _, _ = strings.Cut(email, "@")
	}
	if lang, _, _ := strings.Cut(c.text("locale"), "-"); i18n.Supported(lang) {
		p.Lang = lang
	}
	p = p.WithDefaults()
	if wrong := store.PersonFields.Invalid(p); len(wrong) > 0 {
		return "", errNoEmail
	}
	args := p.Args()
	args["manager_id"] = nil
	err = tx.QueryRow(ctx, `INSERT INTO people (`+store.PersonFields.Columns("")+`)
		VALUES (`+store.PersonFields.Columns("@")+`) RETURNING id`, args).Scan(&id)
	return id, err
}

// Unlink takes the identity of whoever has that e-mail, and ends their sessions: at their next
// sign-in they are linked anew. It is store.ErrNotFound where there is nothing to take.
func Unlink(ctx context.Context, s *store.Store, actor *store.Person, email string) error {
	var id string
	err := s.Pool.QueryRow(ctx, `SELECT id FROM people WHERE lower(email) = lower($1)`, store.Email(email)).Scan(&id)
	if err != nil {
		return store.Wrap(err, "find person")
	}
	return s.AdministerPerson(ctx, actor, "unlink identity", id, func(tx pgx.Tx, _ store.Subject) (store.Entry, error) {
		var issuer string
		err := tx.QueryRow(ctx, `DELETE FROM identities WHERE person_id = $1 RETURNING issuer`, id).Scan(&issuer)
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE people SET session_version = session_version + 1 WHERE id = $1`, id)
		}
		return store.Entry{Action: unlinked, Detail: issuer}, err
	})
}

// endSessions ends the sessions that a provider says have ended: one where it names it, and
// those of a person otherwise. It returns how many.
func (s identities) endSessions(ctx context.Context, p *provider, subject, session string) (ended int, err error) {
	err = pgx.BeginFunc(ctx, s, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, `
			WITH theirs AS (
				SELECT s.token_hash, s.person_id, p.email, i.subject,
					convert_from(s.data, 'UTF8')::json #>> '{values,by}' AS by,
					convert_from(s.data, 'UTF8')::json #>> '{values,by session}' AS session
				FROM identities i
					JOIN people p ON p.id = i.person_id
					JOIN sessions s ON s.person_id = i.person_id AND s.revoked_at IS NULL AND s.expires_at > now()
				WHERE i.issuer = $1 AND ($3 = '' OR i.subject = $3)
			)
			UPDATE sessions s SET revoked_at = now()
			FROM theirs t
			WHERE s.token_hash = t.token_hash AND t.by = $2
				AND ($4 = '' OR t.session = $4 OR $3 <> '' AND coalesce(t.session, '') = '')
			RETURNING t.person_id::text AS id, t.email`, p.Issuer, p.ID, subject, session)
		people, err := pgx.CollectRows(rows, pgx.RowToStructByName[struct{ ID, Email string }])
		if err != nil {
			return err
		}
		for _, person := range people {
			entry := store.Entry{
				Action: store.SignedOut, Actor: "provider " + p.ID, SubjectID: person.ID, Subject: person.Email,
				Detail: "signed out at the provider",
			}
			if err := store.RecordIn(ctx, tx, store.Visitor, entry); err != nil {
				return err
			}
		}
		ended = len(people)
		return nil
	})
	return ended, store.Wrap(err, "end sessions of a provider")
}
