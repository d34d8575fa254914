package imports

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/text/encoding/charmap"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
)

// What is wrong with a value is said once, however many lines have it.
func TestTheSameProblemIsSaidOnce(t *testing.T) {
	t.Parallel()
	s, _ := staff(t)
	file := "name,email,department,manager,role,lang\n"
	for n := range 50 {
		file += fmt.Sprintf("A,a%d@x.example,Nowhere,nobody@x.example,king,de\n", n)
	}
	file += "B,b@x.example,Elsewhere,,,\n"
	i, err := s.importFile(t.Context(), store.CommandLine, parse(file), func(Import) bool { return false })
	want := "2 role role, 2 lang lang, 2 department department, 2 manager manager, 52 department department"
	got := kinds(i)
	slices.Sort(got)
	sorted := strings.Split(want, ", ")
	if slices.Sort(sorted); err != nil || !slices.Equal(got, sorted) {
		t.Fatalf("%s, %v", got, err)
	}
	for _, p := range i.Problems {
		if more := map[int]int{2: 49, 52: 0}[p.Line]; p.More != more {
			t.Errorf("%+v", p)
		}
	}
}

// What keeps a spreadsheet from reading a text as a number or as a formula is no part of it.
func TestAnExportCanBeImported(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"'=Ana,a@x.example,'+55 11 5555,'-Go,'t Hooft":              "=Ana|+55 11 5555|-Go|'t Hooft",
		`="Ana",="a@x.example",="+5511988887777",="Go","=""Boss"""`: "Ana|+5511988887777|Go|Boss",
		`"Ana, =""a""",a@x.example,"=""011 5555""","a,=",`:          `Ana, ="a"|011 5555|a, =|`,
		`Ana,a@x.example,5511988887777.0,,="A ""B"""`:               `Ana|5511988887777||A "B"`,
		`Ana,a@x.example,5511988887777.0,,"=""A """"B"""""""`:       `Ana|5511988887777||A "B"`,
		"Ana,a@x.example,\"5511988887777,00\",'1,\"'+1\"":           "Ana|5511988887777|1|+1",
	} {
		i := parse("name,email,phone,skills,title\n" + line)
		p := i.Lines[0].Person
		if got := p.Name + "|" + p.Phone + "|" + p.Skills + "|" + p.Title; got != want || len(i.Problems) > 0 {
			t.Errorf("%s: %s, want %s, %+v", line, got, want, i.Problems)
		}
	}
}

// A dash in a cell says that there is nothing; one in a text belongs to it.
func TestADashIsNothing(t *testing.T) {
	t.Parallel()
	i := parse("name,email,title,phone,manager,department,skills\nA-B,a@x.example,-,—,--,–,-\n")
	p := i.Lines[0].Person
	if len(i.Problems) > 0 || p.Name != "A-B" || p.Title+p.Phone+p.Manager+p.Department+p.Skills != "" {
		t.Errorf("%+v", i)
	}
	if i := parse("name,email\n-,-"); len(i.Problems) != 2 || i.Problems[0].Kind != "required" {
		t.Errorf("%+v", i.Problems)
	}
}

// Each value that is wrong is named once, for what is wrong with it.
func TestEachProblemSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"\"Head\x0bA\",a@x.example,,,": "name lines U+000B", "A\u202eb,a@x.example,,,": "name hidden U+202E",
		"Jo\ufffdo,a@x.example,,,": "name broken U+FFFD", "A,a@x.example,\"Head of\nSales\",,": "title lines U+000A",
		"A,a@x.example,\u0007,,": "title hidden U+0007", "A,a@x.example,,5.51199E+12,": "phone rounded ",
		"A,a@x.example,,\"5,51199E+12\",": "phone rounded ", ",a@x.example,,,": "name required ",
		"A,,,,":                   "email required ",
		"A,a@x\u200dy.example,,,": "email hidden U+200D", strings.Repeat("n", 201) + ",a@x.example,,,": "name name ",
		"A,no,,,no": "email email ",

		"A,a@x.example,#N/D,,": "title formula ", "A,a@x.example,#N/A,,": "title formula ",
		"#¿NOMBRE?,a@x.example,,,": "name formula ", "A,a@x.example,,#REF!,": "phone formula ",
		"A,#VALOR!,,,": "email formula ", "A,a@x.example,#DIV/0!,,": "title formula ",
	} {
		i := parse("name,email,title,phone,manager\n" + line)
		if len(i.Problems) != 1 {
			t.Errorf("%q: %+v", line, i.Problems)
			continue
		}
		if p := i.Problems[0]; p.Field+" "+p.Kind+" "+p.Character != want {
			t.Errorf("%q: %+v", line, p)
		}
	}
}

const inWindows1252 = "name;email\r\nJoão Gonçalves;joao@company.example\r\n" +
	"Plain;plain@company.example\r\nNoël;noel@company.example\r\nŽofie “Zo” €;zofie@company.example\r\n" +
	"Zoë;zoe@company.example\r\n"

// A file in an older code is taken once somebody has looked at its names, and not before:
// neither it nor its broken letters come back as a text that could be sent.
func TestAFileInAnOlderCodeIsLookedAtFirst(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	old, err := charmap.Windows1252.NewEncoder().String(inWindows1252)
	if err != nil {
		t.Fatal(err)
	}
	res := upload(ana, "people.csv", old, "")
	page := res.HTML(t)
	if res.StatusCode != http.StatusUnprocessableEntity || page.Find("form[action='"+Apply+"']").Length() != 0 {
		t.Fatalf("%d: it could be imported", res.StatusCode)
	}
	names := page.Find(".import-names li").Map(func(_ int, name *goquery.Selection) string { return name.Text() })
	if got := strings.Join(names, ", "); got != "João Gonçalves, Noël, Žofie “Zo” €" {
		t.Errorf("it shows %s", got)
	}
	if typed := page.Find("#csv").Text(); strings.TrimSpace(typed) != "" {
		t.Errorf("it came back as %q", typed)
	}
	form := url.Values{"raw": {page.Find("input[name=raw]").AttrOr("value", "")}}
	if res := ana.Post(Index, form); res.HTML(t).Find("input[name=right]").Length() != 1 {
		t.Errorf("without the tick: %d", res.StatusCode)
	}
	form.Set("right", "yes")
	page = ana.Post(Index, form).HTML(t)
	if got := page.Find(".import-lines strong").First().Text(); got != "João Gonçalves" {
		t.Errorf("with the tick it is %q", got)
	}
	ana.Post(Apply, sentBy(page))
	if n := i.Count(`people WHERE name IN ('João Gonçalves', 'Noël', 'Žofie “Zo” €', 'Zoë')`); n != 4 {
		t.Errorf("%d of them are there", n)
	}

	// No other file that is refused comes back, and no lost letter is taken.
	for what, file := range map[string]string{
		"no text": "name,email\nA\x00,a@x.example", "a workbook": "PK\x03\x04name,email",
		"half UTF-16":                 "\xff\xfen\x00a",
		"undefined in the older code": "name,email\nJo\x81o,a@x.example", "broken UTF-16": "\xff\xfe\x00\xd8n\x00",
		"an older workbook": "\xD0\xCF\x11\xE0\xA1\xB1",
	} {
		page := upload(ana, "people.csv", file, "").HTML(t)
		if strings.TrimSpace(page.Find("#csv").Text()) != "" || page.Find("input[name=raw]").Length() != 0 ||
			page.Find(".import-table tbody tr").Length() != 1 {
			t.Errorf("%s: %q", what, page.Find("main").Text())
		}
	}
	for _, res := range []webtest.Answer{
		ana.Post(Index, url.Values{"csv": {"name,email\nJo\ufffdo,a@x.example"}}),
		upload(ana, "people.csv", "name,email\nJo\ufffdo,a@x.example", ""),
		ana.Post(Index, url.Values{"csv": {"name,email,title\nAna,a@x.example,Ger\ufffdncia"}}),
	} {
		if said := res.HTML(t).Find(".import-table").Text(); !strings.Contains(said, "U+FFFD") {
			t.Errorf("a lost letter: %d, %q", res.StatusCode, said)
		}
	}
}

// sentBy is what the form sends that imports what a page shows, as a browser sends it: with
// other line ends.
func sentBy(page *goquery.Document) url.Values {
	form := url.Values{}
	for _, field := range page.Find("form[action='" + Apply + "'] input").EachIter() {
		value := strings.ReplaceAll(field.AttrOr("value", ""), "\r\n", "\n")
		form.Set(field.AttrOr("name", ""), regexp.MustCompile(`\r|\n`).ReplaceAllString(value, "\r\n"))
	}
	return form
}

// What was shown is what is imported, however the browser writes the ends of lines.
func TestTheEndsOfLinesChangeNothing(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	for _, file := range []string{
		"name,email,skills\nCr One,cr1@company.example,\"Go\rSQL\"\nCr Two,cr2@company.example,x\n",
		"name,email\rCr Three,cr3@company.example\r", "\n\nname,email\n\nCr Four,cr4@company.example\n",
	} {
		page := upload(ana, "people.csv", file, "").HTML(t)
		if res := ana.Post(Apply, sentBy(page)); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%q: %d", file, res.StatusCode)
		}
	}
	if n := i.Count(`people WHERE name LIKE 'Cr %'`); n != 4 {
		t.Errorf("%d of them are there", n)
	}
}

// Who is new gets the language and the zone of who adds them, unless the file says
// otherwise.
func TestNewPeopleGetTheLanguageOfWhoAddsThem(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Lives("ana", "America/Recife")
	ana := i.As("ana")
	const file = "name,email,lang,time_zone\nAna Um,um@company.example,,\nDos,dos@company.example,es,\n" +
		"Three,three@company.example,,Asia/Tokyo\n"
	page := upload(ana, "people.csv", file, "").HTML(t)
	shown := page.Find(".import-lines").Text()
	if !strings.Contains(shown, "America/Recife") || !strings.Contains(shown, "Asia/Tokyo") {
		t.Errorf("it shows %q", shown)
	}
	ana.Post(Apply, sentBy(page))
	for email, want := range map[string]string{
		"um": "pt America/Recife", "dos": "es America/Recife", "three": "pt Asia/Tokyo",
	} {
		got := i.First(`SELECT lang || ' ' || time_zone FROM people WHERE email = $1`, email+"@company.example")
		if got != want {
			t.Errorf("%s: %s, want %s", email, got, want)
		}
	}
}

// A department is known by each of its names, whatever its accents and capitals.
func TestDepartmentsAreFolded(t *testing.T) {
	t.Parallel()
	s, i := staff(t)
	i.Exec(`INSERT INTO departments (slug, names) VALUES ('roast', '{"en": "Roasting", "pt": "Torra e produção"}')`)
	for _, name := range []string{
		"Torra e produção", "Torra e  produção", "Torra e produc\u0327a\u0303o", "torra e producao", "TORRA E PRODUÇÃO",
		"\u00a0Torra\u00a0e produção ", "roast", "Roasting", "RÓASTING",
	} {
		file := "name,email,department\nNew,new@company.example," + name + "\nBea,bea_o@company.example," + name
		tried, err := s.importFile(t.Context(), store.CommandLine, parse(file), func(Import) bool { return false })
		if err != nil || len(tried.Problems) > 0 || tried.Lines[1].Person.Department != "roast" {
			t.Errorf("%+q: %+v, %v", name, tried.Problems, err)
		}
	}
}

// The same letters are the same name, composed or not.
func TestTheSameNameIsUnchanged(t *testing.T) {
	t.Parallel()
	s, i := staff(t)
	i.Exec(`UPDATE people SET name = 'Zoe' || U&'\0308', title = 'Head  of x' WHERE email = 'zoe@company.example'`)
	for _, file := range []string{
		"name,email\nA\u0301tila Branda\u0303o,atila@company.example",
		"name,email\n Átila  Brandão ,atila@company.example",
		"name,email\nZoë,zoe@company.example", "name,email,title\nZoe\u0308,zoe@company.example,Head of x",
		"name,email\nBea O'Neill\u200e,bea_o@company.example",
	} {
		tried, err := s.importFile(t.Context(), store.CommandLine, parse(file), func(Import) bool { return false })
		if err != nil || tried.Count(Keeps) != 1 {
			t.Errorf("%+q: %+v, %v", file, tried, err)
		}
	}
}

// Who is disabled stays so, and the page says it; of a manager, too.
func TestATrialSaysWhoIsDisabled(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE people SET active = false WHERE id = ANY ($1)`, []string{i.IDs["bea"], i.IDs["caio"]})
	page := upload(i.As("ana"), "people.csv", "name,email,manager\nBea,BEA@company.example,\n"+
		"Dora,dora@company.example,caio@company.example\nEva,eva@company.example,ana@company.example\n", "").HTML(t)
	for n, want := range []string{
		i.Says("pt", "people.import.disabled"),
		i.Says("pt", "people.import.manager.disabled", "Email", "caio@company.example"), "",
	} {
		said := page.Find(".import-lines > li").Eq(n).Text()
		if want != "" && !strings.Contains(said, want) || want == "" && strings.Contains(said, "desativad") {
			t.Errorf("line %d: %q", n, said)
		}
	}
}
