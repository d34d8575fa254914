package e2e

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// oneAtATime is an intranet where one person at a time may wait for a sign-in.
func oneAtATime(t *testing.T) *Intranet {
	t.Helper()
	sharedBrowser(t)
	t.Parallel()
	return launch(t, app.Options{Places: 1}, silent)
}

// occupied lets somebody have the only place in the line until end is called.
func (in *Intranet) occupied(t *testing.T) (end func()) {
	t.Helper()
	waits, release := in.hold(t, `LOCK TABLE throttles`)
	answered := make(chan error, 1)
	go func() {
		res, err := http.PostForm(in.url+paths.Login, url.Values{"email": {"x@company.example"}, "password": {"wrong"}})
		if err == nil {
			err = res.Body.Close()
		}
		answered <- err
	}()
	waits()
	return func() {
		t.Helper()
		release()
		if err := <-answered; err != nil {
			t.Error(err)
		}
	}
}

// fillIn fills the form in, and leaves a mark in the page that is gone when the page is.
func (b *Tab) fillIn(email, secret string) {
	b.t.Helper()
	b.Until(`document.readyState === "complete" && $("#email")`)
	b.Do(`window.stays = true`)
	b.Fill("#email", email)
	b.Fill("#password", secret)
}

// Who signs in while many others do presses the button once, reads in their language that
// they are in line, and is in. The browser keeps nothing of it.
func TestWhoIsInLineGetsInByThemselves(t *testing.T) {
	in := oneAtATime(t)
	for _, lang := range i18n.Languages {
		who := Employee(t, lang)
		b := in.NewTab(t, 390, 800)
		b.Visit(paths.LoginIn(lang, paths.People, ""))
		b.fillIn(who.Email, "not the password")
		b.Write("\r")
		b.Until(`text("#alert") === ` + Quoted(in.Says(t, lang, "login.error.credentials")))
		b.Fill("#email", who.Email)
		b.Fill("#password", in.Passwords[who.Email])

		end := in.occupied(t)
		b.Click(`$("main form button")`)
		b.Until(`visible($("[aria-live=polite] p")) && stays && !$("#alert") &&
			text("[aria-live=polite]") === ` + Quoted(in.Says(t, lang, "login.line")))
		if kept := Ask[int](b, `localStorage.length + sessionStorage.length + Number(history.state !== null)`); kept > 0 {
			t.Error("the page has left something in the browser")
		}
		end()
		b.Until(`location.pathname === "` + paths.People + `" && text(".account-name") === ` + Quoted(who.Name))
		entered := `SELECT count(*)::text FROM audit WHERE action = $1 AND actor = $2`
		if times := in.value(t, entered, string(store.SignedInAction), who.Email); times != "1" {
			t.Errorf("signed in %s times", times)
		}
		b.lookBack(func() { b.without([]string{who.Email}) })
	}
}

// Without scripts there is a button for it.
func TestWithoutScriptsThereIsAButtonForAnotherTry(t *testing.T) {
	in := oneAtATime(t)
	who := Employee(t, "pt")
	b := in.NewTab(t, 390, 800)
	b.WithoutScripts()
	b.Visit(paths.LoginIn("pt", paths.People, ""))
	b.Click(`$("#email")`)
	b.Write(who.Email)
	b.Click(`$("#password")`)
	b.Write(in.Passwords[who.Email])
	end := in.occupied(t)
	b.Click(`$("main form button")`)
	b.Until(`text("#alert") === ` + Quoted(in.Says(t, "pt", "login.error.busy")) + ` &&
		text("main form button") === ` + Quoted(in.Says(t, "pt", "error.retry")) + ` &&
		$("#email").value === ` + Quoted(who.Email) + ` && document.activeElement === $("#password")`)
	end()
	b.Click(`$("#password")`)
	b.Write(in.Passwords[who.Email])
	b.Click(`$("main form button")`)
	b.Until(`location.pathname === "` + paths.People + `" && text(".account-name") === ` + Quoted(who.Name))
}

// outage lets nobody into the database of an intranet, and throws out who is there, until end
// is called.
func (in *Intranet) outage(t *testing.T) (end func()) {
	t.Helper()
	config, err := pgx.ParseConfig(in.dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := config.Database
	config.Database = "postgres" // nobody can shut a database from within
	db, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	do := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.Exec(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	database := pgx.Identifier{name}.Sanitize()
	do(`ALTER DATABASE ` + database + ` ALLOW_CONNECTIONS false`)
	do(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, name)
	return func() { do(`ALTER DATABASE ` + database + ` ALLOW_CONNECTIONS true`) }
}

// While the database is away, too, the page keeps what was typed and tries again.
func TestASignInOutlastsAnOutage(t *testing.T) {
	in := oneAtATime(t)
	who := Employee(t, "en")
	b := in.NewTab(t, 1280, 800)
	b.Visit(paths.LoginIn("en", "", ""))
	b.fillIn(who.Email, in.Passwords[who.Email])
	end := in.outage(t)
	b.Click(`$("main form button")`)
	b.Until(`stays && text("[aria-live=polite]") === ` + Quoted(in.Says(t, "en", "login.away")))
	end()
	b.Until(`location.pathname === "` + paths.Home + `" && text(".account-name") === ` + Quoted(who.Name))
}

// What else may come of a sign-in is shown in the same page, as the browser itself would.
func TestARefusedSignInIsShownInThePage(t *testing.T) {
	in := Start(t, silent)
	who := Employee(t, "en")
	b := in.NewTab(t, 390, 800)
	b.Visit(paths.LoginIn("en", paths.People, paths.EndedLost))
	b.fillIn(who.Email, "not the password")
	b.Write("\r")
	b.Until(`stays && text("#alert") === ` + Quoted(in.Says(t, "en", "login.error.credentials")) + ` &&
		document.activeElement === $("#password") && $("#email").value === ` + Quoted(who.Email) + ` &&
		$("#alert").getBoundingClientRect().top >= 0`)
	v := in.visitor(t, "en", "")
	for range 9 { // with the one before there are ten
		v.post(paths.Login, url.Values{"email": {who.Email}, "password": {"wrong"}})
	}
	b.Answer("wrong again\r")
	b.Until(`stays && /^Too many tries\. Try again in \d+ seconds?\.$/.test(text("#alert"))`)
	if asked := b.Requested(); slices.Contains(asked, in.url+paths.Home) {
		t.Errorf("asked for %q", asked)
	}
}
