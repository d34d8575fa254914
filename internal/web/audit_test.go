package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

// Each way in and out, and each change, is there: who, what, when, from where.
func TestTheTrailSaysWhoDidWhatFromWhere(t *testing.T) {
	t.Parallel()
	i := newIntranet(t, behindProxy)
	b := i.browser()
	address := from("203.0.113.9")
	b.post(paths.Login, login("bea@aroeira.example", "wrong", ""), address...)
	b.post(paths.Login, login("bea@aroeira.example", secretPassword, ""), address...)
	b.post(paths.AccountPreferences, preferences("es"), address...)
	b.post(paths.AccountPassword, url.Values{"password": {secretPassword}, "new_password": {anotherPassword}}, address...)
	b.post(paths.AccountSessions, nil, address...)
	_, recovery := b.addFactor()
	b.post(paths.Logout, nil, address...)
	b.post(paths.Login, login("bea@aroeira.example", anotherPassword, ""), address...)
	b.code("000000")
	b.code(recovery[0])
	b.post(paths.SecondFactorRecovery, nil, address...)
	b.post(paths.SecondFactorRemove, nil, address...)

	ana := i.enter("ana", 0)
	ana.post(paths.AdminPersonRole.Of(i.ids["bea"]), url.Values{"role": {"editor"}, "version": {"2"}}) // their language was changed
	ana.post(paths.AdminPersonDisable.Of(i.ids["bea"]), nil)
	ana.post(paths.AdminPersonEnable.Of(i.ids["bea"]), nil)
	ana.post(paths.AdminPersonSessions.Of(i.ids["bea"]), nil)
	form := personFields("Bea", "beatriz@aroeira.example")
	form.Set("version", "3")
	ana.post(paths.AdminPerson.Of(i.ids["bea"]), form)
	if err := i.handlers.Store.RecordSettings(t.Context(), "SECOND_FACTOR=admins"); err != nil {
		t.Fatal(err)
	}

	rows, _ := i.pool.Query(t.Context(), `SELECT concat_ws('|', action, actor, subject, nullif(detail, '')), address FROM audit ORDER BY id`)
	var got, addresses []string
	for rows.Next() {
		var line, address string
		if err := rows.Scan(&line, &address); err != nil {
			t.Fatal(err)
		}
		got, addresses = append(got, line), append(addresses, address)
	}
	const a, e = "ana@aroeira.example", "bea@aroeira.example"
	want := []string{
		"session.failed||" + e + "|password", "session.created|" + e + "|", "person.changed|" + e + "|" + e + "|language: es, time zone: America/Bogota, theme: dark", "password.changed|" + e + "|" + e,
		"session.revoked|" + e + "|" + e + "|all others", "factor.added|" + e + "|" + e, "session.ended|" + e + "|", "session.failed||" + e + "|code", "factor.recovered||" + e,
		"session.created|" + e + "||second factor", "factor.codes|" + e + "|" + e, "factor.removed|" + e + "|" + e,
		"person.role|" + a + "|" + e + "|employee to editor", "person.disabled|" + a + "|" + e, "person.enabled|" + a + "|" + e, "session.revoked|" + a + "|" + e + "|all",
		"person.changed|" + a + "|" + e + "|e-mail: " + e + " to beatriz@aroeira.example", "settings.changed|command line||SECOND_FACTOR=admins",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if addresses[0] != "203.0.113.9" || addresses[len(want)-2] != "127.0.0.1" || addresses[len(want)-1] != "" {
		t.Errorf("recorded from %q", addresses)
	}
}
