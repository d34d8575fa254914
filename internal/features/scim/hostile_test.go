package scim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"golang.org/x/time/rate"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// Only who has a token is let in, whatever they ask for, and nothing else counts: no session, no
// other scheme, no token that has expired or was taken back.
func TestOnlyATokenLetsIn(t *testing.T) {
	t.Parallel()
	p := start(t)
	old, gone := allow(t, p.Intranet, "old"), allow(t, p.Intranet, "gone")
	p.Exec(`UPDATE scim_tokens SET expires_at = now() - interval '1 second' WHERE name = 'old'`)
	if err := (tokens{p.Store}).revoke(t.Context(), store.CommandLine, "gone"); err != nil {
		t.Fatal(err)
	}
	cookie := "session=" + p.As("ana").Session()
	before := p.Dump()
	for name, authorization := range map[string]string{
		"none": "", "an empty one": "Bearer ", "another scheme": "Basic " + p.token,
		"another token":      "Bearer " + prefix + strings.Repeat("A", 26),
		"without its prefix": "Bearer " + strings.TrimPrefix(p.token, prefix),
		"shorter":            "Bearer " + p.token[:len(p.token)-1], "in capitals": "Bearer " + strings.ToUpper(p.token),
		"expired":    "Bearer " + old.token,
		"taken back": "Bearer " + gone.token, "two": "Bearer " + p.token + " " + p.token,
	} {
		for _, asked := range []string{
			"GET /Users", "POST /Users", "GET /Users/" + p.IDs["bea"], "PUT /Users/" + p.IDs["bea"],
			"PATCH /Users/" + p.IDs["bea"], "DELETE /Users/" + p.IDs["bea"],
			"GET /ServiceProviderConfig", "GET /Schemas",
			"GET /ResourceTypes", "GET /Groups", "GET /", "OPTIONS /Users", "POST /Bulk",
		} {
			method, path, _ := strings.Cut(asked, " ")
			body := map[string]string{
				"POST": dora, "PUT": dora, "PATCH": patch(`{"op": "remove", "path": "title"}`),
			}[method]
			r := p.ask(method, path, body, "Authorization", authorization, "Cookie", cookie)
			if r.StatusCode != 401 && r.StatusCode != 429 || r.object["schemas"] == nil {
				t.Errorf("%s, %s: %d, %s", name, asked, r.StatusCode, r.Body)
			}
			if r.StatusCode == 401 && !strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s, %s: %q", name, asked, r.Header)
			}
		}
	}
	if p.Dump() != before {
		t.Error("something has changed")
	}
	// Those who were refused do not keep out who has a token, and the log has no token.
	p.must(200, "GET", "/Users", "")
	if n := strings.Count(p.Log.String(), "SCIM client refused"); n < 10 || n > failureBurst+20 {
		t.Errorf("%d of them are in the log", n)
	}
	for _, token := range []string{p.token, old.token, gone.token} {
		if log := p.Log.String(); strings.Contains(log, strings.TrimPrefix(token, prefix)) {
			t.Error("a token is in the log")
		}
		if strings.Contains(p.Dump(), strings.TrimPrefix(token, prefix)) {
			t.Error("a token is in the database")
		}
	}
}

// A token of a program opens no page, and a session of an admin is no token.
func TestATokenIsForProgramsAlone(t *testing.T) {
	t.Parallel()
	p := start(t)
	for _, path := range []string{"/", "/admin/people", "/account"} {
		res := p.Browser().Get(path, "Authorization", "Bearer "+p.token)
		if res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	r := p.ask("GET", "/Users", "")
	if len(r.Header["Set-Cookie"]) > 0 || r.Header.Get("Cache-Control") != "no-store" ||
		r.Header.Get("X-Request-Id") == "" {
		t.Errorf("%v", r.Header)
	}
}

func TestWrongRequestsAreRefused(t *testing.T) {
	t.Parallel()
	p := start(t)
	bea := "/Users/" + p.IDs["bea"]
	for _, test := range []struct {
		status             int
		kind, method, path string
		body               string
	}{
		{404, "", "GET", "/Users/none", ""},
		{404, "", "GET", "/Users/00000000-0000-0000-0000-000000000000", ""},
		{404, "", "DELETE", "/Users/%00", ""},
		{404, "", "GET", "/Groups", ""}, {404, "", "POST", "/Groups", dora}, {404, "", "GET", "/Me", ""},
		{404, "", "POST", "/Bulk", dora}, {404, "", "GET", "/Schemas/urn:x", ""}, {404, "", "GET", "/", ""},
		{405, "", "DELETE", "/Users", ""}, {405, "", "POST", bea, dora}, {405, "", "PUT", "/Schemas", dora},
		{400, "invalidSyntax", "POST", "/Users", "{"}, {400, "invalidSyntax", "POST", "/Users", "[]"},
		{400, "invalidSyntax", "POST", "/Users", "null"}, {400, "invalidSyntax", "POST", "/Users", "{} {}"},
		{400, "invalidSyntax", "POST", "/Users", `{"userName": "x@company.example"}`},
		{400, "invalidSyntax", "PATCH", bea, whole(`"title": "x"`)},
		{400, "invalidSyntax", "POST", "/Users", whole(`"userName": "x@x.example", "USERNAME": "y@x.example"`)},
		{400, "invalidSyntax", "POST", "/Users", strings.Repeat(`{"a":`, 20_000)},
		{413, "", "POST", "/Users", whole(`"userName": "` + strings.Repeat("x", 300<<10) + `"`)},
		{400, "invalidValue", "POST", "/Users", whole(`"displayName": "Nobody"`)},
		{400, "invalidValue", "POST", "/Users", whole(`"userName": "eva"`)},
		{400, "invalidValue", "POST", "/Users", whole(`"userName": ["eva@company.example"]`)},
		{400, "invalidValue", "POST", "/Users", whole(`"userName": 7`)},
		{400, "invalidValue", "POST", "/Users", whole(`"userName": "eva@company.example", "active": "perhaps"`)},
		{400, "invalidValue", "POST", "/Users", whole(`"userName": "eva@company.example", "displayName": "a\u202eb"`)},
		{400, "invalidValue", "POST", "/Users", whole(`"userName": "eva@company.example", "title": "a\u0000b"`)},
		{400, "invalidValue", "POST", "/Users", whole(`"userName": "eva@company.example", "displayName": "` +
			strings.Repeat("x", 201) + `"`)},
		{400, "invalidValue", "POST", "/Users", whole(`"userName": "eva@company.example", "externalId": "` +
			strings.Repeat("x", 256) + `"`)},
		{400, "invalidValue", "POST", "/Users", whole(`"userName": "eva@company.example",
			"phoneNumbers": [{"value": "call me", "type": "work"}]`)},
		{400, "invalidValue", "POST", "/Users", whole(`"userName": "eva@company.example",
			"` + enterprise + `": {"manager": {"value": "ana"}}`)},
		{400, "mutability", "PATCH", bea, patch(`{"op": "remove", "path": "userName"}`)},
		{400, "mutability", "PATCH", bea, patch(`{"op": "remove", "path": "` + coreUser + `:ACTIVE"}`)},
		{400, "invalidValue", "PATCH", bea, patch(`{"op": "remove", "path": "` + coreUser + `"}`)},
		{400, "invalidValue", "PATCH", bea, patch(`{"op": "replace", "path": "userName", "value": null}`)},
		{400, "invalidValue", "PATCH", bea, patch(`{"op": "add", "path": "manager", "value": "` + p.IDs["bea"] + `"}`)},
		{400, "invalidValue", "PATCH", bea, patch(``)},
		{400, "invalidValue", "PATCH", bea, patch(strings.Repeat(`{"op": "remove", "path": "title"},`, 100) +
			`{"op": "remove", "path": "title"}`)},
		{400, "invalidValue", "PATCH", bea, patch(`{"op": "replace"}`)},
		{400, "noTarget", "PATCH", bea, patch(`{"op": "remove", "value": {"title": "x"}}`)},
		{400, "invalidSyntax", "PATCH", bea, patch(`{"op": "move", "path": "title", "value": "x"}`)},
		{400, "invalidPath", "PATCH", bea, patch(`{"op": "replace", "path": "title[", "value": "x"}`)},
		{400, "invalidPath", "PATCH", bea, patch(`{"op": "add", "path": "emails[type co \"w\"].value", "value": "1"}`)},
		{400, "invalidFilter", "GET", "/Users?filter=userName+co+%22a%22", ""},
		{400, "invalidFilter", "GET", "/Users?filter=userName+eq+a", ""},
		{400, "invalidFilter", "GET", "/Users?filter=password+eq+%22a%22", ""},
		{400, "invalidFilter", "GET", "/Users?filter=userName+eq+%22a%22+or+userName+eq+%22b%22", ""},
		{400, "invalidFilter", "GET", "/Users?filter=userName+eq+%22a%22+and", ""},
		{400, "invalidFilter", "GET", "/Users?filter=(userName+eq+%22a%22)", ""},
		{400, "invalidFilter", "GET", "/Users?filter=userName+eq+%22" + strings.Repeat("a", maxFilter) + "%22", ""},
		{400, "invalidValue", "GET", "/Users?count=many", ""},
		{400, "invalidValue", "GET", "/Users?startIndex=99999999999999999999", ""},
	} {
		p.refused(test.status, test.kind, test.method, test.path, test.body)
	}
	p.refused(415, "", "POST", "/Users", dora, "Content-Type", "application/x-www-form-urlencoded")
	p.refused(415, "", "POST", "/Users", dora, "Content-Type", "")
	if strings.Contains(p.Log.String(), "level=ERROR") {
		t.Errorf("something failed: %s", p.Log)
	}
}

// Nobody is above themselves, over how many steps so ever.
func TestNoManagerIsBelow(t *testing.T) {
	t.Parallel()
	p := start(t)
	report := func(who, to string) string {
		return patch(`{"op": "replace", "path": "` + enterprise + `:manager", "value": "` + p.IDs[to] + `"}`)
	}
	p.must(200, "PATCH", "/Users/"+p.IDs["bea"], report("bea", "ana"))
	p.must(200, "PATCH", "/Users/"+p.IDs["caio"], report("caio", "bea"))
	p.refused(400, "invalidValue", "PATCH", "/Users/"+p.IDs["ana"], report("ana", "caio"))
}

// Whoever asks too often is told to wait.
func TestTooManyRequestsAreRefused(t *testing.T) {
	t.Parallel()
	all := paces{all: map[string]*rate.Limiter{}}
	for n := range requestBurst + 1 {
		if all.of("client x", 0, requestBurst).Allow() != (n < requestBurst) {
			t.Fatalf("request %d", n)
		}
	}
	if !all.of("client y", 0, requestBurst).Allow() {
		t.Error("another client waits for the first")
	}
	for n := range maxPaces {
		all.of(strings.Repeat("x", n), 0, 1)
	}
	if len(all.all) > maxPaces {
		t.Errorf("%d are remembered", len(all.all))
	}

	p := start(t)
	a := newAPI(p.Server)
	a.paces.all["client entra"] = rate.NewLimiter(0, 1)
	for _, want := range []int{http.StatusOK, http.StatusTooManyRequests} {
		if res := p.serve(a, httptest.NewRequest(http.MethodGet, Base+"/Users", nil)); res.Code != want {
			t.Errorf("%d, %q", res.Code, res.Body)
		}
	}
}

// serve has a request answered by this process alone.
func (p provider) serve(a *api, req *http.Request) *httptest.ResponseRecorder {
	res := httptest.NewRecorder()
	req.Header.Set("Authorization", "Bearer "+p.token)
	req.Header.Set("Content-Type", "application/json")
	a.ServeHTTP(res, req)
	return res
}

// leaving is a body after which its client is gone.
type leaving struct {
	*strings.Reader
	leave func()
}

func (l leaving) Read(b []byte) (int, error) {
	n, err := l.Reader.Read(b)
	if err != nil {
		l.leave()
	}
	return n, err
}

// A change is done even if the client has left: it will not know, and ask again.
func TestAChangeIsDoneForAClientThatHasLeft(t *testing.T) {
	t.Parallel()
	p := start(t)
	ctx, leave := context.WithCancel(t.Context())
	req := httptest.NewRequest(http.MethodPost, Base+"/Users", leaving{strings.NewReader(dora), leave}).WithContext(ctx)
	if res := p.serve(newAPI(p.Server), req); res.Code != http.StatusCreated || ctx.Err() == nil {
		t.Errorf("%d, %q", res.Code, res.Body)
	}
	if p.Count(`people WHERE name = 'Dora Alves'`) != 1 {
		t.Error("she was not added")
	}
}

// Where the database does not answer, a provider is told to come again.
func TestAnOutageIsSaidInTheFormOfSCIM(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.TakeAway()
	for _, method := range []string{"GET", "POST"} {
		r := p.ask(method, "/Users", map[string]string{"POST": dora}[method])
		if r.StatusCode != 503 || r.Header.Get("Retry-After") == "" || r.text("status") != "503" {
			t.Errorf("%s: %d, %s", method, r.StatusCode, r.Body)
		}
	}
}

// A command makes a token and shows it once, lists whose there are, and takes one back.
func TestTheCommands(t *testing.T) {
	t.Parallel()
	p := start(t)
	var out, said bytes.Buffer
	to := web.Command{
		In: os.Stdin, Out: &out, Err: &said,
		Store: func(ctx context.Context, f func(context.Context, *store.Store) error) error { return f(ctx, p.Store) },
	}
	run := func(command interface {
		Run(context.Context, web.Command) error
	}) (string, error) {
		out.Reset()
		err := command.Run(t.Context(), to)
		written, _ := io.ReadAll(&out)
		return string(written), err
	}
	token, err := run(&addCommand{Name: "okta", Days: 30})
	if err != nil || !strings.HasPrefix(token, prefix) || strings.Count(token, "\n") != 1 {
		t.Fatalf("%v", err)
	}
	okta := provider{p.Intranet, t, strings.TrimSpace(token)}
	okta.must(200, "GET", "/Users", "")
	if list, err := run(listCommand{}); err != nil || strings.Count(list, "\n") != 3 ||
		strings.Contains(list, prefix) || !strings.Contains(list, "okta") {
		t.Errorf("%q, %v", list, err)
	}
	for _, wrong := range []*addCommand{
		{Name: "okta", Days: 30}, {Name: "", Days: 1}, {Name: " x", Days: 1}, {Name: "x"},
		{Name: "x", Days: maxDays + 1}, {Name: strings.Repeat("x", maxName+1), Days: 1},
	} {
		if token, err := run(wrong); err == nil || token != "" {
			t.Errorf("%+v makes a token", wrong)
		}
	}
	if _, err := run(&revokeCommand{Name: "okta"}); err != nil {
		t.Error(err)
	}
	okta.refused(401, "", "GET", "/Users", "")
	if _, err := run(&revokeCommand{Name: "okta"}); err == nil {
		t.Error("it was taken back twice")
	}
	if n := p.Count(`audit WHERE actor = 'command line' AND detail = 'okta' AND action LIKE 'scim.%'`); n != 2 {
		t.Errorf("%d entries", n)
	}
}

// The hour in which a token was used is noted, and that it expires soon is in the log.
func TestTheUseOfATokenIsNoted(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.Exec(`UPDATE scim_tokens SET used_at = now() - interval '2 hours', expires_at = now() + interval '3 days'`)
	p.must(200, "GET", "/Users", "")
	if p.Count(`scim_tokens WHERE used_at > now() - interval '1 minute'`) != 1 {
		t.Error("it is not noted")
	}
	before := p.Dump()
	p.must(200, "GET", "/Users", "")
	if p.Dump() != before {
		t.Error("each request is noted")
	}
	if !strings.Contains(p.Log.String(), "expires soon") {
		t.Error("nobody is warned")
	}
	p.ReadOnly(true)
	p.Exec(`UPDATE scim_tokens SET used_at = NULL`)
	p.must(200, "GET", "/Users", "")
}

// Whatever a filter, a path or a body is, it is read or refused, and what is read is bounded.
func FuzzRequests(f *testing.F) {
	f.Add(`userName eq "a"`, `emails[type eq "work"].value`, `{"op": "add", "path": "title", "value": "x"}`)
	f.Add(`id eq "a" and active eq true`, enterprise+":manager", `{"value": {"name": {"givenName": null}}}`)
	f.Add(`x[`, `phoneNumbers[type eq "work"]`, `[]`)
	f.Fuzz(func(t *testing.T, filter, path, body string) {
		if all, err := parseFilter(filter); err == nil && len(all)*len(`a eq ""`) > len(filter)+len(`a eq true`) {
			t.Errorf("%q has %d clauses", filter, len(all))
		}
		at, ok := parsePath(path)
		if ok && at.attribute != strings.ToLower(at.attribute) {
			t.Errorf("%q leads to %q", path, at.attribute)
		}
		var o operation
		if json.Unmarshal([]byte(body), &o) != nil {
			return
		}
		o.Path = &path
		all, err := patched([]operation{o})
		for attribute := range all {
			if err == nil && !known(attribute) {
				t.Errorf("%q sets %q", path, attribute)
			}
		}
	})
}
