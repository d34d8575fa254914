package sandbox_test

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
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

// The guide's sections.
const overview, howItWorks, stepOne, stepTwo, faq = "Overview: ", "How It Works: ", "Step 1: ", "Step 2: ", "FAQ: "

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
	object := func(key string) func(answers) (string, bool) {
		return func(a answers) (string, bool) {
			seen := shape(a[own].fields[key])
			return seen, strings.HasPrefix(seen, "{")
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
			return fmt.Sprintf("%s, with c_ in front: %t", shape(a[own].fields["customer_id"]), strings.HasPrefix(a[own].customer(), "c_")), a[own].customer() != ""
		}},
		{name: "chat", guide: stepOne + `"chat": { ... }`, see: object("chat")},
		{name: "chatbot", guide: stepOne + `"chatbot": { ... }`, see: object("chatbot")},
		{name: "other keys", see: holds(func(a answers) string {
			rest := maps.Clone(a[own].fields)
			for _, documented := range []string{"real_time_access_token", "customer_id", "chat", "chatbot"} {
				delete(rest, documented)
			}
			return shape(rest)
		})},
		{name: "token form", see: holds(func(a answers) string { form, _ := a[own].jwt(); return form })},
		{name: "lifetime", guide: faq + `"Does the token expire? Yes"`, see: func(a answers) (string, bool) {
			_, lifetime := a[own].jwt()
			return lifetime, lifetime != "no end"
		}},
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
				c.guide, c.see = howItWorks+`"sending the authenticated user’s data and a secret token"`, refused(c.name)
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
			found := slices.DeleteFunc(origins.FindAllString(string(a["SDK"].body), -1), func(s string) bool { return s == "http://www.w3.org" }) // names of namespaces
			slices.Sort(found)
			return fmt.Sprintf("%.1000s", cmp.Or(strings.Join(slices.Compact(found), " "), "its own alone"))
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

func (a answer) customer() string {
	id, _ := a.fields["customer_id"].(string)
	return strings.TrimSpace(id)
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
	case claims.ExpiresAt == nil:
		lifetime = "no end"
	case claims.IssuedAt == nil:
		lifetime = "an end, but no beginning"
	default:
		lifetime = claims.ExpiresAt.Sub(claims.IssuedAt.Time).String()
	}
	return "JWT, " + token.Method.Alg(), lifetime
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

// comparison says what y has of x.
func comparison(x, y answer, want string) (seen string, holds bool) {
	of := func(x, y string) string {
		switch y {
		case "":
			return "no"
		case x:
			return "the same"
		}
		return "another"
	}
	seen = of(x.token(), y.token()) + " token, " + of(x.customer(), y.customer()) + " customer"
	return seen, seen == want
}

// shape is what a JSON value looks like: its kind and its keys, but for keys that
// look like values. What is missing is null.
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
	fmt.Fprintf(t.Output(), "\ndifferences: %d\n", len(lines))
	for _, line := range lines {
		fmt.Fprintln(t.Output(), " ", line)
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
