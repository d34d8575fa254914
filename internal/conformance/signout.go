package conformance

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/carameloai/intranet/internal/checks"
)

// signIn fills in the app's form. It says what went wrong: whether the app took it is seen
// when a page is opened.
func (e *examination) signIn(ctx context.Context, v *visitor, who Person) checks.Check {
	p := e.load(ctx, v, request{url: e.cfg.Login.Page})
	if c := p.came("--login"); c.Level != checks.Fine {
		return c
	}
	for _, f := range p.document.forms {
		user, password := e.cfg.Login.names(f)
		if user == "" || password == "" {
			continue
		}
		values := f.filled()
		values.Set(user, who.Name)
		values.Set(password, who.Password)
		e.load(ctx, v, request{method: http.MethodPost, url: f.action, form: values})
		return checks.OK("signed in")
	}
	if p.status/100 == 3 {
		return checks.Fail("the page of --login: status %d, a redirect%s", p.status, p.redirect()).
			MendBy("name the page that has the form")
	}
	return checks.Fail("the page of --login, with status %d, has no form with the fields for a name and a password",
		p.status).MendBy(compareForm)
}

// names are those of the two fields in a form, or "" where it has none.
func (l Login) names(f form) (user, password string) {
	for i, in := range f.inputs {
		switch {
		case l.User != "" && in.name == l.User:
			user = in.name
		case l.Password == in.name || l.Password == "" && in.kind == "password":
			password = in.name
			if l.User != "" {
				continue
			}
			for _, before := range slices.Backward(f.inputs[:i]) {
				if before.kind == "" || before.kind == "text" || before.kind == "email" {
					user = before.name
					break
				}
			}
		}
	}
	return user, password
}

// filled are the values that the form has by itself.
func (f form) filled() url.Values {
	values := url.Values{}
	for _, in := range f.inputs {
		if in.kind == "hidden" {
			values.Add(in.name, in.value)
		}
	}
	return values
}

// checkSignOut signs the first person out, and the other one in with the same browser.
func (e *examination) checkSignOut(ctx context.Context) {
	needs := append(e.answered(), "token.signed_out")
	e.check(ctx, "signout.ends", needs, func() checks.Check {
		if e.cfg.Logout == nil {
			return checks.Skip("not tried: give the address of the sign-out with --logout; it ends the session")
		}
		e.signOut(ctx)
		p := e.quietly(ctx, e.one, request{url: e.cfg.Pages[0]})
		if len(p.calls) > 0 || p.shown != "" {
			return checks.Fail("status %d, and a token, after signing out", p.status).
				MendBy("end the session on the server at sign-out, and look it up for each page; is --logout the " +
					"right address?")
		}
		return checks.OK("status %d and no call after signing out", p.status)
	})
	e.check(ctx, "signout.other", append(needs, "signout.ends", "person.stable", "person.other"), func() checks.Check {
		if e.cfg.Login.Page == nil || e.cfg.People[1].Password == "" {
			return checks.Skip("not tried: it needs the form, with --login and the other person's name and password")
		}
		before, wanted := e.loads[0].first.customer(), e.loads[0].other.customer()
		e.one.wrong = e.signIn(ctx, e.one, e.cfg.People[1])
		p := e.load(ctx, e.one, request{url: e.cfg.Pages[0]})
		if c := p.reached("the form", e.one); c.Level != checks.Fine {
			return c
		}
		switch got := p.customer(); got {
		case wanted:
			return checks.OK("after signing out, another person has their own external_customer_id")
		case "":
			return checks.Skip("no call was made: the app may leave Caramelo alone after the failures before")
		case before:
			return checks.Fail("the chat is for the person who was signed in before").
				MendBy("give each sign-in a new session, and keep no id or token beside it: not in a cookie of its own")
		}
		return checks.Fail("the other person has another id than in their own browser").
			MendBy("send the person's id in your database: not one that is made with a session")
	})
}

// signOut presses the app's button where a page has one, and opens the address otherwise.
func (e *examination) signOut(ctx context.Context) {
	for _, f := range e.loads[0].second.document.forms {
		if f.action.Path == e.cfg.Logout.Path && f.method == http.MethodPost {
			e.load(ctx, e.one, request{method: http.MethodPost, url: f.action, form: f.filled()})
			return
		}
	}
	e.load(ctx, e.one, request{url: e.cfg.Logout})
}
