package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// errDry undoes an import that was only tried.
var errDry = errors.New("only tried")

// ImportPeople adds the file's people and changes those whose e-mail is there
// already: all of them, or nobody where there is a problem. Roles of people who
// are there stay, and nobody is disabled. apply decides, once it is known what the
// import does, whether that is done; what was tried and not applied leaves no
// trace.
func (s *Store) ImportPeople(ctx context.Context, actor *Person, file string, apply func(Import) bool) (i Import, err error) {
	if i = ParseImport(file); len(i.Problems) > 0 && len(i.Lines) == 0 {
		return i, nil
	}
	err = s.Administer(ctx, actor, "import people", func(tx pgx.Tx) (Event, error) {
		if err := i.compare(ctx, actor, tx); err != nil {
			return Event{}, err
		}
		if len(i.Problems) > 0 {
			return Event{}, errDry
		}
		// A trial writes too: what the database would refuse it should say now.
		if err := i.write(ctx, tx); err != nil {
			return Event{}, err
		}
		if !apply(i) {
			return Event{}, errDry
		}
		if err := i.record(ctx, tx, actor); err != nil {
			return Event{}, err
		}
		return Event{Action: PeopleImported, Detail: fmt.Sprintf("%d added, %d changed, %d unchanged", i.Count(ImportAdds), i.Count(ImportChanges), i.Count(ImportKeeps))}, nil
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return i, err
}

// importable are the columns of people that an import can change.
const importable = `p.name, p.email, p.role, p.lang, coalesce(p.department, '') AS department, p.title,
	coalesce((SELECT email FROM people m WHERE m.id = p.manager_id), '') AS manager, p.phone, p.skills, p.time_zone, coalesce(p.password_hash, '') AS password_hash`

// compare fills in what each line leaves open, and says what it changes.
func (i *Import) compare(ctx context.Context, actor *Person, tx pgx.Tx) error {
	var emails []string
	inFile := map[string]bool{}
	for _, line := range i.Lines {
		inFile[strings.ToLower(line.Person.Email)] = true
		emails = append(emails, strings.ToLower(line.Person.Email), strings.ToLower(line.Person.Manager))
	}
	rows, _ := tx.Query(ctx, `SELECT `+importable+` FROM people p WHERE lower(p.email) = ANY ($1)`, emails)
	people, err := pgx.CollectRows(rows, pgx.RowToStructByName[NewPerson])
	if err != nil {
		return err
	}
	known := map[string]NewPerson{}
	for _, p := range people {
		known[strings.ToLower(p.Email)] = p
	}
	if i.columns["time_zone"] { // the database may know fewer than we do
		var zones []string
		for _, line := range i.Lines {
			zones = append(zones, line.Person.TimeZone)
		}
		rows, _ := tx.Query(ctx, `SELECT zone FROM unnest($1::text[]) zone WHERE zone <> '' EXCEPT SELECT name FROM pg_timezone_names`, zones)
		unknown, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, line := range i.Lines {
			if zone := line.Person.TimeZone; slices.Contains(unknown, zone) && !slices.Contains(i.Problems, ImportProblem{line.Number, "time_zone", "zone", zone}) {
				i.problem(line.Number, "time_zone", "zone", zone)
			}
		}
	}
	lang := cmp.Or(actor.Lang, "en")
	departments := map[string]string{} // slug by slug and by each of the names
	i.Departments = map[string]string{}
	rows, _ = tx.Query(ctx, `SELECT slug, lower(name), coalesce(names->>$1, names->>'en')
		FROM departments, LATERAL (SELECT slug UNION SELECT value FROM jsonb_each_text(names)) n (name)`, lang)
	var slug, name, shown string
	if _, err := pgx.ForEachRow(rows, []any{&slug, &name, &shown}, func() error { departments[name], i.Departments[slug] = slug, shown; return nil }); err != nil {
		return err
	}
	for n := range i.Lines {
		line := &i.Lines[n]
		p, number := &line.Person, line.Number
		if p.Department != "" {
			slug := departments[strings.ToLower(p.Department)]
			if slug == "" {
				i.problem(number, "department", "department", p.Department)
			}
			p.Department = slug
		}
		if manager := strings.ToLower(p.Manager); manager != "" && !inFile[manager] && known[manager].Email == "" {
			i.problem(number, "manager", "manager", p.Manager)
		}
		was, there := known[strings.ToLower(p.Email)]
		if !there {
			line.Change = ImportAdds
			was = NewPerson{Role: Employee, Lang: "en", TimeZone: "UTC"}
			if p.Role != "" {
				was.Role = p.Role
			}
		}
		keep := func(column string, value *string, was string) {
			if !i.columns[column] || *value == "" && (column == "lang" || column == "time_zone") {
				*value = was
			}
		}
		keep("lang", &p.Lang, was.Lang)
		keep("department", &p.Department, was.Department)
		keep("title", &p.Title, was.Title)
		keep("manager", &p.Manager, was.Manager)
		keep("phone", &p.Phone, was.Phone)
		keep("skills", &p.Skills, was.Skills)
		keep("time_zone", &p.TimeZone, was.TimeZone)
		p.Role = was.Role
		if strings.EqualFold(p.Manager, was.Manager) {
			p.Manager = was.Manager
		}
		if there {
			line.compare(was)
		}
	}
	if err := i.compareManagers(ctx, tx, emails); err != nil {
		return err
	}
	slices.SortStableFunc(i.Problems, func(a, b ImportProblem) int { return a.Line - b.Line })
	return nil
}

// compare says what the line changes of one who is there.
func (l *ImportLine) compare(was NewPerson) {
	p := l.Person
	for _, f := range []ImportField{
		{"name", was.Name, p.Name}, {"email", was.Email, p.Email}, {"lang", was.Lang, p.Lang}, {"department", was.Department, p.Department}, {"title", was.Title, p.Title},
		{"manager", was.Manager, p.Manager}, {"phone", was.Phone, p.Phone}, {"skills", was.Skills, p.Skills}, {"time_zone", was.TimeZone, p.TimeZone},
	} {
		if f.Was != f.Is {
			l.Fields = append(l.Fields, f)
		}
	}
	if l.Change = ImportKeeps; len(l.Fields) > 0 {
		l.Change = ImportChanges
	}
}

// compareManagers names each line that would put its person above themselves,
// whatever else is wrong in the file.
func (i *Import) compareManagers(ctx context.Context, tx pgx.Tx, emails []string) error {
	above, err := managersAbove(ctx, tx, emails...)
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
	in := circles(above)
	for _, line := range i.Lines {
		if email := strings.ToLower(line.Person.Email); in[email] && above[email] != was[email] && !again[line.Number] {
			i.problem(line.Number, "manager", "circle", line.Person.Manager)
		}
	}
	return nil
}

// write puts the lines into people: first the people, then who reports to whom,
// because a manager may come further down in the file.
func (i *Import) write(ctx context.Context, tx pgx.Tx) error {
	columns := make([][]string, 9)
	for _, line := range i.Lines {
		if p := line.Person; line.Change != ImportKeeps {
			for n, value := range []string{p.Name, p.Email, string(p.Role), p.Lang, p.Department, p.Title, p.Phone, p.Skills, p.TimeZone} {
				columns[n] = append(columns[n], value)
			}
		}
	}
	args := make([]any, len(columns))
	for n := range columns {
		args[n] = columns[n]
	}
	_, err := tx.Exec(ctx, `INSERT INTO people AS p (name, email, role, lang, department, title, phone, skills, time_zone)
		SELECT name, email, role, lang, nullif(department, ''), title, phone, skills, time_zone
		FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
			AS n (name, email, role, lang, department, title, phone, skills, time_zone)
		ON CONFLICT (lower(email)) DO UPDATE SET (name, email, lang, department, title, phone, skills, time_zone, version)
			= (excluded.name, excluded.email, excluded.lang, excluded.department, excluded.title, excluded.phone, excluded.skills, excluded.time_zone, p.version + 1)`, args...)
	if err != nil {
		return err
	}
	var emails, managers []string
	for _, line := range i.Lines {
		if line.Change != ImportKeeps {
			emails, managers = append(emails, strings.ToLower(line.Person.Email)), append(managers, strings.ToLower(line.Person.Manager))
		}
	}
	_, err = tx.Exec(ctx, `UPDATE people p SET manager_id = m.id
		FROM unnest($1::text[], $2::text[]) AS n (email, manager) LEFT JOIN people m ON lower(m.email) = n.manager
		WHERE lower(p.email) = n.email AND p.manager_id IS DISTINCT FROM m.id`, emails, managers)
	return err
}

// record says of each person that was added or changed that they were.
func (i *Import) record(ctx context.Context, tx pgx.Tx, actor *Person) error {
	var batch pgx.Batch
	request := RequestOf(ctx)
	emails := map[Action][]string{}
	for _, line := range i.Lines {
		switch line.Change {
		case ImportAdds:
			emails[PersonCreated] = append(emails[PersonCreated], strings.ToLower(line.Person.Email))
		case ImportChanges:
			emails[PersonChanged] = append(emails[PersonChanged], strings.ToLower(line.Person.Email))
		}
	}
	for _, action := range []Action{PersonCreated, PersonChanged} {
		batch.Queue(`INSERT INTO audit (action, actor_id, actor, subject_id, subject, address, request_id, detail)
			SELECT $1, $2, $3, p.id, p.email, $4, $5, 'import' FROM unnest($6::text[]) WITH ORDINALITY n (email, line) JOIN people p ON lower(p.email) = n.email ORDER BY n.line`,
			action, NullText(actor.ID), actor.Email, clip(request.Address, 64), clip(request.ID, 64), emails[action])
	}
	return tx.SendBatch(ctx, &batch).Close()
}
