package web

import (
	"encoding/csv"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// rows is the audit page's table as text, a line an event.
func (b *browser) rows(path string) (rows []string) {
	b.i.t.Helper()
	res := b.get(path)
	if res.StatusCode != http.StatusOK {
		b.i.t.Fatalf("%s: %d", path, res.StatusCode)
	}
	for _, row := range res.html(b.i.t).Find(".table tbody tr").EachIter() {
		rows = append(rows, strings.Join(strings.Fields(row.Text()), " "))
	}
	return rows
}

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
	ana.post(paths.AdminAuditExport, nil)
	if err := i.handlers.Store.RecordSettings(t.Context(), "SECOND_FACTOR=admins"); err != nil {
		t.Fatal(err)
	}

	rows, _ := i.pool.Query(t.Context(), `SELECT concat_ws('|', action, actor, subject, nullif(detail, '')) FROM audit ORDER BY id`)
	var got []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		got = append(got, line)
	}
	const a, e = "ana@aroeira.example", "bea@aroeira.example"
	want := []string{
		"session.failed||" + e + "|password", "session.created|" + e + "|", "person.changed|" + e + "|" + e + "|language: es, time zone: America/Bogota, theme: dark", "password.changed|" + e + "|" + e,
		"session.revoked|" + e + "|" + e + "|all others", "factor.added|" + e + "|" + e, "session.ended|" + e + "|", "session.failed||" + e + "|code", "factor.recovered||" + e,
		"session.created|" + e + "||second factor", "factor.codes|" + e + "|" + e, "factor.removed|" + e + "|" + e,
		"person.role|" + a + "|" + e + "|employee to editor", "person.disabled|" + a + "|" + e, "person.enabled|" + a + "|" + e, "session.revoked|" + a + "|" + e + "|all",
		"person.changed|" + a + "|" + e + "|e-mail: " + e + " to beatriz@aroeira.example", `audit.exported|` + a + `||action "", person "", from "", to ""`, "settings.changed|command line||SECOND_FACTOR=admins",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	page := strings.Join(ana.rows(paths.AdminAudit), "\n")
	for _, part := range []string{"203.0.113.9", "Linha de comando", e, time.Now().UTC().Format("2006-01-02")} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %q:\n%s", part, page)
		}
	}
}

func TestTheTrailIsNarrowedAndPaged(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	for n := range auditPerPage + 5 {
		actor := []string{"ana@aroeira.example", "bea@aroeira.example"}[n%2]
		if err := i.handlers.Store.Record(t.Context(), store.CommandLine, store.Event{Action: store.SignedOut, Actor: actor}); err != nil {
			t.Fatal(err)
		}
	}
	if err := i.handlers.Store.Record(t.Context(), store.CommandLine, store.Event{Action: store.PersonDisabled, Actor: "ana@aroeira.example", Subject: "Bea@aroeira.example"}); err != nil {
		t.Fatal(err)
	}
	ana := i.enter("ana", 0)
	first := ana.get(paths.AdminAudit).html(t)
	second := first.Find("a[rel=next]").AttrOr("href", "")
	if n, m := first.Find("tbody tr").Length(), len(ana.rows(second)); n != auditPerPage || m != 6 {
		t.Errorf("%d and %d rows", n, m)
	}
	today, tomorrow := time.Now().UTC().Format(time.DateOnly), time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	for path, want := range map[string]int{
		paths.Audit("person.disabled", "", "", "", ""):                     1,
		paths.Audit("", "BEA@aroeira.example", "", "", ""):                 28,
		paths.Audit("session.ended", "bea@aroeira.example", "", "", ""):    27,
		paths.Audit("session.ended", "nobody@aroeira.example", "", "", ""): 0,
		paths.Audit("", "bea@aroeira.example", today, today, ""):           28,
		paths.Audit("", "", tomorrow, "", ""):                              0,
		paths.Audit("", "", "", "2020-01-01", ""):                          0,
		paths.Audit("", "' OR true --", "", "", ""):                        0,
		paths.Audit("", "\x00", "", "", ""):                                0,
	} {
		if got := len(ana.rows(path)); got != want {
			t.Errorf("%s: %d rows, want %d", path, got, want)
		}
	}
	for _, bad := range []string{"?action=x", "?from=yesterday", "?to=2026-13-01", "?after=x", "?after=LTE", "?from=0000-00-00"} {
		if res := ana.get(paths.AdminAudit + bad); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, res.StatusCode)
		}
	}
}

func TestAnExportIsSafeInASpreadsheetAndAnAttachment(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	formulas := []string{"=1+1", "+1", "-1", "@SUM(1)", "\tx", "\rx", `=HYPERLINK("http://evil.example","x")`, "＝1+1@x.example", "＋1", "－1", "＠SUM(1)"}
	for _, formula := range formulas {
		if err := i.handlers.Store.Record(t.Context(), store.CommandLine, store.Event{Action: store.SignInFailed, Subject: formula, Detail: formula}); err != nil {
			t.Fatal(err)
		}
	}
	res := i.enter("ana", 0).post(paths.AdminAuditExport, url.Values{"action": {"session.failed"}})
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Disposition") != `attachment; filename="audit.csv"` || res.Header.Get("Content-Type") != "text/csv; charset=utf-8" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d, %v", res.StatusCode, res.Header)
	}
	rows, err := csv.NewReader(strings.NewReader(res.body)).ReadAll()
	if err != nil || len(rows) != len(formulas)+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		for _, cell := range row {
			if first, _ := utf8.DecodeRuneInString(cell); cell != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", first) {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
	if res := i.enter("ana", 0).post(paths.AdminAuditExport, url.Values{"from": {"x"}}); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a bad filter: %d", res.StatusCode)
	}
}

func TestAnExportThatBreaksOffDoesNotLookWhole(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.exec(`ALTER TABLE audit ALTER detail DROP NOT NULL`) // a row that cannot be read
	i.exec(`INSERT INTO audit (action, detail) VALUES ('session.ended', NULL)`)
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, i.url+paths.AdminAuditExport, nil)
	res, err := i.enter("ana", 0).Do(req)
	if err == nil {
		_, err = io.ReadAll(res.Body)
		_ = res.Body.Close()
	}
	if err == nil || !strings.Contains(i.log.String(), "an export broke off") {
		t.Errorf("%v; the log: %s", err, i.log.String())
	}
}

func TestSettingsAreRecordedWhenTheyChange(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	for _, settings := range []string{"A=1", "A=1", "A=2", "A=1"} {
		if err := i.handlers.Store.RecordSettings(t.Context(), settings); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(i.events(), ", "); got != "settings.changed A=1, settings.changed A=2, settings.changed A=1" {
		t.Error(got)
	}
}
