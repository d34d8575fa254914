package accounts

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// Caramelo may take two people who have the same e-mail, one after the other, for one. It
// is said where the second gets it, and on their account from then on.
func TestAnAdminIsWarnedWhereAnEmailGoesToAnotherPerson(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	version := map[string]int{}
	change := func(who, email string) {
		t.Helper()
		version[who]++
		form := typed(who, email)
		form.Set("version", strconv.Itoa(version[who]))
		if res := ana.Post(paths.AdminPerson.Of(i.IDs[who]), form); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s becomes %s: %d", who, email, res.StatusCode)
		}
	}
	add := func(name, email string) webtest.Answer {
		t.Helper()
		res := ana.Post(paths.AdminPeople, typed(name, email))
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", email, res.StatusCode)
		}
		i.IDs[name] = i.First(`SELECT id::text FROM people WHERE email = $1`, email)
		return res
	}
	warned := func(what string, res webtest.Answer, of ...string) {
		t.Helper()
		warning := res.HTML(t).Find(".predecessors")
		if len(of) == 0 && warning.Length() != 0 {
			t.Errorf("%s: %q", what, warning.Text())
		}
		for _, who := range of {
			if warning.Find(`a[href="`+paths.AdminPerson.Of(i.IDs[who])+`"]`).Length() != 1 ||
				!strings.Contains(warning.Text(), "e-mail é o que identifica") {
				t.Errorf("%s: no word of %s in %q", what, who, warning.Text())
			}
		}
	}
	account := func(who string) webtest.Answer { return ana.Get(paths.AdminPerson.Of(i.IDs[who])) }

	warned("an e-mail that nobody had", add("dora", "dora@company.example"))
	ana.Post(paths.AdminPersonDisable.Of(i.IDs["bea"]), nil)
	change("bea", "bea-old@company.example")
	warned("of a disabled person who was renamed", add("beatriz", "Bea@company.example"), "bea")
	warned("and on the account", account("beatriz"), "bea")
	warned("who had it before", account("bea"))
	change("caio", "bea2@company.example")
	warned("changed to one that nobody had", account("caio"))
	change("caio", "caio@company.example")
	warned("back to their own", account("caio"))
	change("dora", "bea2@company.example")
	warned("changed to one that somebody had", account("dora"), "caio")
	change("dora", "bea3@company.example")
	warned("of two before", add("eva", "BEA2@company.example"), "caio", "dora")
	warned("a new link", ana.Post(paths.AdminPersonInvitation.Of(i.IDs["eva"]), nil), "caio", "dora")

	i.Exec(`DELETE FROM people WHERE id = $1`, i.IDs["bea"])
	if text := account("beatriz").HTML(t).Find(".predecessors").Text(); !strings.Contains(text, "foram apagados") {
		t.Errorf("of somebody who is erased: %q", text)
	}
	for lang, want := range map[string]string{"en": "Before eva signs in", "es": "Antes de que eva entre"} {
		i.Exec(`UPDATE people SET lang = $1 WHERE id = $2`, lang, i.IDs["ana"])
		if text := account("eva").HTML(t).Find(".predecessors").Text(); !strings.Contains(text, want) {
			t.Errorf("%s: %q", lang, text)
		}
	}
}

func TestNobodyIsWarnedOfAnAssistantThatIsNotThere(t *testing.T) {
	t.Parallel()
	i := webtest.NewWith(t, webtest.Options{NoChat: true}, Feature())
	ana := i.As("ana")
	ana.Post(paths.AdminPerson.Of(i.IDs["bea"]), typed("Bea", "bea-old@company.example"))
	res := ana.Post(paths.AdminPeople, typed("Beatriz", "bea@company.example"))
	if res.StatusCode != http.StatusOK || res.HTML(t).Find(".predecessors").Length() != 0 {
		t.Errorf("%d, %s", res.StatusCode, res.HTML(t).Find("main").Text())
	}
}

// The command line says it beside what it prints.
func TestTheCommandLineWarnsWhereAnEmailGoesToAnotherPerson(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.As("ana").Post(paths.AdminPerson.Of(i.IDs["bea"]), typed("Bea", "bea-old@company.example"))
	for email, warned := range map[string]bool{"bea@company.example": true, "new@company.example": false} {
		var out, problems bytes.Buffer
		add := addCommand{Email: email, Name: "Beatriz", Role: "employee", Lang: "pt", Link: true, PublicURL: i.URL}
		err := add.Run(t.Context(), web.Command{
			Out: &out, Err: &problems, PublicURL: url.Parse,
			Store: func(ctx context.Context, f func(context.Context, *store.Store) error) error {
				return f(ctx, i.Store)
			},
		})
		if err != nil || strings.Contains(problems.String(), "had this e-mail before") != warned ||
			strings.Contains(out.String(), "warning") {
			t.Errorf("%s: %v, %q, %q", email, err, out.String(), problems.String())
		}
	}
}
