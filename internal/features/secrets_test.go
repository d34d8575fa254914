package features_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/webtest"
)

// Nobody else's script runs on a page that shows or takes a password, a code or a one-time
// link, nor may it be loaded there, and the page says where the assistant is. webtest looks
// at every answer of every test; here are the pages on which that has to find something.
func TestNobodyElsesScriptRunsWhereSecretsAre(t *testing.T) {
	t.Parallel()
	i := webtest.New(t, features.All()...)
	i.Protect("caio")
	wrong := url.Values{"code": {"000000"}}
	person := url.Values{
		"name": {"Dora"}, "email": {"dora@company.example"}, "role": {"employee"}, "lang": {"en"}, "department": {""},
	}
	passwords := url.Values{"password": {"wrong"}, "new_password": {"short"}}
	login := url.Values{"email": {"bea@company.example"}, "password": {"wrong"}}
	stale := i.AsAfter("ana", time.Hour)
	bea, ana, out := i.As("bea"), i.As("ana"), i.Browser()
	for name, page := range map[string]func() webtest.Answer{
		"sign-in":             func() webtest.Answer { return out.Get(paths.Login) },
		"a failed sign-in":    func() webtest.Answer { return out.Post(paths.Login, login) },
		"the same, signed in": func() webtest.Answer { return ana.Post(paths.Login, login) },
		"the second step":     func() webtest.Answer { return i.Half("caio").Get(paths.LoginCode) },
		"a wrong code":        func() webtest.Answer { return i.Half("caio").GiveCode("000000") },
		"one-time link":       func() webtest.Answer { return out.Get(paths.Invitation) },
		"a wrong link":        func() webtest.Answer { return out.Post(paths.Invitation, wrong) },
		"password":            func() webtest.Answer { return ana.Get(paths.AccountPassword) },
		"a refused password":  func() webtest.Answer { return ana.Post(paths.AccountPassword, passwords) },
		"a proof":             func() webtest.Answer { return stale.Post(paths.AccountSessions, nil) },
		"a proof of two factors": func() webtest.Answer {
			return i.AsAfter("caio", time.Hour).Post(paths.SecondFactorRemove, nil)
		},
		"a wrong proof": func() webtest.Answer {
			return stale.Post(paths.AdminPeople, url.Values{"confirm_password": {"wrong"}})
		},
		"a second factor's seed": func() webtest.Answer { return bea.Post(paths.SecondFactor, nil) },
		"recovery codes":         func() webtest.Answer { return i.As("caio").Post(paths.SecondFactorRecovery, nil) },
		"a new person's link":    func() webtest.Answer { return ana.Post(paths.AdminPeople, person) },
		"another one-time link": func() webtest.Answer {
			return ana.Post(paths.AdminPersonInvitation.Of(i.IDs["bea"]), nil)
		},
	} {
		res := page()
		if res.Secret() == "" || res.Vendors() != "" {
			t.Errorf("%s: %d, shows %q and has %q", name, res.StatusCode, res.Secret(), res.Vendors())
		}
		html := res.HTML(t)
		signedIn := html.Find("[data-person]").Length() == 1
		if says := html.Find("footer a[href='"+paths.Assistant+"']").Length() == 1; says != signedIn {
			t.Errorf("%s says where the assistant is: %t", name, says)
		}
	}
	bea.BeginFactor()
	if res := bea.ConfirmFactor("000000"); res.Secret() == "" || res.Vendors() != "" {
		t.Errorf("a wrong code of a set-up: %d, %q, %q", res.StatusCode, res.Secret(), res.Vendors())
	}
	for _, path := range []string{paths.Home, paths.Account, paths.AdminPeople, paths.AdminPerson.Of(i.IDs["bea"])} {
		if res := ana.Get(path); res.Secret() != "" || res.Vendors() == "" {
			t.Errorf("%s shows %q, or has no assistant: %q", path, res.Secret(), res.Vendors())
		}
	}
}

// Every route, asked by somebody whose proof is too old, and by nobody: wherever the answer
// has a field for a secret, it is without the assistant.
func TestNoRouteAsksForASecretBesideTheAssistant(t *testing.T) {
	t.Parallel()
	i := webtest.New(t, features.All()...)
	var asked []string
	for _, route := range i.Server.Routes() {
		path := strings.NewReplacer("{$}", "", "{id}", i.IDs["bea"], "{slug}", "none").Replace(route.Path)
		for _, b := range []*webtest.Browser{i.AsAfter("ana", time.Hour), i.Browser()} {
			res := b.Ask(route.Method, path)
			if res.Secret() == "" {
				continue
			}
			if asked = append(asked, route.Method+" "+route.Path); res.Vendors() != "" {
				t.Errorf("%s %s has %q beside %q", route.Method, path, res.Secret(), res.Vendors())
			}
		}
		if route.Proof && !slices.Contains(asked, http.MethodPost+" "+route.Path) {
			t.Errorf("%s asks for no proof", path)
		}
	}
	if len(asked) < 25 {
		t.Errorf("only %d routes ask for a secret: %s", len(asked), asked)
	}
}
