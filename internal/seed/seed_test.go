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
	emailPattern = regexp.MustCompile(`^[a-z]+\.[a-z]+(-[a-z]+)*@` + regexp.QuoteMeta(Domain) + `$`)
)

var now = time.Date(2026, time.March, 4, 9, 30, 12, 345, time.FixedZone("", -3*60*60))

func TestCompanyIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	if !reflect.DeepEqual(Company(now), Company(now)) {
		t.Error("two companies of the same moment differ")
	}
	later := now.AddDate(1, 0, 0)
	a, b := Company(now).People, Company(later).People
	for i := range a {
		if now.Sub(a[i].JoinedAt) != later.Sub(b[i].JoinedAt) {
			t.Errorf("%s joined %v, and a year later %v", a[i].Name, a[i].JoinedAt, b[i].JoinedAt)
		}
		a[i].JoinedAt = b[i].JoinedAt
	}
	if !reflect.DeepEqual(a, b) {
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

// Everybody but the general director reports to somebody of their department, or
// to her, and is at most four levels below.
func TestEverybodyHasTheirPlace(t *testing.T) {
	t.Parallel()
	staff := map[string]store.PersonDetails{}
	for _, p := range people() {
		staff[p.Email] = p
	}
	levels := map[int]int{}
	for _, p := range staff {
		level := 0
		for at := p; at.Manager != ""; level++ {
			manager, known := staff[at.Manager]
			if !known || manager.Department != at.Department && manager.Email != general || level > 4 {
				t.Fatalf("%s reports to %q", at.Name, at.Manager)
			}
			at = manager
		}
		levels[level]++
		if p.Phone == "" || len(strings.Split(p.Skills, ", ")) < 2 || store.Skills(p.Skills) != p.Skills ||
			len(store.PersonFields.Invalid(p)) > 0 {
			t.Errorf("%s has the phone %q and the skills %q", p.Name, p.Phone, p.Skills)
		}
		if p.Lang == "en" && !strings.HasPrefix(p.Phone, "+44 20 7946 0") {
			t.Errorf("%s has a number that could be somebody's: %s", p.Name, p.Phone)
		}
	}
	if levels[0] != 1 || levels[1] < 9 || levels[2] < 20 || levels[3] < 100 || len(levels) != 4 {
		t.Errorf("people by level: %v", levels)
	}
	for department, langs := range skills {
		for _, lang := range languages {
			if n := len(strings.Split(langs[lang], ", ")); n != 6 {
				t.Errorf("%d skills in %s for %s", n, lang, department)
			}
		}
	}
}

func TestACompanyCanBeLarge(t *testing.T) {
	t.Parallel()
	for people, want := range map[int]int{0: 200, 200: 200, 5000: 5000} {
		c := CompanyOf(now, people)
		known, count := map[string]bool{}, 0
		add := func(p store.PersonDetails) {
			if p.Manager != "" && p.Manager != general && count >= 200 && !known[p.Manager] {
				t.Fatalf("%s reports to %s, who is not there yet", p.Email, p.Manager)
			}
			if known[p.Email] || len(store.PersonFields.Invalid(p)) > 0 || p.PasswordHash != "" ||
				p.Role != store.Employee && count >= 200 {
				t.Fatalf("%+v", p)
			}
			known[p.Email] = true
			count++
		}
		for _, p := range c.People {
			add(p)
		}
		if c.More != nil {
			for p := range c.More {
				add(p)
			}
		}
		if count != want {
			t.Errorf("%d people, want %d", count, want)
		}
	}
}

// Search and sorting are tried out with these names.
func TestSomeNamesHaveAccents(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"Átila ":     "atila.",
		"Conceição ": "conceicao.",
		"João ":      "joao.",
		"Ubiratan ":  "ubiratan.",
		"Xóchitl ":   "xochitl.",
		"Zoë ":       "zoe.",
	} {
		i := slices.IndexFunc(people(), func(p store.PersonDetails) bool { return strings.HasPrefix(p.Name, given) })
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
			return slices.ContainsFunc(strings.Split(list, ", "), func(name string) bool {
				return strings.HasPrefix(given, name+" ")
			})
		})
	}
	for _, p := range people()[len(known):] {
		woman := isName(p.Name, brazil.women, portugal.women, mexico.women, colombia.women, britain.women)
		man := isName(p.Name, brazil.men, portugal.men, mexico.men, colombia.men, britain.men)
		if woman == man {
			t.Errorf("%s is in the names of both or of neither", p.Name)
		}
		if !slices.ContainsFunc(jobs, func(j job) bool {
			return j.department == p.Department && j.title(p.Lang, woman) == p.Title
		}) {
			t.Errorf("%s is called %q", p.Name, p.Title)
		}
	}
}

func TestPersonas(t *testing.T) {
	t.Parallel()
	roles, employees := map[store.Role]int{}, map[string]bool{}
	for _, p := range Personas() {
		if !slices.ContainsFunc(people(), func(q store.PersonDetails) bool {
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

// named checks a name in every language; keys and names may not occur twice.
func named(t *testing.T, seen map[string]bool, key string, names store.Texts) {
	t.Helper()
	if seen[key] {
		t.Errorf("%s is there twice", key)
	}
	seen[key] = true
	for _, lang := range languages {
		if names[lang] == "" || seen[lang+names[lang]] {
			t.Errorf("%s has the name %q in %s", key, names[lang], lang)
		}
		seen[lang+names[lang]] = true
	}
	if len(names) != len(languages) || names["en"] == names["pt"] || names["en"] == names["es"] ||
		names["pt"] == names["es"] {
		t.Errorf("%s is not translated: %v", key, names)
	}
}
