package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

var departmentsNoun = aNoun{
	company: func(c *store.Company) {
		c.Departments = append(c.Departments, store.NewDepartment{Slug: "empty", Names: store.Texts{"en": `Empty <i>"x"</i> </script><b>`}})
	},
	pages: func(*intranet) []string {
		return []string{paths.AdminDepartments, paths.AdminDepartment.Of("finance"), paths.AdminDepartment.Of("empty")}
	},
	changes: func(*intranet) map[string]url.Values {
		return map[string]url.Values{
			paths.AdminDepartments: {"name_en": {"Research"}}, paths.AdminDepartment.Of("finance"): {"name_en": {"Money"}, "version": {"1"}}, paths.AdminDepartmentDelete.Of("empty"): {"version": {"1"}},
		}
	},
	seeds: func(_ *intranet, add func(pattern paths.Pattern, id, body string)) {
		add(paths.AdminDepartments, "", "name_en=%00&name_pt=%ff")
		add(paths.AdminDepartment, "finance", "name_en=Money&version=1")
		add(paths.AdminDepartment, "fin\x00", "name_en=x&version=%2b1")
		add(paths.AdminDepartmentDelete, "empty", "version=1")
	},
	again: func(_ *intranet, batch *pgx.Batch) {
		batch.Queue(`UPDATE people SET department = 'finance'`)
		batch.Queue(`DELETE FROM departments WHERE slug <> 'finance'`)
		batch.Queue(`UPDATE departments SET version = 1`)
		batch.Queue(`INSERT INTO departments (slug, names) VALUES ('empty', '{"en": "Empty"}')`)
	},
}

func TestAnAdminLooksAfterDepartments(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana := i.enter("ana", 0)
	for _, form := range []url.Values{nil, {"name_pt": {"Pesquisa"}}, {"name_en": {strings.Repeat("x", 101)}}, {"name_en": {"a\tb"}}, {"name_en": {"Finance"}}} {
		res := ana.post(paths.AdminDepartments, form)
		if html := res.html(t); res.StatusCode != http.StatusUnprocessableEntity || html.Find("#name_en-error").Length() != 1 || html.Find("#name_pt").AttrOr("value", "") != form.Get("name_pt") {
			t.Errorf("%v: %d", form, res.StatusCode)
		}
	}
	if res := ana.post(paths.AdminDepartments, url.Values{"name_en": {"Research"}, "name_pt": {"Pesquisa"}}); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", res.StatusCode)
	}
	if page := ana.get(paths.AdminDepartments).html(t); !strings.Contains(page.Find(".rows").Text(), "Pesquisa") || page.Find("[role=status]").Length() != 1 {
		t.Errorf("%q", page.Find(".rows").Text())
	}
	for _, path := range []string{paths.AdminDepartments, paths.AdminDepartment.Of("research")} {
		res := ana.post(path, url.Values{"name_en": {"Money"}, "name_es": {"financeiro"}, "version": {"1"}})
		if html := res.html(t); res.StatusCode != http.StatusUnprocessableEntity || html.Find("#name_es-error").Length() != 1 || html.Find("[aria-invalid]").Length() != 1 {
			t.Errorf("%s, a name that another one has: %d", path, res.StatusCode)
		}
	}
	// Somebody else was faster: what they called it stands there, and to save once
	// more replaces it.
	i.exec(`UPDATE departments SET names = '{"en": "Science"}', version = 2 WHERE slug = 'research'`)
	form := url.Values{"name_en": {"R&D"}, "version": {"1"}}
	res := ana.post(paths.AdminDepartment.Of("research"), form)
	if html := res.html(t); res.StatusCode != http.StatusConflict || !strings.Contains(html.Find("[role=alert]").Text(), "Science") || html.Find("#name_en").AttrOr("value", "") != "R&D" {
		t.Errorf("%d", res.StatusCode)
	} else {
		form.Set("version", html.Find("[name=version]").AttrOr("value", ""))
	}
	if res := ana.post(paths.AdminDepartment.Of("research"), form); res.StatusCode != http.StatusSeeOther {
		t.Errorf("once more: %d", res.StatusCode)
	}
	// Who deletes one has to see what it is called by now.
	old := url.Values{"version": {ana.get(paths.AdminDepartment.Of("empty")).html(t).Find(".ask [name=version]").AttrOr("value", "")}}
	i.exec(`UPDATE departments SET version = 2 WHERE slug = 'empty'`)
	ana.post(paths.AdminDepartmentDelete.Of("empty"), old)
	page := ana.get(paths.AdminDepartment.Of("empty")).html(t)
	if !strings.Contains(page.Find("[role=status]").Text(), "nesse meio-tempo") {
		t.Error("an old page deletes what was renamed")
	}
	current := map[string]string{"finance": "1", "research": "3", "empty": page.Find(".ask [name=version]").AttrOr("value", "")}
	// Only an empty one can go.
	if ana.get(paths.AdminDepartment.Of("finance")).html(t).Find(".ask").Length() != 0 {
		t.Error("a department with people offers to be deleted")
	}
	i.exec(`UPDATE people SET active = false, department = 'research' WHERE id = $1`, i.ids["bea"])
	for slug, want := range map[string]string{"finance": paths.AdminDepartment.Of("finance"), "research": paths.AdminDepartment.Of("research"), "empty": paths.AdminDepartments} {
		if res := ana.post(paths.AdminDepartmentDelete.Of(slug), url.Values{"version": {current[slug]}}); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != want {
			t.Errorf("delete %s: %d to %q", slug, res.StatusCode, res.Header.Get("Location"))
		}
	}
	ana.keepsWhatIsGone(paths.AdminDepartment.Of("empty"), paths.AdminDepartments, url.Values{"name_en": {"Empty"}, "name_pt": {"Vazia"}, "name_es": {""}})
	if got := i.events(); !slices.Equal(got, []string{"department.created Research", "department.changed Science to R&D", `department.deleted Empty <i>"x"</i> </script><b>`, "department.created Empty"}) {
		t.Errorf("recorded %q", got)
	}
}
