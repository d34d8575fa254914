package web_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestADatabaseThatIsAwayIsA503Page(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	all := pages(i)
	i.TakeAway()
	i.Unready.Store(true)
	for _, path := range all {
		res := ana.Get(path)
		if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" ||
			res.HTML(t).Find("h1").Length() != 1 || strings.Count(res.Body, "</html>") != 1 {
			t.Errorf("%s: %d %q", path, res.StatusCode, res.Body)
		}
	}
	if res := i.Browser().Post(paths.Login, login(webtest.Password)); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("signing in: %d", res.StatusCode)
	}
	if res := ana.Get(paths.Ready); res.StatusCode != http.StatusServiceUnavailable || res.Body != "not ready\n" {
		t.Errorf("ready: %d %q", res.StatusCode, res.Body)
	}
	if res := ana.Get(paths.Health); res.StatusCode != http.StatusOK || res.Body != "ok\n" {
		t.Errorf("healthy: %d %q", res.StatusCode, res.Body)
	}
	// Balancers ask once a second: the log has what they are told, where that is no.
	log := i.Log.String()
	if !strings.Contains(log, "path="+paths.Ready) || strings.Contains(log, "path="+paths.Health) {
		t.Errorf("logged: %s", log)
	}
	i.Database.Away.Store(false)
	if res := ana.Get(paths.Home); res.StatusCode != http.StatusOK {
		t.Errorf("after it came back: %d", res.StatusCode)
	}
}

// givenBack is the form with which the page of a failure sends again what was sent.
func givenBack(t *testing.T, res webtest.Answer) (to string, sent url.Values) {
	t.Helper()
	form, sent := res.HTML(t).Find("main form[method=post]"), url.Values{}
	form.Find("input[type=hidden]").Each(func(_ int, field *goquery.Selection) {
		sent.Add(field.AttrOr("name", ""), field.AttrOr("value", ""))
	})
	sent.Del(forms.KeyField)
	if _, typed := form.Attr("enctype"); typed || form.Length() > 1 {
		t.Errorf("%d forms, or one with an encoding of its own", form.Length())
	}
	return form.AttrOr("action", ""), sent
}

// Nobody fills in a form twice because something of ours failed.
func TestAFailureGivesBackWhatWasSent(t *testing.T) {
	t.Parallel()
	i := start(t, routes(web.Post("/panic", web.Employees, panics)))
	ana, caio := i.As("ana"), i.As("caio")
	form := url.Values{"name": {`"><script>alert(1)</script>`, "two\nlines"}, "version": {"1"}, "<b>": {"\xff"}}
	want := url.Values{"name": form["name"], "version": {"1"}, "<b>": {""}}
	proved := url.Values{"confirm_password": {webtest.Password}, "confirm_code": {"123456"}, "confirm_back": {"/"}}
	maps.Copy(proved, form)
	check := func(path string, status int) {
		t.Helper()
		res := ana.Post(path, proved)
		html := res.HTML(t)
		to, sent := givenBack(t, res)
		if res.StatusCode != status || to != path || !reflect.DeepEqual(sent, want) {
			t.Errorf("%d, to %q: %q", res.StatusCode, to, sent)
		}
		if html.Find("main [role=status]").Length() != 1 || html.Find("main script, main b").Length() != 0 ||
			res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d: %s", res.StatusCode, res.Body)
		}
	}
	i.Server.SetPace(0)
	check(index, http.StatusTooManyRequests)
	i.Server.SetPace(web.PagesAtOnce)
	check("/panic", http.StatusInternalServerError)
	i.TakeAway()
	check(index, http.StatusServiceUnavailable)

	for path, form := range map[string]url.Values{
		paths.Login:               {"email": {"typed secret"}},
		paths.Invitation:          {"email": {"typed secret"}},
		paths.Invitation + "?a":   {"email": {"typed secret"}},
		paths.AccountPassword:     {"password": {"typed secret"}, "new_password": {"typed secret"}},
		paths.SecondFactorConfirm: {"code": {"typed secret"}},
		upload:                    {"name": {"typed secret"}},
		"/%5Cevil.example":        {"name": {"typed secret"}},
		index + "?next=%00":       {"client_secret": {"typed secret"}},
	} {
		res := caio.Post(path, form)
		html := res.HTML(t)
		if res.StatusCode != http.StatusServiceUnavailable || strings.Contains(res.Body, "typed secret") ||
			html.Find("main form").Length() != 0 || html.Find("main [role=status]").Length() != 1 {
			t.Errorf("%s: %d %s", path, res.StatusCode, res.Body)
		}
	}
	for what, res := range map[string]webtest.Answer{
		"a page": caio.Get(index), "the page of somebody who sent nothing": ana.Post(index, nil),
	} {
		if res.HTML(t).Find("main input").Not("[name="+forms.KeyField+"]").Length() != 0 {
			t.Errorf("%s: %s", what, res.Body)
		}
	}
	for _, sent := range []string{"alert(1)", "two", "typed secret"} {
		if strings.Contains(i.Log.String(), sent) {
			t.Errorf("%q is in the log", sent)
		}
	}
}

func panics(http.ResponseWriter, *http.Request, *store.Person) error { panic("the cause") }

func TestADatabaseThatHangsIsA503PageInTime(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	ana.Timeout = 10 * time.Second // if nothing else ends the request
	i.Server.SetTimeout(200 * time.Millisecond)
	i.Hold(`LOCK TABLE things`)
	// What reads has a limit of its own besides: see store.Limited.
	for _, res := range []webtest.Answer{ana.Get(index), ana.Post(index, url.Values{"name": {"Chair"}})} {
		if res.StatusCode != http.StatusServiceUnavailable || res.HTML(t).Find("h1").Length() != 1 {
			t.Errorf("%s: %d %q", res.Request.Method, res.StatusCode, res.Body)
		}
	}
}

// A database that takes no changes for now has pages. A flash is shown until it can be noted that
// it was.
func TestAPageIsWholeWhereNothingCanBeChanged(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	ana.Post(index, url.Values{"name": {"Chair"}})
	i.ReadOnly(true)
	for range 2 {
		res := ana.Get(index)
		if res.StatusCode != http.StatusOK || strings.Count(res.Body, "</html>") != 1 ||
			res.HTML(t).Find(".notice").Length() != 1 {
			t.Errorf("%d %q", res.StatusCode, res.Body)
		}
	}
	if res := i.Browser().Post(paths.Login, login(webtest.Password)); res.StatusCode != http.StatusServiceUnavailable ||
		res.HTML(t).Find("h1").Text() != i.Says("en", "error.readonly.title") {
		t.Errorf("signing in: %d %q", res.StatusCode, res.Body)
	}
	i.ReadOnly(false)
	if ana.Get(index).HTML(t).Find(".notice").Length() != 1 || ana.Get(index).HTML(t).Find(".notice").Length() != 0 {
		t.Error("the flash is not shown once more, and then no more")
	}
}

// What scs does when it cannot save a session must not be two pages in one.
func TestASessionThatCannotBeSavedIsACleanPage(t *testing.T) {
	t.Parallel()
	i := start(t)
	caio := i.As("caio")
	i.Exec(`ALTER TABLE sessions ADD CONSTRAINT never CHECK (false) NOT VALID`)
	res := i.Browser().Post(paths.Login, login(webtest.Password))
	if res.StatusCode != http.StatusInternalServerError || strings.Count(res.Body, "</html>") != 1 ||
		len(res.Cookies()) != 0 || res.Header.Get("Location") != "" {
		t.Errorf("%d %v %q", res.StatusCode, res.Header, res.Body)
	}
	// The change itself is saved by then: nothing says that it is not.
	res = caio.Post(index, url.Values{"name": {"Chair"}})
	if res.StatusCode != http.StatusInternalServerError || i.Count("things") != 2 ||
		res.HTML(t).Find("main form, main [role=status]").Length() != 0 {
		t.Errorf("%d %q", res.StatusCode, res.Body)
	}
}

func TestAPanicIsA500PageAndNoStack(t *testing.T) {
	t.Parallel()
	half := func(w http.ResponseWriter, _ *http.Request, _ *store.Person) error {
		_, _ = io.WriteString(w, strings.Repeat("half a page ", 1000)) // more than net/http keeps back
		panic("later")
	}
	i := start(t, routes(web.Get("/panic", web.Employees, panics), web.Get("/half", web.Employees, half)))
	ana := i.As("ana")
	res := ana.Get("/panic")
	if res.StatusCode != http.StatusInternalServerError || strings.Contains(res.Body, "the cause") ||
		res.HTML(t).Find("h1").Length() != 1 || !strings.Contains(i.Log.String(), "the cause") {
		t.Errorf("%d %q", res.StatusCode, res.Body)
	}
	// Where half a page is sent already, the connection breaks off, and nothing is added.
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, i.URL+"/half", nil)
	broken, err := ana.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = broken.Body.Close() }()
	body, err := io.ReadAll(broken.Body)
	if err == nil || strings.Contains(string(body), "<html") {
		t.Errorf("%v, %d bytes", err, len(body))
	}
}

func TestBadInputIsNeverAFailureOfOurs(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	for _, path := range []string{
		"/things/%00", "/things/" + strings.Repeat("%C3%A1", 5000), "/things/x", "/%00", "/%ff",
	} {
		if res := ana.Get(path); res.StatusCode != http.StatusNotFound || res.HTML(t).Find("h1").Length() != 1 {
			t.Errorf("%.60s: %d", path, res.StatusCode)
		}
	}
	for _, test := range []struct {
		body string
		want int
	}{
		{"email=" + strings.Repeat("a", 1<<20), http.StatusRequestEntityTooLarge},
		{"email=" + strings.Repeat("a", web.MaxBodyBytes-5), http.StatusRequestEntityTooLarge},
		{"email=" + strings.Repeat("a", web.MaxBodyBytes-6), http.StatusUnprocessableEntity},
		{"email=%zz&password=x", http.StatusBadRequest},
		{"a;b=c", http.StatusBadRequest},
		{"", http.StatusUnprocessableEntity},
	} {
		body := strings.NewReader(test.body)
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, i.URL+paths.Login, body)
		res := i.Browser().Send(req, "Content-Type", "application/x-www-form-urlencoded")
		if res.StatusCode != test.want || res.HTML(t).Find("h1").Length() != 1 {
			t.Errorf("%.20q, %d bytes: %d, want %d", test.body, len(test.body), res.StatusCode, test.want)
		}
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("email", "ana@company.example")
	_ = w.Close()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, i.URL+paths.Login, &form)
	res := i.Browser().Send(req, "Content-Type", w.FormDataContentType())
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("multipart: %d", res.StatusCode)
	}
	// HTML cannot hold NUL: what was typed is shown as browsers would.
	typed := i.As("caio").Post(index, url.Values{"name": {"a\x00b"}})
	if typed.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(typed.Body, "a\uFFFDb") ||
		strings.Contains(typed.Body, "\x00") {
		t.Errorf("NUL: %d %q", typed.StatusCode, typed.Body)
	}
	for _, cookie := range []string{
		"session=" + strings.Repeat("x", 8000), "session=%00\xff", "lang=../../etc", "session=",
	} {
		if res := i.Browser().Get(paths.Home, "Cookie", cookie); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%.20q: %d", cookie, res.StatusCode)
		}
	}
}

// A larger body than usual is for the route that takes it, and for who may use it.
func TestOnlyARouteThatSaysSoTakesALargeBody(t *testing.T) {
	t.Parallel()
	i := start(t)
	for _, test := range []struct {
		name, path string
		bytes      int
		want       int
	}{
		{"caio", upload, maxUpload, http.StatusUnprocessableEntity}, // it is read, and no name of a thing
		{"caio", upload, maxUpload + 1, http.StatusRequestEntityTooLarge},
		{"caio", index, web.MaxBodyBytes + 1, http.StatusRequestEntityTooLarge},
		{"bea", upload, web.MaxBodyBytes + 1, http.StatusForbidden},
	} {
		body := strings.NewReader("name=" + strings.Repeat("a", test.bytes-len("name=")))
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, i.URL+test.path, body)
		res := i.As(test.name).Send(req, "Content-Type", "application/x-www-form-urlencoded")
		if res.StatusCode != test.want {
			t.Errorf("%s: %d", fmt.Sprint(test), res.StatusCode)
		}
	}
}

func TestTheLogHoldsNoSearchAndNoSecret(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.SignIn("ana")
	ana.Get(index + "?q=private+search")
	ana.Get("/line%0Abreak")
	u, _ := url.Parse(i.URL)
	for _, secret := range []string{
		"private", webtest.SecretToken, webtest.ChatToken, webtest.Password, ana.Jar.Cookies(u)[0].Value, "line\nbreak",
	} {
		if strings.Contains(i.Log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if !strings.Contains(i.Log.String(), "path=/things") {
		t.Error("the log holds no requests at all")
	}
}
