package imports

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

// kinds are what is wrong with a file: the line, the column and the kind of each
// problem.
func kinds(i Import) (all []string) {
	for _, p := range i.Problems {
		all = append(all, fmt.Sprintf("%d %s %s", p.Line, p.Field, p.Kind))
	}
	return all
}

func TestAFileIsReadHoweverItWasSaved(t *testing.T) {
	t.Parallel()
	wide := func(order binary.ByteOrder, text string) string {
		var b []byte
		for _, unit := range utf16.Encode([]rune("\uFEFF" + text)) {
			b = append(b, 0, 0)
			order.PutUint16(b[len(b)-2:], unit)
		}
		return string(b)
	}
	const tabs = "name\temail\tskills\r\nAna\tana@x.example\t\"Go, SQL\"\r\n"
	for _, file := range []string{
		"name,email,skills\nAna,ana@x.example,\"Go, SQL\"\n",
		"\uFEFFEmail; NAME ;Skills\r\nana@x.example;Ana;Go,SQL\r\n\r\n",
		"name,email,skills\n \n Ana , ana@x.example ,Go;SQL",

		"\uFEFF\uFEFFname,email,skills\nAna,ana@x.example,Go;SQL",
		"\u200b\ufeff\"name\",email,skills\nAna,ana@x.example,Go;SQL",
		"name,email,skills\rAna,ana@x.example,\"Go\rSQL\"\r", "name,email,skills\nAna,ana@x.example,\"Go\r\nSQL\"",
		tabs, wide(binary.LittleEndian, tabs), wide(binary.BigEndian, tabs),
		"name|email|skills\nAna|ana@x.example|Go, SQL",
		wide(binary.LittleEndian, "\uFEFF"+tabs), wide(binary.LittleEndian, tabs)[2:], wide(binary.BigEndian, tabs)[2:],
		"name;email;skills (what, they, are, good, at)\nAna;ana@x.example;Go, SQL",
		"sep=;\r\nname;email;skills\r\nAna;ana@x.example;Go, SQL\r\n",
		"\uFEFFSEP=,\nname,email,skills\nAna,ana@x.example,Go;SQL",
		"\"sep=\t\"\n" + tabs,
		"version:v1.0,,\nname,email,skills\nAna,ana@x.example,Go;SQL",

		",,\n\nname,email,skills\n,,\nAna,ana@x.example,Go;SQL\n,,\n , \u00a0,\t\n\"\",,\n",
		"name,email,skills,\nAna,ana@x.example,Go;SQL,\n", "name,email,skills\nAna,ana@x.example,Go;SQL,,,\n,,,,",
		"Report of people\n\nname;email;skills\nAna;ana@x.example;Go, SQL",
		"Report,,\n2026-11-30,,\nname,email,skills\nAna,ana@x.example,Go;SQL",
		",name,,email,skills,,\n,Ana,,ana@x.example,Go;SQL,,\n", "email;skills;name\nana@x.example;\"Go, SQL\";Ana;;",
		"name,email,skills,phone,title\nAna,ana@x.example,Go;SQL\n",
	} {
		i := parse(file)
		if len(i.Problems) > 0 || len(i.Lines) != 1 {
			t.Fatalf("%q: %+v", file, i)
		}
		if p := i.Lines[0].Person; p.Name != "Ana" || p.Email != "ana@x.example" || p.Skills != "Go, SQL" {
			t.Errorf("%q: %+v", file, p)
		}
	}
}

func TestEveryProblemOfAFileIsNamed(t *testing.T) {
	t.Parallel()
	const head = "name,email,role,lang,title,manager,phone,skills,time_zone\n"
	tooLong := "Ana,a@x.example,,," + strings.Repeat("t", 201) + ",," +
		strings.Repeat("1", 41) + "," + strings.Repeat("s", 301) + ","
	for file, want := range map[string]string{
		"":                                   "0  empty",
		"name,email\n":                       "0  empty",
		"name,e-male\nAna,x":                 "1  column, 1  missing",
		"name,email,name\n":                  "1  twice",
		"Nome\nAna\nBea":                     "1  missing",
		"People\n\nnmae,email\nAna,x":        "3  column, 3  missing",
		"\xff":                               "0  encoding",
		"name,email\nA\x00,b":                "0  encoding",
		strings.Repeat("x", 2<<20+1):         "0  size",
		"\"name,email\n":                     "1  quotes",
		"name,email\nAna,\"a@x.example":      "2  quotes",
		"name,email\nAna\nBea,b@x.example,x": "2 email required, 3  fields",
		head + "Ana,a@x.example,admin,de,,,,,\n,no,king,,,,,,": "2 lang lang, 2 role role, " +
			"3 name required, 3 email email, 3 role role",
		head + "Ana,a@x.example,,,,,,,\nBea,A@X.example,,,,a@x.EXAMPLE,,,": "3 email again, 3 manager self",
		head + tooLong: "2 title title, 2 phone phone, 2 skills skills",
		"name,email\n" + strings.Repeat("A,a@x.example\n", 10_001): "…",
	} {
		i := parse(file)
		got := strings.Join(kinds(i), ", ")
		if want == "…" {
			if len(i.Lines) != maxLines || !strings.HasSuffix(got, "0  toomany") {
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
	for _, seed := range []string{
		"", "name,email\nA,a@x.example", "\uFEFFname;email\r\n\"A\";a@x.example",
		"name,email,role\nA,a@x.example,admin", "\"",
		"name,email\n\"A\"\"\nB\",b@x.example,,\n\x00", "name,email,skills,manager\nA,a@x.example,\",;\n\",a@x.example",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		i := parse(file)
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
			p := line.Person.WithDefaults()
			unfit := len(store.PersonFields.Invalid(p)) > 0 || line.Person.Role == store.Admin
			if line.Number < 2 || !bad[line.Number] && unfit {
				t.Errorf("%+v was taken", line)
			}
		}
	})
}

// staff is the company into which the tests import.
func staff(t testing.TB) (people, *webtest.Intranet) {
	t.Helper()
	i := &webtest.Intranet{T: t, Pool: testdb.New(t)}
	i.Store = store.New(i.Pool)
	person := func(name, email, lang string) store.PersonDetails {
		return store.PersonDetails{Name: name, Email: email + "@company.example", Role: store.Employee, Lang: lang}
	}
	ana, bea := person("Ana Conceição", "ana", "pt"), person("Bea O'Neill", "bea_o", "en")
	ana.Role, ana.Department, ana.Title, ana.PasswordHash = store.Admin, "finance", "Diretora", "hash"
	bea.Role, bea.Department, bea.Title = store.Editor, "it", "Engineer"
	err := i.Store.Seed(t.Context(), store.Company{
		Departments: []store.NewDepartment{
			{Slug: "finance", Names: store.Texts{"en": "Finance", "pt": "Financeiro", "es": "Finanzas"}},
			{Slug: "it", Names: store.Texts{"en": "IT"}},
		},
		People: []store.PersonDetails{ana, bea, person("Átila Brandão", "atila", "pt"), person("Zoë", "zoe", "es")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return people{i.Store}, i
}

const goodFile = `name,email,role,department,title,manager
Ana Conceição,ANA@company.example,employee,Financeiro,Presidenta,
Bea O'Neill,bea_o@company.example,,it,Engineer,new@company.example
Zoë,zoe@company.example,,,,
New Person,new@company.example,editor,finance,Head,ana@company.example
`

func TestAnImportDoesWhatItsTrialSaid(t *testing.T) {
	t.Parallel()
	s, i := staff(t)
	before := i.Dump()
	never := func(Import) bool { return false }
	tried, err := s.importFile(t.Context(), store.CommandLine, parse(goodFile), never)
	if err != nil || len(tried.Problems) > 0 ||
		tried.Count(Adds) != 1 || tried.Count(Changes) != 2 || tried.Count(Keeps) != 1 {
		t.Fatalf("%+v, %v", tried, err)
	}
	if i.Dump() != before {
		t.Error("a trial changed something")
	}
	asShown := func(i Import) bool { return i.Digest() == tried.Digest() }
	done, err := s.importFile(t.Context(), store.CommandLine, parse(goodFile), asShown)
	if err != nil || done.Digest() != tried.Digest() {
		t.Fatalf("%v", err)
	}
	for email, want := range map[string]string{
		"ANA@company.example":   "admin|Presidenta|pt|finance||true|2",
		"bea_o@company.example": "editor|Engineer|en|it|new@company.example|false|2",
		"zoe@company.example":   "employee||es|||false|1",
		"new@company.example":   "editor|Head|en|finance|ANA@company.example|false|1",
	} {
		got := i.First(`SELECT concat_ws('|', p.role, p.title, p.lang, coalesce(p.department, ''),
			coalesce(m.email, ''), (p.password_hash IS NOT NULL)::text, p.version)
			FROM people p LEFT JOIN people m ON m.id = p.manager_id WHERE p.email = $1`, email)
		if got != want {
			t.Errorf("%s is %s, want %s", email, got, want)
		}
	}
	trail := i.First(`SELECT string_agg(concat_ws(' ', action, subject, detail), ', ' ORDER BY id) FROM audit`)
	want := "person.created new@company.example import, person.changed ANA@company.example import: email, title, " +
		"person.changed bea_o@company.example import: manager, people.imported  1 added, 2 changed, 1 unchanged"
	if trail != want {
		t.Errorf("recorded %q", trail)
	}
	again, err := s.importFile(t.Context(), store.CommandLine, parse(goodFile), func(Import) bool { return true })
	if err != nil || again.Count(Keeps) != 4 || again.Digest() == tried.Digest() {
		t.Errorf("a second time: %+v, %v", again, err)
	}
}

// With one wrong line nobody is imported.
func TestAnImportIsAllOrNothing(t *testing.T) {
	t.Parallel()
	s, intranet := staff(t)
	for file, want := range map[string]string{
		"name,email,department\nNew,new@company.example,finance\n" +
			"Other,other@company.example,Nowhere": "3 department department",
		"name,email,manager\nNew,new@company.example,nobody@company.example": "2 manager manager",
		"name,email,time_zone\nNew,new@company.example,Mars/One":             "2 time_zone zone",
		"name,email,manager\nNew,new@company.example,ana@company.example\n" +
			"Ana,ana@company.example,NEW@company.example": "2 manager circle, 3 manager circle",
		"name,email\nNew,new@company.example\nnobody": "3 email required",
	} {
		i, err := s.importFile(t.Context(), store.CommandLine, parse(file), func(Import) bool {
			t.Error("it would be applied")
			return true
		})
		if got := strings.Join(kinds(i), ", "); err != nil || got != want {
			t.Errorf("%q: %s, %v", file, got, err)
		}
	}
	if n := intranet.Count(`people`); n != 4 {
		t.Errorf("%d people", n)
	}
}

// Whoever mends what a trial names need not come back for more.
func TestATrialNamesEveryCircle(t *testing.T) {
	t.Parallel()
	s, intranet := staff(t)
	for person, manager := range map[string]string{"zoe": "atila", "ana": "bea_o", "bea_o": "ana"} {
		intranet.Exec(`UPDATE people SET manager_id = (SELECT id FROM people WHERE email = $2) WHERE email = $1`,
			person+"@company.example", manager+"@company.example")
	}
	const head = "name,email,manager,phone\n"
	line := func(name, manager string) string {
		if manager != "" {
			manager += "@company.example"
		}
		return name + "," + name + "@company.example," + manager + ",\n"
	}
	long := strings.Repeat("1", 41) + "\n"
	for what, test := range map[string]struct{ file, want string }{
		"two of them": {line("a", "b") + line("b", "A") + line("c", "d") + line("d", "c"),
			"2 manager circle, 3 manager circle, 4 manager circle, 5 manager circle"},
		"and another bad line": {line("a", "b") + line("b", "a") + "C,c@company.example,," + long,
			"2 manager circle, 3 manager circle, 4 phone phone"},
		"in a bad line": {"A,a@company.example,b@company.example," + long + line("b", "a"),
			"2 phone phone, 2 manager circle, 3 manager circle"},
		"through who is there": {line("atila", "a") + line("a", "zoe"), "2 manager circle, 3 manager circle"},
		"below one": {line("a", "b") + line("b", "a") + line("c", "a"),
			"2 manager circle, 3 manager circle"},
		"of oneself":             {line("a", "a"), "2 manager self"},
		"where one is not known": {line("a", "b") + line("b", "nobody"), "3 manager manager"},
		"where one is twice":     {line("a", "") + line("a", "b") + line("b", "a"), "3 email again"},
		"from another time":      {line("ana", "bea_o") + line("bea_o", "ana"), ""},
		"that the file opens":    {line("atila", "zoe") + line("zoe", ""), ""},
	} {
		never := func(Import) bool { return false }
		i, err := s.importFile(t.Context(), store.CommandLine, parse(head+test.file), never)
		if got := strings.Join(kinds(i), ", "); err != nil || got != test.want {
			t.Errorf("%s: %s, want %s, %v", what, got, test.want, err)
		}
	}
}

// What is pasted into a file of people is kept like what is typed.
func TestAnImportKeepsLinesAsFormsDo(t *testing.T) {
	t.Parallel()
	i := parse("name,email,title,phone,skills\n" +
		"Ana\u00a0Souza,ana@x.example,Inter\u00adna 👨‍👩‍👧,+55\u00a011 5555,a\u00adb\nBea,bea@x.example,,😀,\n")
	p := i.Lines[0].Person
	if p.Name != "Ana Souza" || p.Title != "Interna 👨‍👩‍👧" || p.Phone != "+55 11 5555" || p.Skills != "ab" {
		t.Errorf("%+q", p)
	}
	if len(i.Problems) != 1 || i.Problems[0].Line != 3 || i.Problems[0].Kind != "phone" {
		t.Errorf("%+v", i.Problems)
	}
}
