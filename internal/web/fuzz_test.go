package web

import (
	"crypto/rand"
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

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
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

// FuzzForms sends anything to every route that takes a form, as everybody: it is
// never a failure of ours.
func FuzzForms(f *testing.F) {
	i := newIntranet(f, func(c *config) { c.noChat = true })
	server := i.handlers.Server
	var targets []string
	for _, route := range i.handlers.Routes() {
		if route.Method == http.MethodPost {
			targets = append(targets, route.Path)
		}
	}
	const form = "application/x-www-form-urlencoded"
	for n := range targets {
		f.Add(uint8(n), uint8(n%visitors), "", form, []byte("email=ana%40aroeira.example&name=Ana&lang=en&role=editor&code=123456&new_password=purple+monkey+dish"))
	}
	add := func(path paths.Pattern, visitor uint8, id, contentType, body string) {
		f.Add(uint8(slices.Index(targets, string(path))), visitor, id, contentType, []byte(body))
	}
	add(paths.Login, signedOut, "", form, "email=\xff%00&password=%ff\x00&next=//x")
	add(paths.Login, signedOut, "", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na\r\n--x--")
	add(paths.LoginCode, halfSignedIn, "", form, "code=%00%ff-+")
	add(paths.Invitation, signedOut, "", "text/plain; charset=\xff", "{")
	add(paths.AdminPeople, asAnAdmin, "", form, "name=%00&email=a@b.c&lang=en&role=employee&title=%e2%80%ae")
	add(paths.AdminPerson, asAnAdmin, "\x00/..", form, "confirm_password=x&confirm_code=y")
	add(paths.AdminPerson, asAnAdminUnconfirmed, "\xc0?/&", form, "%ff=%ff&a=\xc0")
	add(paths.AssistantState, asAnAdmin, "", form, "handshake=%00&sdk=%ff&socket=online&blocked=%e2%80%ae&blocked=img-src")

	add(paths.AdminDepartments, asAnAdmin, "", form, "name_en=%00&name_pt=%ff")
	add(paths.AdminDepartment, asAnAdmin, "finance", form, "name_en=Money&version=1")
	add(paths.AdminDepartment, asAnAdmin, "fin\x00", form, "name_en=x&version=%2b1")
	add(paths.AdminDepartmentDelete, asAnAdmin, "empty", form, "version=1")

	var hash string
	if err := i.pool.QueryRow(f.Context(), `SELECT password_hash FROM people WHERE id = $1`, i.ids["ana"]).Scan(&hash); err != nil {
		f.Fatal(err)
	}
	ids := []string{i.ids["ana"], i.ids["bea"], i.ids["caio"]}

	f.Fuzz(func(t *testing.T, route, visitor uint8, id, contentType string, body []byte) {
		if strings.ContainsFunc(contentType, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			t.Skip("net/http lets no such header through")
		}
		// Everything is as at first, whatever the form before has done.
		i.handlers.pace = newPace()
		var again pgx.Batch
		again.Queue(`DELETE FROM throttles`)
		again.Queue(`DELETE FROM sessions`)
		again.Queue(`DELETE FROM second_factors`)
		again.Queue(`DELETE FROM people WHERE id <> ALL ($1)`, ids)
		again.Queue(`UPDATE people SET email = id::text`) // no two have the same on the way
		again.Queue(`UPDATE people p SET name = initcap(n), email = n || '@aroeira.example', role = r, active = true, password_hash = $4
			FROM unnest($1::uuid[], $2::text[], $3::text[]) AS v (id, n, r) WHERE p.id = v.id`, ids, []string{"ana", "bea", "caio"}, []string{"admin", "employee", "editor"}, hash)
		again.Queue(`UPDATE people SET department = 'finance'`)
		again.Queue(`DELETE FROM departments WHERE slug <> 'finance'`)
		again.Queue(`UPDATE departments SET version = 1`)
		again.Queue(`INSERT INTO departments (slug, names) VALUES ('empty', '{"en": "Empty"}')`)
		if err := i.pool.SendBatch(t.Context(), &again).Close(); err != nil {
			t.Fatal(err)
		}
		if id == "" {
			id = i.ids["bea"]
		}
		path := strings.NewReplacer("{id}", url.PathEscape(id), "{slug}", url.PathEscape(id)).Replace(targets[int(route)%len(targets)])
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(string(body)))
		if err != nil {
			t.Skip("no such address")
		}
		req.RequestURI, req.RemoteAddr = path, "192.0.2.1:1"
		req.Header.Set("Content-Type", contentType)
		if token := i.fuzzSession(t, visitor%visitors); token != "" {
			req.AddCookie(&http.Cookie{Name: "session", Value: token})
		}
		res := httptest.NewRecorder()
		server.ServeHTTP(res, req)
		if log := i.log.String(); res.Code >= 500 || strings.Contains(log, "level=ERROR") {
			t.Fatalf("POST %s: %d\n%s", path, res.Code, log)
		}
		if !utf8.Valid(res.Body.Bytes()) || strings.Count(res.Body.String(), "</html>") > 1 {
			t.Errorf("POST %s: %d with a broken page: %q", path, res.Code, res.Body)
		}
		if page := res.Body.String(); strings.Contains(page, `name="confirm_password"`) && !strings.Contains(page, ` action="`+templ.EscapeString(path)+`"`) {
			t.Errorf("POST %s asks for a proof, and sends it elsewhere", path)
		}
		if to := res.Header().Get("Location"); to != "" && (to[0] != '/' || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`)) {
			t.Errorf("POST %s leads to %q", path, to)
		}
		i.log.mu.Lock()
		i.log.b.Reset()
		i.log.mu.Unlock()
	})
}

// fuzzSession is the token of a new session for one of the visitors, or "".
func (i *intranet) fuzzSession(t *testing.T, visitor uint8) string {
	t.Helper()
	if visitor == signedOut {
		return ""
	}
	who, ago := i.ids["ana"], time.Duration(0)
	switch visitor {
	case asAnEmployee:
		who = i.ids["bea"]
	case asAnAdminUnconfirmed:
		ago = time.Hour
	}
	var version int
	if err := i.pool.QueryRow(t.Context(), `SELECT session_version FROM people WHERE id = $1`, who).Scan(&version); err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-ago).Format(time.RFC3339)
	values := map[string]any{store.SessionPersonKey: who, store.SessionVersionKey: strconv.Itoa(version), "confirmed": at}
	if visitor == halfSignedIn {
		if _, err := i.pool.Exec(t.Context(), `INSERT INTO second_factors (person_id, secret, confirmed_at) VALUES ($1, 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', now())`, who); err != nil {
			t.Fatal(err)
		}
		values = map[string]any{"pending": who, "pending version": strconv.Itoa(version), "pending since": at, "pending next": "/"}
	}
	expires, token := time.Now().Add(time.Hour), rand.Text()
	data, err := store.SessionCodec{}.Encode(expires, values)
	if err == nil {
		err = i.handlers.Store.Sessions().CommitCtx(t.Context(), token, data, expires)
	}
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// What an export holds is text to a spreadsheet, whatever it is, and the same
// text as before.
func FuzzSpreadsheet(f *testing.F) {
	for _, seed := range []string{"", "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|cmd", "'", "plain", "é=", "a;=1+1;+2", "\x00", "\xff="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		safe := spreadsheetSafe(text)
		for cell := range strings.SplitSeq(safe, ";") {
			if cell != "" && strings.Contains("=+-@\t\r\n|", cell[:1]) {
				t.Errorf("%q became %q", text, safe)
			}
		}
		if strings.ReplaceAll(safe, "'", "") != strings.ReplaceAll(text, "'", "") {
			t.Errorf("%q was changed to %q", text, safe)
		}
	})
}
