package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/paths"
)

// tour leads past every kind of page, in one language and in every state that
// people see it in, and calls at on each. What is folded in is open there.
func (in *intranet) tour(t *testing.T, lang string, at func(b *tab, name string)) {
	t.Helper()
	b := in.tourist(t, lang)
	b.signedOut(at)
	who := employee(t, lang)
	b.enter(who)
	for _, p := range []place{
		{"a page for others", paths.AdminPeople, http.StatusForbidden},
		{"an action's address", paths.AccountPassword, http.StatusMethodNotAllowed},
		{"a broken address", paths.PeopleList("", "", "no cursor"), http.StatusBadRequest},
	} {
		b.goTo(p)
		at(b, p.name)
	}
	in.lacking(t, "vocabulary", func() {
		b.goTo(place{"a failure", paths.PeopleList("ana", "", ""), http.StatusInternalServerError})
		at(b, "a failure")
	})

	in.promoted(t, lang)
	in.newTab(t, 1280, 800).enter(who) // a session that can be ended
	in.report(t)
	for _, p := range b.places() {
		b.goTo(p)
		at(b, p.name)
	}
	b.chats(at)
	b.behindForms(who, func(name string) { at(b, name) })
	b.secondFactor(at)

	b.signOut()
	b.credentials(who.Email, in.passwords[who.Email])
	b.until(`location.pathname === "` + paths.LoginCode + `" && $("#code")`)
	at(b, "the code of a sign-in")
	b.answer("000000\r")
	b.until(`visible($(".alert")) && document.readyState === "complete"`)
	at(b, "a wrong code of a sign-in")
}

// tourist opens a tab in a language. It has the time of a whole tour.
func (in *intranet) tourist(t *testing.T, lang string) *tab {
	t.Helper()
	b := in.newTab(t, 1280, 800)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), 10*time.Minute)
	t.Cleanup(cancel)
	b.ctx = ctx
	b.accept(lang)
	return b
}

func (b *tab) signedOut(at func(b *tab, name string)) {
	b.t.Helper()
	b.visit(paths.Login)
	at(b, "sign-in")
	b.credentials("nobody@aroeira.example", "wrong")
	b.until(`visible($("#alert")) && document.readyState === "complete"`)
	at(b, "sign-in with an error")
	b.leave(`const form = document.querySelector("main form"); form.action += "?%zz"; form.noValidate = true; form.requestSubmit()`)
	b.until(`text(".error-status") === "400" && document.readyState === "complete"`)
	at(b, "an error for nobody")
	b.visit(paths.Invitation)
	at(b, "a one-time link's page")
	b.fill("#code", "not a code")
	b.fill("#new_password", newSecret+"\r")
	b.until(`visible($(".alert")) && document.readyState === "complete"`)
	at(b, "a wrong one-time link")
	b.in.lacking(b.t, "people", func() {
		b.credentials("nobody@aroeira.example", "wrong")
		b.until(`text(".error-status") === "500" && document.readyState === "complete"`)
		at(b, "a failure for nobody")
	})
}

// lacking does something while a table is not there.
func (in *intranet) lacking(t *testing.T, table string, do func()) {
	t.Helper()
	rename := func(from, to string) {
		t.Helper()
		db, err := pgx.Connect(t.Context(), in.dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close(context.Background()) }()
		if _, err := db.Exec(t.Context(), `ALTER TABLE `+from+` RENAME TO `+to); err != nil {
			t.Fatal(err)
		}
	}
	rename(table, "absent")
	do()
	rename("absent", table)
}

// report is what a browser sends that has blocked something.
func (in *intranet) report(t *testing.T) {
	t.Helper()
	res, err := http.Post(in.url+paths.CSPReports, "application/csp-report", strings.NewReader(fmt.Sprintf(
		`{"csp-report": {"effective-directive": "img-src", "blocked-uri": "https://cdn.example/x.png", "document-uri": %q}}`, in.url+paths.People)))
	if err != nil {
		t.Fatal(err)
	}
	if _ = res.Body.Close(); res.StatusCode != http.StatusNoContent {
		t.Fatalf("a report is answered with %d", res.StatusCode)
	}
}

// chats are the chat at work, the chat that has ended, and what is there instead
// of one.
func (b *tab) chats(at func(b *tab, name string)) {
	b.t.Helper()
	b.visit(paths.Home)
	b.until(`online()`)
	b.click(`chat("#bubble")`)
	b.write("?\r")
	b.until(`said("assistant").length === 2`)
	at(b, "a chat")
	b.in.vendor.answer(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"real_time_access_token": "of nobody"}`)
	})
	b.visit(paths.Assistant)
	b.until(`host.dataset.state === "ended"`)
	b.click(`chat("#bubble")`)
	b.until(`visible(chat("#reload"))`)
	at(b, "a chat that has ended")
	b.in.vendor.refuse()
	b.visit(paths.Home)
	b.until(`visible($("#assistant-unavailable"))`)
	at(b, "the notice that there is no chat")
	b.in.vendor.answer(b.in.vendor.sandbox.ServeHTTP)
}

// refuse makes intranet-auth refuse everybody from now on.
func (v *vendor) refuse() {
	v.answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
}

// secondFactor is of somebody who has begun to set one up.
func (b *tab) secondFactor(at func(b *tab, name string)) {
	b.t.Helper()
	b.in.sql(b.t, `UPDATE second_factors SET confirmed_at = now()`)
	b.visit(paths.SecondFactor)
	b.do(`document.querySelectorAll(".ask").forEach((e) => e.open = true)`)
	at(b, "a second factor")
	b.click(`$("main form button")`)
	b.until(`$(".codes") && document.readyState === "complete"`)
	at(b, "recovery codes")
}

// bare is an intranet without an assistant, in which everybody must have a
// second factor.
func bare(s *app.Settings) {
	s.ProjectID, s.SecretToken, s.Sandbox, s.SecondFactor = "", caramelo.Secret{}, "false", "everyone"
}

// bareTour leads past the pages that are different in a bare intranet.
func (in *intranet) bareTour(t *testing.T, lang string, at func(b *tab, name string)) {
	t.Helper()
	b, who := in.tourist(t, lang), employee(t, lang)
	b.credentials(who.Email, in.passwords[who.Email])
	b.until(`location.pathname === "` + paths.SecondFactor + `" && visible($(".alert")) && document.readyState === "complete"`)
	at(b, "a second factor that one must have")
	b.click(`$("main form button")`)
	b.until(`$(".qr") && document.readyState === "complete"`)
	at(b, "setting up a second factor that one must have")
	in.sql(t, `UPDATE second_factors SET confirmed_at = now()`)
	for _, path := range []string{paths.Home, paths.Assistant, paths.Account} {
		b.visit(path)
		b.until(`location.pathname === "` + path + `"`)
		at(b, path+" without an assistant")
	}
}
