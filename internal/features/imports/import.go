package imports

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
)

// errDry undoes an import that was only tried.
var errDry = errors.New("only tried")

// people are those in the database.
type people struct{ *store.Store }

// importFile adds a file's people and changes those whose e-mail is there already:
// all of them, or nobody where there is a problem. Roles of people who are there
// stay, and nobody is disabled but who is missing from a whole list. apply decides, once it
// is known what the import does, whether that is done; what was tried and not applied leaves
// no trace.
func (s people) importFile(
	ctx context.Context, actor *store.Person, i Import, apply func(Import) bool,
) (Import, error) {
	if len(i.Problems) > 0 && len(i.Lines) == 0 {
		return i, nil
	}
	err := s.Administer(ctx, actor, "import people", func(tx pgx.Tx) (store.Entry, error) {
		if err := i.compare(ctx, actor, tx); err != nil {
			return store.Entry{}, err
		}
		if len(i.Problems) > 0 {
			return store.Entry{}, errDry
		}
		// A trial writes too: what the database would refuse it should say now.
		if err := i.write(ctx, tx); err != nil {
			return store.Entry{}, err
		}
		if !apply(i) {
			return store.Entry{}, errDry
		}
		if err := i.record(ctx, tx, actor); err != nil {
			return store.Entry{}, err
		}
		return store.Entry{Action: Imported, Detail: i.summary()}, nil
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return i, err
}

// write puts the lines into people: first the people, then who reports to whom,
// because a manager may come further down in the file. Whoever is there keeps the role.
func (i *Import) write(ctx context.Context, tx pgx.Tx) error {
	people := []pgx.NamedArgs{}
	var emails, managers []string
	for _, line := range i.Lines {
		p := line.Person
		if line.Change == Keeps {
			continue
		}
		args := p.Args()
		delete(args, "manager_id")
		people = append(people, args)
		emails, managers = append(emails, strings.ToLower(p.Email)), append(managers, strings.ToLower(p.Manager))
	}
	fields := store.PersonFields.Without(func(f store.Field) bool { return f.Name == "manager" })
	changed := fields.Without(func(f store.Field) bool { return f.Name == "role" })
	_, err := tx.Exec(ctx, `INSERT INTO people AS p (`+fields.Columns("")+`)
		SELECT `+fields.Columns("n.")+` FROM jsonb_populate_recordset(NULL::people, $1) n
		ON CONFLICT (lower(email)) DO UPDATE
			SET (version, `+changed.Columns("")+`) = (p.version + 1, `+changed.Columns("excluded.")+`)`, people)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE people p SET manager_id = m.id
		FROM unnest($1::text[], $2::text[]) AS n (email, manager) LEFT JOIN people m ON lower(m.email) = n.manager
		WHERE lower(p.email) = n.email AND p.manager_id IS DISTINCT FROM m.id`, emails, managers)
	if err != nil || len(i.Missing) == 0 {
		return err
	}
	return signin.DisableIn(ctx, tx, i.missingIDs()...)
}

// record says of each person that was added or changed that they were.
func (i *Import) record(ctx context.Context, tx pgx.Tx, actor *store.Person) error {
	var batch pgx.Batch
	request := store.RequestOf(ctx)
	emails, details := map[store.Action][]string{}, map[store.Action][]string{}
	add := func(action store.Action, line Line, detail string) {
		emails[action] = append(emails[action], strings.ToLower(line.Person.Email))
		details[action] = append(details[action], detail)
	}
	for _, line := range i.Lines {
		switch line.Change {
		case Adds:
			add(store.PersonCreated, line, "import")
		case Changes:
			var names []string
			for _, f := range line.Fields {
				names = append(names, f.Name)
			}
			add(store.PersonChanged, line, "import: "+strings.Join(names, ", "))
		}
	}
	for _, p := range i.Missing {
		add(store.PersonDisabled, Line{Person: store.PersonDetails{Email: p.Email}}, "import: missing from the list")
	}
	for _, action := range []store.Action{store.PersonCreated, store.PersonChanged, store.PersonDisabled} {
		batch.Queue(`INSERT INTO audit (action, actor_id, actor, subject_id, subject, address, request_id, detail)
			SELECT $1, $2, $3, p.id, p.email, $4, $5, n.detail
			FROM unnest($6::text[], $7::text[]) WITH ORDINALITY n (email, detail, line)
				JOIN people p ON lower(p.email) = n.email
			ORDER BY n.line
			RETURNING `+store.RecordedColumns, action, store.NullText(actor.ID), actor.Email,
			store.Clip(request.Address, 64), store.Clip(request.ID, 64), emails[action], details[action]).
			Query(store.RecordedBy(tx))
	}
	return tx.SendBatch(ctx, &batch).Close()
}
