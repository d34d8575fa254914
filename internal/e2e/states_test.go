package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// add keeps a page for its name, unless it is another one.
func (c *crawl) add(name string, page sent, status int) {
	c.t.Helper()
	if page.status != status || !page.isPage() {
		c.t.Errorf("%s: %s has status %d, want %d and a page", name, page.name, page.status, status)
		return
	}
	page.name = name + ": " + page.name
	if status == http.StatusUnprocessableEntity || status < http.StatusBadRequest {
		c.keep(name, page, page.html(c.t))
	} else {
		c.keep("what went wrong", page, page.html(c.t)) // these look alike
	}
}

// states keeps the pages that neither a link nor a mistake leads to: those of
// failures, and those of steps that come one after the other.
func (c *crawl) states(lang string) {
	c.t.Helper()
	c.failures(lang)
	c.changes(lang)
	c.imports(lang)
	c.secondFactor(lang)
}

func (c *crawl) failures(lang string) {
	c.t.Helper()
	v, nobody := c.in.visitor(c.t, lang, store.Employee), c.in.visitor(c.t, lang, "")
	c.add("a page for others", v.get(paths.AdminPeople), http.StatusForbidden)
	c.add("an unknown address", v.get("/there-is-nothing-here"), http.StatusNotFound)
	c.add("an action's address", v.get(paths.AccountProfile), http.StatusMethodNotAllowed)
	c.add("a broken address", v.get(paths.PeopleList("", "", "no cursor")), http.StatusBadRequest)
	c.add("a broken form", nobody.post(paths.Login+"?%zz", nil), http.StatusBadRequest)
	code := url.Values{"code": {"no code"}, "new_password": {newSecret}}
	c.add("a wrong one-time link", nobody.post(paths.Invitation, code), http.StatusUnprocessableEntity)
	c.in.lacking(c.t, "audit", func() {
		stranger := url.Values{"email": {"nobody@company.example"}, "password": {"wrong"}}
		c.add("a failure", nobody.post(paths.Login, stranger), http.StatusInternalServerError)
	})
}

// lacking does something while a table is not there.
func (in *Intranet) lacking(t *testing.T, table string, do func()) {
	t.Helper()
	db := in.database(t)
	rename := func(from, to string) {
		t.Helper()
		if _, err := db.Exec(t.Context(), `ALTER TABLE `+from+` RENAME TO `+to); err != nil {
			t.Fatal(err)
		}
	}
	rename(table, "absent")
	do()
	rename("absent", table)
}

// changes are what an admin sees who adds a person: the question who they are, and a
// one-time link. Name and address are as long as they get, in one word.
func (c *crawl) changes(lang string) {
	c.t.Helper()
	v := c.in.visitor(c.t, lang, store.Admin)
	fields := url.Values{
		"name":  {"Wolfeschlegelsteinhausenbergerdorff " + lang},
		"email": {"wolfeschlegelsteinhausenbergerdorff." + lang + "@company.example"},
		"lang":  {lang}, "role": {"employee"},
	}
	c.in.SQL(c.t, proofIsOld, "%", time.Now().Add(-time.Hour).Format(time.RFC3339))
	c.add("a question for the password", v.post(paths.AdminPeople, fields), http.StatusForbidden)
	c.in.SQL(c.t, proofIsOld, "%", time.Now().Format(time.RFC3339))
	c.add("a one-time link", v.post(paths.AdminPeople, fields), http.StatusOK)
	// Somebody else had the e-mail before.
	c.in.SQL(c.t, `INSERT INTO audit (action, subject_id, subject)
		SELECT 'person.changed', id, $1 FROM people WHERE email <> $1 ORDER BY id LIMIT 1`, fields.Get("email"))
	id := c.in.value(c.t, `SELECT id::text FROM people WHERE email = $1`, fields.Get("email"))
	account := paths.AdminPerson.Of(id)
	c.add("an e-mail that somebody had", v.get(account), http.StatusOK)
	c.add("a one-time link for such an e-mail", v.post(paths.AdminPersonInvitation.Of(id), nil), http.StatusOK)
}

// secondFactor goes from setting one up to signing in with it.
func (c *crawl) secondFactor(lang string) {
	c.t.Helper()
	v := c.in.visitor(c.t, lang, "")
	who := c.in.someone(c.t, lang, store.Employee)
	v.signIn(who)
	begun := v.post(paths.SecondFactor, nil)
	c.add("setting up a second factor", begun, http.StatusOK)
	wrong := url.Values{"code": {"000000"}}
	c.add("a wrong code", v.post(paths.SecondFactorConfirm, wrong), http.StatusUnprocessableEntity)
	code, err := totp.GenerateCode(strings.TrimSpace(begun.html(c.t).Find(".steps code").Text()), time.Now())
	if err != nil {
		c.t.Fatal(err)
	}
	c.add("recovery codes", v.post(paths.SecondFactorConfirm, url.Values{"code": {code}}), http.StatusOK)
	c.add("a second factor", v.get(paths.SecondFactor), http.StatusOK)

	v.forget()
	v.signIn(who)
	c.add("the code of a sign-in", v.get(paths.LoginCode), http.StatusOK)
	c.reached[http.MethodGet+" "+paths.LoginCode] = true
	c.add("a wrong code of a sign-in", v.post(paths.LoginCode, wrong), http.StatusUnprocessableEntity)
}

// bare are the pages of an intranet without an assistant in which everybody must
// have a second factor.
func (c *crawl) bare(lang string) {
	c.t.Helper()
	v := c.in.visitor(c.t, lang, "")
	v.signIn(c.in.someone(c.t, lang, store.Employee))
	c.add("a second factor that one must have", v.get(paths.SecondFactor), http.StatusOK)
	c.add("setting up a second factor that one must have", v.post(paths.SecondFactor, nil), http.StatusOK)
	c.in.SQL(c.t, `UPDATE second_factors SET confirmed_at = now()`)
	for _, path := range []string{paths.Home, paths.Assistant, paths.Account} {
		c.add("without an assistant", v.get(path), http.StatusOK)
	}
}

// consent are the pages of an intranet that asks first: before somebody says yes, with a
// wrong form among them, after the yes, and after it was withdrawn.
func (c *crawl) consent(lang string) {
	c.t.Helper()
	v := c.in.visitor(c.t, lang, store.Admin)
	look := func(when string) {
		c.t.Helper()
		for _, path := range []string{paths.Home, paths.Assistant, paths.Account} {
			c.add(when+", "+path, v.get(path), http.StatusOK)
		}
	}
	look("before a yes")
	wrong := url.Values{"phone": {strings.Repeat("1", 50)}, "version": {"1"}}
	c.add("a wrong form before a yes", v.post(paths.AccountProfile, wrong), http.StatusUnprocessableEntity)
	category := url.Values{"name_en": {""}}
	c.add("another one", v.post(paths.AdminDepartments, category), http.StatusUnprocessableEntity)
	v.post(paths.ConsentGive, url.Values{"next": {paths.Home}})
	look("after a yes")
	v.post(paths.ConsentWithdraw, nil)
	c.add("after a no", v.get(paths.Account), http.StatusOK)
}

// report is what a browser sends that has blocked something.
func (in *Intranet) report(t *testing.T) {
	t.Helper()
	body := fmt.Sprintf(`{"csp-report": {"effective-directive": "img-src", "blocked-uri": "https://cdn.example/x.png",
		"document-uri": %q}}`, in.url+paths.People)
	res, err := http.Post(in.url+paths.CSPReports, "application/csp-report", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if _ = res.Body.Close(); res.StatusCode != http.StatusNoContent {
		t.Fatalf("a report is answered with %d", res.StatusCode)
	}
}

const wrongFile = "name;email;department\n" +
	"Wolfeschlegelsteinhausenbergerdorff;wolfeschlegelsteinhausenbergerdorff.@company.example;Nowhere\n" +
	";x;\n"

const inWindows1252 = "name;email\nJo\xe3o Gon\xe7alves;joao.goncalves@company.example\n"

// imports are the answers to files: refused, checked, with changes to somebody, and with a
// question about its letters. The import can be taken out.
func (c *crawl) imports(lang string) {
	c.t.Helper()
	const path = paths.AdminPeople + "/import"
	if !slices.ContainsFunc(features.All(), func(f web.Feature) bool { return f.Name == "imports" }) {
		return
	}
	v := c.in.visitor(c.t, lang, store.Admin)
	const long = "Wolfeschlegelsteinhausenbergerdorff"
	for name, file := range map[string]string{
		"a file with problems": wrongFile,
		"a file that was checked": "name,email\n" +
			long + "," + strings.ToLower(long) + ".import@company.example\n",
		"a file that changes somebody": "name,email,title,skills\n" +
			long + "," + Admin(c.t).Email + ",," + longest + "\n",
		"a file in an older code": inWindows1252,
	} {
		status := http.StatusOK
		if file == wrongFile || file == inWindows1252 {
			status = http.StatusUnprocessableEntity
		}
		c.add(name, v.post(path, url.Values{"csv": {file}}), status)
	}
}
