package features_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// The visitors of FuzzForms.
const (
	signedOut = iota
	asAnEmployee
	asAnAdmin
	asAnAdminUnconfirmed
	halfSignedIn // the password was right, the code is still to come
	visitors
)

// fuzzed is a form that FuzzForms begins with.
type fuzzed struct {
	path    string // of a route
	visitor uint8
	id      string // for the parameter of the path
	typed   string // media type of the body
	body    string
}

// urlEncoded is how browsers send a form.
const urlEncoded = "application/x-www-form-urlencoded"

// fuzzedForms are what each kind of form may make of bad input. The import's are left
// out by themselves where that feature is taken out.
var fuzzedForms = []fuzzed{
	{paths.Login, signedOut, "", urlEncoded, "email=\xff%00&password=%ff\x00&next=//x"},
	{paths.Login, signedOut, "", "multipart/form-data; boundary=x",
		"--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na\r\n--x--"},
	{paths.LoginCode, halfSignedIn, "", urlEncoded, "code=%00%ff-+"},
	{paths.Invitation, signedOut, "", "text/plain; charset=\xff", "{"},
	{paths.AdminPeople, asAnAdmin, "", urlEncoded, "name=%00&email=a@b.c&lang=en&role=employee&title=%e2%80%ae"},
	{string(paths.AdminPerson), asAnAdmin, "\x00/..", urlEncoded, "confirm_password=x&confirm_code=y"},
	{string(paths.AdminPerson), asAnAdminUnconfirmed, "\xc0?/&", urlEncoded, "%ff=%ff&a=\xc0"},
	{paths.AssistantState, asAnAdmin, "", urlEncoded,
		"handshake=%00&sdk=%ff&socket=online&blocked=%e2%80%ae&blocked=img-src"},
	{paths.AdminPeople + "/import", asAnAdmin, "", urlEncoded, "csv=name,email%0aA,a@x.example"},
	{paths.AdminPeople + "/import", asAnAdmin, "", urlEncoded,
		"csv=%ef%bb%bfname;email;role%0d%0a%22;a@x.example;admin"},
	{paths.AdminPeople + "/import/apply", asAnAdmin, "", urlEncoded, "csv=name,email%0aA,a@x.example&shown=x"},
	{paths.AdminDepartments, asAnAdmin, "", urlEncoded, "name_en=%00&name_pt=%ff"},
	{string(paths.AdminDepartment), asAnAdmin, "finance", urlEncoded, "name_en=Money&version=1"},
	{string(paths.AdminDepartment), asAnAdmin, "fin\x00", urlEncoded, "name_en=x&version=%2b1"},
	{string(paths.AdminDepartmentDelete), asAnAdmin, "empty", urlEncoded, "version=1"},
}

// FuzzForms sends anything to every route that takes a form, as everybody: it is never a
// failure of ours.
func FuzzForms(f *testing.F) {
	i := webtest.New(f, features.All()...)
	var targets []string
	for _, route := range i.Server.Routes() {
		if route.Method == http.MethodPost {
			targets = append(targets, route.Path)
		}
	}
	const typed = "email=ana%40aroeira.example&name=Ana&lang=en&role=editor&code=123456" +
		"&new_password=purple+monkey+dish&title=T&body=B&url=https://x.example&label_en=L" +
		"&starts_day=2030-01-02&starts_time=10:00&ends_time=x&version=1"
	for n := range targets {
		f.Add(uint8(n), uint8(n%visitors), "", urlEncoded, []byte(typed))
	}
	for _, form := range fuzzedForms {
		if n := slices.Index(targets, form.path); n >= 0 {
			f.Add(uint8(n), form.visitor, form.id, form.typed, []byte(form.body))
		}
	}
	company, log := newFuzzCompany(i), &webtest.Log{}
	var server *web.Server
	asked := 0
	f.Fuzz(func(t *testing.T, route, visitor uint8, id, mediaType string, body []byte) {
		if strings.ContainsFunc(mediaType, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			t.Skip("net/http lets no such header through")
		}
		if asked%200 == 0 { // nobody may ask for much more than that at once
			server = fuzzServer(t, i.Store, log)
		}
		asked++
		company.restore(t)
		if id == "" {
			id = i.IDs["bea"]
		}
		parameter := strings.NewReplacer("{id}", url.PathEscape(id), "{slug}", url.PathEscape(id))
		path := parameter.Replace(targets[int(route)%len(targets)])
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(string(body)))
		if err != nil {
			t.Skip("no such address")
		}
		req.RequestURI, req.RemoteAddr = path, "192.0.2.1:1"
		req.Header.Set("Content-Type", mediaType)
		if token := company.session(t, visitor%visitors); token != "" {
			req.AddCookie(&http.Cookie{Name: "session", Value: token})
		}
		res := httptest.NewRecorder()
		server.ServeHTTP(res, req)
		if log := log.String(); res.Code >= 500 || strings.Contains(log, "level=ERROR") {
			t.Fatalf("POST %s: %d\n%s", path, res.Code, log)
		}
		page := res.Body.String()
		if !utf8.ValidString(page) || strings.Count(page, "</html>") > 1 {
			t.Errorf("POST %s: %d with a broken page: %q", path, res.Code, page)
		}
		asksForProof := strings.Contains(page, `name="confirm_password"`)
		if asksForProof && !strings.Contains(page, ` action="`+templ.EscapeString(path)+`"`) {
			t.Errorf("POST %s asks for a proof, and sends it elsewhere", path)
		}
		to := res.Header().Get("Location")
		if to != "" && (to[0] != '/' || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`)) {
			t.Errorf("POST %s leads to %q", path, to)
		}
		log.Reset()
	})
}

// fuzzServer is the whole intranet, without an assistant.
func fuzzServer(t *testing.T, s *store.Store, log *webtest.Log) *web.Server {
	t.Helper()
	passwords, err := webtest.Hasher()
	if err != nil {
		t.Fatal(err)
	}
	public, _ := url.Parse("http://127.0.0.1")
	server, err := web.New(web.Config{
		Store: s, Log: slog.New(slog.NewTextHandler(log, nil)), PublicURL: public,
		SignIn: signin.New(signin.Config{Passwords: passwords, Required: "optional"}).Plug,
	}, features.All()...)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// fuzzCompany is the company of the tests, which is restored before each form.
type fuzzCompany struct {
	*webtest.Intranet
	hash  string // of everybody's password
	empty string // SQL that empties all tables but those of people and their departments
}

func newFuzzCompany(i *webtest.Intranet) fuzzCompany {
	// One statement for all of them: what they refer to is checked at its end.
	empty := i.First(`SELECT 'WITH ' || string_agg(format('%1$I AS (DELETE FROM %1$I)', tablename), ', ') || ' SELECT'
		FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN
			('people', 'departments', 'people_words', 'vocabulary', 'audit', 'goose_db_version')`)
	return fuzzCompany{i, i.First(`SELECT password_hash FROM people LIMIT 1`), empty}
}

// restore makes everything as at first, whatever the form before has done.
func (c fuzzCompany) restore(t *testing.T) {
	t.Helper()
	ids := []string{c.IDs["ana"], c.IDs["bea"], c.IDs["caio"]}
	var again pgx.Batch
	again.Queue(c.empty)
	again.Queue(`DELETE FROM people WHERE id <> ALL ($1)`, ids)
	again.Queue(`UPDATE people SET email = id::text`) // no two have the same on the way
	again.Queue(`UPDATE people p SET
			name = initcap(n), email = n || '@aroeira.example', role = r, active = true, password_hash = $4
		FROM unnest($1::uuid[], $2::text[], $3::text[]) AS v (id, n, r) WHERE p.id = v.id`,
		ids, []string{"ana", "bea", "caio"}, []string{"admin", "employee", "editor"}, c.hash)
	again.Queue(`UPDATE people SET department = 'finance'`)
	again.Queue(`DELETE FROM departments WHERE slug <> 'finance'`)
	again.Queue(`UPDATE departments SET version = 1`)
	again.Queue(`INSERT INTO departments (slug, names) VALUES ('empty', '{"en": "Empty"}')`)
	if err := c.Pool.SendBatch(t.Context(), &again).Close(); err != nil {
		t.Fatal(err)
	}
}

// session is the token of a new session for one of the visitors, or "".
func (c fuzzCompany) session(t *testing.T, visitor uint8) string {
	t.Helper()
	if visitor == signedOut {
		return ""
	}
	who, ago := c.IDs["ana"], time.Duration(0)
	switch visitor {
	case asAnEmployee:
		who = c.IDs["bea"]
	case asAnAdminUnconfirmed:
		ago = time.Hour
	}
	var version int
	err := c.Pool.QueryRow(t.Context(), `SELECT session_version FROM people WHERE id = $1`, who).Scan(&version)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-ago).Format(time.RFC3339)
	if visitor != halfSignedIn {
		return newSession(t, c.Store, map[string]any{
			store.SessionPersonKey: who, store.SessionVersionKey: strconv.Itoa(version), signin.ConfirmedKey: at,
		})
	}
	_, err = c.Pool.Exec(t.Context(), `INSERT INTO second_factors (person_id, secret, confirmed_at)
		VALUES ($1, $2, now())`, who, webtest.FactorSecret)
	if err != nil {
		t.Fatal(err)
	}
	return newSession(t, c.Store, map[string]any{
		"pending": who, "pending version": fmt.Sprint(version), "pending since": at, "pending next": "/",
	})
}
