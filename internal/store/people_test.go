package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestPeopleAreFoundHoweverTheyAreTyped(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	for _, test := range []struct {
		query, department string
		want              []string
	}{
		{"", "", []string{"Ana Conceição", "Átila Brandão", "Bea O'Neill", "Zoë"}},
		{"conceicao", "", []string{"Ana Conceição"}},
		{"CONCEIÇÃO ana", "", []string{"Ana Conceição"}},
		{"atila", "", []string{"Átila Brandão"}},
		{"o'neill", "", []string{"Bea O'Neill"}},
		{"100%", "", []string{"Átila Brandão"}},
		{"%", "", nil},
		{"_", "", nil},
		{"bea_o", "", []string{"Bea O'Neill"}}, // of her e-mail
		{`\`, "", nil},
		{"BEA_O@company.example", "", []string{"Bea O'Neill"}}, // all of it
		{"bea @", "", []string{"Bea O'Neill"}},
		{"ana' conc", "", []string{"Ana Conceição"}},
		{"conc & !ana | (zoe) <-> :*", "", nil},
		{"ana:*A & conc", "", []string{"Ana Conceição"}},
		{"finanzas", "", []string{"Ana Conceição", "Átila Brandão"}}, // her department, in another language
		{"finan anal", "", []string{"Átila Brandão"}},
		{"finance", "it", nil},
		{"concecao", "", []string{"Ana Conceição"}}, // a typing error
		{"enginer", "it", []string{"Bea O'Neill"}},
		{"engineer", "it", []string{"Bea O'Neill"}},
		{"engineer", "finance", nil},
		{"", "finance", []string{"Ana Conceição", "Átila Brandão"}},
		{"", "no-such", nil},
		{"'; DROP TABLE people; --", "", nil},
		{"ana\x00x", "", nil},
		{"\xff\xfe", "\x00", nil},
		{strings.Repeat("á", 10_000), "", nil},
	} {
		filter := store.PeopleFilter{Query: test.query, Department: test.department, Limit: 20}
		page, err := s.People(t.Context(), "pt", filter)
		if err != nil {
			t.Errorf("%.20q: %v", test.query, err)
		} else if got := names(page.People); !slices.Equal(got, test.want) || page.Next != "" {
			t.Errorf("%.20q in %q: %v, want %v", test.query, test.department, got, test.want)
		}
	}
	page, err := s.People(t.Context(), "pt", store.PeopleFilter{Limit: 1})
	if err != nil || len(page.Departments) != 2 ||
		page.Departments[0].Name != "Financeiro" || page.Departments[1].Name != "IT" {
		t.Errorf("departments %v, %v", page.Departments, err)
	}
}

func TestTheDirectoryPagesWithoutGapOrRepeat(t *testing.T) {
	t.Parallel()
	s := store.New(testdb.New(t))
	var c store.Company
	for i := range 57 { // three share each name, so that the id has to decide
		c.People = append(c.People, store.PersonDetails{
			Name: fmt.Sprintf("Pessoa %02d", i/3), Email: fmt.Sprintf("p%d@company.example", i),
			Role: store.Employee, Lang: "pt",
		})
	}
	if err := s.Seed(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	seen, after := map[string]bool{}, ""
	var order []string
	for range 12 {
		page, err := s.People(t.Context(), "en", store.PeopleFilter{After: after, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.People {
			if seen[p.Email] {
				t.Fatalf("%s twice", p.Email)
			}
			seen[p.Email] = true
			order = append(order, p.Name)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if len(seen) != 57 || !slices.IsSorted(order) {
		t.Errorf("%d of 57, sorted %v", len(seen), slices.IsSorted(order))
	}
}

// A search first shows those whose names begin with what was typed, be it one word
// or several, then those who have it elsewhere, and pages through them like the
// directory.
func TestASearchPagesWithoutGapOrRepeat(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	s := store.New(pool)
	var c store.Company
	for i := range 1500 {
		name := fmt.Sprintf("Pessoa %04d", i)
		switch {
		case i%300 == 0:
			name = fmt.Sprintf("Lívia Souza %d", i)
		case i%90 == 0:
			name += " Souza Lívia"
		}
		c.People = append(c.People, store.PersonDetails{
			Name: name, Email: fmt.Sprintf("p%d@company.example", i), Role: store.Employee, Lang: "pt",
		})
	}
	if err := s.Seed(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	const disable = `UPDATE people SET active = false WHERE name = 'Pessoa 0090 Souza Lívia'`
	if _, err := pool.Exec(t.Context(), disable); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"livia", "livia souza", "souza livia"} {
		for everybody, want := range map[bool]int{false: 19, true: 20} {
			var got []string
			for after := ""; ; {
				filter := store.PeopleFilter{Query: query, Everybody: everybody, After: after, Limit: 4}
				page, err := s.People(t.Context(), "en", filter)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, names(page.People)...)
				if after = page.Next; after == "" || len(got) > 100 {
					break
				}
			}
			sorted := slices.Clone(got)
			slices.Sort(sorted)
			if len(got) != want || len(slices.Compact(sorted)) != want {
				t.Errorf("%s, everybody %t: %d people: %q", query, everybody, len(got), got)
				continue
			}
			other := func(n string) bool { return !strings.HasPrefix(n, "Lívia") }
			if slices.ContainsFunc(got[:5], other) || !slices.IsSorted(got[5:]) {
				t.Errorf("%s: the order is %q", query, got)
			}
		}
	}
}

// Whichever word leads through the people, all who have each word are found, once.
func TestASearchFindsEverybodyWhoHasItsWords(t *testing.T) {
	t.Parallel()
	pool := testdb.NewCrowd(t, 3_000).Pool
	s := store.New(pool)
	for _, query := range []string{
		"unico", "milhar", "centena", "comum", "eduarda", "yolanda", "comum centena", "centena eduarda", "torra",
		"y", "y comum", "an comum", "department c comum", "area c comum", "d", "area comum", "comum area",
		"torra department", "c d", "department area c",
	} {
		for _, department := range []string{"", "d3", "d13"} {
			rows, _ := pool.Query(t.Context(), `SELECT p.name FROM people p JOIN departments d ON d.slug = p.department
				WHERE p.active AND ($2 = '' OR d.slug = $2)
				AND NOT EXISTS (SELECT FROM unnest(words_of($1)) typed WHERE NOT EXISTS (
					SELECT FROM unnest(words_of(concat_ws(' ', p.name, p.title, p.skills,
						split_part(p.email, '@', 1))) || d.words) word
					WHERE starts_with(word, typed)))
				ORDER BY 1`, query, department)
			want, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for after := ""; ; {
				filter := store.PeopleFilter{Query: query, Department: department, After: after, Limit: 30}
				page, err := s.People(t.Context(), "en", filter)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, names(page.People)...)
				if after = page.Next; after == "" || len(got) > 3_000 {
					break
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if len(want) == 0 && department == "" || !slices.Equal(got, want) {
				t.Errorf("%s in %q: %d people, want %d", query, department, len(got), len(want))
			}
		}
	}
}

// However people come in and change, people_words holds their words of today.
func TestPeopleAreFoundByTheirWordsOfToday(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	s := store.New(pool)
	more := company()
	more.More = func(yield func(store.PersonDetails) bool) {
		yield(store.PersonDetails{
			Name: "Ítalo de Mais", Email: "italo@company.example", Role: store.Employee, Lang: "pt",
			Department: "it", Skills: "Go",
		})
	}
	same := func(after string) {
		t.Helper()
		var wrong int
		err := pool.QueryRow(t.Context(), `
			WITH should AS (SELECT w.* FROM people p, words_of_person(p.id, p.name, p.words, p.active) w)
			SELECT (SELECT count(*) FROM (TABLE should EXCEPT TABLE people_words) x)
				+ (SELECT count(*) FROM (TABLE people_words EXCEPT TABLE should) x)
				+ CASE WHEN EXISTS (SELECT FROM people_words) THEN 0 ELSE 1000 END`).Scan(&wrong)
		if err != nil || wrong != 0 {
			t.Errorf("%s: %d entries are wrong: %v", after, wrong, err)
		}
	}
	if err := s.Seed(t.Context(), more); err != nil {
		t.Fatal(err)
	}
	same("seeding")
	nova := store.PersonDetails{Name: "Nova", Email: "nova@company.example", Role: store.Employee, Lang: "pt"}
	if _, err := administration(s).Create(t.Context(), by(t.Context()), nova); err != nil {
		t.Fatal(err)
	}
	same("one more")
	for _, set := range []string{
		`name = 'Anna ' || name`, `department = 'it'`, `title = 'Chefe', email = 'x' || email`, `active = false`,
	} {
		if _, err := pool.Exec(t.Context(), `UPDATE people SET `+set); err != nil {
			t.Fatal(err)
		}
		same(set)
	}
}

func TestATypingErrorIsUnderstood(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	for query, meant := range map[string]string{
		"concecao ana": "conceicao ana", "conceicao": "", "conc": "", "xyzzyq": "", "atila99": "",
		"finanças": "finance", "fimanceiro": "financeiro",
	} {
		page, err := s.People(t.Context(), "pt", store.PeopleFilter{Query: query, Limit: 10})
		if err != nil || page.Meant != meant {
			t.Errorf("%s: %q, want %q: %v", query, page.Meant, meant, err)
		}
	}
}

// The longest names, titles and skills fit into the index.
func TestTheLongestPersonCanBeStored(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	words := func(letters, limit int, from rune) string { // of so many letters, no two the same
		text := make([]rune, limit)
		for n := range text {
			if text[n] = from + rune(n*7); n%(letters+1) == letters {
				text[n] = ' '
			}
		}
		return strings.TrimSpace(string(text))
	}
	long := func(limit int, from rune) string { return words(1, limit, from) }
	for _, p := range []store.PersonDetails{
		{Name: long(200, 0x4e00), Title: long(200, 0x5e00), Skills: long(300, 0x6e00)},
		{Name: long(200, 0x20000), Title: long(200, 0x21000), Skills: long(300, 0x22000)},
		{Name: strings.Repeat("字", 200), Title: strings.Repeat("題", 200), Skills: strings.Repeat("技", 300)},
		{Name: strings.Repeat("\U00020000", 200)},
		{Name: words(50, 200, 0x20000), Title: words(50, 200, 0x21000), Skills: words(50, 300, 0x22000)},
		// Three runes each, decomposed.
		{Name: words(12, 200, 0xac00), Title: words(12, 200, 0xb000), Skills: words(12, 300, 0xc000)},
	} {
		p.Department = "finance"
		p.Email, p.Role, p.Lang = fmt.Sprintf("%d.%d@company.example", len(p.Name), len(p.Title)), store.Employee, "en"
		if _, err := administration(s).Create(t.Context(), by(t.Context()), p); err != nil {
			t.Errorf("%.20s: %v", p.Name, err)
		}
	}
}

func TestSkillsAreReadHoweverTheyAreSeparated(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"": "", " , ;": "", "Go": "Go", "Go,go;  latte   art \r\n SQL,": "Go, latte art, SQL",
	} {
		if got := store.Skills(typed); got != want {
			t.Errorf("%q became %q, want %q", typed, got, want)
		}
	}
}

func TestABadCursorIsSaidToBeOne(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	for _, after := range []string{"x", "!!!", "e30", "eyJuIjoiYSIsImkiOiJ4In0", "bnVsbA", strings.Repeat("A", 5000)} {
		filter := store.PeopleFilter{After: after, Limit: 10}
		if _, err := s.People(t.Context(), "en", filter); !errors.Is(err, store.ErrCursor) {
			t.Errorf("%.20q: %v", after, err)
		}
	}
}

func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "e30", "eyJuIjoiYSIsImkiOiJ4In0", "bnVsbA", "AAAA"} {
		f.Add(seed)
	}
	pool := testdb.New(f)
	s := store.New(pool)
	f.Fuzz(func(t *testing.T, after string) {
		if after == "" {
			return
		}
		_, err := s.People(t.Context(), "en", store.PeopleFilter{After: after, Limit: 1})
		if err != nil && !errors.Is(err, store.ErrCursor) {
			t.Fatalf("%q: %v", after, err)
		}
	})
}

func TestSeedFillsOnlyAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	s := store.New(testdb.New(t))
	if err := s.Seed(t.Context(), company()); err != nil {
		t.Fatal(err)
	}
	if err := s.Seed(t.Context(), company()); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a second seed: %v", err)
	}
}

// A phone is found in any writing, by its extension too, and a name in any script.
func TestPeopleAreFoundByTheirPhone(t *testing.T) {
	t.Parallel()
	s := store.New(testdb.New(t))
	c := store.Company{Departments: company().Departments}
	for name, phone := range map[string]string{
		"Ana": "+55 (11) 5555-0100", "Bea": "+442079460123", "Caio": "ramal 204", "Dora": "91 234 56 78",
		"Eva": "+1 212-555-0187 ext. 31", "Fábio": "5555-0999/0888", "山田太郎": "",
		"Måns Ærøskøbing-Łaski": "", "Đặng İlık Straße": "", "Zé NR-35": "", "Gil D’Ávila": "(11) 97531-8642",
		"Hugo O'Neill": "+44 20 8946 0958 x1709", "Íris Sant'Anna Jean-Luc": "+5521998765432",
	} {
		c.People = append(c.People, store.PersonDetails{
			Name: name, Phone: phone, Email: fmt.Sprintf("p%x@company.example", len(c.People)),
			Role: store.Employee, Lang: "pt", Department: "it",
		})
	}
	if err := s.Seed(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for want, queries := range map[string][]string{
		"Ana": {
			"+55 (11) 5555-0100", "+551155550100", "11 5555 0100", "55550100", "5555-0100", "0100", "100",
			"tel:+551155550100", "callto:+55 11 5555-0100", "sms:55550100",
			"(011) 5555-0100", "0055 11 55550100", "55115555", "ana 0100", "0100 it ana",
		},
		"Bea":                   {"+44 (0)20 7946-0123", "020 7946 0123", "7946.0123", "0123", "44207"},
		"Caio":                  {"ramal 204", "204", "ramal"},
		"Dora":                  {"912345678", "91-234-56-78", "+34 91 234 56 78", "5678"},
		"Eva":                   {"212.555.0187", "0187", "31", "+1 (212) 555-0187"},
		"Fábio":                 {"5555 0999", "0999", "0888"},
		"山田太郎":                  {"山田", "太郎", "田太郎", "郎"},
		"Måns Ærøskøbing-Łaski": {"aeroskobing", "mans laski", "ærøskøbing-łaski", "ÆRØ", "Ａero"},
		"Đặng İlık Straße":      {"dang", "ilik", "strasse", "ILIK", "straße đặng"},
		"Gil D’Ávila": {
			"davila", "D'Avila", "d avila", "DÁVI", "(11) 97531", "11975", "97531-8642", "97531", "1197531", "8642",
			"+55 11 97531-8642", "5511975318642", "011 97531 8642", "gil 97531",
		},
		"Hugo O'Neill":            {"oneill", "o neill", "o’neill", "8946 0958", "08946 0958", "0208946", "1709"},
		"Íris Sant'Anna Jean-Luc": {"santanna", "jeanluc", "anna", "21 99876-5432", "21998", "99876-5432", "021 99876"},
		"Zé NR-35":                {"NR-35", "nr35", "nr 35", "ze\u00ad"},
	} {
		for _, query := range queries {
			for _, department := range []string{"", "it"} {
				filter := store.PeopleFilter{Query: query, Department: department, Limit: 20}
				page, err := s.People(t.Context(), "pt", filter)
				if err != nil || !slices.Equal(names(page.People), []string{want}) || page.Meant != "" {
					t.Errorf("%q in %q: %q, meant %q, want %q: %v",
						query, department, names(page.People), page.Meant, want, err)
				}
			}
		}
	}
}
