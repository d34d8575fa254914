package web

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// nobodysID is a UUID that is in no database.
const nobodysID = "7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11"

// The matrix of roles and routes, made from the route table: who may use a route
// gets past its rule, everybody else gets a 403 or the sign-in page, and no
// refusal changes anything.
func TestEveryRoleGetsItsRoutesAndNoOthers(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	path := strings.NewReplacer("{$}", "", "{id}", nobodysID, "{slug}", "hello")
	for _, route := range i.handlers.Routes() {
		for name, role := range map[string]store.Role{"": "", "bea": store.Employee, "caio": store.Editor, "ana": store.Admin} {
			before, b := len(i.events()), i.browser()
			if name != "" {
				b = i.enter(name, 0)
			}
			res := b.do(route.Method, path.Replace(route.Path))
			toLogin := res.StatusCode == http.StatusSeeOther && strings.HasPrefix(res.Header.Get("Location"), paths.Login)
			switch what := route.Method + " " + route.Path + " as " + string(role); {
			case name == "" && route.Access != Public:
				if !toLogin || len(i.events()) != before {
					t.Errorf("%s, signed out: %d", what, res.StatusCode)
				}
			case route.Access == Admins && role != store.Admin, route.Access == Editors && role == store.Employee:
				if res.StatusCode != http.StatusForbidden || len(i.events()) != before {
					t.Errorf("%s: %d", what, res.StatusCode)
				}
			case res.StatusCode == http.StatusForbidden, res.StatusCode >= 500, toLogin && route.Path != paths.Logout && route.Path != paths.LoginCode:
				t.Errorf("%s: %d to %q", what, res.StatusCode, res.Header.Get("Location"))
			}
		}
	}
}

func TestARefusalIsLogged(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.enter("bea", 0).get(paths.AdminPeople)
	i.browser().post(paths.Login, nil, "Origin", "https://evil.example")
	for range 11 {
		i.browser().post(paths.Login, login("x@aroeira.example", "wrong", ""))
	}
	for _, want := range []string{"sign-in throttled", "refused", i.ids["bea"], "address=127.0.0.1", "GET /admin/people", "cross-origin request refused"} {
		if !strings.Contains(i.log.String(), want) {
			t.Errorf("the log lacks %q", want)
		}
	}
}

// targets are where a page's links and forms lead on this site.
func targets(d *goquery.Document) (all []string) {
	d.Find("a[href], form").Each(func(_ int, e *goquery.Selection) {
		target := e.AttrOr("href", e.AttrOr("action", ""))
		if u, err := url.Parse(target); err == nil && u.Host == "" && strings.HasPrefix(u.Path, "/") {
			method := strings.ToUpper(e.AttrOr("method", "get"))
			all = append(all, method+" "+u.RequestURI())
		}
	})
	return all
}

// What a person may not do is not shown to them either: no page of an employee or
// an editor has a link or a form that would be refused. And no page changes
// anything by being looked at.
func TestNobodyIsShownWhatTheyMayNotDoAndNoGetChangesAnything(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	table, access := http.NewServeMux(), map[string]Access{}
	for _, route := range i.handlers.Routes() {
		pattern := route.Method + " " + route.Path
		table.Handle(pattern, http.NotFoundHandler())
		access[pattern] = route.Access
	}
	for name, fewest := range map[string]int{"bea": 9, "caio": 10, "ana": 18} {
		b := i.enter(name, 0)
		before := i.dump()
		seen := map[string]bool{}
		for queue := []string{"GET " + paths.Home}; len(queue) > 0; queue = queue[1:] {
			method, path, _ := strings.Cut(queue[0], " ")
			if seen[queue[0]] || path == paths.Logout {
				continue
			}
			seen[queue[0]] = true
			if method != http.MethodGet { // forbidden or not is decided before anything is done
				req, _ := http.NewRequestWithContext(t.Context(), method, path, nil)
				_, pattern := table.Handler(req)
				role := map[string]store.Role{"bea": store.Employee, "caio": store.Editor, "ana": store.Admin}[name]
				if !access[pattern].Allows(&store.Person{Role: role}) {
					t.Errorf("%s is shown the form %s", name, path)
				}
				continue
			}
			res := b.get(path)
			if res.StatusCode >= 400 {
				t.Errorf("%s is led to %s: %d", name, path, res.StatusCode)
			}
			queue = append(queue, targets(res.html(t))...)
		}
		if len(seen) < fewest {
			t.Errorf("%s saw only %d pages and forms", name, len(seen))
		}
		if i.dump() != before {
			t.Errorf("looking around as %s changed the database", name)
		}
	}
}

// dump is everything in the database but what a visit may note: when a session
// was last seen.
func (i *intranet) dump() string {
	i.t.Helper()
	var all strings.Builder
	rows, _ := i.pool.Query(i.t.Context(), `SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('sessions', 'goose_db_version') ORDER BY 1`)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 8 {
		i.t.Fatal(tables, err)
	}
	for _, table := range tables {
		rows, err := i.pool.Query(i.t.Context(), `SELECT coalesce(string_agg(t::text, E'\n' ORDER BY t::text), '') FROM `+table+` t`)
		if err != nil {
			i.t.Fatal(err)
		}
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				i.t.Fatal(err)
			}
			_, _ = io.WriteString(&all, table+"\n"+text+"\n")
		}
		if err := rows.Err(); err != nil {
			i.t.Fatal(err)
		}
	}
	return all.String()
}

func TestOtherPeoplesObjectsAreOutOfReach(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	bea := i.enter("bea", 0)
	for _, what := range []string{"role", "disable", "enable", "sessions", "invitation", "second-factor"} {
		if res := bea.post(paths.AdminPerson.Of(i.ids["ana"])+"/"+what, url.Values{"role": {"employee"}}); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", what, res.StatusCode)
		}
	}
}

// Only the fields of a form count: neither a role slipped into one's own forms,
// nor one among a person's details, nor anything in the address of a POST.
func TestExtraFieldsChangeNothing(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	extra := url.Values{"role": {"admin"}, "active": {"true"}, "id": {i.ids["ana"]}, "person": {i.ids["ana"]}, "session_version": {"9"}, "password_hash": {"x"}, "lang": {"es"}, "time_zone": {"UTC"}, "theme": {"auto"}}
	if res := i.enter("bea", 0).post(paths.AccountPreferences, extra); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", res.StatusCode)
	}
	extra["name"], extra["email"], extra["version"] = []string{"Caio"}, []string{"caio@aroeira.example"}, []string{"1"}
	if res := i.enter("ana", 0).post(paths.AdminPerson.Of(i.ids["caio"]), extra); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", res.StatusCode)
	}
	if res := i.enter("bea", 0).post(paths.AccountPreferences+"?lang=pt", nil); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the address of a POST counts: %d", res.StatusCode)
	}
	rows, _ := i.pool.Query(t.Context(), `SELECT split_part(email, '@', 1) || ' ' || role || ' ' || lang || ' ' || session_version FROM people ORDER BY email`)
	got := []string{}
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		got = append(got, line)
	}
	if want := "ana admin pt 1, bea employee es 1, caio editor es 1"; strings.Join(got, ", ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// A change and its audit event are one: without the one there is not the other. Those
// of features are tested by webtest.Check.
func TestNoChangeWithoutItsAuditEvent(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	bea := i.enter("bea", 0)
	bea.addFactor()
	if _, err := i.pool.Exec(t.Context(), `ALTER TABLE audit ADD CONSTRAINT full_up CHECK (false) NOT VALID`); err != nil {
		t.Fatal(err)
	}
	before := i.dump()
	for path, form := range map[string]url.Values{
		paths.AccountPreferences: preferences("pt"), paths.AccountProfile: {"phone": {"1"}, "version": {"1"}},
		paths.AccountSessions: nil, paths.SecondFactorRecovery: nil, paths.SecondFactorRemove: nil, paths.Logout: nil,
	} {
		if res := bea.post(path, form); res.StatusCode != http.StatusInternalServerError {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if i.dump() != before {
		t.Error("something was changed")
	}
	if res := i.browser().post(paths.Login, login("ana@aroeira.example", secretPassword, "")); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("a sign-in that could not be recorded: %d", res.StatusCode)
	}
}

// Every change of somebody else, and each of the sensitive ones of one's own.
func TestEverySensitiveChangeAsksForAProof(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	late := i.enter("ana", 11*time.Minute)
	for _, route := range i.handlers.Routes() {
		own := slices.Contains([]string{
			paths.AccountPassword, paths.AccountPreferences, paths.AccountProfile, paths.Logout,
		}, route.Path)
		shared := route.Access != Admins && !strings.HasPrefix(route.Path, paths.Account) // nobody's account
		if route.Method != http.MethodPost || route.Access == Public || own || shared {
			continue
		}
		if res := late.post(strings.ReplaceAll(route.Path, "{id}", i.ids["bea"]), nil); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d without a proof", route.Path, res.StatusCode)
		}
	}
}
