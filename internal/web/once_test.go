package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// made is how many things the test has made: one is there from the start.
func made(i *webtest.Intranet) int { return i.Count(`things`) - 1 }

// lock keeps everything waiting that ana changes.
const lock = `SELECT FROM people WHERE id = $1 FOR UPDATE`

// keyed is a form for a new thing, with the key of the page's form.
func keyed(b *webtest.Browser, name string) url.Values {
	return url.Values{"name": {name}, forms.KeyField: {b.Key(index, index)}}
}

func TestTwoClicksOnASlowLineCountOnce(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	form := keyed(ana, "one")
	res := ana.Twice(index, form, i.Hold(lock, i.IDs["ana"]))
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != index || made(i) != 1 {
		t.Errorf("%d to %q, %d things", res.StatusCode, res.Header.Get("Location"), made(i))
	}
	notice := ana.Get(index).HTML(t).Find(".notice").Text()
	if !strings.Contains(notice, i.Says("en", "notice.thing.added")) {
		t.Error("nobody is told that it was saved")
	}
	// Long afterwards, such as with the Back button and another click.
	if res := ana.Post(index, form); res.Header.Get("Location") != index || made(i) != 1 {
		t.Errorf("once more: %d, %d things", res.StatusCode, made(i))
	}
}

func TestTwoClicksOnTwoReplicasCountOnce(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	form := keyed(ana, "one")
	other := i.With(t, things()).As("ana")
	other.Jar = ana.Jar
	held := i.Hold(lock, i.IDs["ana"])
	first := ana.Posted(index, form)
	i.Waiting(1)
	second := other.Posted(index, form)
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, res := range []webtest.Answer{<-first, <-second} {
		if res.StatusCode != http.StatusSeeOther || made(i) != 1 {
			t.Errorf("%d, %d things", res.StatusCode, made(i))
		}
	}
}

// Where the replica died that had the form first, or hangs, the other one does not wait for it.
func TestAFormIsTakenOverFromARequestThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	form := keyed(ana, "one")
	other := i.With(t, things()).As("ana")
	other.Jar = ana.Jar
	held := i.Hold(`LOCK TABLE things IN SHARE MODE`)
	first := ana.Posted(index, form)
	i.Waiting(1)
	i.Exec(`UPDATE sent_forms SET claimed_at = now() - interval '2 seconds'`)
	second := other.Posted(index, form)
	i.Waiting(2)
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The one that hung lives after all, and may not save it a second time.
	if a, b := <-first, <-second; a.StatusCode != http.StatusServiceUnavailable ||
		b.StatusCode != http.StatusSeeOther || made(i) != 1 {
		t.Errorf("the first %d, the second %d, %d things", a.StatusCode, b.StatusCode, made(i))
	}
	if res := ana.Post(index, form); res.StatusCode != http.StatusSeeOther || made(i) != 1 {
		t.Errorf("once more: %d, %d things", res.StatusCode, made(i))
	}
	// One that died after it had saved something is told as that.
	i.Exec(`UPDATE sent_forms SET state = 'running', answer = NULL, claimed_at = now() - interval '2 seconds'`)
	if res := ana.Post(index, form); res.StatusCode != http.StatusConflict || made(i) != 1 {
		t.Errorf("of a replica that died: %d, %d things", res.StatusCode, made(i))
	}
}

// Where only the session could not be saved, whoever sends the form again is led on.
func TestTheAnswerThatWasLostWithItsSessionIsGiven(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	form := keyed(ana, "one")
	i.Exec(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE 'no' USING ERRCODE = '57014'; END $$`)
	i.Exec(`CREATE TRIGGER refuse BEFORE UPDATE OF data ON sessions FOR EACH ROW EXECUTE FUNCTION refuse()`)
	if res := ana.Post(index, form); res.StatusCode != http.StatusServiceUnavailable || made(i) != 1 {
		t.Fatalf("%d, %d things", res.StatusCode, made(i))
	}
	i.Exec(`DROP TRIGGER refuse ON sessions`)
	res := ana.Post(index, form)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != index || res.Body != "" || made(i) != 1 {
		t.Errorf("%d to %q, %d things", res.StatusCode, res.Header.Get("Location"), made(i))
	}
}

// The page that says that something failed does not wait until the form may be sent again.
func TestAFailureDoesNotWaitForWhatBecomesOfItsForm(t *testing.T) {
	t.Parallel()
	var i *webtest.Intranet
	var held interface{ Rollback(context.Context) error }
	i = start(t, routes(web.Post("/held", web.Employees, func(http.ResponseWriter, *http.Request, *store.Person) error {
		held = i.Hold(`SELECT FROM sent_forms FOR UPDATE`)
		return store.ErrUnavailable
	})))
	ana := i.As("ana")
	select {
	case res := <-ana.Posted("/held", keyed(ana, "one")):
		if res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(res.Body, "</html>") {
			t.Errorf("%d", res.StatusCode)
		}
	case <-time.After(3 * time.Second):
		t.Error("it waits")
	}
	if err := held.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
}

// What was refused can be mended and sent from the same page, and from the page before.
func TestAFormThatWasRefusedCanBeSentAgain(t *testing.T) {
	t.Parallel()
	i := start(t, routes(web.Post("/panic", web.Employees, panics)))
	ana := i.As("ana")
	form := keyed(ana, "")
	for range 2 {
		res := ana.Post(index, form)
		if again := res.HTML(t).Find("[name=form_key]").AttrOr("value", ""); res.StatusCode !=
			http.StatusUnprocessableEntity || again != form.Get(forms.KeyField) {
			t.Errorf("%d, and its key became %q", res.StatusCode, again)
		}
	}
	for range 2 { // and an error of ours does not count either
		if res := ana.Post("/panic", form); res.StatusCode != http.StatusInternalServerError {
			t.Errorf("%d", res.StatusCode)
		}
	}
	form.Set("name", "mended")
	if res := ana.Post(index, form); res.StatusCode != http.StatusSeeOther || made(i) != 1 {
		t.Errorf("%d, %d things", res.StatusCode, made(i))
	}
}

func TestGoingBackToASavedFormMakesNoSecondOneUnasked(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	form := keyed(ana, "one")
	ana.Post(index, form)
	for _, late := range []bool{false, true} {
		form.Set("name", "another")
		if late {
			form.Set("name", "one") // the same; but its answer is not kept for so long
			i.Exec(`UPDATE sent_forms SET claimed_at = now() - interval '11 minutes',
				answered_at = now() - interval '11 minutes'`)
		}
		res := ana.Post(index, form)
		to, kept := givenBack(t, res)
		if res.StatusCode != http.StatusConflict || to != index || kept.Get("name") != form.Get("name") ||
			!strings.Contains(res.Body, i.Says("pt", "error.sent.title")) {
			t.Errorf("%d, to %q: %v", res.StatusCode, to, kept)
		}
		things := made(i)
		kept.Set(forms.KeyField, res.HTML(t).Find("[name=form_key]").AttrOr("value", ""))
		if ana.Post(to, kept); made(i) != things+1 {
			t.Errorf("asked for, and not made: %d things", made(i))
		}
	}
}

// Without scripts the page that somebody goes back to is a new one, with another key.
func TestTheVerySameIsNotMadeTwiceUnasked(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana, caio := i.As("ana"), i.As("caio")
	ana.Post(index, keyed(ana, "one"))
	asked := func(form url.Values) (again url.Values) {
		t.Helper()
		before := made(i)
		res := ana.Post(index, form)
		to, again := givenBack(t, res)
		html := res.HTML(t)
		if res.StatusCode != http.StatusConflict || made(i) != before || to != index ||
			html.Find("h1").Text() != i.Says("pt", "error.saved.title") ||
			html.Find(".error-ways a").First().AttrOr("href", "") != index {
			t.Errorf("%d, %d things: %s", res.StatusCode, made(i)-before, html.Find("main").Text())
		}
		again.Set(forms.KeyField, html.Find("main [name=form_key]").AttrOr("value", ""))
		return again
	}
	again := asked(keyed(ana, "one"))
	for range 2 { // two clicks on the button that asks for it
		if res := ana.Post(index, again); res.StatusCode != http.StatusSeeOther || made(i) != 2 {
			t.Errorf("asked for: %d, %d things", res.StatusCode, made(i))
		}
	}
	asked(keyed(ana, "one"))
	i.Exec(`UPDATE sent_forms SET claimed_at = now() - interval '11 minutes'`)
	for name, post := range map[string]func(){
		"something else":     func() { ana.Post(index, keyed(ana, "two")) },
		"of somebody else":   func() { caio.Post(index, keyed(caio, "one")) },
		"a while afterwards": func() { ana.Post(index, keyed(ana, "one")) },
	} {
		before := made(i)
		if post(); made(i) != before+1 {
			t.Errorf("%s: %d things", name, made(i)-before)
		}
	}
	if i.Count(`sent_forms WHERE shown_at NOT LIKE 'v1:%'`) != 0 { // package seal begins what it has sealed with it
		t.Error("where it is shown is in the database as it is")
	}
}

// A replica that dies answers nothing: whether the form was saved nobody knows, and nobody is
// told that it was.
func TestAFormThatWasNeverAnsweredIsNotCalledSaved(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	form := keyed(ana, "one")
	ana.Post(index, form)
	i.Exec(`UPDATE sent_forms SET state = 'running', answer = NULL, shown_at = NULL, answered_at = NULL,
		claimed_at = now() - interval '4 minutes'`)
	for name, form := range map[string]url.Values{"the same": form, "another page": keyed(ana, "one")} {
		res := ana.Post(index, form)
		if res.StatusCode != http.StatusConflict || made(i) != 1 ||
			res.HTML(t).Find("h1").Text() != i.Says("pt", "error.sent.title") {
			t.Errorf("%s: %d, %q", name, res.StatusCode, res.HTML(t).Find("h1").Text())
		}
	}
}

// Who has deleted something may make the same again, and is not told that it is saved: neither
// with a new form nor with the one before, whose answer leads to what is gone.
func TestWhatWasDeletedIsNotSavedAlready(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana, caio := i.As("ana"), i.As("caio")
	form, caios := keyed(ana, "one"), keyed(caio, "one")
	caio.Post(index, caios)
	ana.Post(index, form)
	id := i.First(`SELECT max(id::text) FROM things WHERE name = 'one'`)
	at := remove.Of(id)
	drop := url.Values{forms.KeyField: {ana.Key(show.Of(id), at)}}
	for range 2 { // two clicks
		if res := ana.Post(at, drop); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("%d", res.StatusCode)
		}
	}
	before := made(i)
	if res := ana.Post(index, form); res.StatusCode != http.StatusConflict || made(i) != before ||
		res.HTML(t).Find("h1").Text() != i.Says("pt", "error.sent.title") {
		t.Errorf("the form before: %d, %q", res.StatusCode, res.HTML(t).Find("h1").Text())
	}
	if res := ana.Post(index, keyed(ana, "one")); res.StatusCode != http.StatusSeeOther || made(i) != before+1 {
		t.Errorf("a new form: %d", res.StatusCode)
	}
	for _, form := range []url.Values{caios, keyed(caio, "one")} { // who has deleted nothing
		caio.Post(index, form)
	}
	if made(i) != before+1 {
		t.Errorf("%d things", made(i)-before)
	}
}

// Who goes back while the first is being saved waits for it.
func TestTheVerySameWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	one, other := keyed(ana, "one"), keyed(ana, "one")
	held := i.Hold(lock, i.IDs["ana"])
	first := ana.Posted(index, one)
	i.Waiting(1)
	second := ana.Posted(index, other)
	if err := held.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, b := <-first, <-second; a.StatusCode != http.StatusSeeOther || b.StatusCode != http.StatusConflict ||
		made(i) != 1 {
		t.Errorf("%d and %d, %d things", a.StatusCode, b.StatusCode, made(i))
	}
}

// A form is its person's: in another's session it does nothing, whatever the page says.
func TestAFormOfSomebodyElseIsRefused(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana, caio := i.As("ana"), i.As("caio")
	form := keyed(ana, "ana's")
	before := i.Count(`audit`)
	res := caio.Post(index, form)
	if res.StatusCode != http.StatusConflict || made(i) != 0 || i.Count(`audit`) != before ||
		strings.Contains(res.Body, "ana's") || !strings.Contains(res.Body, i.Says("es", "error.other.title")) {
		t.Errorf("%d: %s", res.StatusCode, res.Body)
	}
	if res := ana.Post(index, form); res.StatusCode != http.StatusSeeOther {
		t.Errorf("their own: %d", res.StatusCode)
	}
	// Who has got hold of a form's key gets nothing of its answer.
	answer := ana.Post(index, form)
	for name, other := range map[string]*webtest.Browser{
		"caio": caio, "another session": i.As("ana"), "nobody": i.Browser(),
	} {
		if res := other.Post(index, form); res.StatusCode == http.StatusSeeOther &&
			res.Header.Get("Location") == answer.Header.Get("Location") {
			t.Errorf("%s gets the answer", name)
		}
	}
}

// A sign-in that is posted by a script has no key, and counts as often as it is sent.
func TestAFormWithoutAKeyCountsAsOftenAsItIsSent(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	for _, key := range []string{"", "x", "a.b.c", strings.Repeat("x", 200), strings.Repeat("A", 26) + ".." + "\x00"} {
		before := made(i)
		form := url.Values{"name": {"one"}, forms.KeyField: {key}}
		if ana.Post(index, form); made(i) != before+1 {
			t.Errorf("key %q: %d things", key, made(i))
		}
	}
	if res := ana.Get(paths.Home); res.StatusCode != http.StatusOK {
		t.Error(res.StatusCode)
	}
}
