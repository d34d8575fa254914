package store

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// PersonDetails is what is written of a person: in a form, in a file, at the command line
// or by the seed.
type PersonDetails struct {
	Name, Email, Lang, Department, Title string
	Manager                              string // e-mail of somebody who is there, or is seeded before; "" for nobody
	Phone                                string
	Skills                               string // separated by a comma and a space, see Skills
	Role                                 Role
	PasswordHash                         string    // "" for one who cannot sign in yet
	TimeZone                             string    // IANA
	JoinedAt                             time.Time // zero is now; for the seed
}

// Field is something that is written of a person. To add one, write it into PersonDetails
// and PersonFields, and give it a column and texts: docs/forking.md has the steps.
type Field struct {
	Name     string // in forms, in the first line of an import, and of the column
	Of       func(*PersonDetails) *string
	Label    string                             // text key
	Hint     string                             // text key; "" without one
	Type     string                             // of its input; "" is text
	Max      int                                // characters; 0 where it is chosen from a list
	Fits     func(value string, limit int) bool // nil where the database says what fits
	Clean    func(typed string) string          // nil: see Line
	Default  string                             // of a new person
	Required bool
	Null     bool // SQL has NULL for nothing
	Searched bool // it is in the column words, by which the directory finds people

	// Who changes it. An import has all of them; see imports for the role.
	Form    int    // its place in the form of administration; 0: it is not there
	Profile bool   // people write it themselves
	Flag    string // of `intranet user edit`; "": it has none
}

// Fields are some of them. SQL, forms and commands are made of these lists.
type Fields []Field

// PersonFields are all of them, in the order of an import's columns.
var PersonFields = Fields{
	{Name: "name", Label: "person.name", Of: func(p *PersonDetails) *string { return &p.Name },
		Max: 200, Fits: Visible, Required: true, Searched: true, Form: 1, Flag: "name"},
	{Name: "email", Label: "person.email", Of: func(p *PersonDetails) *string { return &p.Email }, Type: "email",
		Max: 254, Fits: isEmail, Clean: Email, Required: true, Searched: true, Form: 2, Flag: "new-email"},
	{Name: "role", Label: "person.role", Of: func(p *PersonDetails) *string { return (*string)(&p.Role) },
		Default: string(Employee)},
	{Name: "lang", Label: "person.language", Of: func(p *PersonDetails) *string { return &p.Lang },
		Fits: isLang, Default: "en", Required: true, Form: 8, Flag: "lang"},
	{Name: "department", Label: "person.department", Of: func(p *PersonDetails) *string { return &p.Department },
		Null: true, Searched: true, Form: 4, Flag: "department"},
	{Name: "title", Label: "person.title", Of: func(p *PersonDetails) *string { return &p.Title },
		Max: 200, Fits: Visible, Searched: true, Form: 3, Flag: "title"},
	{Name: "manager", Label: "person.manager.email", Of: func(p *PersonDetails) *string { return &p.Manager },
		Type: "email", Max: 254, Clean: Email, Null: true, Form: 5},
	{Name: "phone", Label: "person.phone", Of: func(p *PersonDetails) *string { return &p.Phone },
		Hint: "person.phone.hint", Max: 40, Fits: isPhone, Clean: Phone, Searched: true, Form: 6, Profile: true},
	{Name: "skills", Label: "person.skills", Of: func(p *PersonDetails) *string { return &p.Skills },
		Hint: "person.skills.hint", Max: 300, Fits: Visible, Clean: Skills, Searched: true, Form: 7, Profile: true},
	{Name: "time_zone", Label: "account.timezone", Of: func(p *PersonDetails) *string { return &p.TimeZone },
		Default: "UTC"},
}

func isEmail(s string, _ int) bool { return LooksLikeEmail(s) }

func isLang(s string, _ int) bool { return s == "en" || s == "pt" || s == "es" }

// Read is what was typed into the field, as it is stored.
func (f Field) Read(typed string) string {
	if f.Clean == nil {
		return Line(typed)
	}
	return f.Clean(typed)
}

// Problem says what keeps a value of the field from being stored: "missing", "long", one
// of the reasons of Unfit with the character, "rounded" for a number whose digits a
// spreadsheet has dropped, or "form" for anything else. It is "" where the value fits.
func (f Field) Problem(value string) (why, character string) {
	switch {
	case value == "" && f.Required:
		return "missing", ""
	case value == "" || f.Fits == nil || f.Fits(value, f.Max):
		return "", ""
	case f.Name == "phone" && IsRounded(value):
		return "rounded", ""
	}
	if why, character = Unfit(value); why != "" {
		return why, character
	}
	if f.Max > 0 && utf8.RuneCountInString(value) > f.Max {
		return "long", ""
	}
	return "form", ""
}

// InForm are the fields of the form of administration, in its order.
func (all Fields) InForm() Fields {
	form := all.Without(func(f Field) bool { return f.Form == 0 })
	slices.SortFunc(form, func(a, b Field) int { return a.Form - b.Form })
	return form
}

// InProfile are the fields that people write of themselves.
func (all Fields) InProfile() Fields { return all.Without(func(f Field) bool { return !f.Profile }) }

// Without leaves some out.
func (all Fields) Without(which func(Field) bool) Fields {
	return slices.DeleteFunc(slices.Clone(all), which)
}

// Column is that of people. A manager's e-mail is not stored: it stands for their id.
func (f Field) Column() string {
	if f.Name == "manager" {
		return "manager_id"
	}
	return f.Name
}

// Columns are those of the fields for a statement, or with the prefix @ their values:
// see PersonDetails.Args.
func (all Fields) Columns(prefix string) string {
	return all.join(func(f Field) string { return prefix + f.Column() })
}

// Read reads the fields of people p, in this order: see PersonDetails.Targets.
func (all Fields) Read() string {
	return all.join(func(f Field) string {
		switch {
		case f.Name == "manager":
			return "coalesce((SELECT email FROM people m WHERE m.id = p.manager_id), '')"
		case f.Null:
			return "coalesce(p." + f.Column() + ", '')"
		}
		return "p." + f.Column()
	})
}

func (all Fields) join(text func(Field) string) string {
	var texts []string
	for _, f := range all {
		texts = append(texts, text(f))
	}
	return strings.Join(texts, ", ")
}

// Targets are what a row of PersonFields.Read is scanned into.
func (p *PersonDetails) Targets() (all []any) {
	for _, f := range PersonFields {
		all = append(all, f.Of(p))
	}
	return all
}

// Args are the values for the columns of PersonFields. A manager's id has to take the
// place of the e-mail.
func (p PersonDetails) Args() pgx.NamedArgs {
	p, args := p.WithDefaults(), pgx.NamedArgs{}
	for _, f := range PersonFields {
		if args[f.Column()] = *f.Of(&p); f.Null {
			args[f.Column()] = NullText(*f.Of(&p))
		}
	}
	return args
}

// WithDefaults is the person with what a new one has where nothing was said.
func (p PersonDetails) WithDefaults() PersonDetails {
	for _, f := range PersonFields {
		*f.Of(&p) = cmp.Or(*f.Of(&p), f.Default)
	}
	return p
}

// Invalid names those that cannot be stored. Roles, departments, managers and time
// zones are for others to check.
func (all Fields) Invalid(p PersonDetails) (names []string) {
	for _, f := range all {
		if why, _ := f.Problem(*f.Of(&p)); why != "" {
			names = append(names, f.Name)
		}
	}
	return names
}

// Names are those of the fields. The audit trail says with them what was changed, and not to
// what, because it is kept for longer.
func (all Fields) Names() (names []string) {
	for _, f := range all {
		names = append(names, f.Name)
	}
	return names
}

// QueueWritten asks for what is written of somebody, and for the version it is of.
func QueueWritten(batch *pgx.Batch, id string, p *PersonDetails, version *int) {
	batch.Queue(`SELECT `+PersonFields.Read()+`, p.version FROM people p WHERE p.id = $1`, id).
		QueryRow(func(row pgx.Row) error { return row.Scan(append(p.Targets(), version)...) })
}
