package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/webtest"
)

// asksFirst starts an intranet that asks people first.
func asksFirst(t *testing.T) *webtest.Intranet {
	t.Helper()
	return startWith(t, webtest.Options{AskFirst: true})
}

// policyOf is the answer's policy without its nonce and where to report.
func policyOf(res webtest.Answer) string {
	policy, _, _ := strings.Cut(res.Header.Get("Content-Security-Policy"), "; report-uri ")
	before, rest, _ := strings.Cut(policy, "'nonce-")
	_, after, _ := strings.Cut(rest, "'")
	return before + "'nonce-…'" + after
}

// has checks whether the page is one with the chat, or one that asks.
func has(t *testing.T, b *webtest.Browser, path string, chat bool) {
	t.Helper()
	calls := b.I.Calls.Load()
	res := b.Get(path)
	calls = b.I.Calls.Load() - calls
	form := res.HTML(t).Find(`form[action="` + paths.ConsentGive + `"]`)
	next, _ := form.Find("[name=next]").Attr("value")
	switch {
	case res.StatusCode != http.StatusOK:
		t.Errorf("%s: %d", path, res.StatusCode)
	case chat:
		if calls != 1 || policyOf(res) != chatPolicy || form.Length() != 0 ||
			!strings.Contains(res.Body, `src="https://static.vendor.example/`) {
			t.Errorf("%s has no chat: %d calls, %d questions, policy %s", path, calls, form.Length(), policyOf(res))
		}
	case calls != 0 || policyOf(res) != strictPolicy || res.Vendors() != "" || form.Length() != 1 || next != path:
		t.Errorf("%s: %d calls, %q of the vendor's, %d questions that lead to %q, policy %s",
			path, calls, res.Vendors(), form.Length(), next, policyOf(res))
	}
}

func TestNothingGoesToTheVendorBeforeAPersonAgrees(t *testing.T) {
	t.Parallel()
	i := asksFirst(t)
	replica := i.Replica(t, webtest.Options{AskFirst: true}, things())
	bea, caio := i.As("bea"), i.As("caio")
	elsewhere := replica.As("bea")
	paged := append(pages(i), index+"?q=a+b&after=")
	everywhere := func(chat bool) {
		t.Helper()
		for _, b := range []*webtest.Browser{bea, elsewhere} {
			for _, path := range paged {
				has(t, b, path, chat)
			}
		}
		has(t, caio, index, false) // who was asked and has not answered
	}
	everywhere(false)
	// What costs no call otherwise costs none here, nor does the answer to a form.
	for _, res := range []webtest.Answer{
		bea.Ask(http.MethodHead, index), bea.Get(index, "Sec-Purpose", "prefetch"),
		bea.Get(index, "X-Purpose", "preview"), bea.Get("/no/such"), bea.Get(paths.SecondFactor), caio.Post(index, url.Values{"name": {""}}),
	} {
		if policyOf(res) != strictPolicy || res.Vendors() != "" || i.Calls.Load() != 0 {
			t.Errorf("%s %s: %d calls, %s", res.Request.Method, res.Request.URL, i.Calls.Load(), policyOf(res))
		}
	}
	if got := i.Recorded(); len(got) != 0 {
		t.Errorf("recorded %q before anybody has answered", got)
	}

	for range 2 { // the second time changes nothing
		res := bea.Post(paths.ConsentGive, url.Values{"next": {index + "?q=a+b&after="}})
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != index+"?q=a+b&after=" {
			t.Errorf("%d to %q", res.StatusCode, res.Header.Get("Location"))
		}
	}
	if text := bea.Get(index).HTML(t).Find(".notice").Text(); text != i.Says("en", "notice.consent.given") {
		t.Errorf("then it says %q", text)
	}
	everywhere(true)
	since := i.Once(`SELECT consented_at::text FROM people WHERE consented_at IS NOT NULL`)
	bea.Post(paths.ConsentGive, nil)
	if i.Count(`people WHERE consented_at = $1::timestamptz`, since) != 1 {
		t.Error("the time is not that of the first yes")
	}

	elsewhere.Get(index) // shows what was said of the yes
	if res := elsewhere.Post(paths.ConsentWithdraw, nil); res.Header.Get("Location") != paths.Account {
		t.Errorf("withdrawing leads to %q", res.Header.Get("Location"))
	}
	everywhere(false)
	elsewhere.Post(paths.ConsentWithdraw, nil)
	own := `audit WHERE actor_id = subject_id AND subject_id = $1 AND subject = 'bea@company.example' AND address <> ''`
	if got := i.Recorded(); !slices.Equal(got, []string{"consent.given", "consent.withdrawn"}) ||
		i.Count(own, i.IDs["bea"]) != 2 {
		t.Errorf("recorded %q", got)
	}
}

// Turning the setting off asks nobody, and turning it on again forgets nobody's answer.
func TestWhoIsNotAskedHasTheChat(t *testing.T) {
	t.Parallel()
	i := start(t)
	asking := i.Replica(t, webtest.Options{AskFirst: true}, things())
	asking.As("bea").Post(paths.ConsentGive, nil)
	for _, name := range []string{"ana", "bea"} {
		has(t, i.As(name), index, true)
		has(t, asking.As(name), index, name == "bea")
	}
	if asked := i.As("ana").Get(paths.Assistant).HTML(t).Find("main").Text(); strings.Contains(asked,
		i.Says("pt", "assistant.when.asked")) {
		t.Error("it says that people are asked")
	}
	off := i.Replica(t, webtest.Options{AskFirst: true, NoChat: true}, things()).As("ana").Get(index)
	if off.HTML(t).Find("#assistant-ask").Length() != 0 || strings.Contains(off.Body, paths.ConsentGive) {
		t.Error("it asks for an assistant that is not there")
	}
}

func TestTheQuestionSaysWhatGoesOut(t *testing.T) {
	t.Parallel()
	i := asksFirst(t)
	bea := i.As("bea")
	for path, question := range map[string]string{index: "#assistant-ask", paths.Assistant: "main"} {
		html := bea.Get(path).HTML(t).Find(question)
		for _, href := range []string{"https://vendor.example/privacy", "https://company.example/privacy"} {
			if html.Find(`a[href="`+href+`"]`).Length() != 1 {
				t.Errorf("%s has no link to %s", path, href)
			}
		}
		if html.Find(`a[href$="#sent"]`).Length() != 1 || html.Find("[name=form_key]").Length() != 1 {
			t.Errorf("%s does not say what is sent, or its form has no key", path)
		}
		for _, out := range []string{"name", "e-mail", "language", "id"} {
			if !strings.Contains(html.Text(), out) {
				t.Errorf("%s does not name %s", path, out)
			}
		}
	}
	if bea.Get(paths.Assistant).HTML(t).Find("#assistant-ask").Length() != 0 {
		t.Error("the assistant's page asks twice")
	}
	// Where something was typed the page stays, and the chat opens elsewhere.
	refused := i.As("caio").Post(index, url.Values{"name": {""}}).HTML(t).Find("#assistant-ask form")
	if refused.AttrOr("target", "") != "_blank" || refused.Find("[name=next]").AttrOr("value", "") != paths.Assistant {
		t.Errorf("it leaves what was typed: %q", refused.AttrOr("target", ""))
	}
	for next, want := range map[string]string{
		"//evil.example": paths.Home, `/\evil.example`: paths.Home, "": paths.Home, paths.Logout: paths.Home,
		paths.Account: paths.Account,
	} {
		res := bea.Post(paths.ConsentGive, url.Values{"next": {next}})
		if got := res.Header.Get("Location"); got != want {
			t.Errorf("%q leads to %q", next, got)
		}
	}
}

// A yes that comes after its session is none, and is not kept as if somebody had typed it.
func TestALateYesIsNone(t *testing.T) {
	t.Parallel()
	i := asksFirst(t)
	bea := i.As("bea")
	key := bea.Get(index).HTML(t).Find("#assistant-ask [name=form_key]").AttrOr("value", "")
	i.Exec(`UPDATE sessions SET revoked_at = now()`)
	res := bea.Post(paths.ConsentGive, url.Values{"form_key": {key}, "next": {index}})
	if !strings.HasPrefix(res.Header.Get("Location"), paths.Login) || i.Count(`drafts`) != 0 ||
		i.Count(`people WHERE consented_at IS NOT NULL`) != 0 {
		t.Errorf("%d to %q, %d drafts", res.StatusCode, res.Header.Get("Location"), i.Count(`drafts`))
	}
}
