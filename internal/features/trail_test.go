package features_test

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/webtest"
)

// Each way in and out, and each change, is in the audit trail: who, what, when, from
// where.
func TestTheTrailSaysWhoDidWhatFromWhere(t *testing.T) {
	t.Parallel()
	local := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	i := webtest.NewWith(t, webtest.Options{Proxies: local}, features.Core()...)
	const another = "nine green frogs on a log"
	b := i.Browser()
	send := func(path string, form url.Values) { b.Post(path, form, "X-Forwarded-For", "203.0.113.9") }
	signIn := func(password string) {
		send(paths.Login, url.Values{"email": {"bea@company.example"}, "password": {password}})
	}
	signIn("wrong")
	signIn(webtest.Password)
	send(paths.AccountPreferences, url.Values{"lang": {"es"}, "time_zone": {"America/Bogota"}, "theme": {"dark"}})
	send(paths.AccountPassword, url.Values{"password": {webtest.Password}, "new_password": {another}})
	send(paths.AccountSessions, nil)
	send(paths.ConsentGive, nil)
	send(paths.ConsentWithdraw, nil)
	_, recovery := b.AddFactor()
	send(paths.Logout, nil)
	signIn(another)
	b.GiveCode("000000")
	b.GiveCode(recovery[0])
	send(paths.SecondFactorRecovery, nil)
	send(paths.SecondFactorRemove, nil)

	ana, bea := i.As("ana"), i.IDs["bea"]
	role := url.Values{"role": {"editor"}, "version": {"2"}} // their language was changed
	ana.Post(paths.AdminPersonRole.Of(bea), role)
	ana.Post(paths.AdminPersonDisable.Of(bea), nil)
	ana.Post(paths.AdminPersonEnable.Of(bea), nil)
	ana.Post(paths.AdminPersonSessions.Of(bea), nil)
	ana.Post(paths.AdminPerson.Of(bea), url.Values{
		"name": {"Bea"}, "email": {"beatriz@company.example"}, "title": {"Analyst"}, "department": {"finance"},
		"lang": {"es"}, "version": {"3"},
	})
	if err := i.Store.RecordSettings(t.Context(), "SECOND_FACTOR=admins"); err != nil {
		t.Fatal(err)
	}

	rows, _ := i.Pool.Query(t.Context(), `SELECT concat_ws('|', replace(action, '@company.example', ''),
			replace(actor, '@company.example', ''), replace(subject, '@company.example', ''), nullif(detail, '')),
		address FROM audit ORDER BY id`)
	var line, address string
	var got, addresses []string
	_, err := pgx.ForEachRow(rows, []any{&line, &address}, func() error {
		got, addresses = append(got, line), append(addresses, address)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"session.failed||bea|password",
		"session.created|bea|",
		"person.changed|bea|bea|language: es, time zone: America/Bogota, theme: dark",
		"password.changed|bea|bea",
		"session.revoked|bea|bea|all others",
		"consent.given|bea|bea",
		"consent.withdrawn|bea|bea",
		"factor.added|bea|bea",
		"session.ended|bea|",
		"session.failed||bea|code",
		"factor.recovered||bea",
		"session.created|bea||second factor",
		"factor.codes|bea|bea",
		"factor.removed|bea|bea",
		"person.role|ana|bea|employee to editor",
		"person.disabled|ana|bea",
		"person.enabled|ana|bea",
		"session.revoked|ana|bea|all",
		"person.changed|ana|bea|name, title, e-mail: bea@company.example to beatriz@company.example",
		"settings.changed|command line||SECOND_FACTOR=admins",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	last := len(addresses) - 1
	if addresses[0] != "203.0.113.9" || addresses[last-1] != "127.0.0.1" || addresses[last] != "" {
		t.Errorf("recorded from %q", addresses)
	}
}
