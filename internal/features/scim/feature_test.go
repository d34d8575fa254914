package scim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of this one. It has no pages.
var fixture = webtest.Fixture{
	Feature: Feature,
	Routes:  func(*web.Server) []web.Route { return nil },
	Fill: func(i *webtest.Intranet) {
		i.Exec(`INSERT INTO scim_people (person_id, external_id, given_name, family_name)
			SELECT id, 'x <b>', 'First <b>', 'Last <b>' FROM people`)
	},
}

func TestSCIM(t *testing.T) { webtest.Check(t, fixture) }

// provider asks as one does.
type provider struct {
	*webtest.Intranet
	t     testing.TB
	token string
}

// start runs an intranet, with a provider that may change people there.
func start(t testing.TB, others ...web.Feature) provider {
	t.Helper()
	return allow(t, webtest.New(t, append(others, Feature())...), "entra")
}

// allow makes a client of that name.
func allow(t testing.TB, i *webtest.Intranet, name string) provider {
	t.Helper()
	token, err := tokens{i.Store}.add(t.Context(), store.CommandLine, name, 90*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	i.Exec(`UPDATE scim_tokens SET used_at = now()`) // so that no request notes its hour
	return provider{i, t, token}
}

// reply is what a provider gets.
type reply struct {
	webtest.Answer
	object map[string]any
}

// at is a value of the reply, by names with a slash between; nil where there is none.
func (r reply) at(path string) any {
	var value any = r.object
	for name := range strings.SplitSeq(path, "/") {
		if list, is := value.([]any); is && len(list) > 0 {
			value = list[0]
		}
		in, _ := value.(map[string]any)
		value = in[name]
	}
	return value
}

// text is a value that is a text.
func (r reply) text(path string) string {
	text, _ := r.at(path).(string)
	return text
}

// ask sends a request below Base; a body is JSON.
func (p provider) ask(method, path, body string, header ...string) reply {
	p.t.Helper()
	var req *http.Request
	var err error
	if body == "" {
		req, err = http.NewRequestWithContext(p.t.Context(), method, p.URL+Base+path, nil)
	} else {
		req, err = http.NewRequestWithContext(p.t.Context(), method, p.URL+Base+path, strings.NewReader(body))
	}
	if err != nil {
		p.t.Fatal(err)
	}
	all := append([]string{"Authorization", "Bearer " + p.token, "Content-Type", "application/scim+json"}, header...)
	r := reply{Answer: p.Browser().Send(req, all...)}
	if r.Body == "" {
		return r
	}
	if kind := r.Header.Get("Content-Type"); kind != "application/scim+json" {
		p.t.Errorf("%s %s: %d is %q", method, path, r.StatusCode, kind)
	}
	if err := json.Unmarshal([]byte(r.Body), &r.object); err != nil {
		p.t.Errorf("%s %s: %v in %q", method, path, err, r.Body)
	}
	return r
}

// must is ask for what has to be answered with that status.
func (p provider) must(status int, method, path, body string) reply {
	p.t.Helper()
	r := p.ask(method, path, body)
	if r.StatusCode != status {
		p.t.Fatalf("%s %s: %d, %s", method, path, r.StatusCode, r.Body)
	}
	return r
}

// refused fails where a request is not refused in the form of SCIM, or changes something.
func (p provider) refused(status int, kind, method, path, body string, header ...string) {
	p.t.Helper()
	before := p.Dump()
	r := p.ask(method, path, body, header...)
	if r.StatusCode != status || r.text("scimType") != kind || r.text("detail") == "" ||
		!strings.Contains(r.Body, "urn:ietf:params:scim:api:messages:2.0:Error") {
		p.t.Errorf("%s %s %.100s: %d, %s", method, path, body, r.StatusCode, r.Body)
	}
	if p.Dump() != before {
		p.t.Errorf("%s %s %.100s changed something", method, path, body)
	}
}

// whole is a user with these attributes, which are JSON.
func whole(attributes string) string {
	return `{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], ` + attributes + `}`
}

// patch is a PATCH with these operations, which are JSON.
func patch(operations string) string {
	return `{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [` + operations + `]}`
}
