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

// The cases state what the vendor's guide "Authenticated Web Integration" says. Every
// test run puts them to the sandbox. If told to, 'make contract' puts them to the real
// service too and names each difference.

// contractCase is one expectation. Where the guide says nothing it only observes.
type contractCase struct {
	name  string
	guide string          // the section of the guide and what it says; empty where it says nothing
	ask   func(*question) // changes the guide's own request; nil looks only at earlier answers
	see   func(answers) (seen string, holds bool)
	// sandboxOnly leaves the vendor out, which must be asked fewer than 25 questions.
	sandboxOnly bool
}

// question is a request. Unless a case changes it, it is the guide's own, for a person
// who cannot be confused with a real one (nobody owns example.com: RFC 2606).
type question struct {
	method, contentType, project string
	body                         map[string]any
	sdk                          bool // get the script instead of calling the API
}

type answers map[string]answer // by the name of the case that asked

// The person of the questions, and the second person of "another person".
const onePerson, anotherPerson = "contract-test", "contract-test-2"

// The guide's sections.
const overview, howItWorks, stepOne, stepTwo, faq = "Overview: ", "How It Works: ", "Step 1: ", "Step 2: ", "FAQ: "

// success is the case of the guide's own request.
const success = "success"

// look is the see of a case.
type look = func(answers) (seen string, holds bool)

func with(field string, value any) func(*question) {
	return func(q *question) { q.body[field] = value }
}

func without(field string) func(*question) {
	return func(q *question) { delete(q.body, field) }
}

// observe never fails.
func observe(describe func(answers) string) look {
	return func(a answers) (string, bool) { return describe(a), true }
}

// hasObject wants an object under a key of the successful answer.
func hasObject(key string) look {
	return func(a answers) (string, bool) {
		seen := shape(a[success].fields[key])
		return seen, strings.HasPrefix(seen, "{")
	}
}

// isRefused wants an answer without a token.
func isRefused(name string) look {
	return func(a answers) (string, bool) { return a[name].String(), a[name].token() == "" }
}

// header observes a header of the answer to a case.
func header(of, name string) look {
	return observe(func(a answers) string { return fmt.Sprintf("%s: %q", name, a[of].header.Get(name)) })
}

// contractCases are in the order in which they are asked.
func contractCases() []contractCase {
	return slices.Concat(
		successCases(),
		refusalCases(),
		personCases(),
		fieldCases(),
		laterCases(),
		sdkCases(),
	)
}

// successCases look at the answer to the guide's own request.
func successCases() []contractCase {
	return []contractCase{
		{
			name:  success,
			guide: stepOne + "Successful Response (200 OK)",
			ask:   func(*question) {},
			see: func(a answers) (string, bool) {
				return a[success].String(), a[success].status == http.StatusOK && a[success].token() != ""
			},
		},
		{
			name:  "JSON",
			guide: stepOne + "the answer is one JSON object",
			see:   func(a answers) (string, bool) { return a[success].media(), a[success].fields != nil },
		},
		{
			name:  "real_time_access_token",
			guide: stepOne + `"real_time_access_token": "eyJ…"`,
			see: func(a answers) (string, bool) {
				return shape(a[success].fields["real_time_access_token"]), a[success].token() != ""
			},
		},
		{
			name:  "customer_id",
			guide: stepOne + `"customer_id": "c_..."`,
			see: func(a answers) (string, bool) {
				customer := a[success].customer()
				kind := shape(a[success].fields["customer_id"])
				seen := fmt.Sprintf("%s, with c_ in front: %t", kind, strings.HasPrefix(customer, "c_"))
				return seen, customer != ""
			},
		},
		{
			name:  "chat",
			guide: stepOne + `"chat": { ... }`,
			see:   hasObject("chat"),
		},
		{
			name:  "chatbot",
			guide: stepOne + `"chatbot": { ... }`,
			see:   hasObject("chatbot"),
		},
		{
			name: "other keys",
			see: observe(func(a answers) string {
				rest := maps.Clone(a[success].fields)
				for _, documented := range []string{"real_time_access_token", "customer_id", "chat", "chatbot"} {
					delete(rest, documented)
				}
				return shape(rest)
			}),
		},
		{
			name: "token form",
			see: observe(func(a answers) string {
				form, _ := a[success].jwt()
				return form
			}),
		},
		{
			name:  "lifetime",
			guide: faq + `"Does the token expire? Yes"`,
			see: func(a answers) (string, bool) {
				_, lifetime := a[success].jwt()
				return lifetime, lifetime != "no end"
			},
		},
		{
			name: "size",
			see: observe(func(a answers) string {
				return fmt.Sprintf("under 64 KiB: %t", len(a[success].body) < 64<<10) // our client refuses a larger one
			}),
		},
		{
			name: "caching",
			see:  header(success, "Cache-Control"),
		},
	}
}

// refusalCases ask what a service may refuse.
func refusalCases() []contractCase {
	return []contractCase{
		{
			name:  "wrong secret",
			guide: overview + `"only users authenticated in your system can access the chatbot"`,
			ask:   with("secret_token", "sk_wrong_value"),
			see:   isRefused("wrong secret"),
		},
		{
			name:  "unknown project",
			guide: stepOne + `"Replace {project_id} with your project ID"`,
			ask:   func(q *question) { q.project = "p_contract_test_unknown" },
			see:   isRefused("unknown project"),
		},
		{
			name: "wrong method",
			ask:  func(q *question) { q.method = http.MethodGet },
		},
		{
			name: "wrong content type",
			ask:  func(q *question) { q.contentType = "text/plain" },
		},
		{
			name: "unknown field",
			ask:  with("nickname", "Contract"),
		},
	}
}

// personCases ask with unusual names and languages.
func personCases() []contractCase {
	return []contractCase{
		{
			name:        "name with accents",
			ask:         with("name", "Zoë Łukasz Ñandú"),
			sandboxOnly: true,
		},
		{
			name:        "name with emoji",
			ask:         with("name", "👩‍💻 Contract"),
			sandboxOnly: true,
		},
		{
			name:        "name with quotes",
			ask:         with("name", `"Contract" 'Test' \`),
			sandboxOnly: true,
		},
		{
			name:        "name with </script>",
			ask:         with("name", "</script><script>"),
			sandboxOnly: true,
		},
		{
			name:        "name of 200 characters",
			ask:         with("name", strings.Repeat("é", 200)),
			sandboxOnly: true,
		},
		{
			name: "unusual name", // all of the above in one question
			ask:  with("name", `Zoë "Contract" O'Test 👩‍💻 </script>`+strings.Repeat("é", 165)),
		},
		{
			name:        "lang pt",
			ask:         with("lang", "pt"),
			sandboxOnly: true,
		},
		{
			name: "lang pt-BR",
			ask:  with("lang", "pt-BR"),
		},
		{
			name: "lang xx",
			ask:  with("lang", "xx"),
		},
	}
}

// fieldCases ask without each field, and with wrong values in it.
func fieldCases() (cases []contractCase) {
	for _, field := range []string{"secret_token", "external_customer_id", "name", "email", "lang"} {
		for _, c := range []contractCase{
			{name: field + " missing", ask: without(field)},
			// The vendor gets wrong values only in the name, which does not change who the person is.
			{name: field + " blank", ask: with(field, " "), sandboxOnly: field != "name"},
			{name: field + " a number", ask: with(field, 7), sandboxOnly: field != "name"},
		} {
			if field == "secret_token" {
				c.guide = howItWorks + `"sending the authenticated user’s data and a secret token"`
				c.see = isRefused(c.name)
			}
			cases = append(cases, c)
		}
	}
	return cases
}

// laterCases compare with the first answer, or look at all answers of the API.
func laterCases() []contractCase {
	return []contractCase{
		{
			name:  "another person",
			guide: overview + `"conversation history is maintained securely, tied to the user"`,
			ask: func(q *question) {
				q.body["external_customer_id"] = anotherPerson
				q.body["email"] = anotherPerson + "@example.com"
			},
			see: func(a answers) (string, bool) {
				return comparison(a[success], a["another person"], "another token, another customer")
			},
		},
		// Which of the two says who somebody is? An e-mail may go to another person, and a person
		// may get another.
		{
			name: "same e-mail, another id",
			ask: func(q *question) {
				q.body["external_customer_id"] = anotherPerson
			},
			see: observe(func(a answers) string {
				return whose(a, a["same e-mail, another id"])
			}),
		},
		{
			name: "same id, another e-mail",
			ask: func(q *question) {
				q.body["email"] = anotherPerson + "@example.com"
			},
			see: observe(func(a answers) string {
				return whose(a, a["same id, another e-mail"])
			}),
		},
		// After the unusual names, so that the person keeps a plain one.
		{
			name:  "same person again",
			guide: faq + `"Every time the page is reloaded, a new token must be generated"`,
			ask:   func(*question) {},
			see: func(a answers) (string, bool) {
				return comparison(a[success], a["same person again"], "another token, the same customer")
			},
		},
		{
			name: "redirects",
			see: observe(func(a answers) string {
				return a.which(func(a answer) bool { return a.status >= 300 && a.status < 400 })
			}),
		},
		{
			name: "limits told",
			see: observe(func(a answers) string {
				return a.which(func(a answer) bool {
					names := slices.Collect(maps.Keys(a.header))
					return limits.MatchString(strings.Join(names, " "))
				})
			}),
		},
	}
}

// sdkCases look at the script.
func sdkCases() []contractCase {
	return []contractCase{
		{
			name:  "SDK",
			guide: stepTwo + `<script src="…/authenticated.js">`,
			ask:   func(q *question) { q.method, q.sdk = http.MethodGet, true },
			see: func(a answers) (string, bool) {
				sdk := a["SDK"]
				isScript := sdk.status == http.StatusOK && javaScript.MatchString(sdk.media())
				return fmt.Sprintf("%d %s", sdk.status, sdk.media()), isScript
			},
		},
		{
			name:  "SDK configuration",
			guide: stepTwo + "var carameloaiChatbot = {secure_connection_token, project_id}",
			see: func(a answers) (string, bool) {
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
			},
		},
		{
			name: "SDK hosts",
			see: observe(func(a answers) string {
				found := origins.FindAllString(string(a["SDK"].body), -1)
				found = slices.DeleteFunc(found, func(s string) bool {
					return s == "http://www.w3.org" // in names of XML namespaces
				})
				slices.Sort(found)
				return fmt.Sprintf("%.1000s", cmp.Or(strings.Join(slices.Compact(found), " "), "its own alone"))
			}),
		},
		{
			name: "SDK policy",
			see:  found(needs),
		},
		{
			name: "SDK nonce",
			see:  found(nonces),
		},
		{
			name: "SDK events",
			see:  found(events),
		},
		{
			name: "SDK caching",
			see:  header("SDK", "Cache-Control"),
		},
		{
			name: "SDK integrity", // without this header browsers do not check the hash of a script
			see:  header("SDK", "Access-Control-Allow-Origin"),
		},
	}
}

// found observes what the script says in its own text, each thing once. What it loads
// later only a browser sees.
func found(parts *regexp.Regexp) look {
	return observe(func(a answers) string {
		all := parts.FindAllString(string(a["SDK"].body), -1)
		slices.Sort(all)
		return fmt.Sprintf("%.1000s", cmp.Or(strings.Join(slices.Compact(all), " "), "nothing of the kind"))
	})
}

// whose says which customer of an earlier answer a later one is for.
func whose(a answers, later answer) string {
	switch later.customer() {
	case "":
		return later.String()
	case a[success].customer():
		return "the first customer"
	case a["another person"].customer():
		return "the second customer"
	}
	return "a third customer"
}

var (
	// needs are what a Content-Security-Policy has a word for.
	needs = regexp.MustCompile(`adoptedStyleSheets|insertRule|cssText|` +
		`createElement\(["'](?:style|link|iframe|script)["']|` +
		`setAttribute\(["']style["']|innerHTML|@font-face|new (?:Worker|SharedWorker|Audio|Function|WebSocket)\b|` +
		`serviceWorker|createObjectURL|\beval\(|WebAssembly|\bimport\(|EventSource|localStorage`)
	nonces = regexp.MustCompile(`\bnonce\b|currentScript`)
	events = regexp.MustCompile(`(?:addEventListener|CustomEvent)\(["'][A-Za-z:_-]{1,40}["']|` +
		`\bwindow\.[A-Za-z]{1,40} ?=[^=]`)

	limits     = regexp.MustCompile(`(?i)rate-?limit|retry-after`)
	javaScript = regexp.MustCompile(`^(text|application)/(x-)?javascript$`)
	origins    = regexp.MustCompile(`\b(https?|wss?)://[A-Za-z0-9.-]+`)
	plainKey   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,39}$`)
)

// answer is an answer of the service. It is printed without any value of the body, which
// may repeat the secret.
type answer struct {
	status int // 0: no answer
	header http.Header
	body   []byte
	fields map[string]any // if the body is one JSON object
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

// jwt describes the token as far as that is possible without its key.
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

// which names the cases whose answers match.
func (a answers) which(match func(answer) bool) string {
	var names []string
	for name, answer := range a {
		if match(answer) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return cmp.Or(strings.Join(names, ", "), "none")
}

// comparison says whether the token and the customer of y are those of x.
func comparison(x, y answer, want string) (seen string, holds bool) {
	compare := func(x, y string) string {
		switch y {
		case "":
			return "no"
		case x:
			return "the same"
		}
		return "another"
	}
	seen = compare(x.token(), y.token()) + " token, " + compare(x.customer(), y.customer()) + " customer"
	return seen, seen == want
}

// shape describes a JSON value by its kind and its keys, without keys that look like
// values. It is null for a missing value.
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
	check := func(s service) []observation {
		observations := s.put(t)
		fmt.Fprintf(t.Output(), "\nThe %s, case by case:\n", s.name)
		for _, c := range observations {
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
		return observations
	}
	ofSandbox := check(startSandbox(t))
	if vendor == nil {
		return
	}
	lines := differences(ofSandbox, check(*vendor))
	fmt.Fprintf(t.Output(), "\ndifferences: %d\n", len(lines))
	for _, line := range lines {
		fmt.Fprintln(t.Output(), " ", line)
	}
}

// The README's table names, for each question that the guide leaves open, the case that
// observes it.
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
