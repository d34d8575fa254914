package imports

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
)

// withoutBea is a list of everybody but Bea, who is an employee.
const withoutBea = "name,email\nAna,ana@company.example\nCaio,caio@company.example\n"

// applyForm is what the page of a trial sends when its file is imported.
func applyForm(t *testing.T, page webtest.Answer) url.Values {
	t.Helper()
	form := url.Values{}
	for _, field := range page.HTML(t).Find("form[action='" + Apply + "'] input").EachIter() {
		form.Set(field.AttrOr("name", ""), field.AttrOr("value", ""))
	}
	return form
}

// Who is missing from a whole list is disabled once that was shown, and is out at once. Of many
// their number is confirmed; where people have changed meanwhile, nothing is done.
func TestWhoIsMissingIsDisabledOnceItWasShown(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana, bea := i.As("ana"), i.As("bea")
	before := i.Dump()
	if page := ana.Post(Index, url.Values{"csv": {withoutBea}}).HTML(t); page.Find(".import-missing").Length() != 0 {
		t.Fatal("somebody is to be disabled though nobody asked for it")
	}
	shown := ana.Post(Index, url.Values{"csv": {withoutBea}, "whole": {"yes"}})
	missing := shown.HTML(t).Find(".import-missing > li")
	if missing.Length() != 1 || !strings.Contains(missing.Text(), "bea@company.example") ||
		shown.HTML(t).Find("#whole[checked]").Length() != 1 || i.Dump() != before {
		t.Fatalf("%q", shown.HTML(t).Find("main").Text())
	}
	form := applyForm(t, shown)
	if form.Get("whole") != "yes" || form.Get("missing") != "1" {
		t.Fatalf("the form has %q", form)
	}
	for name, spoilt := range map[string]url.Values{
		"the number is not confirmed": {"csv": form["csv"], "shown": form["shown"], "whole": {"yes"}},
		"another number":              {"csv": form["csv"], "shown": form["shown"], "whole": {"yes"}, "missing": {"2"}},
		"the list is not whole":       {"csv": form["csv"], "shown": form["shown"], "missing": {"1"}},
	} {
		if res := ana.Post(Apply, spoilt); res.StatusCode < 400 || i.Dump() != before {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	i.Exec(`UPDATE people SET active = false WHERE email = 'bea@company.example'`)
	if res := ana.Post(Apply, form); res.StatusCode != http.StatusConflict {
		t.Errorf("somebody else has disabled her meanwhile: %d", res.StatusCode)
	}
	i.Exec(`UPDATE people SET active = true WHERE email = 'bea@company.example'`)
	if res := bea.Get(paths.Home); res.StatusCode != http.StatusOK {
		t.Fatalf("Bea is out too early: %d", res.StatusCode)
	}
	i.Exec(`INSERT INTO invitations (person_id, code_hash, expires_at) VALUES ($1, 'x', now() + interval '1 day')`,
		i.IDs["bea"])
	if res := ana.Post(Apply, form); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d: %s", res.StatusCode, res.HTML(t).Find("main").Text())
	}
	if res := bea.Get(paths.Home); res.StatusCode != http.StatusSeeOther || i.Count("invitations") != 0 {
		t.Errorf("Bea is still in: %d", res.StatusCode)
	}
	if i.Exec(`UPDATE people SET active = true WHERE email = 'bea@company.example'`); bea.Get(paths.Home).StatusCode ==
		http.StatusOK {
		t.Error("her session is there again once she is enabled")
	}
	recorded := i.Recorded()
	if !slices.Contains(recorded, "person.disabled import: missing from the list") ||
		!slices.ContainsFunc(recorded, func(line string) bool { return strings.HasSuffix(line, ", 1 disabled") }) {
		t.Errorf("recorded %q", recorded)
	}
}

// No list shuts out an admin, be it the last one or whoever imports.
func TestNoListDisablesAnAdmin(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE people SET role = 'admin' WHERE email = 'caio@company.example'`)
	list := parse("name,email\nDora,dora@company.example\n")
	list.Whole = true
	done, err := people{i.Store}.importFile(t.Context(), store.CommandLine, list, func(Import) bool { return true })
	if err != nil || len(done.Missing) != 1 || done.Missing[0].Email != "bea@company.example" || done.Staff != 1 {
		t.Errorf("%+v, %v", done.Missing, err)
	}
	if n := i.Count(`people WHERE active AND role = 'admin'`); n != 2 {
		t.Errorf("%d admins are left", n)
	}
}

// Few of many need no confirmation, and more than a fifth do.
func TestManyWhoAreMissingAreConfirmed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		missing, staff, number int
		confirmed              bool
	}{
		{0, 0, 0, true}, {1, 5, 0, true}, {2, 9, 0, false}, {2, 9, 2, true}, {2, 9, 3, false}, {200, 1000, 0, true},
		{201, 1000, 200, false}, {1, 1, 0, false}, {1, 1, 1, true},
	} {
		file := Import{Missing: make([]Missing, test.missing), Staff: test.staff}
		if got := file.confirmed(test.number); got != test.confirmed {
			t.Errorf("%+v: %t", test, got)
		}
	}
}

// The choice is kept while a file is checked again and while its names are looked at.
func TestTheChoiceIsKept(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	page := upload(ana, "people.csv", "name,email\nJos\xe9,jose@company.example\n", "").HTML(t)
	if page.Find("input[name=whole][type=hidden]").Length() != 0 {
		t.Error("nobody has chosen it")
	}
	wrong := url.Values{"csv": {"name,email\nDora,dora\n"}, "whole": {"yes"}}
	if page := ana.Post(Index, wrong).HTML(t); page.Find("#whole[checked]").Length() != 1 {
		t.Error("it is not kept with a problem")
	}
	older := url.Values{"csv": {"name,email\nJos\xe9,jose@company.example\n"}, "whole": {"yes"}}
	if page := ana.Post(Index, older).HTML(t); page.Find("input[name=whole][value=yes]").Length() == 0 {
		t.Error("it is not kept with the question about names")
	}
}
