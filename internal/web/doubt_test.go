package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// Kinds of forms beside the one that makes a thing: one that changes something, and one with
// two changes.
func changing() web.Feature {
	return web.Feature{Name: "changing", Routes: func(s *web.Server) []web.Route {
		add := func(r *http.Request, p *store.Person, name string) error {
			return s.Store.Change(r.Context(), p, "add", func(tx pgx.Tx) (store.Entry, error) {
				_, err := tx.Exec(r.Context(), `INSERT INTO things (name) VALUES ($1)`, name)
				return store.Entry{}, err
			})
		}
		form := func(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
			return s.Render(w, r, page("Change", func(w io.Writer) {
				for _, path := range []string{"/rename", "/two"} {
					fmt.Fprintf(w, `<form method="post" action="%s">%s</form>`, path, key(r, path))
				}
			}))
		}
		return []web.Route{
			web.Get("/rename", web.Employees, form),
			web.Post("/rename", web.Employees, func(w http.ResponseWriter, r *http.Request, p *store.Person) error {
				err := s.Store.Administer(r.Context(), p, "rename", func(tx pgx.Tx) (store.Entry, error) {
					_, err := tx.Exec(r.Context(), `UPDATE things SET name = name || 'x'`)
					return store.Entry{}, err
				})
				return s.Settle(w, r, err, web.Flash{Next: "/rename"}, web.Flash{})
			}),
			web.Post("/two", web.Employees, func(w http.ResponseWriter, r *http.Request, p *store.Person) error {
				err := add(r, p, "first")
				if err == nil {
					s.Store.Audit(store.Recorded{}) // the test cuts the second commit off here
					err = add(r, p, "second")
				}
				return s.Settle(w, r, err, web.Flash{Next: "/rename"}, web.Flash{})
			}),
		}
	}}
}

// inDoubt is the form that the page of a commit without an answer gives back.
func inDoubt(t *testing.T, i *webtest.Intranet, res webtest.Answer, lang string) (to string, again url.Values) {
	t.Helper()
	html := res.HTML(t)
	form := html.Find("main form[method=post]")
	again = url.Values{}
	for _, field := range form.Find("input[type=hidden]").EachIter() {
		again.Add(field.AttrOr("name", ""), field.AttrOr("value", ""))
	}
	said := html.Find("main").Text()
	if res.StatusCode != http.StatusServiceUnavailable || again.Get(forms.DoubtField) == "" ||
		html.Find("h1").Text() != i.Says(lang, "error.uncertain.title") ||
		!strings.Contains(said, i.Says(lang, "error.uncertain.kept")) ||
		strings.Contains(said, i.Says(lang, "error.kept")) {
		t.Fatalf("%d %s: %v", res.StatusCode, said, again)
	}
	return form.AttrOr("action", ""), again
}

// Where the connection breaks at the commit, nobody is told that nothing was saved; and who
// sends the form again saves it once, whether it had been saved or not.
func TestACommitWithoutAnAnswerIsSavedOnce(t *testing.T) {
	t.Parallel()
	for _, at := range []int32{webtest.CutBefore, webtest.CutAfter} {
		i := start(t, changing())
		for _, test := range []struct {
			name, lang, page, path string
			count                  string // of what it makes
		}{
			{"ana", "pt", index, index, `things WHERE name = 'one'`},
			{"caio", "es", index, index, `things WHERE name = 'one'`},
			{"bea", "en", "/rename", "/rename", `things WHERE name LIKE '%x'`},
		} {
			i.Exec(`DELETE FROM things WHERE name = 'one'`)
			i.Exec(`UPDATE things SET name = 'Old'`)
			b := i.As(test.name)
			form := url.Values{"name": {"one"}, forms.KeyField: {b.Key(test.page, test.path)}}
			i.Database.CutCommit.Store(at)
			to, again := inDoubt(t, i, b.Post(test.path, form), test.lang)
			if n := i.Count(test.count); to != test.path || n != int(at)-1 {
				t.Fatalf("%s: the test cuts at the wrong place, %d", test.path, n)
			}
			// The page before does not know. What it is told is no promise, and it does not wait.
			// Where Postgres still holds the row of the broken connection it takes the form over.
			res := b.Post(test.path, form)
			n := i.Count(test.count)
			takenOver := at == webtest.CutBefore && res.StatusCode == http.StatusSeeOther && n == 1
			if !takenOver && (res.StatusCode != http.StatusConflict || n != int(at)-1) {
				t.Errorf("%s, the page before: %d, %d", test.path, res.StatusCode, n)
			}
			for range 3 { // and whoever clicks again
				res := b.Post(to, again, "Referer", i.URL+test.page)
				if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != test.page ||
					i.Count(test.count) != 1 || i.Count(`things WHERE name LIKE '%xx'`) != 0 {
					t.Errorf("%s: %d to %q, %d", test.path, res.StatusCode, res.Header.Get("Location"), i.Count(test.count))
				}
			}
			told := strings.Contains(b.Get(test.page).HTML(t).Find(".notice").Text(), i.Says(test.lang, "notice.made"))
			if told != (at == webtest.CutAfter) {
				t.Errorf("%s is told that it was saved before: %t", test.path, told)
			}
		}
	}
}

// Two clicks on the button that sends it again are one, also where the commit of that one is
// not answered either.
func TestAFormInDoubtIsMadeOnceByManyClicks(t *testing.T) {
	t.Parallel()
	for _, second := range []int32{0, webtest.CutBefore, webtest.CutAfter} {
		i := start(t)
		ana := i.As("ana")
		i.Database.CutCommit.Store(webtest.CutBefore)
		to, again := inDoubt(t, i, ana.Post(index, keyed(ana, "one")), "pt")
		held := i.Hold(lock, i.IDs["ana"])
		clicks := []<-chan webtest.Answer{ana.Posted(to, again), ana.Posted(to, again), ana.Posted(to, again)}
		i.Waiting(1)
		i.Database.CutCommit.Store(second)
		if err := held.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		doubted := 0
		for _, click := range clicks {
			switch res := <-click; res.StatusCode {
			case http.StatusServiceUnavailable:
				doubted++
				_, again = inDoubt(t, i, res, "pt")
			case http.StatusSeeOther, http.StatusConflict:
			default:
				t.Errorf("%d", res.StatusCode)
			}
		}
		if want := min(int(second), 1); doubted != want {
			t.Fatalf("%d pages say that nobody knows, want %d", doubted, want)
		}
		if res := ana.Post(to, again); res.StatusCode != http.StatusSeeOther || made(i) != 1 {
			t.Errorf("at last: %d, %d things", res.StatusCode, made(i))
		}
	}
}

// The transaction of a commit that has not arrived may still be open at the server. Whoever
// sends the form again waits for its end.
func TestAFormInDoubtWaitsForItsTransaction(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	i.Database.CutCommit.Store(webtest.CutBefore)
	to, again := inDoubt(t, i, ana.Post(index, keyed(ana, "one")), "pt")
	open := i.Hold(`UPDATE sent_forms SET made = $1`, again.Get(forms.DoubtField)) // as that transaction has done
	done := ana.Posted(to, again)
	i.Waiting(1)
	if err := open.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if res := <-done; res.StatusCode != http.StatusSeeOther || made(i) != 0 {
		t.Errorf("%d, %d things", res.StatusCode, made(i))
	}
}

// What could not be looked up is in doubt as before.
func TestAFormStaysInDoubtWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	i.Database.CutCommit.Store(webtest.CutAfter)
	to, again := inDoubt(t, i, ana.Post(index, keyed(ana, "one")), "pt")
	i.Exec(`ALTER TABLE sent_forms RENAME TO away`)
	i.Exec(`CREATE VIEW sent_forms AS SELECT *, pg_terminate_backend(pg_backend_pid()) FROM away`)
	i.Exec(`GRANT ALL ON sent_forms TO PUBLIC`)
	to, again = inDoubt(t, i, ana.Post(to, again), "pt")
	i.Exec(`DROP VIEW sent_forms`)
	i.Exec(`ALTER TABLE away RENAME TO sent_forms`)
	if res := ana.Post(to, again); res.StatusCode != http.StatusSeeOther || made(i) != 1 {
		t.Errorf("%d, %d things", res.StatusCode, made(i))
	}
}

// A form whose second change is in doubt is not taken for made because its first one was.
func TestTheChangeInDoubtIsTheOneThatIsLookedUp(t *testing.T) {
	t.Parallel()
	i := start(t, changing())
	ana := i.As("ana")
	i.Store.Audit = func(r store.Recorded) {
		if r.Action == "" {
			i.Database.CutCommit.Store(webtest.CutBefore)
		}
	}
	form := url.Values{forms.KeyField: {ana.Key("/rename", "/two")}}
	to, again := inDoubt(t, i, ana.Post("/two", form), "pt")
	i.Store.Audit = func(store.Recorded) {}
	if res := ana.Post(to, again); res.StatusCode != http.StatusSeeOther || i.Count(`things WHERE name = 'second'`) != 1 {
		t.Errorf("%d, %d of the second change", res.StatusCode, i.Count(`things WHERE name = 'second'`))
	}
}

// Without a key, and where a secret was typed, the page gives nothing back and promises nothing.
func TestWhatCannotBeLookedUpIsNotPromised(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	secret := keyed(ana, "one")
	secret.Set("client_secret", "typed secret")
	for name, form := range map[string]url.Values{"no key": {"name": {"one"}}, "a secret": secret} {
		i.Database.CutCommit.Store(webtest.CutAfter)
		res := ana.Post(index, form)
		html := res.HTML(t)
		if res.StatusCode != http.StatusServiceUnavailable || html.Find("main form").Length() != 0 ||
			!strings.Contains(html.Find("main").Text(), i.Says("pt", "error.uncertain.back")) ||
			strings.Contains(res.Body, "typed secret") {
			t.Errorf("%s: %d %s", name, res.StatusCode, html.Find("main").Text())
		}
	}
}

// Somebody else cannot take a form in doubt up.
func TestAFormInDoubtIsItsPersons(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	i.Database.CutCommit.Store(webtest.CutBefore)
	to, again := inDoubt(t, i, ana.Post(index, keyed(ana, "one")), "pt")
	for _, other := range []*webtest.Browser{i.As("caio"), i.Browser()} {
		if other.Post(to, again); made(i) != 0 || i.Count(`sent_forms WHERE state = 'running'`) != 1 {
			t.Error("somebody else has taken it up")
		}
	}
	newSession := i.As("ana") // who was signed out meanwhile
	if res := newSession.Post(to, again); res.StatusCode != http.StatusSeeOther || made(i) != 1 {
		t.Errorf("a new session of theirs: %d, %d things", res.StatusCode, made(i))
	}
}
