package departments

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

func TestAnAdminLooksAfterDepartments(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	for _, form := range []url.Values{
		nil, {"name_pt": {"Pesquisa"}}, {"name_en": {strings.Repeat("x", 101)}}, {"name_en": {"a\vb"}},
		{"name_en": {"Finance"}},
	} {
		res := ana.Post(paths.AdminDepartments, form)
		html := res.HTML(t)
		if res.StatusCode != http.StatusUnprocessableEntity || html.Find("#name_en-error").Length() != 1 ||
			html.Find("#name_pt").AttrOr("value", "") != form.Get("name_pt") {
			t.Errorf("%v: %d", form, res.StatusCode)
		}
	}
	research := url.Values{"name_en": {"Research"}, "name_pt": {"Pesquisa"}}
	if res := ana.Post(paths.AdminDepartments, research); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", res.StatusCode)
	}
	list := ana.Get(paths.AdminDepartments).HTML(t)
	if !strings.Contains(list.Find(".rows").Text(), "Pesquisa") || list.Find("[role=status]").Length() != 1 {
		t.Errorf("%q", list.Find(".rows").Text())
	}
	for _, path := range []string{paths.AdminDepartments, paths.AdminDepartment.Of("research")} {
		res := ana.Post(path, url.Values{"name_en": {"Money"}, "name_es": {"financeiro"}, "version": {"1"}})
		html := res.HTML(t)
		if res.StatusCode != http.StatusUnprocessableEntity || html.Find("#name_es-error").Length() != 1 ||
			html.Find("[aria-invalid]").Length() != 1 {
			t.Errorf("%s, a name that another one has: %d", path, res.StatusCode)
		}
	}
	// Somebody else was faster: what they called it stands there, and to save once
	// more replaces it.
	i.Exec(`UPDATE departments SET names = '{"en": "Science"}', version = 2 WHERE slug = 'research'`)
	form := url.Values{"name_en": {"R&D"}, "version": {"1"}}
	res := ana.Post(paths.AdminDepartment.Of("research"), form)
	html := res.HTML(t)
	if res.StatusCode != http.StatusConflict || !strings.Contains(html.Find("[role=alert]").Text(), "Science") ||
		html.Find("#name_en").AttrOr("value", "") != "R&D" {
		t.Errorf("%d", res.StatusCode)
	}
	form.Set("version", html.Find("[name=version]").AttrOr("value", ""))
	if res := ana.Post(paths.AdminDepartment.Of("research"), form); res.StatusCode != http.StatusSeeOther {
		t.Errorf("once more: %d", res.StatusCode)
	}
	anew := url.Values{"name_en": {"Marketing"}, "name_pt": {"Marketing"}, "name_es": {""}}
	ana.KeepsWhatIsGone(paths.AdminDepartment.Of("gone"), paths.AdminDepartments, anew)
	want := []string{"department.created Research", "department.changed Science to R&D", "department.created Marketing"}
	if got := i.Recorded(); !slices.Equal(got, want) {
		t.Errorf("recorded %q", got)
	}
}

// Who deletes a department has to see what it is called by now, and only an empty
// one can go.
func TestOnlyAnEmptyDepartmentIsDeleted(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	version := func() url.Values {
		page := ana.Get(paths.AdminDepartment.Of("empty")).HTML(t)
		return url.Values{"version": {page.Find(".ask [name=version]").AttrOr("value", "")}}
	}
	old := version()
	i.Exec(`UPDATE departments SET version = 2 WHERE slug = 'empty'`)
	ana.Post(paths.AdminDepartmentDelete.Of("empty"), old)
	page := ana.Get(paths.AdminDepartment.Of("empty")).HTML(t)
	if page.Find("[role=status]").Text() != i.Says("pt", "notice.department.stays") {
		t.Error("an old page deletes what was renamed")
	}
	if ana.Get(paths.AdminDepartment.Of("finance")).HTML(t).Find(".ask").Length() != 0 {
		t.Error("a department with people offers to be deleted")
	}
	i.Exec(`INSERT INTO departments (slug, names) VALUES ('left', '{"en": "Left"}')`)
	i.Exec(`UPDATE people SET active = false, department = 'left' WHERE id = $1`, i.IDs["bea"])
	for _, test := range []struct {
		slug, want string
		version    url.Values
	}{
		{"finance", paths.AdminDepartment.Of("finance"), url.Values{"version": {"1"}}},
		{"left", paths.AdminDepartment.Of("left"), url.Values{"version": {"1"}}},
		{"empty", paths.AdminDepartments, version()},
	} {
		res := ana.Post(paths.AdminDepartmentDelete.Of(test.slug), test.version)
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != test.want {
			t.Errorf("delete %s: %d to %q", test.slug, res.StatusCode, res.Header.Get("Location"))
		}
	}
	if got := i.Recorded(); !slices.Equal(got, []string{`department.deleted Empty <i>"x"</i> </script><b>`}) {
		t.Errorf("recorded %q", got)
	}
}

// A count that ended early is not shown as if it were the whole.
func TestACountThatEndedSaysThatThereAreMore(t *testing.T) {
	t.Parallel()
	i := start(t)
	bea := i.As("ana")
	for people, want := range map[int]string{
		maxCounted:     i.Says("pt", "department.people", "Count", strconv.Itoa(maxCounted)),
		maxCounted + 5: i.Says("pt", "department.people.more", "Count", strconv.Itoa(maxCounted)),
	} {
		slug := fmt.Sprintf("d%d", people)
		i.Exec(`INSERT INTO departments (slug, names) VALUES ($1, jsonb_build_object('en', $1::text))`, slug)
		i.Exec(`INSERT INTO people (name, email, department) SELECT 'P', $1::text || '.' || n || '@company.example', $1
			FROM generate_series(1, $2::int) n`, slug, people)
		if got := bea.Get(paths.AdminDepartment.Of(slug)).HTML(t).Find(".lead").Text(); got != want {
			t.Errorf("%d people: %q, want %q", people, got, want)
		}
	}
}
