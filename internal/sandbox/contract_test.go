package sandbox_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/sandbox"
)

// What the vendor's guide "Authenticated Web Integration" says, case by case. Every
// test run puts the cases to the sandbox; 'make contract' puts them to the real
// service too, if it is told to, and names each difference.

// contractCase is one expectation. Where the guide is silent it only observes.
type contractCase struct {
	name  string
	guide string          // what it says, and where; empty where it leaves this open
	ask   func(*question) // changes the guide's own request; nil asks nothing and looks at what came so far
	see   func(answers) (seen string, holds bool)
	// sandboxOnly spares the vendor, which is asked fewer than 20 things.
	sandboxOnly bool
}

// question is a request. Unless a case changes it, it is the guide's, for one
// person whom nobody can take for a real one (example.com is nobody's: RFC 2606).
type question struct {
	method, contentType, project string
	body                         map[string]any
	sdk                          bool // for the script, rather than the API
}

type answers map[string]answer // by the case that asked

// The person at the vendor, and the one to see that two are two.
const onePerson, anotherPerson = "contract-test", "contract-test-2"

const overview, stepOne, stepTwo, faq = "Overview: ", "Step 1: ", "Step 2: ", "FAQ: "

func contractCases() []contractCase {
	with := func(field string, value any) func(*question) {
		return func(q *question) { q.body[field] = value }
	}
	without := func(field string) func(*question) {
		return func(q *question) { delete(q.body, field) }
	}
	const own = "success"
	holds := func(look func(answers) string) func(answers) (string, bool) {
		return func(a answers) (string, bool) { return look(a), true }
	}
	// The key is documented, and so is what kind of value it has.
	key := func(name, begins string) func(answers) (string, bool) {
		return func(a answers) (string, bool) {
			value, given := a[own].fields[name]
			if !given {
				return "missing", false
			}
			return shape(value), strings.HasPrefix(shape(value), begins)
		}
	}
	refused := func(name string) func(answers) (string, bool) {
		return func(a answers) (string, bool) { return a[name].String(), a[name].token() == "" }
	}
	header := func(of, name string) func(answers) (string, bool) {
		return holds(func(a answers) string { return fmt.Sprintf("%s: %q", name, a[of].header.Get(name)) })
	}

	cases := []contractCase{
		{name: own, guide: stepOne + "Successful Response (200 OK)", ask: func(*question) {}, see: func(a answers) (string, bool) {
			return a[own].String(), a[own].status == http.StatusOK && a[own].token() != ""
		}},
		{name: "JSON", guide: stepOne + "the answer is one JSON object", see: func(a answers) (string, bool) {
			return a[own].media(), a[own].fields != nil
		}},
		{name: "real_time_access_token", guide: stepOne + `"real_time_access_token": "eyJ…"`, see: func(a answers) (string, bool) {
			return shape(a[own].fields["real_time_access_token"]), a[own].token() != ""
		}},
		{name: "customer_id", guide: stepOne + `"customer_id": "c_..."`, see: func(a answers) (string, bool) {
			id, _ := a[own].fields["customer_id"].(string)
			return fmt.Sprintf("%s, with c_ in front: %t", shape(a[own].fields["customer_id"]), strings.HasPrefix(id, "c_")), strings.TrimSpace(id) != ""
		}},
		{name: "chat", guide: stepOne + `"chat": { ... }`, see: key("chat", "{")},
		{name: "chatbot", guide: stepOne + `"chatbot": { ... }`, see: key("chatbot", "{")},
		{name: "other keys", see: holds(func(a answers) string {
			rest := maps.Clone(a[own].fields)
			for _, documented := range []string{"real_time_access_token", "customer_id", "chat", "chatbot"} {
				delete(rest, documented)
			}
			return shape(rest)
		})},
		{name: "token form", see: holds(func(a answers) string { form, _ := a[own].jwt(); return form })},
		{name: "lifetime", see: holds(func(a answers) string { _, lifetime := a[own].jwt(); return lifetime })},
		{name: "size", see: holds(func(a answers) string {
			return fmt.Sprintf("under 64 KiB: %t", len(a[own].body) < 64<<10) // more is a failure to the intranet
		})},
		{name: "caching", see: header(own, "Cache-Control")},

		{name: "wrong secret", guide: overview + `"only users authenticated in your system can access the chatbot"`, ask: with("secret_token", "sk_wrong_value"), see: refused("wrong secret")},
		{name: "unknown project", guide: stepOne + `"Replace {project_id} with your project ID"`, ask: func(q *question) { q.project = "p_contract_test_unknown" }, see: refused("unknown project")},
		{name: "wrong method", ask: func(q *question) { q.method = http.MethodGet }},
		{name: "wrong content type", ask: func(q *question) { q.contentType = "text/plain" }},
		{name: "unknown field", ask: with("nickname", "Contract")},

		{name: "name with accents", sandboxOnly: true, ask: with("name", "Zoë Łukasz Ñandú")},
		{name: "name with emoji", sandboxOnly: true, ask: with("name", "👩‍💻 Contract")},
		{name: "name with quotes", sandboxOnly: true, ask: with("name", `"Contract" 'Test' \`)},
		{name: "name with </script>", sandboxOnly: true, ask: with("name", "</script><script>")},
		{name: "name of 200 characters", sandboxOnly: true, ask: with("name", strings.Repeat("é", 200))},
		{name: "unusual name", ask: with("name", `Zoë "Contract" O'Test 👩‍💻 </script>`+strings.Repeat("é", 165))}, // all of it at once
		{name: "lang pt", sandboxOnly: true, ask: with("lang", "pt")},
		{name: "lang pt-BR", ask: with("lang", "pt-BR")},
		{name: "lang xx", ask: with("lang", "xx")},
	}
	for _, field := range []string{"secret_token", "external_customer_id", "name", "email", "lang"} {
		for _, c := range []contractCase{
			{name: field + " missing", ask: without(field)},
			// The vendor is asked these of the name alone: there the person stays the same.
			{name: field + " blank", ask: with(field, " "), sandboxOnly: field != "name"},
			{name: field + " a number", ask: with(field, 7), sandboxOnly: field != "name"},
		} {
			if field == "secret_token" {
				c.guide, c.see = overview+`"sending the authenticated user’s data and a secret token"`, refused(c.name)
			}
			cases = append(cases, c)
		}
	}
	return append(cases, []contractCase{
		{name: "another person", guide: overview + `"conversation history is maintained securely, tied to the user"`, see: func(a answers) (string, bool) {
			return comparison(a[own], a["another person"], "another token, another customer")
		}, ask: func(q *question) {
			q.body["external_customer_id"], q.body["email"] = anotherPerson, anotherPerson+"@example.com"
		}},
		// Behind all the odd ones, so that the person keeps a plain name.
		{name: "same person again", guide: faq + `"Every time the page is reloaded, a new token must be generated"`, ask: func(*question) {}, see: func(a answers) (string, bool) {
			return comparison(a[own], a["same person again"], "another token, the same customer")
		}},
		{name: "redirects", see: holds(func(a answers) string {
			return a.which(func(a answer) bool { return a.status >= 300 && a.status < 400 })
		})},
		{name: "limits told", see: holds(func(a answers) string {
			return a.which(func(a answer) bool { return limits.MatchString(strings.Join(slices.Collect(maps.Keys(a.header)), " ")) })
		})},

		{name: "SDK", guide: stepTwo + `<script src="…/authenticated.js">`, ask: func(q *question) { q.method, q.sdk = http.MethodGet, true }, see: func(a answers) (string, bool) {
			return fmt.Sprintf("%d %s", a["SDK"].status, a["SDK"].media()), a["SDK"].status == http.StatusOK && javaScript.MatchString(a["SDK"].media())
		}},
		{name: "SDK configuration", guide: stepTwo + "var carameloaiChatbot = {secure_connection_token, project_id}", see: func(a answers) (string, bool) {
			var missing []string
			for _, name := range []string{"carameloaiChatbot", "secure_connection_token", "project_id"} {
				if !bytes.Contains(a["SDK"].body, []byte(name)) {
					missing = append(missing, name)
				}
			}
			if len(missing) > 0 {
				return "without " + strings.Join(missing, ", "), false
			}
			return "every name is in it", true
		}},
		{name: "SDK hosts", see: holds(func(a answers) string {
			found := origins.FindAllString(string(a["SDK"].body), -1)
			slices.Sort(found)
			return fmt.Sprintf("%.1000s", strings.Join(slices.Compact(found), " "))
		})},
		{name: "SDK caching", see: header("SDK", "Cache-Control")},
		{name: "SDK integrity", see: header("SDK", "Access-Control-Allow-Origin")}, // a browser checks no hash without it
	}...)
}

var (
	limits     = regexp.MustCompile(`(?i)rate-?limit|retry-after`)
	javaScript = regexp.MustCompile(`^(text|application)/(x-)?javascript$`)
	origins    = regexp.MustCompile(`\b(https?|wss?)://[A-Za-z0-9.-]+`)
	plainKey   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,39}$`)
)

// answer is what came. It prints without any value of the body: an error may echo
// the secret.
type answer struct {
	status int // 0: nothing came
	header http.Header
	body   []byte
	fields map[string]any // of a body that is one JSON object
}

func (a answer) token() string {
	token, _ := a.fields["real_time_access_token"].(string)
	return strings.TrimSpace(token)
}

func (a answer) media() string {
	media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	return media
}

func (a answer) String() string {
	switch {
	case a.status == 0:
		return "no answer"
	case a.token() != "":
		return fmt.Sprintf("%d with a token", a.status)
	case a.fields == nil:
		return fmt.Sprintf("%d %s", a.status, a.media())
	}
	return fmt.Sprintf("%d %s %s", a.status, a.media(), shape(a.fields))
}

// jwt says what a token tells of itself to whoever does not hold its key.
func (a answer) jwt() (form, lifetime string) {
	var claims jwt.RegisteredClaims
	token, _, err := jwt.NewParser().ParseUnverified(a.token(), &claims)
	switch {
	case err != nil:
		return "not a JWT", "not told"
	case claims.ExpiresAt == nil || claims.IssuedAt == nil:
		return "JWT, " + token.Method.Alg(), "not told"
	}
	return "JWT, " + token.Method.Alg(), claims.ExpiresAt.Sub(claims.IssuedAt.Time).String()
}

// which names the cases whose answers are such.
func (a answers) which(such func(answer) bool) string {
	var names []string
	for name, answer := range a {
		if such(answer) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return cmp.Or(strings.Join(names, ", "), "none")
}

func comparison(x, y answer, want string) (seen string, holds bool) {
	if x.token() == "" || y.token() == "" {
		return y.String(), false
	}
	same := func(yes bool) string {
		if yes {
			return "the same"
		}
		return "another"
	}
	seen = same(x.token() == y.token()) + " token, " + same(shape(x.fields["customer_id"]) == "string" && x.fields["customer_id"] == y.fields["customer_id"]) + " customer"
	return seen, seen == want
}

// shape is a JSON value without its values. A key that may be one is left out.
func shape(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var fields []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			value := shape(v[key])
			if !plainKey.MatchString(key) {
				key = "…"
			}
			fields = append(fields, key+": "+value)
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case []any:
		if len(v) == 0 {
			return "[]"
		}
		return "[" + shape(v[0]) + "]"
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "boolean"
	}
	return "null"
}

// service is a Caramelo that the cases are put to.
type service struct {
	name              string
	api, sdk, project string
	secret            caramelo.Secret
}

// sight is what a case saw.
type sight struct {
	contractCase
	seen  string
	holds bool
}

// put asks one thing after the other, and no more where the guide's own request
// fails, or the service asks for a pause.
func (s service) put(t *testing.T) (sights []sight) {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	came := answers{}
	for i, c := range contractCases() {
		if c.sandboxOnly && s.name != "sandbox" {
			continue
		}
		if c.ask != nil {
			came[c.name] = s.answer(t, transport, c.ask)
		}
		see := sight{c, came[c.name].String(), true}
		if c.see != nil {
			see.seen, see.holds = c.see(came)
		}
		// A key or a header may be one of these, whatever the guide says.
		see.seen = strings.ReplaceAll(see.seen, s.secret.Reveal(), "[secret]")
		for _, a := range came {
			if a.token() != "" {
				see.seen = strings.ReplaceAll(see.seen, a.token(), "[token]")
			}
		}
		stop := i == 0 && !see.holds || came[c.name].status == http.StatusTooManyRequests
		if stop {
			see.seen, see.holds = see.seen+", so nothing more was asked", false
		}
		sights = append(sights, see)
		if stop {
			break
		}
	}
	return sights
}

// answer asks without an http.Client: one would follow a redirect, with the secret.
func (s service) answer(t *testing.T, transport http.RoundTripper, edit func(*question)) (a answer) {
	t.Helper()
	q := question{method: http.MethodPost, contentType: "application/json", project: s.project, body: map[string]any{
		"secret_token": s.secret.Reveal(), "external_customer_id": onePerson, "name": "Contract Test", "email": onePerson + "@example.com", "lang": "en",
	}}
	edit(&q)
	url := strings.TrimRight(s.api, "/") + "/api/chatbox/project/" + q.project + "/intranet-auth"
	if q.sdk {
		url = s.sdk
	}
	var body io.Reader
	if q.method == http.MethodPost {
		data, _ := json.Marshal(q.body) // texts and numbers
		body = bytes.NewReader(data)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, q.method, url, body)
	if err != nil {
		t.Fatalf("the %s has no address", s.name)
	}
	req.Header.Set("Content-Type", q.contentType)
	res, err := transport.RoundTrip(req)
	if err != nil {
		return answer{} // the error may quote what came
	}
	defer res.Body.Close()
	a = answer{status: res.StatusCode, header: res.Header}
	a.body, _ = io.ReadAll(io.LimitReader(res.Body, 8<<20))
	_ = json.Unmarshal(a.body, &a.fields) // one that is no object has no fields
	return a
}

// differences are between the cases that both were asked.
func differences(sandbox, vendor []sight) (lines []string) {
	said := map[string]string{}
	for _, s := range sandbox {
		said[s.name] = s.seen
	}
	for _, v := range vendor {
		if v.seen != said[v.name] {
			lines = append(lines, fmt.Sprintf("%s: the sandbox says %s, the vendor says %s", v.name, said[v.name], v.seen))
		}
	}
	return lines
}

// vendorFromEnv is the real service, or nil unless CONTRACT asks for it: nobody
// shall call it by accident.
func vendorFromEnv(getenv func(string) string) (*service, error) {
	switch getenv("CONTRACT") {
	case "":
		return nil, nil
	case "vendor":
	default:
		return nil, errors.New("CONTRACT must be vendor, or unset for the sandbox alone")
	}
	secret, file := getenv("CARAMELO_SECRET_TOKEN"), getenv("CARAMELO_SECRET_TOKEN_FILE")
	s := service{
		name:    "vendor",
		api:     cmp.Or(getenv("CARAMELO_API_URL"), "https://api.carameloai.com"),
		sdk:     cmp.Or(getenv("CARAMELO_SDK_URL"), "https://static.carameloai.com/sdk/latest/authenticated.js"),
		project: getenv("CARAMELO_PROJECT_ID"),
	}
	var problems []string
	complain := func(name string, err error) {
		if err != nil {
			problems = append(problems, name+": "+err.Error())
		}
	}
	if file != "" && secret == "" {
		data, err := os.ReadFile(file)
		complain("CARAMELO_SECRET_TOKEN_FILE", err)
		secret = strings.TrimRight(string(data), "\r\n")
	} else if file != "" {
		complain("CARAMELO_SECRET_TOKEN_FILE", errors.New("is set beside CARAMELO_SECRET_TOKEN: unset one of them"))
	}
	if s.secret = caramelo.NewSecret(secret); s.secret.Blank() {
		complain("CARAMELO_SECRET_TOKEN or CARAMELO_SECRET_TOKEN_FILE", errors.New("is missing"))
	}
	complain("CARAMELO_PROJECT_ID", caramelo.CheckProjectID(s.project))
	complain("CARAMELO_API_URL", caramelo.CheckURL(s.api, false))
	complain("CARAMELO_SDK_URL", caramelo.CheckURL(s.sdk, false))
	if len(problems) > 0 {
		return nil, fmt.Errorf("CONTRACT=vendor asks the real service; mend these, or unset CONTRACT to ask the sandbox alone:\n  %s", strings.Join(problems, "\n  "))
	}
	return &s, nil
}

const (
	contractProject = "p_contract"
	contractSecret  = "sk_test_5b1f0c9d7e"
)

func startSandbox(t *testing.T) service {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{ProjectID: contractProject, SecretToken: contractSecret, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	t.Cleanup(s.Close)
	return service{"sandbox", srv.URL, srv.URL + "/sdk/latest/authenticated.js", contractProject, caramelo.NewSecret(contractSecret)}
}

func TestContract(t *testing.T) {
	t.Parallel()
	vendor, err := vendorFromEnv(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	look := func(s service) []sight {
		sights := s.put(t)
		fmt.Fprintf(t.Output(), "\nThe %s, case by case:\n", s.name)
		for _, c := range sights {
			verdict, guide := "ok", " (the guide, "+c.guide+")"
			if c.guide == "" {
				verdict, guide = "open", ""
			}
			if !c.holds {
				verdict = "FAIL"
				t.Errorf("%s: the %s says %s%s", c.name, s.name, c.seen, guide)
			}
			fmt.Fprintf(t.Output(), "  %-4s  %s: %s%s\n", verdict, c.name, c.seen, guide)
		}
		return sights
	}
	here := look(startSandbox(t))
	if vendor == nil {
		return
	}
	lines := differences(here, look(*vendor))
	fmt.Fprintf(t.Output(), "\n%d differences\n", len(lines))
	for _, line := range lines {
		fmt.Fprintln(t.Output(), " ", line)
	}
}

// Another service: it takes nearly everything, tells its limits, and repeats the
// secret and the token where it can.
func TestContractTellsDifferences(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		var sent struct {
			Secret string `json:"secret_token"`
			ID     any    `json:"external_customer_id"`
			Email  string
		}
		_ = json.NewDecoder(r.Body).Decode(&sent) // the cases are decoded by the sandbox, too
		if id := sent.ID; r.Method == http.MethodPost && id != nil && id != onePerson && id != anotherPerson || sent.Email != "" && !strings.HasSuffix(sent.Email, "@example.com") {
			t.Errorf("the customer is %v, %s", id, sent.Email)
		}
		token := "opaque" + rand.Text()
		switch {
		case r.URL.Path == "/sdk.js":
			w.Header().Set("Content-Type", "application/javascript")
			fmt.Fprint(w, `boot(carameloaiChatbot.secure_connection_token, "wss://live.example.com/chat")`)
		case r.Method == http.MethodGet:
			http.Redirect(w, r, "/"+contractSecret, http.StatusFound)
		case sent.Secret != contractSecret:
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("X-RateLimit-Remaining", "3")
			w.WriteHeader(http.StatusForbidden)
			_ = json.NewEncoder(w).Encode(map[string]any{contractSecret: contractSecret, sent.Email: 1})
		default:
			w.Header().Set("Cache-Control", "private; "+contractSecret)
			_ = json.NewEncoder(w).Encode(map[string]any{"real_time_access_token": token, "customer_id": "42", "chat": []int{1}, "expires_in": 60, token: true})
		}
	}))
	t.Cleanup(srv.Close)
	other := service{"vendor", srv.URL, srv.URL + "/sdk.js", contractProject, caramelo.NewSecret(contractSecret)}
	here, there := startSandbox(t).put(t), other.put(t)

	lines := differences(here, there)
	report := strings.Join(lines, "\n")
	for _, want := range []string{
		"JSON: the sandbox says application/json, the vendor says text/plain",
		"customer_id: the sandbox says string, with c_ in front: true, the vendor says string, with c_ in front: false",
		"chat: the sandbox says {id: string, lang: string, status: string}, the vendor says [number]",
		"chatbot: the sandbox says {id: string, name: string, sandbox: boolean}, the vendor says missing",
		"other keys: the sandbox says {}, the vendor says {expires_in: number, [token]: boolean}",
		"token form: the sandbox says JWT, HS256, the vendor says not a JWT",
		"lifetime: the sandbox says 5m1s, the vendor says not told",
		`caching: the sandbox says Cache-Control: "no-store", the vendor says Cache-Control: "private; [secret]"`,
		"wrong secret: the sandbox says 401 application/json {error: {code: string, message: string}}, the vendor says 403 application/problem+json {…: number, [secret]: string}",
		"unknown project: the sandbox says 404 application/json {error: {code: string, message: string}}, the vendor says 200 with a token",
		"wrong method: the sandbox says 405 application/json {error: {code: string, message: string}}, the vendor says 302 text/html",
		"name a number: the sandbox says 400 application/json {error: {code: string, message: string}}, the vendor says 200 with a token",
		"another person: the sandbox says another token, another customer, the vendor says another token, the same customer",
		"redirects: the sandbox says none, the vendor says wrong method",
		"limits told: the sandbox says none, the vendor says secret_token missing, wrong secret",
		"SDK: the sandbox says 200 text/javascript, the vendor says 200 application/javascript",
		"SDK configuration: the sandbox says every name is in it, the vendor says without project_id",
		"SDK hosts: the sandbox says http://www.w3.org, the vendor says wss://live.example.com",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("there is no line %q", want)
		}
	}
	if strings.Contains(report, contractSecret) || strings.Contains(report, "opaque") {
		t.Errorf("the secret or a token is told:\n%s", report)
	}
	var broken []string
	for _, c := range there {
		if !c.holds {
			broken = append(broken, c.name)
		}
	}
	if want := []string{"chat", "chatbot", "unknown project", "another person", "SDK configuration"}; !slices.Equal(broken, want) {
		t.Errorf("against the guide: %q, want %q", broken, want)
	}
	if n := asked.Load(); n >= 20 {
		t.Errorf("the vendor was asked %d things", n)
	}
	if t.Failed() {
		t.Logf("the differences:\n%s", report)
	}
}

func TestContractFindsNoDifferenceWhereThereIsNone(t *testing.T) {
	t.Parallel()
	vendor := startSandbox(t)
	vendor.name = "vendor"
	if lines := differences(startSandbox(t).put(t), vendor.put(t)); len(lines) > 0 {
		t.Errorf("two sandboxes differ:\n%s", strings.Join(lines, "\n"))
	}
}

// Whoever has the wrong secret, or has asked too much, is not asked 18 times more.
func TestContractStopsEarly(t *testing.T) {
	t.Parallel()
	for status, first := range map[int]string{http.StatusUnauthorized: "success", http.StatusTooManyRequests: "success"} {
		var asked atomic.Int32
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.WriteHeader(status)
		}))
		t.Cleanup(srv.Close)
		sights := service{"vendor", srv.URL, srv.URL, contractProject, caramelo.NewSecret(contractSecret)}.put(t)
		if len(sights) != 1 || sights[0].name != first || sights[0].holds || asked.Load() != 1 {
			t.Errorf("%d: asked %d times, saw %v", status, asked.Load(), sights)
		}
	}
}

func TestContractAsksTheVendorOnlyWhenTold(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(contractSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		env  map[string]string
		want []string // in the refusal
	}{
		{"nothing", map[string]string{"CONTRACT": "vendor"}, []string{"CARAMELO_PROJECT_ID", "CARAMELO_SECRET_TOKEN or CARAMELO_SECRET_TOKEN_FILE", "unset CONTRACT"}},
		{"both secrets", map[string]string{"CONTRACT": "vendor", "CARAMELO_PROJECT_ID": "p", "CARAMELO_SECRET_TOKEN": contractSecret, "CARAMELO_SECRET_TOKEN_FILE": file}, []string{"unset one of them"}},
		{"no such file", map[string]string{"CONTRACT": "vendor", "CARAMELO_PROJECT_ID": "p", "CARAMELO_SECRET_TOKEN_FILE": file + "x"}, []string{"no such file"}},
		{"plain http", map[string]string{"CONTRACT": "vendor", "CARAMELO_PROJECT_ID": "p", "CARAMELO_SECRET_TOKEN": contractSecret, "CARAMELO_API_URL": "http://api.example.com"}, []string{"CARAMELO_API_URL: must be https"}},
		{"a slip", map[string]string{"CONTRACT": "vendro"}, []string{"CONTRACT must be vendor"}},
	} {
		s, err := vendorFromEnv(func(name string) string { return tt.env[name] })
		if err == nil || s != nil {
			t.Errorf("%s: the vendor would be asked", tt.name)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), contractSecret) {
				t.Errorf("%s: %v does not say %q, or holds the secret", tt.name, err, want)
			}
		}
	}
	credentials := map[string]string{"CARAMELO_PROJECT_ID": "p", "CARAMELO_SECRET_TOKEN_FILE": file}
	getenv := func(name string) string { return credentials[name] }
	if s, err := vendorFromEnv(getenv); s != nil || err != nil {
		t.Errorf("credentials alone: %v, %v", s, err)
	}
	credentials["CONTRACT"] = "vendor"
	if s, err := vendorFromEnv(getenv); err != nil || s.secret.Reveal() != contractSecret || s.api != "https://api.carameloai.com" {
		t.Errorf("told to, with credentials: %v", err)
	}
}

// The README's table names the case that watches each open question, and misses
// none of them.
func TestReadmeListsWhatTheGuideLeavesOpen(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## What the guide leaves open\n")
	section, _, _ = strings.Cut(section, "\n## ")
	named := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\|.*\|([^|]*)\|$`).FindAllStringSubmatch(section, -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			named[name[1]] = true
		}
	}
	for _, c := range contractCases() {
		if c.guide == "" && !c.sandboxOnly && !named[c.name] {
			t.Errorf("the README does not list %q", c.name)
		}
		delete(named, c.name)
	}
	for name := range named {
		t.Errorf("the README lists %q, and there is no such case", name)
	}
}
