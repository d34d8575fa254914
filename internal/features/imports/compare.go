package imports

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// compare fills in what each line leaves open, and says what it changes.
func (i *Import) compare(ctx context.Context, actor *store.Person, tx pgx.Tx) error {
	var emails []string
	inFile := map[string]bool{}
	for _, line := range i.Lines {
		inFile[strings.ToLower(line.Person.Email)] = true
		emails = append(emails, strings.ToLower(line.Person.Email), strings.ToLower(line.Person.Manager))
	}
	known, err := peopleByEmail(ctx, tx, emails)
	if err != nil {
		return err
	}
	if err := i.nameZones(ctx, tx); err != nil {
		return err
	}
	departments, err := i.nameDepartments(ctx, tx, cmp.Or(actor.Lang, "en"))
	if err != nil {
		return err
	}
	disabled, err := disabledEmails(ctx, tx, emails)
	if err != nil {
		return err
	}
	formerly, err := formerEmails(ctx, tx, emails)
	if err != nil {
		return err
	}
	if err := i.findMissing(ctx, tx, inFile); err != nil {
		return err
	}
	for _, p := range i.Missing { // so that the lines say whose manager leaves
		disabled[strings.ToLower(p.Email)] = true
	}
	// Who is new most likely speaks the language of who adds them, and lives where they do.
	anew := store.PersonDetails{Lang: actor.Lang, TimeZone: actor.TimeZone}.WithDefaults()
	for n := range i.Lines {
		line := &i.Lines[n]
		p := &line.Person
		if p.Department != "" {
			slug := departments[p.Department]
			if slug == "" {
				i.problem(Problem{
					Line: line.Number, Field: "department", Kind: "department", Value: p.Department,
				})
			}
			p.Department = slug
		}
		if manager := strings.ToLower(p.Manager); manager != "" && !inFile[manager] && known[manager].Email == "" {
			i.problem(Problem{Line: line.Number, Field: "manager", Kind: "manager", Value: p.Manager})
		}
		line.Disabled = disabled[strings.ToLower(p.Email)]
		if was, there := known[strings.ToLower(p.Email)]; there {
			line.fill(was, i.columns)
			line.compare(was)
		} else {
			line.Change = Adds
			line.Predecessor = formerly[strings.ToLower(p.Email)]
			line.fill(anew, i.columns)
			line.describe()
		}
		line.ManagerDisabled = disabled[strings.ToLower(p.Manager)]
	}
	if err := i.compareManagers(ctx, tx, emails); err != nil {
		return err
	}
	slices.SortStableFunc(i.Problems, func(a, b Problem) int { return a.Line - b.Line })
	return nil
}

// peopleByEmail are those of these e-mails who are there, by their e-mail in lower
// case, with the columns that an import can change.
func peopleByEmail(ctx context.Context, tx pgx.Tx, emails []string) (map[string]store.PersonDetails, error) {
	rows, _ := tx.Query(ctx, `SELECT `+store.PersonFields.Read()+`
		FROM people p WHERE lower(p.email) = ANY ($1)`, emails)
	known := map[string]store.PersonDetails{}
	var p store.PersonDetails
	_, err := pgx.ForEachRow(rows, p.Targets(), func() error { known[strings.ToLower(p.Email)] = p; return nil })
	return known, err
}

// disabledEmails are those of these e-mails, in lower case, whose people are disabled.
func disabledEmails(ctx context.Context, tx pgx.Tx, emails []string) (map[string]bool, error) {
	rows, _ := tx.Query(ctx, `SELECT lower(email) FROM people WHERE lower(email) = ANY ($1) AND NOT active`, emails)
	all, disabled := "", map[string]bool{}
	_, err := pgx.ForEachRow(rows, []any{&all}, func() error { disabled[all] = true; return nil })
	return disabled, err
}

// formerEmails are those of these e-mails, in lower case, that a person has or had, as far
// back as the audit trail goes.
func formerEmails(ctx context.Context, tx pgx.Tx, emails []string) (map[string]bool, error) {
	rows, _ := tx.Query(ctx, `SELECT DISTINCT lower(a.subject)
		FROM unnest($1::text[]) email JOIN audit a ON fold(a.subject) = fold(email) AND lower(a.subject) = email
		WHERE a.action LIKE 'person.%'`, emails)
	all, formerly := "", map[string]bool{}
	_, err := pgx.ForEachRow(rows, []any{&all}, func() error { formerly[all] = true; return nil })
	return formerly, err
}

// nameDepartments returns the slug of each department of the file by what the file calls
// it: by the slug or one of its names, whose capitals and accents make no difference. It
// keeps the names in the reader's language.
func (i *Import) nameDepartments(ctx context.Context, tx pgx.Tx, lang string) (slugs map[string]string, err error) {
	slugs, i.Departments = map[string]string{}, map[string]string{}
	for _, line := range i.Lines {
		slugs[line.Person.Department] = ""
	}
	rows, _ := tx.Query(ctx, `SELECT d.slug, coalesce(d.names->>$1, d.names->>'en'), w.name
		FROM departments d
			LEFT JOIN (SELECT name, fold(name COLLATE "und-x-icu") AS folded FROM unnest($2::text[]) name) w
			ON w.folded IN (SELECT fold(n.name COLLATE "und-x-icu")
				FROM (SELECT d.slug UNION SELECT value FROM jsonb_each_text(d.names)) n (name))`,
		lang, slices.Collect(maps.Keys(slugs)))
	var slug, shown string
	var name *string
	_, err = pgx.ForEachRow(rows, []any{&slug, &shown, &name}, func() error {
		if i.Departments[slug] = shown; name != nil {
			slugs[*name] = slug
		}
		return nil
	})
	return slugs, err
}

// fill keeps what the file does not say of the person.
func (l *Line) fill(was store.PersonDetails, columns map[string]bool) {
	for _, f := range store.PersonFields {
		if is := f.Of(&l.Person); !columns[f.Name] || *is == "" && f.Default != "" {
			*is = *f.Of(&was)
		}
	}
	if strings.EqualFold(l.Person.Manager, was.Manager) {
		l.Person.Manager = was.Manager
	}
}

// compare says what the line changes of one who is there, of whom it keeps the role.
func (l *Line) compare(was store.PersonDetails) {
	l.Person.Role = was.Role
	for _, f := range store.PersonFields {
		was, is := *f.Of(&was), *f.Of(&l.Person)
		if was != is && f.Read(was) != is { // what was stored before it was cleaned is the same
			l.Fields = append(l.Fields, Field{Name: f.Name, Label: f.Label, Was: was, Is: is})
		}
	}
	if l.Change = Keeps; len(l.Fields) > 0 {
		l.Change = Changes
	}
}

// describe says all that is known of one who is new, but for what stands at the head.
func (l *Line) describe() {
	for _, f := range store.PersonFields {
		if is := *f.Of(&l.Person); is != "" && f.Name != "name" && f.Name != "email" {
			l.Fields = append(l.Fields, Field{Name: f.Name, Label: f.Label, Is: is, New: true})
		}
	}
}

// compareManagers names each line that would put its person above themselves,
// whatever else is wrong in the file.
func (i *Import) compareManagers(ctx context.Context, tx pgx.Tx, emails []string) error {
	above, err := store.ManagersAbove(ctx, tx, emails...)
	if err != nil {
		return err
	}
	was, again, unclear := maps.Clone(above), map[int]bool{}, map[int]bool{}
	for _, p := range i.Problems {
		switch {
		case p.Kind == "again": // the first line with that e-mail counts
			again[p.Line] = true
		case p.Field == "" || p.Field == "manager": // nobody knows yet who it will be
			unclear[p.Line] = true
		}
	}
	for _, line := range i.Lines {
		email, manager := strings.ToLower(line.Person.Email), strings.ToLower(line.Person.Manager)
		if unclear[line.Number] {
			manager = ""
		}
		if !again[line.Number] {
			above[email] = manager
		}
	}
	in := store.Circles(above)
	for _, line := range i.Lines {
		email := strings.ToLower(line.Person.Email)
		if in[email] && above[email] != was[email] && !again[line.Number] {
			i.problem(Problem{Line: line.Number, Field: "manager", Kind: "circle", Value: line.Person.Manager})
		}
	}
	return nil
}
