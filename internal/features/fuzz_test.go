package features_test

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
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
	"github.com/carameloai/intranet/internal/seed"
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
	company, log := newFuzzCompany(f, i), &webtest.Log{}
	var targets []string
	for _, route := range i.Server.Routes() {
		if route.Method == http.MethodPost {
			targets = append(targets, route.Path)
		}
	}
	const typed = "email=ana%40company.example&name=Ana&lang=en&role=editor&code=123456" +
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
	there := company.there(targets)
	for _, n := range slices.Sorted(maps.Keys(there)) {
		f.Add(uint8(n), uint8(asAnAdmin), there[n], urlEncoded, []byte(typed))
	}
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
		file := res.Header().Get("Content-Type") == "application/zip" // of one's own data
		if !file && !utf8.ValidString(page) || strings.Count(page, "</html>") > 1 {
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

// fuzzCompany is the company of the tests with what the features' demos add to it. It is
// restored before each form.
type fuzzCompany struct {
	*webtest.Intranet
	restored string // SQL that puts back every row of every table, and ends what was begun
}

func newFuzzCompany(f *testing.F, i *webtest.Intranet) fuzzCompany {
	f.Helper()
	demo := seed.Company(time.Now())
	for _, d := range demo.Departments {
		i.Exec(`INSERT INTO departments (slug, names) VALUES ($1, $2) ON CONFLICT DO NOTHING`, d.Slug, d.Names)
	}
	i.Exec(`INSERT INTO departments (slug, names) VALUES ('empty', '{"en": "Empty"}')`)
	err := pgx.BeginFunc(f.Context(), i.Pool, func(tx pgx.Tx) error {
		for _, add := range web.Demos(features.All()) {
			if err := add(f.Context(), tx, demo); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
	// Of each thing a few are enough.
	rows, _ := i.Pool.Query(f.Context(), `
		SELECT table_name::text FROM information_schema.columns
		WHERE table_schema = 'public' AND column_name IN ('id', 'slug') AND table_name NOT IN ('people', 'audit')
		GROUP BY 1`)
	things, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		f.Fatal(err)
	}
	for _, table := range things {
		few := fmt.Sprintf(`DELETE FROM %[1]s WHERE ctid NOT IN (SELECT ctid FROM %[1]s ORDER BY 1 LIMIT 3)`, table)
		_, _ = i.Pool.Exec(f.Context(), few) // what others refer to stays
	}
	// A copy of each table stands in another schema. A replica checks and follows nothing
	// while the rows are put back.
	i.Exec(`CREATE SCHEMA kept`)
	rows, _ = i.Pool.Query(f.Context(), `
		SELECT t.tablename::text, string_agg(format('%I', c.column_name), ', ' ORDER BY c.ordinal_position)
		FROM pg_tables t JOIN information_schema.columns c
			ON c.table_schema = 'public' AND c.table_name = t.tablename AND c.is_generated = 'NEVER'
		WHERE t.schemaname = 'public' AND t.tablename NOT IN ('audit', 'goose_db_version')
		GROUP BY 1 ORDER BY 1`)
	type table struct{ Name, Columns string }
	tables, err := pgx.CollectRows(rows, pgx.RowToStructByPos[table])
	if err != nil {
		f.Fatal(err)
	}
	restored := `SET session_replication_role = replica;`
	for _, t := range tables {
		i.Exec(fmt.Sprintf(`CREATE TABLE kept.%[1]s AS SELECT %[2]s FROM public.%[1]s`, t.Name, t.Columns))
		restored += fmt.Sprintf(` DELETE FROM public.%[1]s;
			INSERT INTO public.%[1]s (%[2]s) OVERRIDING SYSTEM VALUE SELECT * FROM kept.%[1]s;`, t.Name, t.Columns)
	}
	return fuzzCompany{i, restored + ` SET session_replication_role = origin`}
}

// restore makes everything as at first, whatever the form before has done.
func (c fuzzCompany) restore(t testing.TB) {
	t.Helper()
	if _, err := c.Pool.Exec(t.Context(), c.restored); err != nil {
		t.Fatal(err)
	}
}

// there are values of the parameter for which there is something, by the number of the
// route: those of the pages that links lead to.
func (c fuzzCompany) there(targets []string) map[int]string {
	c.T.Helper()
	const enough = 60 // pages
	link := regexp.MustCompile(`(?:href|action)="(/[^"#]+)`)
	found, seen := map[int]string{}, map[string]bool{}
	ana := c.As("ana")
	for queue := []string{paths.Home}; len(queue) > 0; queue = queue[1:] {
		if seen[queue[0]] {
			continue
		}
		seen[queue[0]] = true
		path, _, _ := strings.Cut(queue[0], "?")
		for n, target := range targets {
			before, rest, parameter := strings.Cut(target, "{")
			value, there := strings.CutPrefix(path, before)
			fits := !strings.Contains(value, "/") && value != "new"
			if strings.HasPrefix(rest, "id}") {
				fits = store.ValidID(value)
			}
			if parameter && there && fits && found[n] == "" {
				found[n] = value
			}
		}
		if len(seen) > enough {
			continue
		}
		for _, match := range link.FindAllStringSubmatch(ana.Get(queue[0]).Body, -1) {
			queue = append(queue, match[1])
		}
	}
	return found
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
