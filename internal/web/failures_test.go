package web

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

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
	i.as("ana")
	if _, err := i.pool.Exec(t.Context(), `ALTER TABLE sessions ADD CONSTRAINT never CHECK (false) NOT VALID`); err != nil {
		t.Fatal(err)
	}
	res := i.browser().post(paths.Login, login("ana@aroeira.example", secretPassword, ""))
	if res.StatusCode != http.StatusInternalServerError || strings.Count(res.body, "</html>") != 1 || len(res.Cookies()) != 0 || res.Header.Get("Location") != "" {
		t.Errorf("%d %v %q", res.StatusCode, res.Header, res.body)
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
		"/people?q=" + long:                            200,
		"/people?q=%00":                                200,
		"/people?q=%ff%fe":                             200,
		"/people?q=%25_%5C'\"":                         200,
		"/people?q=a&q=b;c=d":                          200,
		"/people?department=%00":                       200,
		"/people?department=no-such":                   200,
		"/people?after=%00":                            400,
		"/people?after=" + long:                        400,
		"/people?%zz":                                  200,
		"/people/%00":                                  404,
		"/people/%ff":                                  404,
		"/people/" + long:                              404,
		"/people/..%2f..%2fetc":                        404,
		"/people/00000000-0000-0000-0000-00000000000g": 404,
		"/news/%00":                                    404,
		"/news/" + long:                                404,
		"/%00":                                         404,
		"/%ff":                                         404,
	} {
		res := b.get(path)
		if res.StatusCode != want || res.html(t).Find("h1").Length() != 1 {
			t.Errorf("%.60s: %d, want %d", path, res.StatusCode, want)
		}
	}
	if q := b.get("/people?q="+strings.Repeat("a+", 10_000)).html(t).Find("main input[name=q]").AttrOr("value", ""); len(q) > maxQuery {
		t.Errorf("a search of %d bytes was taken", len(q))
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
