package scim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
)

// user is a person as providers see them.
type user struct {
	store.PersonDetails
	id, managerID, managerName, departmentName string
	extras
	active bool
	made   time.Time
}

// extras are what the intranet keeps for providers alone.
type extras struct{ externalID, givenName, familyName string }

// people are those in the database.
type people struct{ *store.Store }

// columns and from read a user. Who was deleted by a provider is none for it, as long as nobody
// has enabled them again.
var columns = store.PersonFields.Read() + `, p.id::text, coalesce(p.manager_id::text, ''), coalesce(m.name, ''),
	coalesce(d.names->>'en', d.slug, ''), coalesce(s.external_id, ''), coalesce(s.given_name, ''),
	coalesce(s.family_name, ''), p.active, p.created_at`

const from = ` FROM people p LEFT JOIN people m ON m.id = p.manager_id LEFT JOIN departments d ON d.slug = p.department
	LEFT JOIN scim_people s ON s.person_id = p.id WHERE (p.active OR s.deleted_at IS NULL)`

func (u *user) targets() []any {
	return append(u.Targets(), &u.id, &u.managerID, &u.managerName, &u.departmentName, &u.externalID, &u.givenName,
		&u.familyName, &u.active, &u.made)
}

// filters are the conditions of what people can be found by.
var filters = map[string]string{
	"id":            "p.id = $%d",
	"username":      "lower(p.email) = lower($%d)",
	"emails":        "lower(p.email) = lower($%d)",
	"emails.value":  "lower(p.email) = lower($%d)",
	externalID:      "s.external_id = $%d",
	"displayname":   "lower(p.name) = lower($%d)",
	formattedName:   "lower(p.name) = lower($%d)",
	active:          "p.active = $%d",
	manager:         "p.manager_id = $%d",
	"manager.value": "p.manager_id = $%d",
}

// nobody's id is that of no person.
const nobody = "00000000-0000-0000-0000-000000000000"

// list returns a page of the people that a filter finds, from the start on, and how many it
// finds in all, in one round trip.
func (s people) list(ctx context.Context, filter []clause, start, count int) (page []user, total int, err error) {
	where, args := "", []any{}
	for _, c := range filter {
		condition, isKnown := filters[c.attribute]
		if !isKnown {
			return nil, 0, problem{400, "invalidFilter", "People cannot be found by this attribute."}
		}
		var value any = store.Plain(c.value)
		switch {
		case strings.HasPrefix(condition, "lower(p.email)"):
			value = store.Email(c.value)
		case strings.HasPrefix(condition, "p.active"):
			value = strings.EqualFold(c.value, "true")
		case strings.HasPrefix(condition, "p.") && !store.ValidID(c.value):
			value = nobody
		}
		args = append(args, value)
		where += " AND " + fmt.Sprintf(condition, len(args))
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT count(*)`+from+where, args...).QueryRow(func(row pgx.Row) error { return row.Scan(&total) })
	batch.Queue(`SELECT `+columns+from+where+` ORDER BY p.id OFFSET $`+strconv.Itoa(len(args)+1)+
		` LIMIT $`+strconv.Itoa(len(args)+2), append(args, start-1, count)...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var u user
			if err := rows.Scan(u.targets()...); err != nil {
				return err
			}
			page = append(page, u)
		}
		return rows.Err()
	})
	err = s.Send(ctx, batch, "list people")
	return page, total, err
}

// get returns somebody; store.ErrNotFound for nobody.
func (s people) get(ctx context.Context, id string) (u user, err error) {
	if !store.ValidID(id) {
		return u, store.Wrap(store.ErrNotFound, "find person")
	}
	err = s.Pool.QueryRow(ctx, `SELECT `+columns+from+` AND p.id = $1`, id).Scan(u.targets()...)
	return u, store.Wrap(err, "find person")
}

// getIn is get in a transaction.
func getIn(ctx context.Context, tx pgx.Tx, id string) (u user, err error) {
	err = tx.QueryRow(ctx, `SELECT `+columns+from+` AND p.id = $1`, id).Scan(u.targets()...)
	return u, err
}

// set makes a user what the attributes say. A language, a time zone and a department that the
// intranet does not have are left out: nobody should wait outside because of them.
func (u *user) set(ctx context.Context, tx pgx.Tx, sent attributes) error {
	for _, attribute := range slices.Sorted(maps.Keys(sent)) {
		value := sent[attribute]
		switch attribute {
		case active:
			is, err := strconv.ParseBool(strings.ToLower(value))
			if err != nil {
				return invalid(attribute, "has to be true or false")
			}
			u.active = is
		case externalID:
			u.externalID = store.Plain(value)
		case givenName:
			u.givenName = store.Line(store.Plain(value))
		case familyName:
			u.familyName = store.Line(store.Plain(value))
		case manager:
			if err := u.setManager(ctx, tx, value); err != nil {
				return err
			}
		case "department":
			if err := u.setDepartment(ctx, tx, value); err != nil {
				return err
			}
		case "preferredlanguage":
			if lang, _, _ := strings.Cut(strings.ToLower(value), "-"); i18n.Supported(lang) {
				u.Lang = lang
			}
		case "timezone":
			if _, ok := i18n.Zone(value); ok {
				u.TimeZone = value
			}
		default:
			u.setField(fieldOf[attribute], value)
		}
	}
	u.setName(sent)
	for attribute, value := range map[string]string{
		externalID: u.externalID, givenName: u.givenName, familyName: u.familyName,
	} {
		if limit := map[bool]int{true: 255, false: 200}[attribute == externalID]; len([]rune(value)) > limit {
			return invalid(attribute, "is too long")
		}
	}
	return u.check()
}

// setField sets what stands for a field. The same address in other capitals is the same, and a
// name is not taken from anybody.
func (u *user) setField(name, value string) {
	for _, f := range store.PersonFields {
		was := f.Of(&u.PersonDetails)
		is := f.Read(value)
		if f.Name != name || name == "name" && value == "" || name == "email" && strings.EqualFold(is, *was) {
			continue
		}
		*was = is
	}
}

// setName makes the name of its parts, where no attribute has it whole. Without any it is what
// stands before the @ of the address.
func (u *user) setName(sent attributes) {
	_, given := sent[givenName]
	_, family := sent[familyName]
	switch {
	case sent["displayname"] != "":
	case sent[formattedName] != "":
		u.Name = store.Line(sent[formattedName])
	case (given || family) && u.givenName+u.familyName != "":
		u.Name = store.Line(u.givenName + " " + u.familyName)
	case u.Name == "":
		u.Name, _, _ = strings.Cut(u.Email, "@")
	}
}

// check says what keeps a user from being stored.
func (u *user) check() error {
	for attribute, field := range fieldOf {
		for _, f := range store.PersonFields {
			if f.Name != field {
				continue
			}
			switch why, _ := f.Problem(*f.Of(&u.PersonDetails)); {
			case why == "":
			case field == "email":
				return invalid(attribute, "has to be the e-mail address, such as ana@example.com")
			case why == "long":
				return invalid(attribute, fmt.Sprintf("is too long: at most %d characters", f.Max))
			default:
				return invalid(attribute, "has something that cannot be stored")
			}
		}
	}
	return nil
}

// setDepartment finds a department by its slug or one of its names.
func (u *user) setDepartment(ctx context.Context, tx pgx.Tx, name string) error {
	if name == "" {
		u.Department = ""
		return nil
	}
	err := tx.QueryRow(ctx, `SELECT d.slug FROM departments d
		WHERE fold($1::text COLLATE "und-x-icu") IN (SELECT fold(n.name COLLATE "und-x-icu")
			FROM (SELECT d.slug UNION SELECT value FROM jsonb_each_text(d.names)) n (name))
		ORDER BY d.slug LIMIT 1`, store.Line(store.Plain(name))).Scan(&u.Department)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// setManager finds the manager by their id. Nobody is above themselves.
func (u *user) setManager(ctx context.Context, tx pgx.Tx, id string) error {
	if u.managerID, u.Manager = id, ""; id == "" {
		return nil
	}
	refused := invalid(manager, "has to be the id of somebody who is here, and not below the person")
	if !store.ValidID(id) {
		return refused
	}
	err := tx.QueryRow(ctx, `SELECT email FROM people WHERE id = $1`, id).Scan(&u.Manager)
	if errors.Is(err, pgx.ErrNoRows) || id == u.id {
		return refused
	}
	if err != nil || u.id == "" {
		return err
	}
	var self string
	if err := tx.QueryRow(ctx, `SELECT lower(email) FROM people WHERE id = $1`, u.id).Scan(&self); err != nil {
		return err
	}
	above, err := store.ManagersAbove(ctx, tx, strings.ToLower(u.Manager))
	if err != nil {
		return err
	}
	if above[self] = strings.ToLower(u.Manager); store.Circles(above)[self] {
		return refused
	}
	return nil
}
