package scim

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
)

// errAdminsEmail says that the address of an admin was to be changed. Who has the address of an
// admin may be let in as one, and a client's token must not be worth that much.
var errAdminsEmail = errors.New("an admin's e-mail is changed in the intranet alone")

// changed are the fields that a provider may change.
var changed = store.PersonFields.Without(func(f store.Field) bool { return f.Name == "role" })

// create adds a person, without a password; store.ErrConflict if somebody has that e-mail.
func (s people) create(ctx context.Context, c client, sent attributes) (u user, err error) {
	err = s.Administer(ctx, store.Visitor, "add person", func(tx pgx.Tx) (store.Entry, error) {
		if err := c.hold(ctx, tx); err != nil {
			return store.Entry{}, err
		}
		u = user{active: true}
		u.PersonDetails = u.WithDefaults()
		if err := u.set(ctx, tx, sent); err != nil {
			return store.Entry{}, err
		}
		args := u.Args()
		args["manager_id"], args["active"] = store.NullText(u.managerID), u.active
		err := tx.QueryRow(ctx, `INSERT INTO people (`+store.PersonFields.Columns("")+`, active)
			VALUES (`+store.PersonFields.Columns("@")+`, @active) RETURNING id`, args).Scan(&u.id)
		if err == nil {
			err = u.keep(ctx, tx, u.id)
		}
		if err == nil {
			u, err = getIn(ctx, tx, u.id)
		}
		detail := "SCIM"
		if !u.active {
			detail += ", disabled"
		}
		return store.Entry{
			Action: store.PersonCreated, Actor: c.actor(), SubjectID: u.id, Subject: u.Email, Detail: detail,
		}, err
	})
	return u, err
}

// keep stores what is kept for providers alone.
func (x extras) keep(ctx context.Context, tx pgx.Tx, id string) error {
	_, err := tx.Exec(ctx, `INSERT INTO scim_people (person_id, external_id, given_name, family_name)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (person_id) DO UPDATE SET (external_id, given_name, family_name, deleted_at) = ($2, $3, $4, NULL)`,
		id, x.externalID, x.givenName, x.familyName)
	return err
}

// change makes somebody what the attributes say. Where they are that already, nothing is done
// and nothing recorded.
func (s people) change(ctx context.Context, c client, id string, sent attributes) (u user, err error) {
	const what = "change person"
	err = s.AdministerPerson(ctx, store.Visitor, what, id, func(tx pgx.Tx, before store.Subject) (store.Entry, error) {
		if err := c.hold(ctx, tx); err != nil {
			return store.Entry{}, err
		}
		was, err := getIn(ctx, tx, id)
		if err != nil {
			return store.Entry{}, err
		}
		u = was
		if err := u.set(ctx, tx, sent); err != nil {
			return store.Entry{}, err
		}
		if before.Role == store.Admin && u.Email != was.Email {
			return store.Entry{}, errAdminsEmail
		}
		details := differences(was, u)
		if len(details) == 0 && u.active == was.active {
			return store.Entry{}, nil
		}
		if err := u.write(ctx, tx, c, before, details); err != nil {
			return store.Entry{}, err
		}
		entry := store.Entry{Actor: c.actor(), Detail: "SCIM"}
		switch {
		case was.active && !u.active:
			entry.Action, err = store.PersonDisabled, disable(ctx, tx, before, id)
		case !was.active && u.active:
			entry.Action, err = store.PersonEnabled, signin.EnableIn(ctx, tx, id)
		}
		if err == nil {
			u, err = getIn(ctx, tx, id)
		}
		return entry, err
	})
	return u, err
}

// write stores what has changed of a person, and records their fields.
func (u user) write(ctx context.Context, tx pgx.Tx, c client, before store.Subject, details []string) error {
	if err := u.keep(ctx, tx, u.id); err != nil || len(details) == 0 {
		return err
	}
	args := u.Args()
	args["id"], args["manager_id"] = u.id, store.NullText(u.managerID)
	_, err := tx.Exec(ctx, `UPDATE people
		SET (version, `+changed.Columns("")+`) = (version + 1, `+changed.Columns("@")+`) WHERE id = @id`, args)
	if err != nil {
		return err
	}
	return store.RecordIn(ctx, tx, store.Visitor, store.Entry{
		Action: store.PersonChanged, Actor: c.actor(), SubjectID: u.id, Subject: before.Email,
		Detail: "SCIM: " + strings.Join(details, ", "),
	})
}

// differences are the names of the fields that are others now, and of the e-mail what it was.
func differences(was, is user) (all []string) {
	for _, f := range changed {
		switch was, is := *f.Of(&was.PersonDetails), *f.Of(&is.PersonDetails); {
		case was == is:
		case f.Name == "email":
			all = append(all, fmt.Sprintf("e-mail: %s to %s", was, is))
		default:
			all = append(all, f.Name)
		}
	}
	if was.externalID != is.externalID {
		all = append(all, "externalId")
	}
	if was.givenName != is.givenName || was.familyName != is.familyName {
		all = append(all, "parts of the name")
	}
	return all
}

func disable(ctx context.Context, tx pgx.Tx, before store.Subject, id string) error {
	if err := signin.DisableIn(ctx, tx, id); err != nil {
		return err
	}
	return store.LeaveAnAdmin(ctx, tx, before)
}

// remove disables somebody whom a provider deletes, and is silent of them from then on. Nobody
// is deleted for a program's sake: administration does that, or the time for which the disabled
// are kept.
func (s people) remove(ctx context.Context, c client, id string) error {
	const what = "disable person"
	return s.AdministerPerson(ctx, store.Visitor, what, id, func(tx pgx.Tx, before store.Subject) (store.Entry, error) {
		if err := c.hold(ctx, tx); err != nil {
			return store.Entry{}, err
		}
		was, err := getIn(ctx, tx, id)
		if err == nil {
			err = was.keep(ctx, tx, id)
		}
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE scim_people SET deleted_at = now() WHERE person_id = $1`, id)
		}
		entry := store.Entry{Actor: c.actor(), Detail: "SCIM: deleted at the provider"}
		if err != nil || !was.active {
			return entry, err
		}
		entry.Action = store.PersonDisabled
		return entry, disable(ctx, tx, before, id)
	})
}
