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

// What was saved is no draft of another page of the form, which has the same text and another key: one
// that was opened twice, and one that the browser has restored.
func TestWhatIsSavedIsNoDraftOfAnotherPage(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	with := func(b *webtest.Browser, text string) url.Values {
		form := keyed(b, "a thing")
		form.Set("text", text)
		return form
	}
	const text = "one line\nand another"
	ana.Post(index, with(ana, strings.ReplaceAll(text, "\n", "\r\n"))) // as browsers send it
	other, caio := with(ana, text), i.As("caio")
	if ana.Post(paths.DraftsKeep, typing(other)); i.Count(`drafts`) != 0 {
		t.Error("what was saved is a draft again")
	}
	other.Set("text", "one line")
	if ana.Post(paths.DraftsKeep, typing(other)); kept(t, ana, index) == nil {
		t.Error("what was not saved is not kept")
	}
	if caio.Post(paths.DraftsKeep, typing(with(caio, text))); kept(t, caio, index) == nil {
		t.Error("what somebody else has saved counts")
	}
}

// What a page has sent earlier and comes later replaces nothing.
func TestDraftsThatOvertakeEachOther(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	form := keyed(ana, "")
	for _, step := range []struct{ page, turn, text, want string }{
		{"1", "2", "half", "half"},
		{"1", "3", "half a text", "half a text"},
		{"1", "1", "h", "half a text"},
		{"1", "3", "half a text", "half a text"},
		{"1", "4", "shorter", "shorter"},
		{"2", "1", "of another page", "of another page"},
		{"", "", "of nobody knows which page", "of nobody knows which page"},
		{"", "99999999999999999999", "odd", "odd"},
		{"\x00\xff" + strings.Repeat("x", 99), "x", "odder", "odder"},
	} {
		form.Set("name", step.text)
		res := ana.Post(paths.DraftsKeep, typing(form, "draft_by", step.page, "draft_turn", step.turn))
		if got := kept(t, ana, index).Get("name"); got != step.want || res.StatusCode != http.StatusNoContent {
			t.Errorf("%q after %v: %d", got, step, res.StatusCode)
		}
	}
}

// What a page has sent before, and sends once more when it is left, replaces nothing. It is kept
// where the draft is gone, because another page of the form was saved with its own text.
func TestWhatAnotherPageHasSavedIsNotWhatThisOneHas(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	this, other := keyed(ana, "this page's"), keyed(ana, "the other's")
	once := func(form url.Values, want string, more ...string) {
		t.Helper()
		res := ana.Post(paths.DraftsKeep, typing(form, more...))
		if got := kept(t, ana, index).Get("name"); got != want || res.StatusCode != http.StatusNoContent {
			t.Errorf("%d, and %q is kept, not %q", res.StatusCode, got, want)
		}
	}
	once(this, "this page's")
	once(other, "the other's")
	once(this, "the other's", "draft_known", "yes", "draft_by", "1")
	once(other, "the other's", "draft_known", "yes", "draft_by", "2")
	listed := func(want ...string) {
		t.Helper()
		var all []string
		for _, text := range ana.Get(paths.Drafts).HTML(t).Find("main .draft-text").EachIter() {
			all = append(all, text.Text())
		}
		if slices.Sort(all); !slices.Equal(all, want) {
			t.Errorf("%q are listed", all)
		}
	}
	listed("the other's", "this page's")
	ana.Post(paths.DraftsDrop, url.Values{"form": {index + "#1"}})
	listed("the other's")
	ana.Post(index, other)
	once(this, "this page's", "draft_known", "yes")
	ana.Post(index, this)
	once(this, "", "draft_known", "yes")
}
