package privacy

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// unzip is what the files of a copy hold, by name.
func unzip(t testing.TB, body string) map[string]string {
	t.Helper()
	in, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range in.File {
		file, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(file)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	return files
}

func TestPeopleGetACopyOfTheirData(t *testing.T) {
	t.Parallel()
	i := start(t)
	own(i, i.IDs["bea"])
	i.Exec(`UPDATE people SET phone = '+55 81 1', skills = '=1+1', lang = 'es' WHERE id = $1`, i.IDs["bea"])
	res := i.As("bea").Post(paths.AccountData, nil)
	for header, want := range map[string]string{
		"Content-Type": "application/zip", "Content-Disposition": `attachment; filename="intranet-data.zip"`,
		"Cache-Control": "no-store", "Content-Encoding": "",
	} {
		if got := res.Header.Get(header); res.StatusCode != http.StatusOK || got != want {
			t.Fatalf("%d, %s: %q", res.StatusCode, header, got)
		}
	}
	files := unzip(t, res.Body)
	var person []struct{ Email, Phone, Skills string }
	if err := json.Unmarshal([]byte(files["person.json"]), &person); err != nil || len(person) != 1 ||
		person[0].Email != "bea@company.example" || person[0].Phone != "+55 81 1" || person[0].Skills != "=1+1" {
		t.Errorf("%v, %s", err, files["person.json"])
	}
	if !strings.Contains(files["person.csv"], "bea@company.example") || strings.Contains(files["person.csv"], ";=1+1") {
		t.Errorf("%q", files["person.csv"])
	}
	for name, want := range map[string]string{
		"drafts.json": `"fields":{"body":["half a thought"]}`, "drafts.csv": "half a thought",
		"sessions.json": "Own/1.0", "recovery_codes.json": i.IDs["bea"], "README.txt": "Una copia de tus datos",
	} {
		if !strings.Contains(files[name], want) {
			t.Errorf("%s: %q", name, files[name])
		}
	}
	all := strings.Join(slices.Collect(values(files)), "\n")
	for _, others := range []string{i.IDs["ana"], i.IDs["caio"], "ana@company.example", "caio@company", "canary seed", "argon2"} {
		if strings.Contains(all, others) {
			t.Errorf("the copy has %q", others)
		}
	}
	if got := i.Recorded(); !slices.Equal(got, []string{"person.exported"}) {
		t.Errorf("recorded %q", got)
	}
}

func values(files map[string]string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, content := range files {
			if !yield(content) {
				return
			}
		}
	}
}

// A draft that the server has sealed is opened in the copy, and stays unread with another key.
func TestADraftIsReadableInTheCopy(t *testing.T) {
	t.Parallel()
	i := start(t)
	bea := i.As("bea")
	key := bea.Key(paths.Account, paths.AccountProfile)
	sent := url.Values{
		"draft_key": {key}, "draft_form": {paths.AccountProfile}, "draft_page": {paths.Account}, "skills": {"latte art"},
	}
	if res := bea.Post(paths.DraftsKeep, sent); res.StatusCode != http.StatusNoContent {
		t.Fatal(res.StatusCode)
	}
	if n := i.Count(`drafts WHERE fields LIKE '%latte%'`); n != 0 {
		t.Fatal("the draft is not sealed")
	}
	if got := unzip(t, bea.Post(paths.AccountData, nil).Body)["drafts.json"]; !strings.Contains(got, "latte art") {
		t.Errorf("%s", got)
	}
	var out bytes.Buffer
	other := copies{Store: i.Store, held: frame}
	if err := other.write(i.Server.Speak(t.Context(), "en"), &out, i.IDs["bea"]); err != nil {
		t.Fatal(err)
	}
	if got := unzip(t, out.String())["drafts.json"]; !strings.Contains(got, `"fields":null`) {
		t.Errorf("without the key: %s", got)
	}
}

func TestACopyIsNotMadeWithoutEnd(t *testing.T) {
	t.Parallel()
	i := start(t)
	bea := i.As("bea")
	for range maxAnHour {
		if res := bea.Post(paths.AccountData, nil); res.StatusCode != http.StatusOK {
			t.Fatal(res.StatusCode)
		}
	}
	if res := bea.Post(paths.AccountData, nil); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("one more: %d", res.StatusCode)
	}
	if n := len(i.Recorded()); n != maxAnHour {
		t.Errorf("%d are recorded", n)
	}
	if res := i.As("caio").Post(paths.AccountData, nil); res.StatusCode != http.StatusOK {
		t.Errorf("somebody else's: %d", res.StatusCode)
	}
}

// A copy that breaks off does not look whole.
func TestACopyThatBreaksOffDoesNotLookWhole(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`ALTER TABLE invitations RENAME TO elsewhere`)
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, i.URL+paths.AccountData, nil)
	res, err := i.As("bea").Do(req)
	if err == nil {
		_, err = io.ReadAll(res.Body)
		_ = res.Body.Close()
	}
	if err == nil || !strings.Contains(i.Log.String(), "an export broke off") {
		t.Errorf("%v; the log: %s", err, i.Log.String())
	}
}

// erase posts the form of a deletion.
func erase(b *webtest.Browser, id, typed string) webtest.Answer {
	b.I.T.Helper()
	return b.Post(paths.AdminPersonDelete.Of(id), url.Values{"email": {typed}})
}

func TestAnAdminDeletesAPerson(t *testing.T) {
	t.Parallel()
	i := start(t)
	own(i, i.IDs["bea"])
	bea, ana := i.As("bea"), i.As("ana")
	i.Exec(`UPDATE people SET created_at = '2024-05-06Z' WHERE id = $1`, i.IDs["bea"])
	i.Exec(`INSERT INTO audit (action, actor_id, actor, subject_id, subject, detail) VALUES
		('person.changed', $1, 'ana@company.example', $2, 'bea-old@company.example', 'e-mail: x to bea@company.example')`,
		i.IDs["ana"], i.IDs["bea"])
	page := ana.Get(paths.AdminPerson.Of(i.IDs["bea"])).HTML(t)
	if page.Find(`a[href="`+paths.AdminPersonDelete.Of(i.IDs["bea"])+`"]`).Length() != 1 {
		t.Error("the account does not lead to the deletion")
	}
	asked := ana.Get(paths.AdminPersonDelete.Of(i.IDs["bea"])).HTML(t).Find("main").Text()
	for _, want := range []string{
		i.IDs["bea"], "bea-old@company.example", "6 de maio de 2024", i.Says("pt", "personal.drafts"),
		i.Says("pt", "personal.reports.stays"),
	} {
		if !strings.Contains(asked, want) {
			t.Errorf("the question does not say %q", want)
		}
	}
	for _, typed := range []string{"", "bea", "ana@company.example", "bea-old@company.example"} {
		res := erase(ana, i.IDs["bea"], typed)
		if res.StatusCode != http.StatusUnprocessableEntity || res.HTML(t).Find("#email-error").Length() != 1 {
			t.Errorf("%q: %d", typed, res.StatusCode)
		}
	}
	if bea.Get(paths.Home).StatusCode != http.StatusOK {
		t.Fatal("deleted without the e-mail")
	}
	res := erase(ana, i.IDs["bea"], " BEA@company.example ")
	text := res.HTML(t).Find("main").Text()
	if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d", res.StatusCode)
	}
	for _, want := range []string{i.IDs["bea"], "bea@company.example", "bea-old@company.example", "6 de maio de 2024"} {
		if !strings.Contains(text, want) {
			t.Errorf("the answer does not say %q", want)
		}
	}
	if res := bea.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("their session lives: %d", res.StatusCode)
	}
	for path, want := range map[string]int{
		paths.AdminPerson.Of(i.IDs["bea"]):       http.StatusNotFound,
		paths.AdminPersonDelete.Of(i.IDs["bea"]): http.StatusNotFound,
	} {
		if got := ana.Get(path).StatusCode; got != want {
			t.Errorf("%s: %d", path, got)
		}
	}
	if n := i.Count(`people WHERE manager_id IS NULL AND id = $1 AND version = 2`, eva(i)); n != 1 {
		t.Error("who reported to them does so still, or the open form of administration would put it back")
	}
	trail := i.First(`SELECT string_agg(concat_ws('|', action, actor, subject, detail), E'\n' ORDER BY id) FROM audit`)
	want := "person.changed|ana@company.example||\nperson.deleted|ana@company.example||added 2024-05-06"
	if trail != want {
		t.Errorf("the trail:\n%s\nwant\n%s", trail, want)
	}
	if id := i.First(`SELECT subject_id::text FROM audit WHERE action = 'person.deleted'`); id != i.IDs["bea"] {
		t.Errorf("the trail has %s", id)
	}
}

func TestNobodyDeletesThemselvesOrTheLastAdmin(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	if n := ana.Get(paths.AdminPerson.Of(i.IDs["ana"])).HTML(t).Find(`a[href$="/delete"]`).Length(); n != 0 {
		t.Error("one's own account leads to its deletion")
	}
	for _, res := range []webtest.Answer{
		ana.Get(paths.AdminPersonDelete.Of(i.IDs["ana"])), erase(ana, i.IDs["ana"], "ana@company.example"),
	} {
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.AdminPerson.Of(i.IDs["ana"]) {
			t.Errorf("%d", res.StatusCode)
		}
	}
	if _, err := personal.Erase(i.Request("ana"), i.Store, i.Person("ana"), i.IDs["ana"]); !errors.Is(err, personal.ErrSelf) {
		t.Errorf("past the page: %v", err)
	}
	_, err := personal.Erase(t.Context(), i.Store, store.CommandLine, i.IDs["ana"])
	if !errors.Is(err, store.ErrLastAdmin) || i.Count(`people WHERE id = $1`, i.IDs["ana"]) != 1 {
		t.Errorf("the last admin: %v", err)
	}
}

// One of two admins who delete each other at the same moment stays.
func TestTwoAdminsDeleteEachOther(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE people SET role = 'admin' WHERE id = $1`, i.IDs["bea"])
	ana, bea := i.As("ana"), i.As("bea")
	held := i.Hold(`SELECT pg_advisory_xact_lock($1)`, 0x70656f706c65)
	first := ana.Posted(paths.AdminPersonDelete.Of(i.IDs["bea"]), url.Values{"email": {"bea@company.example"}})
	second := bea.Posted(paths.AdminPersonDelete.Of(i.IDs["ana"]), url.Values{"email": {"ana@company.example"}})
	i.Waiting(2)
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := []int{(<-first).StatusCode, (<-second).StatusCode}
	slices.Sort(got)
	if n := i.Count(`people WHERE role = 'admin'`); n != 1 ||
		!slices.Equal(got, []int{http.StatusOK, http.StatusSeeOther}) {
		t.Errorf("%d admins are left, answers %d", n, got)
	}
}

// What a person sends while they are deleted is not kept, and they are led to the sign-in.
func TestSomebodyIsDeletedWhileTheyPost(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana, bea := i.As("ana"), i.As("bea")
	key := bea.Key(paths.Account, paths.AccountPreferences)
	draft := url.Values{
		"draft_key": {key}, "draft_form": {paths.AccountPreferences}, "draft_page": {paths.Account}, "x": {"y"},
	}
	sent := url.Values{"form_key": {key}, "lang": {"es"}, "time_zone": {"UTC"}, "theme": {"dark"}}
	// The deletion has begun, and waits before its commit for a lock on the trail.
	held := i.Hold(`LOCK TABLE audit IN EXCLUSIVE MODE`)
	deleted := ana.Posted(paths.AdminPersonDelete.Of(i.IDs["bea"]), url.Values{"email": {"bea@company.example"}})
	i.Waiting(1)
	posted := bea.Posted(paths.AccountPreferences, sent)
	drafted := bea.Posted(paths.DraftsKeep, draft)
	copied := bea.Posted(paths.AccountData, nil)
	i.Waiting(4)
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if res := <-deleted; res.StatusCode != http.StatusOK {
		t.Errorf("the deletion: %d", res.StatusCode)
	}
	for what, answer := range map[string]<-chan webtest.Answer{"form": posted, "draft": drafted, "copy": copied} {
		if res := <-answer; res.StatusCode != http.StatusSeeOther && res.StatusCode != http.StatusForbidden {
			t.Errorf("the %s: %d", what, res.StatusCode)
		}
	}
	if log := i.Log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("a failure of ours: %s", log)
	}
	if n := i.Count(`people WHERE id = $1`, i.IDs["bea"]) + i.Count(`drafts`); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// Where the commit is not answered the page says that nobody knows, and the form comes back.
func TestADeletionInDoubtIsToldAsSuch(t *testing.T) {
	t.Parallel()
	for where, done := range map[int32]bool{webtest.CutBefore: false, webtest.CutAfter: true} {
		i := start(t)
		ana := i.As("ana")
		page := paths.AdminPersonDelete.Of(i.IDs["bea"])
		form := url.Values{"form_key": {ana.Key(page, page)}, "email": {"bea@company.example"}}
		i.Database.CutCommit.Store(where)
		res := ana.Post(page, form)
		if res.StatusCode != http.StatusServiceUnavailable ||
			!strings.Contains(res.HTML(t).Find("h1").Text(), i.Says("pt", "error.uncertain.title")) {
			t.Errorf("%d, %q", res.StatusCode, res.HTML(t).Find("h1").Text())
		}
		if gone := i.Count(`people WHERE id = $1`, i.IDs["bea"]) == 0; gone != done {
			t.Errorf("deleted: %t", gone)
		}
	}
}

// The application's role takes nobody out of the trail who is still there, and changes nothing in
// it by itself; not even the owner does, but through the function.
func TestTheTrailLosesNobodyWhoIsThere(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`INSERT INTO audit (action, actor_id, actor, subject_id, subject, address, detail) VALUES
		('person.role', $1, 'ana@company.example', $2, 'bea@company.example', '203.0.113.9', 'employee to editor'),
		('session.failed', NULL, '', NULL, 'bea@company.example', '203.0.113.9', 'password'),
		('audit.exported', $1, 'ana@company.example', NULL, '', '203.0.113.9', 'person "bea@company.example"'),
		('audit.exported', $1, 'ana@company.example', NULL, '', '203.0.113.9', 'person "zbea@company.example"'),
		('person.role', $2, 'bea@company.example', $3, 'caio@company.example', '203.0.113.7', 'employee to editor'),
		('session.failed', NULL, '', NULL, 'caio@company.example', '203.0.113.9', 'password')`,
		i.IDs["ana"], i.IDs["bea"], i.IDs["caio"])
	for _, sql := range []string{
		`UPDATE audit SET subject = ''`, `SET intranet.erasing = 'on'; UPDATE audit SET actor = ''`,
		`SET intranet.erasing = 'on'; UPDATE audit SET action = 'a.b'`,
		`SET intranet.erasing = 'on'; UPDATE audit SET at = now()`,
		`SET intranet.erasing = 'on'; UPDATE audit SET detail = 'x'`,
		`SET intranet.erasing = 'on'; UPDATE audit SET actor_id = NULL WHERE actor_id IS NOT NULL`,
	} {
		_, err := i.Pool.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
		if err == nil {
			t.Errorf("the owner: %s", sql)
		}
		if _, err := i.Store.Pool.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol); err == nil {
			t.Errorf("the application: %s", sql)
		}
	}
	if _, err := i.Store.Pool.Exec(t.Context(), `DELETE FROM people`); err == nil {
		t.Error("the application deletes people by itself")
	}
	if _, err := personal.Erase(i.Request("ana"), i.Store, i.Person("ana"), i.IDs["bea"]); err != nil {
		t.Fatal(err)
	}
	got := i.First(`SELECT string_agg(concat_ws('|', action, actor, subject, address, detail), E'\n' ORDER BY id)
		FROM audit`)
	want := `person.role|ana@company.example||203.0.113.9|
session.failed||||
audit.exported|ana@company.example||203.0.113.9|
audit.exported|ana@company.example||203.0.113.9|person "zbea@company.example"
person.role||caio@company.example||employee to editor
session.failed||caio@company.example|203.0.113.9|password
person.deleted|ana@company.example|||added ` + i.First(`SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')`)
	if got != want {
		t.Errorf("the trail:\n%s\nwant\n%s", got, want)
	}
}

// Whoever has an e-mail now keeps it in the trail, where no id says that it was somebody else.
func TestAnEmailThatAnotherPersonHasNowStaysTheirs(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE people SET email = 'old@company.example' WHERE id = $1`, i.IDs["bea"])
	i.Exec(`INSERT INTO audit (action, subject_id, subject) VALUES
		('person.changed', $1, 'bea@company.example'), ('session.failed', NULL, 'bea@company.example')`, i.IDs["bea"])
	i.Exec(`UPDATE people SET email = 'bea@company.example' WHERE id = $1`, eva(i))
	if _, err := personal.Erase(t.Context(), i.Store, store.CommandLine, i.IDs["bea"]); err != nil {
		t.Fatal(err)
	}
	got := i.First(`SELECT string_agg(action || ' ' || subject, ', ' ORDER BY id) FROM audit`)
	if want := "person.changed , session.failed bea@company.example, person.deleted "; got != want {
		t.Errorf("%q", got)
	}
}

// Whoever has been disabled for long enough is deleted, and nobody else.
func TestWhoIsDisabledForLongIsDeleted(t *testing.T) {
	t.Parallel()
	i := start(t)
	for who, days := range map[string]int{"bea": 31, "caio": 29} {
		i.As("ana").Post(paths.AdminPersonDisable.Of(i.IDs[who]), nil)
		i.Exec(`UPDATE people SET disabled_at = disabled_at - make_interval(days => $2) WHERE id = $1`, i.IDs[who], days)
	}
	const month = 30 * 24 * 60 * 60 * 1e9
	known, found, err := personal.EraseDisabled(t.Context(), i.Store, month)
	if err != nil || !found || known.ID != i.IDs["bea"] || !slices.Equal(known.Emails, []string{"bea@company.example"}) {
		t.Errorf("%+v, %t, %v", known, found, err)
	}
	if known, found, err := personal.EraseDisabled(t.Context(), i.Store, month); err != nil || found {
		t.Errorf("one more: %+v, %v", known, err)
	}
	i.As("ana").Post(paths.AdminPersonEnable.Of(i.IDs["caio"]), nil)
	if n := i.Count(`people WHERE disabled_at IS NOT NULL`); n != 0 {
		t.Error("who is enabled counts as disabled")
	}
	i.As("ana").Post(paths.AdminPersonDisable.Of(i.IDs["caio"]), nil)
	if _, found, _ := personal.EraseDisabled(t.Context(), i.Store, month); found {
		t.Error("the time before they were enabled counts")
	}
	if by := i.First(`SELECT actor FROM audit WHERE action = 'person.deleted'`); by != "retention" {
		t.Errorf("by %q", by)
	}
}

// Copies that are read slowly do not take all connections to Postgres.
func TestFewCopiesAreMadeAtOnce(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // the time of the request is over
	h := handlers{places: make(chan struct{}, maxCopies)}
	for range maxCopies {
		h.places <- struct{}{}
	}
	r, _ := http.NewRequestWithContext(ctx, http.MethodPost, paths.AccountData, nil)
	err := h.export(nil, r, &store.Person{})
	if status, ok := errors.AsType[web.StatusError](err); !ok || int(status) != http.StatusServiceUnavailable {
		t.Errorf("one more: %v", err)
	}
}
