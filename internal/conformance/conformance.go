// Package conformance examines how an app, in any language, puts Caramelo on its pages: it
// plays Caramelo to the app, opens its pages as two people, and says what holds, what does
// not, and how to mend it. It sees the app only from outside, as a browser and as Caramelo
// would, and knows nothing of this intranet.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/sandbox"
)

const (
	maxRun    = 110 * time.Second // for everything
	maxLoad   = 10 * time.Second  // for a page while Caramelo answers at once
	maxBody   = 4 << 20           // bytes of a page or a script
	quietTime = 150 * time.Millisecond
)

// Config says what to examine.
type Config struct {
	// Listener is where Caramelo is played. The app's addresses of the API and of the
	// script must point there. Run closes it.
	Listener net.Listener
	// ProjectID and SecretToken are those that the app uses, too.
	ProjectID   string
	SecretToken string `json:"-"`
	// Pages are the addresses of pages with the chat, at least one. The first is the one
	// that is opened with each fault.
	Pages []*url.URL
	// People are at most two, who sign in by cookie or at the form.
	People []Person
	Login  Login
	Logout *url.URL // nil: signing out is not tried
	// Redirect and Missing are addresses of the app that answer with a redirect and with
	// an error page. May be nil.
	Redirect, Missing *url.URL
	// Budget is how long a page may take while Caramelo does not answer.
	Budget time.Duration
}

// Person is somebody who can sign in.
type Person struct {
	Cookie         string // as a browser sends it: a=b; c=d. Where it is "", the form is used
	Name, Password string // for the form
}

// Login is the form of the app.
type Login struct {
	Page     *url.URL // nil: there is none
	User     string   // the name of its field, or "" for the one before the password
	Password string   // the name of its field, or "" for the one of that type
}

// Format implements fmt.Formatter. It leaves cookies and passwords out with every verb.
func (p Person) Format(f fmt.State, _ rune) { fmt.Fprint(f, "conformance.Person") }

// Format implements fmt.Formatter. It leaves the secret out with every verb.
func (c Config) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "conformance.Config{ProjectID:%q Pages:%v}", c.ProjectID, c.Pages)
}

func (c Config) check() error {
	var errs []error
	if len(c.Pages) == 0 {
		errs = append(errs, errors.New("name a page with the chat"))
	}
	for _, u := range append(slices.Clone(c.Pages), c.Login.Page, c.Logout, c.Redirect, c.Missing) {
		if u != nil && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
			errs = append(errs, fmt.Errorf("%s is no address such as http://127.0.0.1:3000/page", u.Redacted()))
		}
	}
	if len(c.Pages) > 0 {
		for _, u := range c.sameHost() {
			if u != nil && u.Hostname() != c.Pages[0].Hostname() {
				errs = append(errs, fmt.Errorf("%s is another host than %s, where the page is: cookies do not go from "+
					"one to the other (localhost and 127.0.0.1 are two); sign in with a browser where the form is on "+
					"a host of its own, and give the cookies", u.Redacted(), c.Pages[0].Hostname()))
			}
		}
	}
	if len(c.People) == 0 || len(c.People) > 2 {
		errs = append(errs, errors.New("give the sessions of one or two people"))
	}
	for i, p := range c.People {
		if p.Cookie == "" && (c.Login.Page == nil || p.Name == "" || p.Password == "") {
			errs = append(errs, fmt.Errorf(
				"person %d has neither a cookie nor a name and a password for the form", i+1))
		}
	}
	if c.Budget < 100*time.Millisecond || c.Budget > 10*time.Second {
		errs = append(errs, errors.New("the budget must be 100ms to 10s"))
	}
	return errors.Join(errs...)
}

// sameHost are the addresses where the session of the first page must be good, too.
func (c Config) sameHost() []*url.URL {
	all := []*url.URL{c.Login.Page, c.Logout, c.Redirect, c.Missing}
	if c.Login.Page != nil { // cookies are given for the host of each page
		all = append(all, c.Pages...)
	}
	return all
}

// examination goes through the checks, one after the other.
type examination struct {
	cfg    Config
	vendor *vendor
	one    *visitor
	other  *visitor // nil: only one person is given
	loads  []loads  // of each page
	done   []checks.Check
}

// loads are those of one page.
type loads struct {
	first, second page // of the first person
	other         page // of the second one, if there is one
}

// Run examines the app within two minutes. Its error says that the settings do not do;
// what the app does wrong is in the checks, which are always the same, in the same order.
func Run(ctx context.Context, cfg Config) ([]checks.Check, error) {
	defer func() { _ = cfg.Listener.Close() }()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	sb, err := sandbox.New(sandbox.Config{
		ProjectID:   cfg.ProjectID,
		SecretToken: cfg.SecretToken,
		Faults:      lenient,
		TypingDelay: -1,
		Logger:      slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, maxRun)
	defer cancel()
	cfg.Pages = slices.Clone(cfg.Pages)
	e := &examination{cfg: cfg, vendor: newVendor(sb, cfg.SecretToken)}
	server := &http.Server{
		Handler:           e.vendor,
		ConnContext:       keepConnection,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		IdleTimeout:       60 * time.Second,
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(cfg.Listener) // always returns an error: it is closed below
	}()
	defer func() {
		sb.Close()
		_ = server.Close()
		<-ended
	}()
	e.examine(ctx)
	return e.done, nil
}

func (e *examination) examine(ctx context.Context) {
	e.openPages(ctx)
	e.checkRequest(ctx)
	e.checkPerson(ctx)
	e.checkTokens(ctx)
	e.checkPage(ctx)
	e.checkPolicy(ctx)
	e.checkFaults(ctx)
	e.checkSignOut(ctx)
	for _, v := range []*visitor{e.one, e.other} {
		v.close()
	}
}

// openPages signs the people in and loads each page, without judging yet.
func (e *examination) openPages(ctx context.Context) {
	e.one = e.arrive(ctx, e.cfg.People[0])
	if len(e.cfg.People) > 1 {
		e.other = e.arrive(ctx, e.cfg.People[1])
	}
	for i, given := range e.cfg.Pages {
		address := *given
		if address.Path == "" {
			address.Path = "/"
		}
		e.cfg.Pages[i] = &address
		l := loads{first: e.load(ctx, e.one, request{url: &address})}
		if l.first.status == http.StatusOK { // otherwise there is nothing to compare it with
			l.second = e.load(ctx, e.one, request{url: &address})
		}
		if e.other != nil && l.first.status == http.StatusOK {
			l.other = e.load(ctx, e.other, request{url: &address})
		}
		e.loads = append(e.loads, l)
	}
	e.check(ctx, "page.reachable", nil, func() checks.Check {
		for _, l := range e.loads {
			for _, p := range []page{l.first, l.second} {
				if c := p.reached("CHECK_COOKIE", e.one); c.Level != checks.Fine {
					return c
				}
			}
		}
		return checks.OK("%d of %d, status 200 and HTML", len(e.loads), len(e.loads))
	})
	e.check(ctx, "page.reachable_other", []string{"page.reachable"}, func() checks.Check {
		if e.other == nil {
			return checks.Skip("not tried: give another person's session, in CHECK_COOKIE_OTHER")
		}
		for _, l := range e.loads {
			if c := l.other.reached("CHECK_COOKIE_OTHER", e.other); c.Level != checks.Fine {
				return c
			}
		}
		return checks.OK("for the other person, too")
	})
}

// check notes what f returns under id. Where a check that it needs has failed or was
// skipped, or where the two minutes are over, f is not called.
func (e *examination) check(ctx context.Context, id string, needs []string, f func() checks.Check) {
	c, needed := e.missing(needs)
	if !needed && ctx.Err() == nil {
		c = f()
	}
	if !needed && ctx.Err() != nil { // what f saw may be the end of the two minutes alone
		c = checks.Skip("the two minutes are over: see what was slow before")
	}
	c.ID = id
	c.Seen = e.clean(c.Seen)
	e.done = append(e.done, c)
}

// clean takes the secret out of what an app may have put anywhere.
func (e *examination) clean(text string) string {
	return strings.ReplaceAll(text, e.cfg.SecretToken, "[secret]")
}

// missing returns a check that is skipped because of one of needs, if there is one.
func (e *examination) missing(needs []string) (checks.Check, bool) {
	for _, need := range needs {
		for _, c := range e.done {
			if c.ID != need {
				continue
			}
			switch c.Level {
			case checks.Failure:
				return checks.Skip("see %s first", c.ID), true
			case checks.Skipped:
				return checks.Skip("%s", c.Seen), true
			}
		}
	}
	return checks.Check{}, false
}
