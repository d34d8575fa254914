package seed

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/carameloai/intranet/internal/store"
)

// What the schema asks for, see migrations.
var (
	slugPattern  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	emailPattern = regexp.MustCompile(`^[a-z]+\.[a-z]+(-[a-z]+)*@aroeira\.example$`)
)

var now = time.Date(2026, time.March, 4, 9, 30, 12, 345, time.FixedZone("", -3*60*60))

func TestCompanyIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	if !reflect.DeepEqual(Company(now), Company(now)) {
		t.Error("two companies of the same moment differ")
	}
	if !reflect.DeepEqual(Company(now).People, Company(now.AddDate(1, 0, 0)).People) {
		t.Error("the staff changes with the date")
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	c := Company(now)
	departments, langs := map[string]int{}, map[string]int{}
	emails, names := map[string]bool{}, map[string]bool{}
	for _, p := range c.People {
		departments[p.Department]++
		langs[p.Lang]++
		if emails[p.Email] || names[p.Name] {
			t.Errorf("%s <%s> is there twice", p.Name, p.Email)
		}
		emails[p.Email], names[p.Name] = true, true
		if !emailPattern.MatchString(p.Email) || len(p.Email) > 254 {
			t.Errorf("%s has the e-mail %q", p.Name, p.Email)
		}
		if n := utf8.RuneCountInString(p.Name); n < 1 || n > 200 {
			t.Errorf("%q has %d characters", p.Name, n)
		}
		if n := utf8.RuneCountInString(p.Title); n < 1 || n > 200 {
			t.Errorf("%s has the title %q", p.Name, p.Title)
		}
		if !slices.Contains([]store.Role{store.Employee, store.Editor, store.Admin}, p.Role) {
			t.Errorf("%s has the role %q", p.Name, p.Role)
		}
		if p.PasswordHash != "" {
			t.Errorf("%s has a password", p.Name)
		}
	}
	if len(c.People) != 200 {
		t.Errorf("%d people, want 200", len(c.People))
	}
	if want := map[string]int{"pt": 90, "es": 60, "en": 50}; !reflect.DeepEqual(langs, want) {
		t.Errorf("people by language: %v, want %v", langs, want)
	}
	for _, d := range c.Departments {
		if departments[d.Slug] < 5 {
			t.Errorf("%d people in %s", departments[d.Slug], d.Slug)
		}
		delete(departments, d.Slug)
	}
	if len(departments) > 0 {
		t.Errorf("departments that do not exist: %v", departments)
	}
}

// Search and sorting are tried out with these names.
func TestSomeNamesHaveAccents(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"Átila ": "atila.", "Conceição ": "conceicao.", "João ": "joao.", "Ubiratan ": "ubiratan.", "Xóchitl ": "xochitl.", "Zoë ": "zoe."} {
		i := slices.IndexFunc(people(), func(p store.NewPerson) bool { return strings.HasPrefix(p.Name, given) })
		if i < 0 {
			t.Errorf("nobody is called %s", given)
		} else if email := people()[i].Email; !strings.HasPrefix(email, want) {
			t.Errorf("%shas the e-mail %s", given, email)
		}
	}
}

func TestTitlesFollowGender(t *testing.T) {
	t.Parallel()
	isName := func(given string, lists ...string) bool {
		return slices.ContainsFunc(lists, func(list string) bool {
			return slices.ContainsFunc(strings.Split(list, ", "), func(name string) bool { return strings.HasPrefix(given, name+" ") })
		})
	}
	for _, p := range people()[len(known):] {
		woman := isName(p.Name, brazil.women, portugal.women, mexico.women, colombia.women, britain.women)
		man := isName(p.Name, brazil.men, portugal.men, mexico.men, colombia.men, britain.men)
		if woman == man {
			t.Errorf("%s is in the names of both or of neither", p.Name)
		}
		if !slices.ContainsFunc(jobs, func(j job) bool { return j.department == p.Department && j.title(p.Lang, woman) == p.Title }) {
			t.Errorf("%s is called %q", p.Name, p.Title)
		}
	}
}

func TestPersonas(t *testing.T) {
	t.Parallel()
	roles, employees := map[store.Role]int{}, map[string]bool{}
	for _, p := range Personas() {
		if p.Why == "" {
			t.Errorf("%s has no reason", p.Name)
		}
		if !slices.ContainsFunc(people(), func(q store.NewPerson) bool {
			return q.Email == p.Email && q.Name == p.Name && q.Role == p.Role && q.Lang == p.Lang
		}) {
			t.Errorf("%s is not one of the company's people", p.Name)
		}
		roles[p.Role]++
		if p.Role == store.Employee {
			employees[p.Lang] = true
		}
	}
	if want := map[store.Role]int{store.Admin: 1, store.Editor: 1, store.Employee: 3}; !reflect.DeepEqual(roles, want) {
		t.Errorf("personas by role: %v, want %v", roles, want)
	}
	for _, lang := range languages {
		if !employees[lang] {
			t.Errorf("no employee reads %s", lang)
		}
	}
}

func TestDepartments(t *testing.T) {
	t.Parallel()
	c := Company(now)
	seen := map[string]bool{}
	for _, d := range c.Departments {
		named(t, seen, d.Slug, d.Names)
		if !slugPattern.MatchString(d.Slug) {
			t.Errorf("the slug %q is not one", d.Slug)
		}
	}
	if len(c.Departments) != 10 {
		t.Errorf("%d departments, want 10", len(c.Departments))
	}
}
