package oidc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// Member is what the members of a provider's group are here.
type Member struct {
	Is    string // a role, or the slug of a department
	Group string // as the provider's claim has it
}

// groupsClaim is the claim with somebody's groups.
func (p *provider) groupsClaim() string {
	if p.Groups == "" {
		return "groups"
	}
	return p.Groups
}

// mapsGroups reports whether anything depends on somebody's groups.
func (p *provider) mapsGroups() bool { return len(p.Roles)+len(p.Departments) > 0 }

// role is what somebody of these groups may do: the most that one of them gives.
func (p *provider) role(groups []string) store.Role {
	role := store.Employee
	for _, r := range store.Roles {
		if slices.ContainsFunc(p.Roles, func(m Member) bool {
			return m.Is == string(r) && slices.Contains(groups, m.Group)
		}) {
			role = r
		}
	}
	return role
}

// department is that of the first group in the settings that somebody is in; "" for none.
func (p *provider) department(groups []string) string {
	i := slices.IndexFunc(p.Departments, func(m Member) bool { return slices.Contains(groups, m.Group) })
	if i < 0 {
		return ""
	}
	return p.Departments[i].Is
}

// follow makes somebody's role and department those of their groups. A claim that is missing
// changes nothing, because some providers leave it out where there are many groups; and the
// last admin who can sign in with a password stays one.
func (in *SignIn) follow(ctx context.Context, p *provider, id string, c claims) error {
	if !p.mapsGroups() || c.values[p.groupsClaim()] == nil {
		return nil
	}
	groups := c.texts(p.groupsClaim())
	if len(p.Roles) > 0 {
		err := in.identities.setRole(ctx, p, id, p.role(groups))
		if errors.Is(err, errLastAdmin) {
			in.Log.LogAttrs(ctx, slog.LevelWarn, "the last admin who can sign in with a password stays one, "+
				"though the provider's groups say otherwise", slog.String("provider", p.ID), slog.String("person", id))
		} else if err != nil {
			return err
		}
	}
	if department := p.department(groups); department != "" {
		return in.identities.setDepartment(ctx, p, id, department)
	}
	return nil
}

var errLastAdmin = fmt.Errorf("the last admin: %w", store.ErrConflict)

// setRole gives a person a role, if they have another, and ends their sessions.
func (s identities) setRole(ctx context.Context, p *provider, id string, role store.Role) error {
	var is store.Role
	if err := s.Pool.QueryRow(ctx, `SELECT role FROM people WHERE id = $1`, id).Scan(&is); err != nil || is == role {
		return store.Wrap(err, "find role")
	}
	last := false
	const what = "change role"
	err := s.AdministerPerson(ctx, store.Visitor, what, id, func(tx pgx.Tx, was store.Subject) (store.Entry, error) {
		if was.Role == role {
			return store.Entry{}, nil
		}
		if was.Admin {
			err := tx.QueryRow(ctx, `SELECT NOT EXISTS (SELECT FROM people
				WHERE role = 'admin' AND active AND password_hash IS NOT NULL AND id <> $1)`, id).Scan(&last)
			if err != nil || last {
				return store.Entry{}, err
			}
		}
		_, err := tx.Exec(ctx, `UPDATE people
			SET role = $2, version = version + 1, session_version = session_version + 1
			WHERE id = $1`, id, role)
		return store.Entry{
			Action: store.RoleChanged, Actor: "provider " + p.ID, Detail: fmt.Sprintf("%s to %s", was.Role, role),
		}, err
	})
	if err == nil && last {
		return errLastAdmin
	}
	return err
}

// setDepartment puts a person into a department, if there is one of that name and they are in
// another.
func (s identities) setDepartment(ctx context.Context, p *provider, id, slug string) error {
	var there bool
	err := s.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM departments WHERE slug = $2)
		AND department IS DISTINCT FROM $2 FROM people WHERE id = $1`, id, slug).Scan(&there)
	if err != nil || !there {
		return store.Wrap(err, "find department")
	}
	const what = "change department"
	return s.AdministerPerson(ctx, store.Visitor, what, id, func(tx pgx.Tx, _ store.Subject) (store.Entry, error) {
		_, err := tx.Exec(ctx, `UPDATE people SET department = $2, version = version + 1 WHERE id = $1`, id, slug)
		return store.Entry{Action: store.PersonChanged, Actor: "provider " + p.ID, Detail: "department"}, err
	})
}
