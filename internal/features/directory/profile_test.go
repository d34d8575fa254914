package directory

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

// names are those of people, in order.
func names(people []store.Person) (all []string) {
	for _, p := range people {
		all = append(all, p.Name)
	}
	return all
}

func TestAProfileShowsThePlaceInTheOrganisation(t *testing.T) {
	t.Parallel()
	i := start(t)
	for n := range 20 {
		i.Exec(`INSERT INTO people (name, email, manager_id) VALUES ($1, $2, (SELECT id FROM people WHERE email = $3))`,
			fmt.Sprintf("Nível %02d", n), fmt.Sprintf("n%d@company.example", n),
			fmt.Sprintf("n%d@company.example", n-1))
	}
	profile := func(n int) Profile {
		t.Helper()
		id := i.First(`SELECT id::text FROM people WHERE email = $1`, fmt.Sprintf("n%d@company.example", n))
		p, err := people{i.Store}.profile(t.Context(), "pt", id)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := profile(2)
	if !slices.Equal(names(p.Above), []string{"Nível 00", "Nível 01"}) ||
		!slices.Equal(names(p.Reports), []string{"Nível 03"}) {
		t.Errorf("%+v", p)
	}
	if p := profile(19); len(p.Above) != 12 || p.Above[11].Name != "Nível 18" {
		t.Errorf("%v", names(p.Above))
	}
	i.Exec(`UPDATE people SET active = false WHERE email = 'n1@company.example'`)
	if p := profile(2); !slices.Equal(names(p.Above), []string{"Nível 00"}) {
		t.Errorf("a disabled manager: %v", names(p.Above))
	}
	page, err := i.Store.People(t.Context(), "pt", store.PeopleFilter{Manager: profile(3).Person.ID, Limit: 5})
	if err != nil || !slices.Equal(names(page.People), []string{"Nível 04"}) || page.Manager.Name != "Nível 03" {
		t.Errorf("%v, %v", names(page.People), err)
	}
	// A circle that somebody made in SQL ends where it closes.
	i.Exec(`UPDATE people SET manager_id = (SELECT id FROM people WHERE email = 'n5@company.example')
		WHERE email = 'n3@company.example'`)
	if p := profile(4); !slices.Equal(names(p.Above), []string{"Nível 05", "Nível 03"}) {
		t.Errorf("in a circle: %v", names(p.Above))
	}
}

func TestAProfileIsOfAnActivePerson(t *testing.T) {
	t.Parallel()
	i := start(t)
	find := people{i.Store}
	profile, err := find.profile(t.Context(), "es", i.IDs["ana"])
	if err != nil || profile.Person.ID != i.IDs["ana"] || profile.Person.DepartmentName != "Finanzas" {
		t.Fatalf("%+v, %v", profile, err)
	}
	beside := profile.Colleagues
	if len(beside) != 2 || beside[0].ID != i.IDs["bea"] || beside[1].ID != i.IDs["caio"] {
		t.Errorf("%v", names(beside))
	}
	i.Exec(`UPDATE people SET active = false WHERE id = $1`, i.IDs["ana"])
	for _, id := range []string{
		i.IDs["ana"], "", "x", webtest.NobodysID, "{" + webtest.NobodysID + "}", webtest.NobodysID[:35] + "\x00",
	} {
		if _, err := find.profile(t.Context(), "en", id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
	page, err := i.Store.People(t.Context(), "en", store.PeopleFilter{Limit: 10})
	if err != nil || len(page.People) != 2 {
		t.Errorf("the directory shows a disabled person: %v, %v", names(page.People), err)
	}
	bea := i.As("bea")
	if res := bea.Get(paths.Person.Of(i.IDs["ana"])); res.StatusCode != http.StatusNotFound {
		t.Errorf("their profile: %d", res.StatusCode)
	}
	if res := bea.Get(paths.People); strings.Contains(res.Body, i.IDs["ana"]) {
		t.Error("the directory's page shows them")
	}
}

func TestNoProfileScansTheTable(t *testing.T) {
	t.Parallel()
	crowd := testdb.NewCrowd(t, 30_000)
	find := people{store.New(crowd.Pool)}
	for name, id := range map[string]string{"of a manager": crowd.Someone(20), "of somebody": crowd.Someone(999)} {
		crowd.NeverScans(name, func(ctx context.Context) error { _, err := find.profile(ctx, "pt", id); return err })
	}
}
