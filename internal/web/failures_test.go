package web

import (
	"bytes"
	"errors"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/paths"
)

func TestADatabaseThatIsAwayIsA503Page(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.as("ana")
	i.takeAway()
	for _, path := range i.signedInPages() {
		res := b.get(path)
		if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || res.html(t).Find("h1").Length() != 1 || strings.Count(res.body, "</html>") != 1 {
			t.Errorf("%s: %d %q", path, res.StatusCode, res.body)
		}
	}
	if res := i.browser().post(paths.Login, login("ana@aroeira.example", secretPassword, "")); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("signing in: %d", res.StatusCode)
	}
	if res := b.get(paths.Ready); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("ready: %d", res.StatusCode)
	}
	if res := b.get(paths.Health); res.StatusCode != http.StatusOK {
		t.Errorf("healthy: %d", res.StatusCode)
	}
	i.database.away.Store(false)
	if res := b.get(paths.Home); res.StatusCode != http.StatusOK {
		t.Errorf("after it came back: %d", res.StatusCode)
	}
}

// keptIn is the form with which a page of a failure sends again what was sent.
func keptIn(t *testing.T, res answer) (to string, sent url.Values) {
	t.Helper()
	form, sent := res.html(t).Find("main form[method=post]"), url.Values{}
	form.Find("input[type=hidden]").Each(func(_ int, field *goquery.Selection) {
		sent.Add(field.AttrOr("name", ""), field.AttrOr("value", ""))
	})
	if _, typed := form.Attr("enctype"); typed || form.Length() > 1 {
		t.Errorf("%d forms, or one with an encoding of its own", form.Length())
	}
	return form.AttrOr("action", ""), sent
}

// Nobody fills in a form twice because something of ours failed.
func TestAFailureGivesBackWhatWasSent(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana, caio := i.enter("ana", 0), i.enter("caio", 0)
	form := url.Values{"name_en": {`"><script>alert(1)</script>`, "two\nlines"}, "version": {"1"}, "<b>": {"\xff"}}
	want := url.Values{"name_en": form["name_en"], "version": {"1"}, "<b>": {""}}
	check := func(what string, res answer, status int) {
		t.Helper()
		to, sent := keptIn(t, res)
		if res.StatusCode != status || to != paths.AdminDepartments || !reflect.DeepEqual(sent, want) || res.html(t).Find("main [role=status]").Length() != 1 || res.html(t).Find("main script, main b").Length() != 0 || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, to %q: %q\n%s", what, res.StatusCode, to, sent, res.body)
		}
	}
	proved := url.Values{"confirm_password": {secretPassword}, "confirm_code": {"123456"}, "confirm_back": {"/"}}
	maps.Copy(proved, form)

	i.handlers.pace.burst = 0
	clear(i.handlers.pace.visitors)
	check("too fast", ana.post(paths.AdminDepartments, proved), http.StatusTooManyRequests)
	i.handlers.pace.burst = pagesAtOnce
	clear(i.handlers.pace.visitors)

	recovered := i.handlers.recovered(i.handlers.sameOrigin(i.handlers.readForm(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the cause") }))))
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, paths.AdminDepartments, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	rec.Header().Set("Cache-Control", "no-store")
	recovered.ServeHTTP(&recorder{ResponseWriter: rec}, r)
	check("a panic", answer{rec.Result(), rec.Body.String()}, http.StatusInternalServerError)

	i.takeAway()
	check("no database", ana.post(paths.AdminDepartments, proved), http.StatusServiceUnavailable)
	for path, form := range map[string]url.Values{
		paths.Login:                login("ana@aroeira.example", "typed secret", "/people"),
		paths.Invitation:           {"email": {"typed secret"}},
		paths.Invitation + "?a":    {"email": {"typed secret"}},
		paths.AccountPassword:      {"password": {"typed secret"}, "new_password": {"typed secret"}},
		paths.SecondFactorConfirm:  {"code": {"typed secret"}},
		"/%5Cevil.example":         {"name": {"typed secret"}},
		paths.People + "?next=%00": {"client_secret": {"typed secret"}},
	} {
		res := caio.post(path, form)
		if res.StatusCode != http.StatusServiceUnavailable || strings.Contains(res.body, "typed secret") || res.html(t).Find("main form").Length() != 0 || res.html(t).Find("main [role=status]").Length() != 1 {
			t.Errorf("%s: %d %s", path, res.StatusCode, res.body)
		}
	}
	for name, res := range map[string]answer{"a page": caio.get(paths.People), "who did not send it": ana.post(paths.AdminDepartments, nil)} {
		if res.html(t).Find("main input").Length() != 0 {
			t.Errorf("%s: %s", name, res.body)
		}
	}
	if log := i.log.String(); strings.Contains(log, "alert(1)") || strings.Contains(log, "two") || strings.Contains(log, "typed secret") {
		t.Error("what was sent is in the log")
	}
}

// Every field for a secret has a name by which a failure knows it.
func TestSecretFieldsAreKnownByName(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b, found := i.as("ana"), 0
	for _, html := range []*goquery.Document{i.browser().get(paths.Login).html(t), i.browser().get(paths.Invitation).html(t), b.get(paths.Account).html(t), b.get(paths.SecondFactor).html(t), b.post(paths.SecondFactor, nil).html(t)} {
		html.Find("input[type=password], input[autocomplete=one-time-code], input[name=code]").Each(func(_ int, field *goquery.Selection) {
			found++
			if name := field.AttrOr("name", ""); !secretField(name) {
				t.Errorf("%s would be given back", name)
			}
		})
	}
	if found < 5 {
		t.Errorf("found %d such fields", found)
	}
}

func TestADatabaseThatHangsIsA503PageInTime(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.as("ana")
	i.handlers.timeout = 200 * time.Millisecond
	tx, err := i.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `LOCK TABLE people`); err != nil {
		t.Fatal(err)
	}
	if res := b.get(paths.Home); res.StatusCode != http.StatusServiceUnavailable || res.html(t).Find("h1").Length() != 1 {
		t.Errorf("%d %q", res.StatusCode, res.body)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// What scs does when it cannot save a session must not be two pages in one.
func TestASessionThatCannotBeSavedIsACleanPage(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana := i.as("ana")
	if _, err := i.pool.Exec(t.Context(), `ALTER TABLE sessions ADD CONSTRAINT never CHECK (false) NOT VALID`); err != nil {
		t.Fatal(err)
	}
	res := i.browser().post(paths.Login, login("ana@aroeira.example", secretPassword, ""))
	if res.StatusCode != http.StatusInternalServerError || strings.Count(res.body, "</html>") != 1 || len(res.Cookies()) != 0 || res.Header.Get("Location") != "" {
		t.Errorf("%d %v %q", res.StatusCode, res.Header, res.body)
	}
	// The change itself is saved by then: nothing says that it is not.
	res = ana.post(paths.AccountProfile, url.Values{"version": {"1"}, "phone": {"+55 11 5555"}})
	if res.StatusCode != http.StatusInternalServerError || res.html(t).Find("main form, main [role=status]").Length() != 0 {
		t.Errorf("%d %q", res.StatusCode, res.body)
	}
}

func TestAPanicIsA500PageAndNoStack(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	rec := &recorder{ResponseWriter: &writes{header: http.Header{}}}
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	i.handlers.recovered(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the cause") })).ServeHTTP(rec, r)
	page := strings.Join(rec.ResponseWriter.(*writes).writes, "")
	if rec.status != http.StatusInternalServerError || strings.Contains(page, "the cause") || !strings.Contains(page, "</html>") || !strings.Contains(i.log.String(), "the cause") {
		t.Errorf("%d %q", rec.status, page)
	}
	// Half a page is out: the connection breaks off, nothing is appended.
	rec = &recorder{ResponseWriter: &writes{header: http.Header{}}}
	defer func() {
		if v := recover(); !errors.Is(v.(error), http.ErrAbortHandler) || len(rec.ResponseWriter.(*writes).writes) != 1 {
			t.Errorf("%v, %q", v, rec.ResponseWriter.(*writes).writes)
		}
	}()
	i.handlers.recovered(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("half"))
		panic("later")
	})).ServeHTTP(rec, r)
}

func TestBadInputIsNeverAFailureOfOurs(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.as("ana")
	long := strings.Repeat("%C3%A1", 5000)
	for path, want := range map[string]int{
		"/news/%00":     404,
		"/news/" + long: 404,
		"/%00":          404,
		"/%ff":          404,
	} {
		res := b.get(path)
		if res.StatusCode != want || res.html(t).Find("h1").Length() != 1 {
			t.Errorf("%.60s: %d, want %d", path, res.StatusCode, want)
		}
	}
	for name, body := range map[string]string{"huge": "email=" + strings.Repeat("a", 1<<20), "large": "email=" + strings.Repeat("a", 256<<10-5), "not too large": "email=" + strings.Repeat("a", 256<<10-6), "broken": "email=%zz&password=x", "empty": "", "semicolons": "a;b=c"} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, i.url+paths.Login, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res := i.browser().send(req)
		want := map[string]int{"huge": 413, "large": 413, "not too large": 422, "broken": 400, "empty": 422, "semicolons": 400}[name]
		if res.StatusCode != want || res.html(t).Find("h1").Length() != 1 {
			t.Errorf("%s body: %d, want %d", name, res.StatusCode, want)
		}
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("email", "ana@aroeira.example")
	_ = w.Close()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, i.url+paths.Login, &form)
	req.Header.Set("Content-Type", w.FormDataContentType())
	if res := i.browser().send(req); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("multipart: %d", res.StatusCode)
	}
	for _, cookie := range []string{"session=" + strings.Repeat("x", 8000), "session=%00\xff", "lang=../../etc", "session="} {
		if res := i.browser().get(paths.Home, "Cookie", cookie); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%.20q: %d", cookie, res.StatusCode)
		}
	}
}

func TestTheLogHoldsNoSearchAndNoSecret(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.as("ana")
	b.get("/people?q=private+search")
	b.get("/line%0Abreak")
	u, _ := url.Parse(i.url)
	for _, secret := range []string{"private", secretToken, chatToken, secretPassword, b.Jar.Cookies(u)[0].Value, "line\nbreak"} {
		if strings.Contains(i.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if !strings.Contains(i.log.String(), "path=/people") {
		t.Error("the log holds no requests at all")
	}
}
