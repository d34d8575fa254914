package web_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/webtest"
)

// kept is what somebody gets back of what they typed into a form; nil for nothing.
func kept(t *testing.T, b *webtest.Browser, form string) (fields url.Values) {
	t.Helper()
	back := b.Get(paths.DraftsKept + "?form=" + url.QueryEscape(form)).HTML(t).Find(".draft")
	if back.Length() == 0 {
		return nil
	}
	if err := json.Unmarshal([]byte(back.AttrOr("data-fields", "")), &fields); err != nil ||
		back.AttrOr("data-form", "") != form {
		t.Fatal(back.AttrOr("data-form", ""), err)
	}
	return fields
}

// typing is what the script sends while somebody types into the form for a new thing.
func typing(form url.Values, more ...string) url.Values {
	sent := maps.Clone(form)
	sent.Del(forms.KeyField)
	sent.Set("draft_key", form.Get(forms.KeyField))
	sent.Set("draft_form", index)
	sent.Set("draft_page", index)
	for k := 0; k < len(more); k += 2 {
		sent.Set(more[k], more[k+1])
	}
	return sent
}

// However a session ends, what is sent afterwards is kept for its person, and given back.
func TestAFormThatIsSentAfterItsSessionIsKept(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(i *webtest.Intranet, ana *webtest.Browser){
		"idle": func(i *webtest.Intranet, _ *webtest.Browser) {
			i.Exec(`UPDATE sessions SET expires_at = now() - interval '1 minute'`)
		},
		"swept": func(i *webtest.Intranet, _ *webtest.Browser) {
			_, _ = i.Store.Sweep(t.Context()), forms.Sweep(t.Context(), i.Store)
		},
		"signed out":       func(_ *webtest.Intranet, ana *webtest.Browser) { ana.Post(paths.Logout, nil) },
		"a closed browser": func(_ *webtest.Intranet, ana *webtest.Browser) { ana.Jar = webtest.NoCookies() },
		"a new password": func(i *webtest.Intranet, _ *webtest.Browser) {
			i.Exec(`UPDATE people SET session_version = session_version + 1 WHERE id = $1`, i.IDs["ana"])
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := start(t)
			ana := i.As("ana")
			form := keyed(ana, "half a text\nin two lines")
			if name == "swept" {
				i.Exec(`UPDATE sessions SET expires_at = now() - interval '1 hour'`)
			}
			end(i, ana)
			res := ana.Post(index, form, "Referer", i.URL+index)
			if want := paths.LoginEnded(index, paths.EndedKept); res.Header.Get("Location") != want {
				t.Errorf("%d to %q", res.StatusCode, res.Header.Get("Location"))
			}
			says := ana.Get(res.Header.Get("Location"))
			if !strings.Contains(says.HTML(t).Find("[role=alert]").Text(), i.Says("en", "login.kept")) {
				t.Error("the sign-in page does not say so")
			}
			again := i.As("ana")
			want := url.Values{"name": {"half a text\nin two lines"}}
			if got := kept(t, again, index); !reflect.DeepEqual(got, want) {
				t.Errorf("%q comes back", got)
			}
			if page := again.Get(paths.Drafts).HTML(t); page.Find(".draft-text").Text() != want.Get("name") ||
				page.Find(".draft h2 a").AttrOr("href", "") != index {
				t.Errorf("the list: %q", page.Find("main").Text())
			}
			caio := i.As("caio")
			if got := kept(t, caio, index); got != nil || caio.Get(paths.Drafts).HTML(t).Find(".draft").Length() != 0 {
				t.Errorf("somebody else gets %q", got)
			}
			if made(i) != 0 {
				t.Error("it was saved")
			}
		})
	}
}

// Nobody writes a draft of somebody else, and nobody reads one.
func TestADraftIsItsPersonsAlone(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana, caio, nobody := i.As("ana"), i.As("caio"), i.Browser()
	form := keyed(ana, "typed by ana")
	text, person, _ := strings.Cut(form.Get(forms.KeyField), ".")
	forged := maps.Clone(form)
	for _, key := range []string{
		strings.Replace(form.Get(forms.KeyField), text, strings.Repeat("A", 26), 1),
		text + "." + i.IDs["caio"] + person[36:], "", text + "." + i.IDs["ana"] + ".",
	} {
		forged.Set(forms.KeyField, key)
		for name, b := range map[string]*webtest.Browser{"caio": caio, "nobody": nobody} {
			own := name == "caio" && strings.Contains(key, i.IDs["caio"]) // whoever signed it
			if res := b.Post(paths.DraftsKeep, typing(forged)); res.StatusCode < 400 && !own {
				t.Errorf("%s, with %q: %d", name, key, res.StatusCode)
			}
		}
	}
	i.Exec(`DELETE FROM drafts WHERE person_id = $1`, i.IDs["caio"])
	if i.Count(`drafts`) != 0 {
		t.Fatal("somebody wrote a draft of somebody else")
	}
	// A tab of ana's sends what was typed when caio is signed in already: it is hers.
	if res := caio.Post(paths.DraftsKeep, typing(form)); res.StatusCode != http.StatusNoContent {
		t.Errorf("%d", res.StatusCode)
	}
	if kept(t, ana, index) == nil || kept(t, caio, index) != nil {
		t.Error("not hers alone")
	}
	if res := caio.Post(paths.DraftsDrop, url.Values{"form": {index}}); res.StatusCode != http.StatusSeeOther ||
		i.Count(`drafts`) != 1 {
		t.Error("caio discards it")
	}
	if strings.Contains(i.Dump(), "typed by ana") {
		t.Error("it is in the database as it was typed")
	}
	if ana.Post(paths.DraftsDrop, url.Values{"form": {index}}); i.Count(`drafts`) != 0 {
		t.Error("ana cannot discard it")
	}
}

// A form of one person in the session of another is refused, and what was typed is hers.
func TestAFormInAnothersSessionIsKeptForItsPerson(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana, caio := i.As("ana"), i.As("caio")
	res := caio.Post(index, keyed(ana, "typed by ana"))
	if res.StatusCode != http.StatusConflict || !strings.Contains(res.Body, i.Says("es", "error.other.kept")) {
		t.Errorf("%d", res.StatusCode)
	}
	if got := kept(t, ana, index); got.Get("name") != "typed by ana" || kept(t, caio, index) != nil {
		t.Errorf("%q", got)
	}
}

// What was saved is no draft any more, even for a request that comes late.
func TestWhatIsSavedIsNoDraft(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	form := keyed(ana, "typed")
	ana.Post(paths.DraftsKeep, typing(form))
	if kept(t, ana, index) == nil {
		t.Fatal("nothing is kept")
	}
	wrong := maps.Clone(form)
	wrong.Set("name", "")
	if ana.Post(index, wrong); kept(t, ana, index) == nil {
		t.Error("what was refused is gone")
	}
	if ana.Post(index, form); i.Count(`drafts`) != 0 {
		t.Error("it is still a draft")
	}
	if ana.Post(paths.DraftsKeep, typing(form)); i.Count(`drafts`) != 0 {
		t.Error("a late request makes it a draft again")
	}
	// Who goes back to the form and types something else has a draft again, also without a script.
	if ana.Post(paths.DraftsKeep, typing(form, "draft_anew", "yes")); kept(t, ana, index) == nil {
		t.Error("what was typed after going back is not kept")
	}
	i.Exec(`DELETE FROM drafts`)
	ana.Post(paths.Logout, nil)
	if res := ana.Post(index, form); res.Header.Get("Location") != paths.LoginEnded("", paths.EndedKept) ||
		kept(t, i.As("ana"), index) == nil {
		t.Errorf("it is said to be kept, and is not: %q", res.Header.Get("Location"))
	}
}

// A draft that is on its way while its form is saved does not outlive the form.
func TestADraftAndItsFormAtOnceLeaveNoDraft(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	form := keyed(ana, "typed")
	// The draft has looked already whether the form is saved, when it waits for a row in its place.
	held := i.Hold(`INSERT INTO drafts (person_id, form, page, fields) VALUES ($1, $2, '', '')`, i.IDs["ana"], index)
	typed := ana.Posted(paths.DraftsKeep, typing(form))
	i.Waiting(1)
	saved := ana.Posted(index, form)
	i.Waiting(2)
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, b := <-typed, <-saved; a.StatusCode != http.StatusNoContent || b.StatusCode != http.StatusSeeOther ||
		i.Count(`drafts`) != 0 {
		t.Errorf("%d and %d, %d drafts", a.StatusCode, b.StatusCode, i.Count(`drafts`))
	}
}

func TestDraftsAreBounded(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	form := keyed(ana, "typed")
	for n := range 25 {
		ana.Post(paths.DraftsKeep, typing(form, "draft_form", fmt.Sprintf("/things/%d", n)))
	}
	if i.Count(`drafts`) != 20 || i.Count(`drafts WHERE form = '/things/24'`) != 1 {
		t.Errorf("%d drafts", i.Count(`drafts`))
	}
	i.Exec(`UPDATE drafts SET saved_at = now() - interval '8 days' WHERE form = '/things/24'`)
	if kept(t, ana, "/things/24") != nil {
		t.Error("one of last week is given back")
	}
	if err := forms.Sweep(t.Context(), i.Store); err != nil || i.Count(`drafts`) != 19 {
		t.Error("one of last week is kept", err)
	}
	for _, to := range []string{"https://evil.example/", "//evil.example", "javascript:alert(1)", ""} {
		if res := ana.Post(paths.DraftsKeep, typing(form, "draft_form", to)); res.StatusCode != http.StatusBadRequest {
			t.Errorf("for %q: %d", to, res.StatusCode)
		}
	}
	for _, broken := range []string{"draft_form", "draft_page"} {
		res := ana.Post(paths.DraftsKeep, typing(form, broken, "/news\xff"))
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s that is no text: %d", broken, res.StatusCode)
		}
	}
	long := index + "?q=" + strings.Repeat("x", 1000)
	if ana.Post(paths.DraftsKeep, typing(form, "draft_page", long)); kept(t, ana, index) == nil {
		t.Error("a page with a long address keeps nothing")
	}
	ana.Post(paths.DraftsKeep, typing(form, "draft_page", "javascript:alert(1)", "draft_form", "/x"))
	if strings.Contains(ana.Get(paths.Drafts).Body, "javascript:") {
		t.Error("an address of another kind is led to")
	}
}

// No password, code or proof is kept.
func TestNoSecretIsKeptAsADraft(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	form := keyed(ana, "typed")
	for _, name := range []string{
		"password", "new_password", "code", "client_secret", "confirm_password", "confirm_code",
	} {
		form.Set(name, "a secret")
	}
	ana.Post(paths.DraftsKeep, typing(form))
	if got := kept(t, ana, index); len(got) != 1 || got.Get("name") != "typed" {
		t.Errorf("%q", got)
	}
	ana.Post(paths.Logout, nil)
	ana.Post(index, form)
	if got := kept(t, i.As("ana"), index); len(got) != 1 || got.Get("name") != "typed" {
		t.Errorf("sent: %q", got)
	}
}

// A page asks whose session it is, which renews nothing and tells nothing else.
func TestAPageAsksWhoseSessionItIs(t *testing.T) {
	t.Parallel()
	i := start(t)
	for b, want := range map[*webtest.Browser]string{i.As("ana"): "same", i.As("caio"): "other", i.Browser(): "none"} {
		if res := b.Get(paths.Session + "?person=" + i.IDs["ana"]); res.Body != want || len(res.Cookies()) != 0 {
			t.Errorf("%q, not %q", res.Body, want)
		}
	}
}
