package e2e

import (
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/paths"
)

// hold locks something in the database, so that what needs it waits as on a slow line.
func (in *Intranet) hold(t *testing.T, sql string, args ...any) (waits func(), release func()) {
	t.Helper()
	db := in.database(t)
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
	waits = func() {
		t.Helper()
		const waiting = `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`
		for n, end := 0, time.Now().Add(Patience); n == 0; {
			if err := tx.QueryRow(t.Context(), waiting).Scan(&n); err != nil || time.Now().After(end) {
				t.Fatal("nothing waits", err)
			}
		}
	}
	return waits, func() { _ = tx.Rollback(t.Context()) } // of the test's own lock
}

// Two clicks on a slow line make one person, and the browser shows the link that the first
// click has made, even where it has thrown the first answer away.
func TestTwoClicksAreOneInTheBrowser(t *testing.T) {
	in := Start(t)
	for name, scripts := range map[string]bool{"with scripts": true, "without": false} {
		boss := Admin(t)
		b := in.NewTab(t, 1280, 800)
		b.Enter(boss)
		b.Visit(paths.AdminPeopleNew)
		b.Fill("#name", "Nina "+name)
		b.Fill("#email", map[bool]string{true: "nina@company.example", false: "nino@company.example"}[scripts])
		if !scripts {
			b.WithoutScripts()
		}
		waits, release := in.hold(t, `LOCK TABLE audit IN EXCLUSIVE MODE`)
		if scripts {
			b.Do(`{
				const button = document.querySelector("form:has(#email) button");
				button.click();
				setTimeout(() => {
					button.click();
					fetch("/session?clicked", { keepalive: true }); // a page that is left answers no questions
				}, 50);
			}`)
			for end := time.Now().Add(Patience); b.times(paths.Session+"?clicked") == 0; {
				if time.Now().After(end) {
					t.Fatal("the second click does not come")
				}
			}
			waits()
		} else {
			b.Click(`$("form:has(#email) button")`)
			waits()
			b.Write("\r") // the button has the focus; a page that is left tells nothing about itself
		}
		release()
		link, _ := b.link()
		if posts := b.times(paths.AdminPeople); scripts && posts != 1 {
			t.Errorf("the page sent the form %d times", posts)
		}
		guest := in.NewTab(t, 390, 800)
		guest.Leave(`location.assign(` + Quoted(link) + `)`)
		guest.Until(`$("#code").value.length === 26`)
		guest.Fill("#new_password", newSecret+"\r")
		guest.Until(`location.pathname === "` + paths.Login + `"`)
		guest.Told("en", "notice.invitation")
	}
}

// times is how often the tab has asked for a path.
func (b *Tab) times(path string) (n int) {
	for _, url := range b.Requested() {
		if url == b.in.url+path {
			n++
		}
	}
	return n
}
