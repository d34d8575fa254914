package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/forwarded"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// A form is what is in the body: what the address of a POST holds, which a link in a mail
// could fill in, is read by no way of reading a field.
func TestNoFieldOfAFormIsReadFromTheAddress(t *testing.T) {
	t.Parallel()
	read := map[string]func(*http.Request) string{
		"Field":     func(r *http.Request) string { return web.Field(r, "name_en") },
		"Prose":     func(r *http.Request) string { return web.Prose(r, "name_en") },
		"FormValue": func(r *http.Request) string { return r.FormValue("name_en") },
		"Form":      func(r *http.Request) string { return r.Form.Get("name_en") },
		"Posted":    func(r *http.Request) string { return web.Posted(r).Get("name_en") },
		"TypedNames": func(r *http.Request) string {
			names, _ := web.TypedNames(r, "key")
			return names["en"]
		},
	}
	seen := map[string]string{}
	const path = "/read"
	i := start(t, routes(web.Post(path, web.Employees,
		func(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
			for name, field := range read {
				seen[name] = field(r)
			}
			return web.Redirect(w, r, paths.Home)
		})))
	ana := i.As("ana")
	for body, want := range map[string]string{"": "", "other=1": "", "name_en=": "", "name_en=body": "body"} {
		form, err := url.ParseQuery(body)
		if err != nil {
			t.Fatal(err)
		}
		if res := ana.Post(path+"?name_en=address&name_en=again", form); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%d", res.StatusCode)
		}
		for name, got := range seen {
			if got != want {
				t.Errorf("%s reads %q, with %q in the body", name, got, body)
			}
		}
	}
	if len(seen) != len(read) {
		t.Errorf("only %d were read", len(seen))
	}
}

// The id of a request is ours: whoever could choose it could make two things look like one in
// the log and the trail, or write into them.
func TestTheIDOfARequestIsOurs(t *testing.T) {
	t.Parallel()
	i := start(t)
	ours, seen := regexp.MustCompile(`^[A-Z2-7]{16}$`), map[string]bool{}
	for _, theirs := range []string{"AAAAAAAAAAAAAAAA", "id-of-a-client", `x" level=ERROR`, strings.Repeat("x", 200)} {
		for _, name := range []string{"X-Request-Id", "X-Request-ID", "Request-Id", "X-Correlation-Id", "Traceparent"} {
			ana := i.As("ana")
			res := ana.Get("/no/such", name, theirs)
			id := res.Header.Get("X-Request-Id")
			if !ours.MatchString(id) || seen[id] || strings.Contains(res.Body, theirs) {
				t.Errorf("%s %.30q: the answer has %q", name, theirs, id)
			}
			seen[id] = true
			ana.Post(paths.Logout, nil, name, theirs)
		}
	}
	if n := i.Count(`audit WHERE request_id !~ '^[A-Z2-7]{16}$' OR request_id = 'AAAAAAAAAAAAAAAA'`); n > 0 {
		t.Errorf("%d events of the trail have another", n)
	}
	if log := i.Log.String(); strings.Contains(log, "AAAAAAAAAAAAAAAA") || strings.Contains(log, "id-of-a-client") {
		t.Error("it is in the log")
	}
	if n := i.Count(`audit WHERE request_id <> ''`); n < 20 {
		t.Errorf("only %d events have one", n)
	}
}

// A proxy of ours has named the request in its own log, and the name is taken over where it can be
// written anywhere.
func TestATrustedProxyNamesTheRequest(t *testing.T) {
	t.Parallel()
	i := startWith(t, webtest.Options{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	ours := regexp.MustCompile(`^[A-Z2-7]{16}$`)
	long := strings.Repeat("x", 48)
	for _, good := range []string{"7f0c9a52-9e0f-4a57-8d0c-0f4f4bde9c11", "a_b.c-D9", long} {
		ana := i.As("ana")
		res := ana.Get("/no/such", "X-Request-Id", good)
		if id := res.Header.Get("X-Request-Id"); id != good {
			t.Errorf("%s: the answer has %q", good, id)
		}
		ana.Post(paths.Logout, nil, "X-Request-Id", good)
		if n := i.Count(`audit WHERE request_id = $1`, good); n == 0 {
			t.Errorf("%s: it is not in the audit trail", good)
		}
	}
	for _, bad := range []string{"", " ", long + "x", `x" level=ERROR`, "a b", "a,b", "<b>", "x;y", "ção", "a'b", "a:b"} {
		if id := i.As("ana").Get("/no/such", "X-Request-Id", bad).Header.Get("X-Request-Id"); !ours.MatchString(id) {
			t.Errorf("%q: the answer has %q", bad, id)
		}
	}
	two := &http.Request{RemoteAddr: "127.0.0.1:1", Header: http.Header{"X-Request-Id": {"one", "two"}}}
	if id := forwarded.RequestID(two, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}); id != "" {
		t.Errorf("of two of them %q is taken", id)
	}
}
