package conformance_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/conformance"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// examine runs the kit on an app that is wrong in one way.
func examine(t *testing.T, wrong string, change func(*conformance.Config)) []checks.Check {
	t.Helper()
	vendor, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Error(err)
		return nil
	}
	server := httptest.NewServer(newApp("http://"+vendor.Addr().String(), wrong).handler())
	defer server.Close()
	address := func(path string) *url.URL {
		return &url.URL{Scheme: "http", Host: server.Listener.Addr().String(), Path: path}
	}
	cfg := conformance.Config{
		Listener: vendor, ProjectID: project, SecretToken: secret, Budget: 3 * time.Second,
		Pages:  []*url.URL{address("/page")},
		People: []conformance.Person{{Name: "ana", Password: "pw-ana"}, {Name: "bo", Password: "pw-bo"}},
		Login:  conformance.Login{Page: address("/login")},
		Logout: address("/logout"), Redirect: address("/old"),
	}
	if change != nil {
		change(&cfg)
	}
	all, err := conformance.Run(t.Context(), cfg)
	if err != nil {
		t.Errorf("%s: %v", wrong, err)
	}
	var ids []string
	for _, c := range all {
		ids = append(ids, c.ID)
		if strings.Contains(c.Seen+c.Mend, secret) {
			t.Errorf("%s: %s tells the secret", wrong, c.ID)
		}
		if mends := c.Level == checks.Failure || c.Level == checks.Warning; mends != (c.Mend != "") {
			t.Errorf("%s %s says %q, and how to mend it: %q", c.Level, c.ID, c.Seen, c.Mend)
		}
	}
	if !slices.Equal(ids, conformance.IDs()) {
		t.Errorf("%s: the checks are %v, and should be %v", wrong, ids, conformance.IDs())
	}
	return all
}

// at are the ids of the checks that ended at a level.
func at(all []checks.Check, level checks.Level) (ids []string) {
	for _, c := range all {
		if c.Level == level {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func TestAnAppThatDoesItRightHasNothingToMend(t *testing.T) {
	t.Parallel()
	for _, c := range examine(t, "", nil) {
		if c.Level != checks.Fine {
			t.Errorf("%s %s: %s", c.Level, c.ID, c.Seen)
		}
	}
}

func TestASessionByCookieIsAsGood(t *testing.T) {
	t.Parallel()
	all := examine(t, "", func(cfg *conformance.Config) {
		cfg.People = []conformance.Person{{Cookie: "cookie: a=b; session=one"}, {Cookie: "session=two"}}
		cfg.Login = conformance.Login{}
	})
	if failed, skipped := at(all, checks.Failure), at(all, checks.Skipped); len(failed) > 0 ||
		!slices.Equal(skipped, []string{"signout.other"}) {
		t.Errorf("failed: %v, skipped: %v", failed, skipped)
	}
}

// named are the checks of some faults.
func named(slugs string) (ids []string) {
	for slug := range strings.FieldsSeq(slugs) {
		ids = append(ids, "fault."+slug)
	}
	return ids
}

// everything is each fault after which there is no token, or none in time.
const everything = statuses + " hang-before hang-within hang-after reset malformed truncated empty error-200 " +
	"blank-token html huge drip redirect latency"

const statuses = "status-400 status-401 status-403 status-404 status-422 status-500 status-502 status-503 status-429"

// said is what lines about some of the apps say, so that whoever has to mend it knows where it
// is: the id, what was seen, and how to mend it.
var said = map[string][3]string{
	"secret in the page":            {"page.secret", "/page, line 2, in a comment: the secret", "take it out"},
	"secret in base64":              {"page.secret", `/page, line 1, in the tag "p": the secret`, "take it out"},
	"secret in a response header":   {"page.secret", "/page, in the header X-Debug: the secret", "take it out"},
	"a name in a comment":           {"page.names", "/page, line 1, in a comment: ", "a name with --> ends"},
	"a name that ends a script":     {"page.names", "/page, line 1, in a script: ", `as JSON with < as \u003c`},
	"a name as it is":               {"page.names", "/page, line 1, in the text: ", "your templates' own way"},
	"an error page":                 {"fault.status-400", "400 Bad Request: the page has status 502", "catch"},
	"keeps the token for everybody": {"person.other", "the other person gets a token of the first", "keep no token"},
}

// Each app is wrong in one way, and exactly that is found.
func TestWhatIsWrongIsFoundAndNothingElse(t *testing.T) {
	t.Parallel()
	each(map[string][]string{
		"a PUT":                                {"request.address"},
		"another path":                         {"request.address"},
		"a query":                              {"request.address"},
		"another content type":                 {"request.type"},
		"a number for an id":                   {"request.fields"},
		"a sixth field":                        {"request.fields"},
		"secret in a header":                   {"request.secret"},
		"another secret":                       {"request.secret"},
		"an id for each page":                  {"person.stable"},
		"the e-mail for an id":                 {"person.no_email"},
		"one id for all":                       {"person.other"},
		"two calls for a page":                 {"token.page"},
		"no token in the page":                 {"token.page"},
		"keeps the token":                      {"token.new"},
		"keeps the token for everybody":        {"person.other", "token.new"},
		"keeps the token of a browser":         {"token.new", "signout.other"},
		"keeps the token, for error pages too": {"token.new", "token.error"},
		"a call for HEAD":                      {"token.head"},
		"a call for a prefetch":                {"token.prefetch"},
		"a chat for everybody":                 {"token.signed_out"},
		"a call for a redirect":                {"token.redirect"},
		"a call for an error page":             {"token.error"},
		"no no-store":                          {"page.no_store"},
		"the script first":                     {"page.scripts"},
		"no script":                            {"page.scripts"},
		"the script twice":                     {"page.scripts"},
		"in the head":                          {"page.scripts"},
		"behind the body":                      {"page.scripts"},
		"index.js":                             {"page.authenticated"},
		"a token between quotes":               {"page.escaped"},
		"a token as HTML":                      {"page.escaped"},
		"a name with its quotes escaped":       {"page.names"},
		"a name in a script":                   nil, // as JSON, which is right
		"a name in an attribute":               nil,
		"a name that leaves its attribute":     {"page.names"},
		"a name that ends a script":            {"page.names"},
		"a name in a comment":                  {"page.names"},
		"a call behind the answer to HEAD":     {"token.head"},
		"a name as it is":                      {"page.names"},
		"secret in the page":                   {"page.secret"},
		"secret in base64":                     {"page.secret"},
		"a policy in the page":                 {"policy.script"},
		"secret in a script":                   {"page.secret"},
		"secret in a response header":          {"page.secret"},
		"the session for an id":                {"signout.other"},
		"one nonce for all":                    {"policy.script"},
		"another nonce":                        {"policy.script"},
		"no socket in the policy":              {"policy.socket"},
		"no time limit":                        named("hang-before hang-within hang-after drip"),
		"no time limit, one page at a time":    named("hang-before hang-within hang-after drip"),
		"an error page":                        named(everything),
		"an error page with status 200":        named(everything),
		"breaks off":                           named(everything),
		"follows redirects":                    named("redirect"),
		"no status check":                      named(statuses + " error-200 blank-token"),
		"no check of the token":                named("error-200 blank-token"),
		"quotes the answer":                    named(statuses),
		"throws where it is not JSON":          named("malformed empty html huge"),
		"sign-out ends nothing":                {"signout.ends"},
		"keeps the id in a cookie":             {"signout.other"},
	}, func(wrong string, want []string) {
		all := examine(t, wrong, nil)
		for _, c := range all {
			line := said[wrong]
			if c.ID == line[0] && (!strings.Contains(c.Seen, line[1]) || !strings.Contains(c.Mend, line[2])) {
				t.Errorf("%s: %s: %s -> %s", wrong, c.ID, c.Seen, c.Mend)
			}
		}
		got := at(all, checks.Failure)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: it finds %v, and should find %v", wrong, got, want)
			for _, c := range all {
				if c.Level == checks.Failure || c.Level == checks.Warning {
					t.Logf("%s: %s %s: %s", wrong, c.Level, c.ID, c.Seen)
				}
			}
		}
	})
}

// each examines many apps at once: most of the time is spent waiting.
func each(apps map[string][]string, examine func(wrong string, want []string)) {
	var group sync.WaitGroup
	places := make(chan struct{}, 16)
	for wrong, want := range apps {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			examine(wrong, want)
		})
	}
	group.Wait()
}

// Somebody whose session is not good is told so, and nothing else is said.
func TestAPageThatCannotBeOpenedIsAllThatIsSaid(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*conformance.Config)
		id     string
		want   string
	}{
		"no session": {func(cfg *conformance.Config) { cfg.People[0] = conformance.Person{Cookie: "session=gone"} },
			"page.reachable", "status 303, a redirect to /login: nobody is signed in"},
		"wrong password": {func(cfg *conformance.Config) { cfg.People[0].Password = "wrong" },
			"page.reachable", "status 303, a redirect to /login: nobody is signed in"},
		"no app at the form": {func(cfg *conformance.Config) { cfg.Login.Page.Host = "127.0.0.1:1" },
			"page.reachable", "/login: no answer"},
		"a redirect at the form": {func(cfg *conformance.Config) { cfg.Login.Page = cfg.Redirect },
			"page.reachable", "a redirect to /page"},
		"no form": {func(cfg *conformance.Config) { cfg.Login.Page.Path = "/none" },
			"page.reachable", "no form with the fields"},
		"no such field": {func(cfg *conformance.Config) { cfg.Login.User = "login" },
			"page.reachable", "no form with the fields"},
		"no page": {func(cfg *conformance.Config) { cfg.Pages[0].Path = "/none" },
			"page.reachable", "/none: status 404"},
		"no HTML": {func(cfg *conformance.Config) { cfg.Pages[0].Path = "/app.js" },
			"page.reachable", "it is not HTML"},
		"no app": {func(cfg *conformance.Config) { cfg.Pages[0].Host = "127.0.0.1:1" },
			"page.reachable", "no answer"},
		"no chat": {func(cfg *conformance.Config) { cfg.Pages[0].Path = "/login" },
			"request.reaches", "nothing came"},
		"no session of the other": {func(cfg *conformance.Config) { cfg.People[1].Password = "wrong" },
			"page.reachable_other", "nobody is signed in"},
	} {
		all := examine(t, "", tt.change)
		if failed := at(all, checks.Failure); !slices.Equal(failed, []string{tt.id}) {
			t.Errorf("%s: it finds %v", name, failed)
		}
		for _, c := range all {
			if c.ID == tt.id && !strings.Contains(c.Seen, tt.want) {
				t.Errorf("%s: it says %q", name, c.Seen)
			}
		}
	}
}

// A page that does not come takes no longer than the check may take, and every line is there.
func TestWhateverTheAppDoesTheCheckEnds(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	stuck := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer stuck.Close()
	defer close(release)
	vendor, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	all, err := conformance.Run(ctx, conformance.Config{
		Listener: vendor, ProjectID: project, SecretToken: secret, Budget: time.Second,
		Pages:  []*url.URL{{Scheme: "http", Host: stuck.Listener.Addr().String()}},
		People: []conformance.Person{{Cookie: "a=b"}},
	})
	if err != nil || len(all) != len(conformance.IDs()) {
		t.Fatalf("%d lines, %v", len(all), err)
	}
	if c := all[0]; c.Level != checks.Skipped || !strings.Contains(c.Seen, "two minutes are over") {
		t.Errorf("%s %s: %s", c.Level, c.ID, c.Seen)
	}
}

// An app that keeps a token makes no call for most pages. That says nothing of what it does for
// HEAD or with a fault, and is no sign that it calls another address.
func TestWhatAKeptTokenHidesIsNotCalledRight(t *testing.T) {
	t.Parallel()
	all := examine(t, "keeps the token", func(cfg *conformance.Config) {
		cfg.Pages = append(cfg.Pages, cfg.Pages[0].JoinPath("two"))
	})
	if got := at(all, checks.Failure); !slices.Equal(got, []string{"token.new"}) {
		t.Errorf("it finds %v", got)
	}
	hidden := []string{"token.head", "token.prefetch", "token.redirect", "page.escaped", "time.first_byte"}
	for _, c := range all {
		if slices.Contains(hidden, c.ID) || strings.HasPrefix(c.ID, "fault.") {
			if c.Level != checks.Skipped || c.Seen != "see token.new first" {
				t.Errorf("%s %s: %s", c.Level, c.ID, c.Seen)
			}
		}
	}
}

// As in browsers, cookies are those of a host, whatever the port: the form may be on another.
func TestTheFormMayBeOnAnotherPortAndOnNoOtherHost(t *testing.T) {
	t.Parallel()
	all := examine(t, "", func(cfg *conformance.Config) {
		app := *cfg.Pages[0]
		app.Path = ""
		proxy := httptest.NewServer(httputil.NewSingleHostReverseProxy(&app))
		t.Cleanup(proxy.Close)
		cfg.Login.Page.Host = proxy.Listener.Addr().String()
	})
	if failed := at(all, checks.Failure); len(failed) > 0 {
		t.Errorf("on another port: %v", failed)
	}
	page := &url.URL{Scheme: "http", Host: "127.0.0.1:3000", Path: "/page"}
	elsewhere := &url.URL{Scheme: "http", Host: "localhost:3000", Path: "/x"}
	for name, change := range map[string]func(*conformance.Config){
		"login":    func(cfg *conformance.Config) { cfg.Login.Page = elsewhere },
		"logout":   func(cfg *conformance.Config) { cfg.Logout = elsewhere },
		"redirect": func(cfg *conformance.Config) { cfg.Redirect = elsewhere },
		"error":    func(cfg *conformance.Config) { cfg.Missing = elsewhere },
		"a page": func(cfg *conformance.Config) {
			cfg.Login.Page, cfg.Pages = page, append(cfg.Pages, elsewhere)
		},
	} {
		vendor, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		cfg := conformance.Config{
			Listener: vendor, ProjectID: project, SecretToken: secret, Budget: time.Second,
			Pages: []*url.URL{page}, People: []conformance.Person{{Cookie: "a=b"}},
		}
		change(&cfg)
		_, err = conformance.Run(t.Context(), cfg)
		if err == nil || !strings.Contains(err.Error(), "is another host") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What works, and yet is not right, is a warning.
func TestWhatWorksAndIsNotRightIsAWarning(t *testing.T) {
	t.Parallel()
	each(map[string][]string{
		"no lang":              {"request.fields"},
		"waits for the token":  {"time.first_byte"},
		"another variable":     {"page.scripts"},
		"a copy of the script": {"page.scripts"},
		"no bound":             {"fault.huge"},

		"a chat beside the form":     {"page.password"},
		"a password beside the chat": {"page.password"},
	}, func(wrong string, want []string) {
		all := examine(t, wrong, nil)
		if got := at(all, checks.Warning); !slices.Equal(got, want) || len(at(all, checks.Failure)) > 0 {
			t.Errorf("%s: it warns of %v, and should of %v; failures: %v", wrong, got, want, at(all, checks.Failure))
		}
	})
}
