package audit

import (
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

// rows is the audit page's table as text, a line an event.
func rows(b *webtest.Browser, path string) (rows []string) {
	b.I.T.Helper()
	res := b.Get(path)
	if res.StatusCode != http.StatusOK {
		b.I.T.Fatalf("%s: %d", path, res.StatusCode)
	}
	for _, row := range res.HTML(b.I.T).Find(".table tbody tr").EachIter() {
		cells := row.Find("td").Map(func(_ int, cell *goquery.Selection) string { return cell.Text() })
		rows = append(rows, strings.Join(strings.Fields(strings.Join(cells, " ")), " "))
	}
	return rows
}

// record adds an event to the trail.
func record(i *webtest.Intranet, e store.Entry) {
	i.T.Helper()
	if err := i.Store.Record(i.T.Context(), store.CommandLine, e); err != nil {
		i.T.Fatal(err)
	}
}

// The page says of each event who did what to whom, when and from where.
func TestAnAdminSeesWhoDidWhatFromWhere(t *testing.T) {
	t.Parallel()
	i := webtest.NewWith(t, webtest.Options{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, Feature())
	signIn := url.Values{"email": {"bea@company.example"}, "password": {"wrong"}}
	i.Browser().Post(paths.Login, signIn, "X-Forwarded-For", "203.0.113.9")
	record(i, store.Entry{
		Action: store.RoleChanged, Actor: "caio@company.example", Subject: "bea@company.example",
		Detail: "employee to editor",
	})
	record(i, store.Entry{Action: store.SettingsChanged, Detail: "SECOND_FACTOR=admins"})
	got, today := rows(i.As("ana"), Index), time.Now().UTC().Format(time.DateOnly)
	want := []string{
		"Linha de comando Iniciou o servidor com outras configurações SECOND_FACTOR=admins",
		"caio@company.example Mudou um perfil de acesso employee to editor bea@company.example",
		"Sem identificação Não conseguiu entrar password bea@company.example 203.0.113.9",
	}
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for n, row := range got {
		if !strings.HasPrefix(row, today) || !strings.HasSuffix(row, want[n]) {
			t.Errorf("%q, want the end %q", row, want[n])
		}
	}
}

func TestTheTrailIsNarrowedAndPaged(t *testing.T) {
	t.Parallel()
	i := start(t)
	const ana, bea = "ana@company.example", "bea@company.example"
	for n := range perPage + 5 {
		record(i, store.Entry{Action: store.SignedOut, Actor: []string{ana, bea}[n%2]})
	}
	record(i, store.Entry{Action: store.PersonDisabled, Actor: ana, Subject: "Bea@company.example"})
	admin := i.As("ana")
	first := admin.Get(Index).HTML(t)
	second := first.Find("a[rel=next]").AttrOr("href", "")
	if n, m := first.Find("tbody tr").Length(), len(rows(admin, second)); n != perPage || m != 6 {
		t.Errorf("%d and %d rows", n, m)
	}
	today, tomorrow := time.Now().UTC().Format(time.DateOnly), time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	for form, want := range map[Form]int{
		{Action: "person.disabled"}:                                 1,
		{Person: "BEA@company.example"}:                             28,
		{Action: "session.ended", Person: bea}:                      27,
		{Action: "session.ended", Person: "nobody@company.example"}: 0,
		{Person: bea, From: today, To: today}:                       28,
		{From: tomorrow}:                                            0,
		{To: "2020-01-01"}:                                          0,
		{Person: "' OR true --"}:                                    0,
		{Person: "\x00"}:                                            0,
	} {
		if got := len(rows(admin, form.path(""))); got != want {
			t.Errorf("%s: %d rows, want %d", form, got, want)
		}
	}
	for _, bad := range []string{"?action=x", "?after=x", "?after=LTE"} {
		if res := admin.Get(Index + bad); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, res.StatusCode)
		}
	}
}

// A day that is none is said at its field, with what was typed. Nothing is listed and
// nothing exported: it would be something else than what was asked for.
func TestABadDayIsSaidAtItsField(t *testing.T) {
	t.Parallel()
	i := start(t)
	record(i, store.Entry{Action: store.SignedOut, Actor: "bea@company.example"})
	admin := i.As("ana")
	for _, typed := range []string{
		"30/11/2026", "yesterday", "2026-13-01", "2026-02-30", "0000-00-00", "2026-1-1", "\u202e", `"><b>`,
	} {
		for _, name := range []string{"from", "to"} {
			filter := url.Values{name: {typed}, "person": {"bea@company.example"}}
			for where, res := range map[string]webtest.Answer{
				"list":   admin.Get(Index + "?" + filter.Encode()),
				"export": admin.Post(Export, filter),
			} {
				page := res.HTML(t)
				field, message := page.Find("#"+name), page.Find("#"+name+"-error").Text()
				if res.StatusCode != http.StatusUnprocessableEntity || field.AttrOr("value", "") != store.Line(typed) ||
					field.AttrOr("aria-invalid", "") != "true" || !strings.Contains(message, "2026-11-30") ||
					page.Find(".field-error").Length() != 1 || page.Find(".trail").Length() != 0 ||
					page.Find("#person").AttrOr("value", "") != "bea@company.example" {
					t.Errorf("%s, %s %q: %d, %q", where, name, typed, res.StatusCode, message)
				}
			}
		}
	}
	if got := i.Recorded(); len(got) != 1 {
		t.Errorf("recorded %q", got)
	}
}

// However an address is typed, as everywhere: another case, another composition.
func TestAPersonIsFoundInTheTrailHoweverTheyAreTyped(t *testing.T) {
	t.Parallel()
	i := start(t)
	record(i, store.Entry{Action: store.SignedOut, Actor: "joão@company.example"})
	record(i, store.Entry{Action: store.PersonDisabled, Actor: "ana@company.example", Subject: "JOÃO@company.example"})
	admin := i.As("ana")
	for _, typed := range []string{
		"joão@company.example", "JOÃO@COMPANY.EXAMPLE",
		"joa\u0303o@company.example", " jo\u00adão@company.example\u00a0",
		"ｊｏão@company.example",
	} {
		if got := len(rows(admin, Form{Person: typed}.path(""))); got != 2 {
			t.Errorf("%q: %d rows", typed, got)
		}
	}
}

// An export says in the trail what was exported, and where that fails nothing is.
func TestAnExportIsRecorded(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	filter := url.Values{"action": {"session.failed"}, "person": {"bea@company.example"}, "from": {"2026-01-02"}}
	if res := ana.Post(Export, filter); res.StatusCode != http.StatusOK {
		t.Errorf("%d", res.StatusCode)
	}
	ana.Post(Export+"?"+filter.Encode(), nil) // what is in the address counts for nothing
	want := []string{
		`audit.exported action "session.failed", person "bea@company.example", from "2026-01-02", to ""`,
		`audit.exported action "", person "", from "", to ""`,
	}
	if got := i.Recorded(); !slices.Equal(got, want) {
		t.Errorf("recorded %q", got)
	}
	i.Exec(`ALTER TABLE audit ADD CONSTRAINT full_up CHECK (false) NOT VALID`)
	if res := ana.Post(Export, filter); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("an export that cannot be recorded: %d", res.StatusCode)
	}
}

func TestAnExportIsSafeInASpreadsheetAndAnAttachment(t *testing.T) {
	t.Parallel()
	i := start(t)
	formulas := []string{
		"=1+1", "+1", "-1", "@SUM(1)", "\tx", "\rx", `=HYPERLINK("http://evil.example","x")`,
		"＝1+1@x.example", "＋1", "－1", "＠SUM(1)",
	}
	for _, formula := range formulas {
		record(i, store.Entry{Action: store.SignInFailed, Subject: formula, Detail: formula})
	}
	res := i.As("ana").Post(Export, url.Values{"action": {"session.failed"}})
	for header, want := range map[string]string{
		"Content-Disposition": `attachment; filename="audit.csv"`,
		"Content-Type":        "text/csv; charset=utf-8",
		"Cache-Control":       "no-store",
	} {
		if got := res.Header.Get(header); res.StatusCode != http.StatusOK || got != want {
			t.Errorf("%d, %s: %q", res.StatusCode, header, got)
		}
	}
	cells := webtest.Spreadsheet(t, strings.NewReader(res.Body), "pt")
	if len(cells) != len(formulas)+1 {
		t.Fatalf("%d rows", len(cells))
	}
	for _, row := range cells[1:] {
		for _, cell := range row {
			first, _ := utf8.DecodeRuneInString(cell)
			if cell != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", first) {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
	if res := i.As("ana").Post(Export, url.Values{"action": {"x"}}); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a bad filter: %d", res.StatusCode)
	}
}

func TestAnExportThatBreaksOffDoesNotLookWhole(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`ALTER TABLE audit ALTER detail DROP NOT NULL`) // a row that cannot be read
	i.Exec(`INSERT INTO audit (action, detail) VALUES ('session.ended', NULL)`)
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, i.URL+Export, nil)
	res, err := i.As("ana").Do(req)
	if err == nil {
		_, err = io.ReadAll(res.Body)
		_ = res.Body.Close()
	}
	if err == nil || !strings.Contains(i.Log.String(), "an export broke off") {
		t.Errorf("%v; the log: %s", err, i.Log.String())
	}
}

// Whatever somebody makes of a form, it is read or refused.
func FuzzAuditForm(f *testing.F) {
	f.Add("person.created", "\u2028", "0000-01-01", "9999-12-31")
	f.Add("", "\x00\xff", "2026-02-30", "")
	f.Fuzz(func(t *testing.T, action, person, from, to string) {
		fields := map[string]string{"action": action, "person": person, "from": from, "to": to}
		form := readForm(func(name string) string { return fields[name] })
		filter, _, err := form.filter(store.CoreActions)
		if err == nil && (!utf8.ValidString(filter.Person) || len(filter.Person) > maxTyped) {
			t.Errorf("%q", filter.Person)
		}
		if _, _, err := filter.query(); err != nil {
			t.Error(err)
		}
	})
}

func FuzzAuditCursor(f *testing.F) {
	for _, seed := range []string{"MQ", "emlrMHpq", "LTE", "MA", "eg==", "!", "MV8w", "KzE", "MXkycDBpajMyZTg4"} {
		f.Add(seed)
	}
	all := trail{store.New(testdb.New(f))}
	for range 3 {
		if err := all.Record(f.Context(), store.CommandLine, store.Entry{Action: store.SignedOut}); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, after string) {
		page, err := all.list(t.Context(), Filter{After: after, Limit: 1})
		if errors.Is(err, store.ErrCursor) {
			return
		}
		if err != nil {
			t.Fatalf("%q: %v", after, err)
		}
		for _, e := range page.Events { // what comes next is behind the cursor, and leads on
			next, err := all.list(t.Context(), Filter{After: page.Next, Limit: 1})
			if err != nil || page.Next != "" && (len(next.Events) != 1 || next.Events[0].ID >= e.ID) {
				t.Fatalf("%q leads to %q: %+v, %v", after, page.Next, next, err)
			}
		}
	})
}
