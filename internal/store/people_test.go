package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

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
		{"%", "", []string{"Átila Brandão"}},
		{"_", "", []string{"Bea O'Neill"}},
		{`\`, "", nil},
		{"engineer", "it", []string{"Bea O'Neill"}},
		{"engineer", "finance", nil},
		{"", "finance", []string{"Ana Conceição", "Átila Brandão"}},
		{"", "no-such", nil},
		{"'; DROP TABLE people; --", "", nil},
		{"a\x00b", "", nil},
		{"\xff\xfe", "\x00", nil},
		{strings.Repeat("á", 10_000), "", nil},
	} {
		page, err := s.People(t.Context(), "pt", store.PeopleFilter{Query: test.query, Department: test.department, Limit: 20})
		if err != nil {
			t.Errorf("%.20q: %v", test.query, err)
		} else if got := names(page.People); !slices.Equal(got, test.want) || page.Next != "" {
			t.Errorf("%.20q in %q: %v, want %v", test.query, test.department, got, test.want)
		}
	}
	page, err := s.People(t.Context(), "pt", store.PeopleFilter{Limit: 1})
	if err != nil || len(page.Departments) != 2 || page.Departments[0].Name != "Financeiro" || page.Departments[1].Name != "IT" {
		t.Errorf("departments %v, %v", page.Departments, err)
	}
}

func TestTheDirectoryPagesWithoutGapOrRepeat(t *testing.T) {
	t.Parallel()
	s := store.New(testdb.New(t))
	var c store.Company
	for i := range 57 { // three share each name, so that the id has to decide
		c.People = append(c.People, store.NewPerson{Name: fmt.Sprintf("Pessoa %02d", i/3), Email: fmt.Sprintf("p%d@aroeira.example", i), Role: store.Employee, Lang: "pt"})
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

func TestABadCursorIsSaidToBeOne(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	for _, after := range []string{"x", "!!!", "e30", "eyJuIjoiYSIsImkiOiJ4In0", "bnVsbA", strings.Repeat("A", 5000)} {
		if _, err := s.People(t.Context(), "en", store.PeopleFilter{After: after, Limit: 10}); !errors.Is(err, store.ErrCursor) {
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
		if _, err := s.People(t.Context(), "en", store.PeopleFilter{After: after, Limit: 1}); err != nil && !errors.Is(err, store.ErrCursor) {
			t.Fatalf("%q: %v", after, err)
		}
	})
}

func TestAProfileIsOfAnActivePerson(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	page, err := s.People(t.Context(), "es", store.PeopleFilter{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	ana := page.People[0]
	profile, err := s.Profile(t.Context(), "es", ana.ID)
	if err != nil || profile.Person != ana || ana.DepartmentName != "Finanzas" || !slices.Equal(names(profile.Colleagues), []string{"Átila Brandão"}) {
		t.Errorf("%+v, %v", profile, err)
	}
	// Somebody else can administer from then on.
	if _, err := s.CreatePerson(t.Context(), store.NewPerson{Name: "Zuleica", Email: "zuleica@aroeira.example", Role: store.Admin, Lang: "en", PasswordHash: "x"}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetActive(t.Context(), ana.ID, false); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{ana.ID, "", "x", "7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11", "{7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11}", "7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c1\x00"} {
		if _, err := s.Profile(t.Context(), "en", id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if page, _ := s.People(t.Context(), "en", store.PeopleFilter{Limit: 10}); len(page.People) != 4 {
		t.Errorf("the directory shows a disabled person: %v", names(page.People))
	}
	if _, err := s.Credentials(t.Context(), "ana@aroeira.example"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a disabled person has credentials: %v", err)
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	id, err := s.CreatePerson(t.Context(), store.NewPerson{Name: "Caio", Email: "Caio@aroeira.example", Role: store.Employee, Lang: "pt", PasswordHash: "one"})
	if err != nil || len(id) != 36 {
		t.Fatal(id, err)
	}
	if _, err := s.CreatePerson(t.Context(), store.NewPerson{Name: "Other", Email: "caio@AROEIRA.example", Role: store.Employee, Lang: "pt"}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the same e-mail twice: %v", err)
	}
	if err := s.SetPassword(t.Context(), id, "two"); err != nil {
		t.Fatal(err)
	}
	c, err := s.Credentials(t.Context(), "CAIO@aroeira.example")
	if err != nil || c.PersonID != id || c.PasswordHash != "two" || c.SessionVersion != 2 {
		t.Errorf("%+v, %v", c, err)
	}
	// A hash that is made stronger while the password is changed comes too late.
	if err := s.Rehash(t.Context(), id, "one", "stronger one"); err != nil {
		t.Error(err)
	}
	if c, err := s.Credentials(t.Context(), "caio@aroeira.example"); err != nil || c.PasswordHash != "two" {
		t.Errorf("the old password is back: %+v, %v", c, err)
	}
	for _, email := range []string{"nobody@aroeira.example", "\x00", "\xff"} {
		if _, err := s.Credentials(t.Context(), email); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v", email, err)
		}
		if err := s.SetActive(t.Context(), email, true); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v", email, err)
		}
		if err := s.SetPassword(t.Context(), email, "x"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v", email, err)
		}
	}
	if all, err := s.Accounts(t.Context()); err != nil || len(all) != 5 {
		t.Errorf("%d accounts, %v", len(all), err)
	}
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

func TestTheHomePageGreetsWhoCameLast(t *testing.T) {
	t.Parallel()
	s, pool, people := readers(t, func(*store.Company) {})
	for name, ago := range map[string]string{"Ana": "1 day", "Bea": "59 days", "Zoë": "61 days", "Átila": "2 days"} {
		if _, err := pool.Exec(t.Context(), `UPDATE people SET created_at = now() - $2::interval WHERE id = $1`, people[name].ID, ago); err != nil {
			t.Fatal(err)
		}
	}
	for reader, want := range map[string]string{"Zoë": "Ana Conceição, Átila Brandão, Bea O'Neill", "Ana": "Átila Brandão, Bea O'Neill"} {
		home, err := s.Home(t.Context(), people[reader])
		if got := strings.Join(names(home.Colleagues), ", "); err != nil || got != want {
			t.Errorf("for %s: %q, want %q; %v", reader, got, want, err)
		}
	}
}
