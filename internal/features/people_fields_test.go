package features_test

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/alecthomas/kong"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// field is a column of people, and what a person may have in it.
type field struct {
	was, is string   // two values, as the database writes them
	ways    []string // that change it, see ways; none: nobody changes it, or it follows the others
}

// fieldsOf are all columns of people. A new one makes the tests below fail until it
// is here: whoever adds it decides which ways change it. All others then have to
// keep it.
func fieldsOf(i *webtest.Intranet) map[string]field {
	return map[string]field{
		"name":       {"Bea Field", "Bea Meadow", []string{"form", "import", "edit"}},
		"email":      {"bea_field@company.example", "bea_meadow@company.example", []string{"form", "edit"}},
		"title":      {"Painter", "Sculptor", []string{"form", "import", "edit"}},
		"department": {"finance", "it", []string{"form", "import", "edit"}},
		"manager_id": {i.IDs["ana"], i.IDs["caio"], []string{"form", "import"}},
		"phone":      {"+55 81 1", "+55 81 2", []string{"form", "import", "profile"}},
		"skills":     {"Go, latte art", "origami", []string{"form", "import", "profile"}},
		"lang":       {"es", "pt", []string{"form", "import", "edit", "preferences"}},
		"time_zone":  {"America/Recife", "America/Bogota", []string{"import", "preferences"}},
		"theme":      {"dark", "light", []string{"preferences"}},
		"role":       {"editor", "employee", []string{"role"}},
		"active":     {"true", "false", []string{"access"}},

		"disabled_at":     {was: "2020-04-04T04:04:04+00:00"}, // follows active: see TestWhoIsDisabledForLongIsDeleted
		"password_hash":   {was: "hash"},                      // see TestWhatEndsSessionsKeepsEverythingElse
		"created_at":      {was: "2020-02-02T02:02:02+00:00"},
		"consented_at":    {was: "2020-03-03T03:03:03+00:00"},
		"id":              {was: i.IDs["bea"]},
		"version":         {was: "700"},
		"session_version": {was: "800"},
	}
}

// A subject is the person whom the tests change: Bea.
type subject struct {
	*webtest.Intranet
	t testing.TB
}

// newSubject is Bea with a value in every column that is not its default.
func newSubject(t *testing.T) subject {
	t.Helper()
	s := subject{webtest.New(t, features.All()...), t}
	s.Exec(`INSERT INTO departments (slug, names) VALUES ('it', '{"en": "IT"}')`)
	s.Exec(`INSERT INTO people (name, email) VALUES ('Nobody yet', 'nobody.yet@company.example')`)
	nobody := s.row(`email = 'nobody.yet@company.example'`)
	fields := fieldsOf(s.Intranet)
	for column, f := range fields {
		if column != "id" {
			s.Exec(`UPDATE people
				SET `+column+` = (jsonb_populate_record(people, jsonb_build_object($2::text, $3::text))).`+column+`
				WHERE id = $1`, s.IDs["bea"], column, f.was)
		}
	}
	now := s.now()
	for column := range now {
		if f, known := fields[column]; !known {
			t.Errorf("people has the column %s: add it to fieldsOf, with the ways that change it", column)
		} else if f.was != now[column] || column != "active" && nobody[column] == now[column] {
			t.Errorf("%s is %q, and should be %q, which is no default", column, now[column], f.was)
		}
	}
	if t.Failed() || len(now) != len(fields) {
		t.Fatalf("people has %d columns, not %d", len(now), len(fields))
	}
	return s
}

// row is a person's row, without what the database makes of the other columns.
func (s subject) row(where string) map[string]string {
	s.t.Helper()
	var all map[string]any
	row := s.First(`SELECT (to_jsonb(p) - (SELECT array_agg(column_name::text) FROM information_schema.columns
			WHERE table_schema = 'public' AND table_name = 'people' AND is_generated = 'ALWAYS')
		|| (SELECT jsonb_object_agg(name, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'))
			FROM (VALUES ('created_at', p.created_at), ('consented_at', p.consented_at),
				('disabled_at', p.disabled_at)) moments (name, at))
		)::text FROM people p WHERE ` + where)
	if err := json.Unmarshal([]byte(row), &all); err != nil {
		s.t.Fatal(err)
	}
	texts := map[string]string{}
	for column, value := range all {
		text, ok := value.(string)
		if !ok {
			b, _ := json.Marshal(value)
			text = string(b)
		}
		texts[column] = text
	}
	return texts
}

func (s subject) now() map[string]string { s.t.Helper(); return s.row(`id = '` + s.IDs["bea"] + `'`) }

// email is somebody's, by id.
func (s subject) email(id string) string {
	s.t.Helper()
	return s.First(`SELECT email FROM people WHERE id = $1`, id)
}

// typed is how forms and files call a column, and what one types there.
func (s subject) typed(column, value string) (name, text string) {
	s.t.Helper()
	if column == "manager_id" {
		return "manager", s.email(value)
	}
	return column, value
}

// opened is a form as a browser has it once its page is there.
func opened(html *goquery.Document, action string) url.Values {
	form := url.Values{}
	fields := html.Find("form[action='" + action + "']").First().Find("input, select, textarea")
	fields.Each(func(_ int, e *goquery.Selection) {
		value := e.AttrOr("value", e.Find("option[selected]").AttrOr("value", ""))
		if e.Is("textarea") {
			value = strings.TrimPrefix(e.Text(), "\n")
		}
		form.Set(e.AttrOr("name", ""), value)
	})
	return form
}

// saves changes one field of a form that is on a page, and sends all of it.
func (s subject) saves(name, page, action, column, value string) {
	s.t.Helper()
	b := s.As(name)
	form := opened(b.Get(page).HTML(s.t), action)
	field, text := s.typed(column, value)
	if _, there := form[field]; !there {
		s.t.Fatalf("the form %s has no field %s", action, field)
	}
	form.Set(field, text)
	s.done(b.Post(action, form))
}

func (s subject) done(res webtest.Answer) {
	s.t.Helper()
	if res.StatusCode != http.StatusSeeOther && res.StatusCode != http.StatusOK {
		s.t.Fatalf("%d: %s", res.StatusCode, res.HTML(s.t).Find("main").Text())
	}
}

// The import's form, and what applies it. It can be taken out.
const (
	tryImport   = paths.AdminPeople + "/import"
	applyImport = tryImport + "/apply"
)

// canImport reports whether the import is one of the features.
func canImport() bool {
	return slices.ContainsFunc(features.All(), func(f web.Feature) bool { return f.Name == "imports" })
}

// imports sends a file as the page of the import does: first tried, then applied.
func (s subject) imports(columns, values []string) {
	s.t.Helper()
	var file strings.Builder
	if err := csv.NewWriter(&file).WriteAll([][]string{columns, values}); err != nil {
		s.t.Fatal(err)
	}
	ana := s.As("ana")
	tried := ana.Post(tryImport, url.Values{"csv": {file.String()}})
	s.done(tried)
	s.done(ana.Post(applyImport, opened(tried.HTML(s.t), applyImport)))
}

// command uses the command line, which works as the owner of the tables.
func (s subject) command(input string, args ...string) {
	s.t.Helper()
	var user struct{ kong.Plugins }
	for _, f := range features.All() {
		user.Plugins = append(user.Plugins, f.UserCommands...)
	}
	in, typed, err := os.Pipe()
	if err == nil {
		_, err = typed.WriteString(input)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	_ = typed.Close()
	to := web.Command{
		In: in, Out: s.t.Output(), Err: s.t.Output(),
		Store: func(ctx context.Context, f func(context.Context, *store.Store) error) error {
			return f(ctx, store.New(s.Pool))
		},
	}
	parser, err := kong.New(&user, kong.BindTo(s.t.Context(), (*context.Context)(nil)), kong.Bind(to))
	if err != nil {
		s.t.Fatal(err)
	}
	command, err := parser.Parse(args)
	if err == nil {
		err = command.Run()
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// ways are all ways of changing a column of a person to another value.
var ways = map[string]func(s subject, column, value string){
	"form": func(s subject, column, value string) {
		page := paths.AdminPerson.Of(s.IDs["bea"])
		s.saves("ana", page, page, column, value)
	},
	"role": func(s subject, column, value string) {
		s.saves("ana", paths.AdminPerson.Of(s.IDs["bea"]), paths.AdminPersonRole.Of(s.IDs["bea"]), column, value)
	},
	"access": func(s subject, _, value string) {
		action := map[string]paths.Pattern{"true": paths.AdminPersonEnable, "false": paths.AdminPersonDisable}[value]
		s.done(s.As("ana").Post(action.Of(s.IDs["bea"]), nil))
	},
	"profile": func(s subject, column, value string) {
		s.saves("bea", paths.Account, paths.AccountProfile, column, value)
	},
	"preferences": func(s subject, column, value string) {
		s.saves("bea", paths.Account, paths.AccountPreferences, column, value)
	},
	"import": func(s subject, column, value string) {
		now := s.now()
		if column == "name" {
			s.imports([]string{"name", "email"}, []string{value, now["email"]})
			return
		}
		name, text := s.typed(column, value)
		s.imports([]string{"name", "email", name}, []string{now["name"], now["email"], text})
	},
	"edit": func(s subject, column, value string) {
		flag := map[string]string{"email": "new-email"}[column]
		s.command("", "edit", s.email(s.IDs["bea"]), "--"+cmp.Or(flag, column)+"="+value)
	},
}

// keeps fails where anything but these columns differs. The versions move on with
// most changes, and never back.
func (s subject) keeps(what string, before map[string]string, but ...string) {
	s.t.Helper()
	now := s.now()
	for column, value := range now {
		moves := (column == "version" || column == "session_version") && value > before[column] ||
			column == "disabled_at" && slices.Contains(but, "active")
		if value != before[column] && !moves && !slices.Contains(but, column) {
			s.t.Errorf("%s: %s became %q, and was %q", what, column, value, before[column])
		}
	}
}

// Whoever changes one thing of a person keeps all others, whichever way they take.
func TestAChangeOfAPersonKeepsEverythingElse(t *testing.T) {
	t.Parallel()
	for way, change := range ways {
		if way == "import" && !canImport() {
			continue
		}
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s, changes := newSubject(t), 0
			for column, f := range fieldsOf(s.Intranet) {
				if !slices.Contains(f.ways, way) {
					continue
				}
				for _, value := range []string{f.is, f.was} {
					before := s.now()
					change(s, column, value)
					if now := s.now(); now[column] != value {
						t.Errorf("%s is %q, and should be %q", column, now[column], value)
					}
					s.keeps(column, before, column)
					changes++
				}
			}
			if changes == 0 {
				t.Error("nothing is changed this way")
			}
		})
	}
}

// What is done to a person without a form leaves their fields alone.
func TestWhatEndsSessionsKeepsEverythingElse(t *testing.T) {
	t.Parallel()
	s := newSubject(t)
	before := s.now()
	for _, action := range []paths.Pattern{
		paths.AdminPersonSessions, paths.AdminPersonSecondFactor, paths.AdminPersonInvitation,
	} {
		s.done(s.As("ana").Post(action.Of(s.IDs["bea"]), nil))
		s.keeps(string(action), before)
	}
	s.command("a password of some length\n", "password", before["email"])
	if s.now()["password_hash"] == before["password_hash"] {
		t.Error("the password was not set")
	}
	s.keeps("the password", before, "password_hash")
}

// A new person has all that was typed of them.
func TestANewPersonHasEveryField(t *testing.T) {
	t.Parallel()
	s := newSubject(t)
	fields := fieldsOf(s.Intranet)
	// given are the fields that the ways which change one can also fill for a new
	// person, in the same order for all of them.
	given := func(way string, more ...string) (columns []string) {
		for _, column := range slices.Sorted(maps.Keys(fields)) {
			if slices.Contains(fields[column].ways, way) || slices.Contains(more, column) {
				columns = append(columns, column)
			}
		}
		return columns
	}
	check := func(what, email string, columns []string) {
		t.Helper()
		added := s.row(`email = '` + email + `'`)
		for _, column := range columns {
			if column != "email" && added[column] != fields[column].was {
				t.Errorf("%s: %s is %q, and should be %q", what, column, added[column], fields[column].was)
			}
		}
	}

	form, columns := url.Values{}, given("form", "role")
	for _, column := range columns {
		name, text := s.typed(column, fields[column].was)
		form.Set(name, text)
	}
	form.Set("email", "formed@company.example")
	s.done(s.As("ana").Post(paths.AdminPeople, form))
	check("form", "formed@company.example", columns)

	if !canImport() {
		return
	}
	columns = given("import", "email", "role")
	var names, values []string
	for _, column := range columns {
		name, text := s.typed(column, fields[column].was)
		if column == "email" {
			text = "imported@company.example"
		}
		names, values = append(names, name), append(values, text)
	}
	s.imports(names, values)
	check("import", "imported@company.example", columns)
}

// The company that a database is seeded with has all that is known of its people.
func TestSeededPeopleHaveEveryField(t *testing.T) {
	t.Parallel()
	s := newSubject(t)
	fields := fieldsOf(s.Intranet)
	pool := testdb.New(t)
	boss := store.PersonDetails{Name: "Ana", Email: "ana@company.example", Role: store.Admin, Lang: "en"}
	bea := store.PersonDetails{PasswordHash: fields["password_hash"].was}
	for _, f := range store.PersonFields {
		*f.Of(&bea) = fields[f.Column()].was
	}
	bea.Manager = boss.Email
	var err error
	if bea.JoinedAt, err = time.Parse(time.RFC3339, fields["created_at"].was); err != nil {
		t.Fatal(err)
	}
	err = store.New(pool).Seed(t.Context(), store.Company{
		Departments: []store.NewDepartment{{Slug: "finance", Names: store.Texts{"en": "Finance"}}},
		People:      []store.PersonDetails{boss, bea},
	})
	if err != nil {
		t.Fatal(err)
	}
	seeded := subject{&webtest.Intranet{T: t, Pool: pool}, t}
	row := seeded.row(`email = '` + bea.Email + `'`)
	if row["manager_id"] != seeded.First(`SELECT id::text FROM people WHERE email = $1`, boss.Email) {
		t.Errorf("manager_id is %q", row["manager_id"])
	}
	for column, f := range fields {
		if slices.Contains([]string{
			"id", "manager_id", "version", "session_version", "theme", "consented_at", "disabled_at",
		}, column) {
			continue // made by the database, compared above, or a person's own to choose
		}
		if row[column] != f.was {
			t.Errorf("%s is %q, and should be %q", column, row[column], f.was)
		}
	}
}

// The list of fields says what is so: who changes a field, how long it may be, and
// whether it is searched. Each has its texts.
func TestTheListOfFieldsIsRight(t *testing.T) {
	t.Parallel()
	s := newSubject(t)
	fields, listed := fieldsOf(s.Intranet), map[string]bool{}
	bounds := s.First(`SELECT string_agg(pg_get_constraintdef(oid), ' ') FROM pg_constraint
		WHERE conrelid = 'people'::regclass`)
	words := s.First(`SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
		JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
		WHERE d.adrelid = 'people'::regclass AND a.attname = 'words'`)
	texts, err := web.Texts(features.All())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range store.PersonFields {
		column := f.Column()
		listed[column] = true
		for way, has := range map[string]bool{"form": f.Form > 0, "profile": f.Profile, "edit": f.Flag != ""} {
			if slices.Contains(fields[column].ways, way) != has {
				t.Errorf("%s is changed by %v; the list says of %s: %t", column, fields[column].ways, way, has)
			}
		}
		bound := fmt.Sprintf("char_length(%s) <= %d)", column, f.Max)
		if f.Max > 0 && column != "manager_id" && !strings.Contains(bounds, bound) {
			t.Errorf("the database does not know of %s", bound)
		}
		if regexp.MustCompile(`\b`+column+`\b`).MatchString(words) != f.Searched {
			t.Errorf("%s is searched, or not: %t, %s", column, f.Searched, words)
		}
		keys := []string{f.Label}
		if f.Hint != "" {
			keys = append(keys, f.Hint)
		}
		if f.Fits != nil {
			keys = append(keys, "person.error."+f.Name)
		}
		if f.Fits != nil && canImport() {
			keys = append(keys, "people.import.problem."+f.Name)
		}
		for _, key := range keys {
			if i18n.T(texts.With(t.Context(), "en"), key) == key {
				t.Errorf("%s has no text %s", f.Name, key)
			}
		}
	}
	for column, f := range fields {
		if len(f.ways) > 0 && !listed[column] && column != "theme" && column != "active" {
			t.Errorf("%s is not in the list of fields", column)
		}
	}
}
