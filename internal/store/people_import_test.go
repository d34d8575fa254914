package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

// kinds are what is wrong with a file: the line, the column and the kind of each
// problem.
func kinds(i store.Import) (all []string) {
	for _, p := range i.Problems {
		all = append(all, fmt.Sprintf("%d %s %s", p.Line, p.Field, p.Kind))
	}
	return all
}

func TestAFileIsReadHoweverItWasSaved(t *testing.T) {
	t.Parallel()
	for _, file := range []string{
		"name,email,skills\nAna,ana@x.example,\"Go, SQL\"\n",
		"\uFEFFEmail; NAME ;Skills\r\nana@x.example;Ana;Go,SQL\r\n\r\n",
		"name,email,skills\n \n Ana , ana@x.example ,Go;SQL",
	} {
		i := store.ParseImport(file)
		if len(i.Problems) > 0 || len(i.Lines) != 1 || i.Lines[0].Person.Name != "Ana" || i.Lines[0].Person.Email != "ana@x.example" || i.Lines[0].Person.Skills != "Go, SQL" {
			t.Errorf("%q: %+v", file, i)
		}
	}
}

func TestEveryProblemOfAFileIsNamed(t *testing.T) {
	t.Parallel()
	const head = "name,email,role,lang,title,manager,phone,skills,time_zone\n"
	for file, want := range map[string]string{
		"":                                   "0  empty",
		"name,email\n":                       "0  empty",
		"name,e-mail\nAna,x":                 "1  column, 1  missing",
		"name,email,name\n":                  "1  twice",
		"\xff":                               "0  encoding",
		"name,email\nA\x00,b":                "0  encoding",
		strings.Repeat("x", 2<<20+1):         "0  size",
		"\"name,email\n":                     "1  quotes",
		"name,email\nAna,\"a@x.example":      "2  quotes",
		"name,email\nAna\nBea,b@x.example,x": "2  fields, 3  fields",
		head + "Ana,a@x.example,admin,de,,,,,Mars/One\n,no,king,,,,,,":                                                                 "2 lang lang, 2 role role, 2 time_zone zone, 3 name name, 3 email email, 3 role role",
		head + "Ana,a@x.example,,,,,,,\nBea,A@X.example,,,,a@x.EXAMPLE,,,":                                                             "3 email again, 3 manager self",
		head + "Ana,a@x.example,,," + strings.Repeat("t", 201) + ",," + strings.Repeat("1", 41) + "," + strings.Repeat("s", 301) + ",": "2 title title, 2 phone phone, 2 skills skills",
		"name,email\n" + strings.Repeat("A,a@x.example\n", 10_001):                                                                     "…",
	} {
		i := store.ParseImport(file)
		got := strings.Join(kinds(i), ", ")
		if want == "…" {
			if len(i.Lines) != store.MaxImportLines || !strings.HasSuffix(got, "0  lines") {
				t.Errorf("too many lines: %d, %.100s", len(i.Lines), got[max(0, len(got)-50):])
			}
		} else if got != want {
			t.Errorf("%.60q: %s, want %s", file, got, want)
		}
	}
}

// FuzzImport reads anything: it neither fails nor lets through what cannot be
// stored.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{"", "name,email\nA,a@x.example", "\uFEFFname;email\r\n\"A\";a@x.example", "name,email,role\nA,a@x.example,admin", "\"", "name,email\n\"A\"\"\nB\",b@x.example,,\n\x00", "name,email,skills,manager\nA,a@x.example,\",;\n\",a@x.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		i := store.ParseImport(file)
		if len(i.Lines) == 0 && len(i.Problems) == 0 {
			t.Error("neither people nor a problem")
		}
		bad := map[int]bool{}
		for _, p := range i.Problems {
			bad[p.Line] = true
			if !utf8.ValidString(p.Value) || p.Kind == "" {
				t.Errorf("%+v", p)
			}
		}
		for _, line := range i.Lines {
			d := line.Person.Details()
			if d.Lang == "" {
				d.Lang = "en"
			}
			if line.Number < 2 || !bad[line.Number] && (len(d.Invalid()) > 0 || line.Person.Role == store.Admin) {
				t.Errorf("%+v was taken", line)
			}
		}
	})
}

const goodFile = `name,email,role,department,title,manager
Ana Conceição,ANA@aroeira.example,employee,Financeiro,Presidenta,
Bea O'Neill,bea_o@aroeira.example,,it,Engineer,new@aroeira.example
Zoë,zoe@aroeira.example,,,,
New Person,new@aroeira.example,editor,finance,Head,ana@aroeira.example
`

func TestAnImportDoesWhatItsTrialSaid(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	s := store.New(pool)
	if err := s.Seed(t.Context(), company()); err != nil {
		t.Fatal(err)
	}
	all := func() (text string) {
		t.Helper()
		err := pool.QueryRow(t.Context(), `SELECT (SELECT string_agg(p::text, E'\n' ORDER BY id) FROM people p) || (SELECT count(*) FROM audit) || (SELECT count(*) FROM vocabulary)`).Scan(&text)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	before := all()
	tried, err := s.ImportPeople(t.Context(), by(t.Context()), goodFile, func(store.Import) bool { return false })
	if err != nil || len(tried.Problems) > 0 || tried.Count(store.ImportAdds) != 1 || tried.Count(store.ImportChanges) != 2 || tried.Count(store.ImportKeeps) != 1 {
		t.Fatalf("%+v, %v", tried, err)
	}
	if all() != before {
		t.Error("a trial changed something")
	}
	done, err := s.ImportPeople(t.Context(), by(t.Context()), goodFile, func(i store.Import) bool { return i.Digest() == tried.Digest() })
	if err != nil || done.Digest() != tried.Digest() {
		t.Fatalf("%v", err)
	}
	account := func(email string) store.Account {
		t.Helper()
		id, err := s.AccountID(t.Context(), email)
		if err != nil {
			t.Fatal(err)
		}
		a, err := s.Account(t.Context(), "en", id)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if a := account("ana@aroeira.example"); a.Person.Role != store.Admin || a.Person.Title != "Presidenta" || a.Person.Email != "ANA@aroeira.example" || a.Person.Lang != "pt" || !a.HasPassword {
		t.Errorf("%+v", a)
	}
	if a := account("bea_o@aroeira.example"); a.Manager != "new@aroeira.example" {
		t.Errorf("%+v", a)
	}
	if a, kept := account("ana@aroeira.example"), account("zoe@aroeira.example"); a.Version != 2 || kept.Version != 1 {
		t.Errorf("changed: version %d; unchanged: %d", a.Version, kept.Version)
	}
	if a := account("new@aroeira.example"); a.Person.Role != store.Editor || a.HasPassword || a.Person.Department != "finance" || a.Manager != "ANA@aroeira.example" {
		t.Errorf("%+v", a)
	}
	var trail []string
	for _, e := range recorded(t, s, "") {
		trail = append(trail, strings.TrimSpace(string(e.Action)+" "+e.Subject+" "+e.Detail))
	}
	if want := []string{"person.created new@aroeira.example import", "person.changed ANA@aroeira.example import", "person.changed bea_o@aroeira.example import", "people.imported  1 added, 2 changed, 1 unchanged"}; !slices.Equal(trail, want) {
		t.Errorf("recorded %q", trail)
	}
	again, err := s.ImportPeople(t.Context(), by(t.Context()), goodFile, func(store.Import) bool { return true })
	if err != nil || again.Count(store.ImportKeeps) != 4 || again.Digest() == tried.Digest() {
		t.Errorf("a second time: %+v, %v", again, err)
	}
}

// With one wrong line nobody is imported.
func TestAnImportIsAllOrNothing(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	for file, want := range map[string]string{
		"name,email,department\nNew,new@aroeira.example,finance\nOther,other@aroeira.example,Nowhere":                  "3 department department",
		"name,email,manager\nNew,new@aroeira.example,nobody@aroeira.example":                                           "2 manager manager",
		"name,email,time_zone\nNew,new@aroeira.example,Mars/One":                                                       "2 time_zone zone",
		"name,email,manager\nNew,new@aroeira.example,ana@aroeira.example\nAna,ana@aroeira.example,NEW@aroeira.example": "2 manager circle, 3 manager circle",
		"name,email\nNew,new@aroeira.example\nnobody":                                                                  "3  fields",
	} {
		i, err := s.ImportPeople(t.Context(), by(t.Context()), file, func(store.Import) bool { t.Error("it would be applied"); return true })
		if got := strings.Join(kinds(i), ", "); err != nil || got != want {
			t.Errorf("%q: %s, %v", file, got, err)
		}
	}
	if people, err := s.Accounts(t.Context()); len(people) != 4 || err != nil {
		t.Errorf("%d people, %v", len(people), err)
	}
}

// Whoever mends what a trial names need not come back for more.
func TestATrialNamesEveryCircle(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	s := store.New(pool)
	if err := s.Seed(t.Context(), company()); err != nil {
		t.Fatal(err)
	}
	for person, manager := range map[string]string{"zoe": "atila", "ana": "bea_o", "bea_o": "ana"} {
		if _, err := pool.Exec(t.Context(), `UPDATE people SET manager_id = (SELECT id FROM people WHERE email = $2) WHERE email = $1`, person+"@aroeira.example", manager+"@aroeira.example"); err != nil {
			t.Fatal(err)
		}
	}
	const head = "name,email,manager,phone\n"
	line := func(name, manager string) string {
		if manager != "" {
			manager += "@aroeira.example"
		}
		return name + "," + name + "@aroeira.example," + manager + ",\n"
	}
	for what, test := range map[string]struct{ file, want string }{
		"two of them":            {line("a", "b") + line("b", "A") + line("c", "d") + line("d", "c"), "2 manager circle, 3 manager circle, 4 manager circle, 5 manager circle"},
		"and another bad line":   {line("a", "b") + line("b", "a") + "C,c@aroeira.example,," + strings.Repeat("1", 41) + "\n", "2 manager circle, 3 manager circle, 4 phone phone"},
		"in a bad line":          {"A,a@aroeira.example,b@aroeira.example," + strings.Repeat("1", 41) + "\n" + line("b", "a"), "2 phone phone, 2 manager circle, 3 manager circle"},
		"through who is there":   {line("atila", "a") + line("a", "zoe"), "2 manager circle, 3 manager circle"},
		"below one":              {line("a", "b") + line("b", "a") + line("c", "a"), "2 manager circle, 3 manager circle"},
		"of oneself":             {line("a", "a"), "2 manager self"},
		"where one is not known": {line("a", "b") + line("b", "nobody"), "3 manager manager"},
		"where one is twice":     {line("a", "") + line("a", "b") + line("b", "a"), "3 email again"},
		"from another time":      {line("ana", "bea_o") + line("bea_o", "ana"), ""},
		"that the file opens":    {line("atila", "zoe") + line("zoe", ""), ""},
	} {
		i, err := s.ImportPeople(t.Context(), by(t.Context()), head+test.file, func(store.Import) bool { return false })
		if got := strings.Join(kinds(i), ", "); err != nil || got != test.want {
			t.Errorf("%s: %s, want %s, %v", what, got, test.want, err)
		}
	}
}

// useImport is for the test of the application's role.
func useImport(ctx context.Context, s *store.Store, does func(string, error)) {
	i, err := s.ImportPeople(ctx, by(ctx), "name,email,manager,time_zone\nImported,imported@aroeira.example,zu@aroeira.example,America/Recife\n", func(store.Import) bool { return true })
	if err == nil && len(i.Problems) > 0 {
		err = fmt.Errorf("%+v", i.Problems)
	}
	does("ImportPeople", err)
}
