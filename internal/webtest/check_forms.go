package webtest

import (
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// oddValues stand in place of an id or a slug in a path.
var oddValues = []string{
	"x", "\x00", "\xff", "7d9a4a52x9e0f-4a57-8d0c-0f4f4bde9c11", "{7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c}",
	strings.Repeat("a", 2000),
}

// checkBrokenForms sends forms that cannot be read or are too large. Those who may not use
// the route are refused first.
func (f Fixture) checkBrokenForms(t *testing.T) {
	i := f.Start(t, Options{NoChat: true})
	ana, bea, nobody := i.As("ana"), i.As("bea"), i.Browser()
	var all map[string]url.Values
	if f.Forms != nil {
		all = f.Forms(i)
	}
	before := i.Dump()
	for _, route := range f.routes(i) {
		path, _ := f.path(i, route)
		for _, value := range oddValues {
			if !strings.Contains(route.Path, "{") {
				break
			}
			if res := ana.Ask(route.Method, pathOf(route, value)); res.StatusCode >= 500 {
				t.Errorf("%s %s with %q: %d", route.Method, route.Path, value, res.StatusCode)
			}
		}
		if route.Method != http.MethodPost {
			if res := ana.Get(path + "?a=%zz&b;c"); res.StatusCode == http.StatusBadRequest || res.StatusCode >= 500 {
				t.Errorf("GET %s with a broken query: %d", route.Path, res.StatusCode)
			}
			for _, cursor := range []string{"%00bnVsbA", "LTE", "e30", "%ff"} {
				if res := ana.Get(path + "?q=x&after=" + cursor); res.StatusCode >= 500 {
					t.Errorf("GET %s with the cursor %s: %d", route.Path, cursor, res.StatusCode)
				}
			}
			continue
		}
		send := func(b *Browser, body string) int {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, i.URL+path, strings.NewReader(body))
			return b.Send(req, "Content-Type", "application/x-www-form-urlencoded").StatusCode
		}
		limit := 256 << 10
		if route.Body > 0 {
			limit = int(route.Body)
		}
		if got := send(ana, "a=%zz"); got != http.StatusBadRequest {
			t.Errorf("%s takes a form that cannot be read: %d", route.Path, got)
		}
		if got := send(ana, strings.Repeat("a", limit+1)); got != http.StatusRequestEntityTooLarge {
			t.Errorf("%s takes a form that is too large: %d", route.Path, got)
		}
		employee := &store.Person{Role: store.Employee}
		if got := send(bea, "a=%zz"); !route.Access.Allows(employee) && got != http.StatusForbidden {
			t.Errorf("%s answers %d to an employee", route.Path, got)
		}
		if got := send(nobody, "a=%zz"); route.Access != web.Public && got != http.StatusSeeOther {
			t.Errorf("%s answers %d to nobody", route.Path, got)
		}
		if form, known := all[path]; known && len(form) == 0 {
			continue
		}
		// Anything is taken or refused; nothing is a failure of ours.
		for _, body := range []string{
			"", "%00=%00&%ff=%ff", "version=-1&id=x&lang=xx&title=%00&name=%e2%80%ae&body=%1b&q=%27",
		} {
			if got := send(ana, body); got >= 500 {
				t.Errorf("%s answers %d to %q", route.Path, got, body)
			}
		}
	}
	if i.Dump() != before {
		t.Error("something was changed")
	}
	if log := i.Log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("a failure of ours: %s", log)
	}
}

// checkOutage makes the database unreachable. Pages say so, and forms are shown again.
func (f Fixture) checkOutage(t *testing.T) {
	i := f.Start(t, Options{NoChat: true})
	ana := i.As("ana")
	pages := f.pages(i)
	var all map[string]url.Values
	if f.Forms != nil {
		all = f.Forms(i)
	}
	large := map[string]bool{}
	for _, route := range f.routes(i) {
		path, _ := f.path(i, route)
		large[path] = route.Body > 0
	}
	i.Exec(`UPDATE sessions SET expires_at = now() + interval '1 hour'`) // a visit is due
	i.ReadOnly(true)
	for _, path := range pages {
		if res := ana.Get(path); res.StatusCode != http.StatusOK {
			t.Errorf("%s, read-only: %d", path, res.StatusCode)
		}
	}
	givesBack(ana, all, nil, i.Says("pt", "error.readonly.title"))
	i.TakeAway()
	for _, path := range pages {
		res := ana.Get(path)
		if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" ||
			res.HTML(t).Find("h1").Length() != 1 {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	givesBack(ana, all, large, i.Says("en", "error.503.title")) // nobody knows who asks
}

// givesBack fails unless a form that is posted in vain comes back under that title.
func givesBack(ana *Browser, all map[string]url.Values, large map[string]bool, title string) {
	t := ana.I.T
	t.Helper()
	for path, sent := range all {
		res := ana.Post(path, sent)
		form := res.HTML(t).Find("main form[method=post]")
		if said := res.HTML(t).Find("h1").Text(); said != title {
			t.Errorf("%s: %q", path, said)
		}
		if large[path] { // it is not read before its sender is known, and so not given back
			if res.StatusCode != http.StatusServiceUnavailable || form.Length() != 0 {
				t.Errorf("%s: %d, and a form leads to %q", path, res.StatusCode, form.AttrOr("action", ""))
			}
			continue
		}
		if res.StatusCode != http.StatusServiceUnavailable || form.AttrOr("action", "") != path {
			t.Errorf("%s: %d, and the form leads to %q", path, res.StatusCode, form.AttrOr("action", ""))
		}
		for name, values := range sent {
			var kept []string
			form.Find("input[type=hidden]").Each(func(_ int, field *goquery.Selection) {
				if field.AttrOr("name", "") == name {
					kept = append(kept, field.AttrOr("value", ""))
				}
			})
			if !slices.Equal(kept, values) {
				t.Errorf("%s: %s came back as %q", path, name, kept)
			}
		}
	}
}

// checkChanges sends each form of an admin three times: in the address, where it has no
// effect; while the audit trail cannot be written, when nothing is changed either; and as
// it should be sent, when the change is recorded. The very same from another page makes
// nothing more.
func (f Fixture) checkChanges(t *testing.T) {
	one := f.Start(t, Options{NoChat: true})
	all, creating := f.Forms(one), map[string]bool{}
	for _, route := range f.routes(one) {
		if path, _ := f.path(one, route); route.Creates {
			creating[path] = true
			if all[path] == nil {
				t.Errorf("%s makes something, and the fixture has no form for it", path)
			}
		}
	}
	for path := range maps.Keys(all) {
		// What a form refers to differs from database to database: its place counts.
		t.Run(placeOf(path), func(t *testing.T) {
			t.Parallel()
			i := f.Start(t, Options{NoChat: true})
			form, path := f.formLike(i, path)
			if form == nil {
				t.Fatal("the form is not there any more")
			}
			before := len(i.Recorded())
			if len(form) > 0 {
				res := i.As("ana").Ask(http.MethodPost, path+"?"+form.Encode())
				if res.StatusCode < 400 && len(i.Recorded()) != before {
					t.Errorf("the address of a POST counts: %d", res.StatusCode)
				}
			}
			i.Exec(`ALTER TABLE audit ADD CONSTRAINT full_up CHECK (false) NOT VALID`)
			stored := i.Dump()
			res := i.As("ana").Post(path, form)
			if res.StatusCode != http.StatusInternalServerError || i.Dump() != stored {
				t.Errorf("a change that could not be recorded: %d", res.StatusCode)
			}
			i.Exec(`ALTER TABLE audit DROP CONSTRAINT full_up`)
			before = len(i.Recorded())
			res = i.As("ana").Post(path, i.ofAnas(form))
			if res.StatusCode != http.StatusSeeOther && res.StatusCode != http.StatusOK {
				t.Fatalf("%d: %s", res.StatusCode, res.HTML(t).Find(".field-error, .alert").Text())
			}
			if len(i.Recorded()) <= before {
				t.Error("it was not recorded")
			}
			before, rows := len(i.Recorded()), i.rows()
			res = i.As("ana").Post(path, i.ofAnas(form))
			if more := i.rows() - rows; more > 0 {
				t.Errorf("the very same once more, unasked, has made %d rows: is the route Creating?", more)
			}
			if creating[path] && (res.StatusCode != http.StatusConflict || len(i.Recorded()) != before) {
				t.Errorf("the very same once more: %d", res.StatusCode)
			}
		})
	}
}

// ofAnas is a form of a page of ana's, which has a key of its own.
func (i *Intranet) ofAnas(form url.Values) url.Values {
	form = maps.Clone(form)
	form.Set(forms.KeyField, rand.Text()+"."+i.IDs["ana"]+".")
	return form
}

// rows is how many things there are in the database.
func (i *Intranet) rows() (n int) {
	i.T.Helper()
	for _, table := range i.tables("audit", "throttles") {
		n += i.Count(table)
	}
	return n
}

// formLike is the form of another intranet for the same place.
func (f Fixture) formLike(i *Intranet, path string) (url.Values, string) {
	for other, form := range f.Forms(i) {
		if placeOf(other) == placeOf(path) {
			return form, other
		}
	}
	return nil, ""
}

// placeOf is a path without ids.
func placeOf(path string) string {
	parts := strings.Split(path, "/")
	for n, part := range parts {
		if len(part) == len(NobodysID) && strings.Count(part, "-") == 4 {
			parts[n] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}
