package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

func TestTheTourLeadsAdminsOfTheDemoThroughItsSteps(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	b := i.enter("ana", 0)
	open := func() (open string, done int) {
		html := b.get(paths.Home).html(t)
		if href := html.Find("#tour .tour-ways a").First().AttrOr("href", ""); href != "http://panel.example" {
			t.Fatalf("the panel is at %q", href)
		}
		return html.Find("#tour details[open] input[name=step]").AttrOr("value", ""), html.Find("#tour .tour-done").Length()
	}
	if o, d := open(); o != "chat" || d != 0 {
		t.Fatalf("%s is open, %d done", o, d)
	}
	for _, step := range []string{"slow", "slow", "chat"} {
		if res := b.post(paths.Tour, url.Values{"step": {step}, "done": {"yes"}}); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.Home+"#tour" {
			t.Errorf("%s: %d", step, res.StatusCode)
		}
	}
	if o, d := open(); o != "people" || d != 2 {
		t.Errorf("after two: %s is open, %d done", o, d)
	}
	b = i.enter("ana", 0) // one of the steps is to sign out
	b.post(paths.Tour, url.Values{"step": {"slow"}})
	if _, d := open(); d != 1 {
		t.Errorf("after one was taken back: %d done", d)
	}
	if res := b.post(paths.Tour, url.Values{"step": {"no such"}, "done": {"yes"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown step: %d", res.StatusCode)
	}
	if html := i.enter("bea", 0).get(paths.Home).body; strings.Contains(html, "tour") {
		t.Error("an employee is shown the tour")
	}
}

func TestThereIsNoTourOutsideTheDemo(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.handlers.SandboxPanel = ""
	b := i.enter("ana", 0)
	if strings.Contains(b.get(paths.Home).body, "tour") {
		t.Error("the home page has a tour")
	}
	if res := b.post(paths.Tour, url.Values{"step": {"chat"}, "done": {"yes"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("a step: %d", res.StatusCode)
	}
}
