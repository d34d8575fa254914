package tour

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestTheTourLeadsAdminsOfTheDemoThroughItsSteps(t *testing.T) {
	t.Parallel()
	i := fixture.Start(t, webtest.Options{})
	b := i.As("ana")
	open := func() (open string, done int) {
		t.Helper()
		html := b.Get(paths.Home).HTML(t)
		ways := html.Find("#tour .tour-ways a")
		if panel, inspector := ways.First(), ways.Last(); panel.AttrOr("href", "") != "http://panel.example" ||
			ways.Length() != 2 || inspector.AttrOr("href", "") != "/inspector" {
			t.Fatalf("the panel is at %q, the inspector at %q", panel.AttrOr("href", ""), inspector.AttrOr("href", ""))
		}
		if got := html.Find("#tour li").Length(); got != 6 {
			t.Fatalf("%d steps", got)
		}
		step := html.Find("#tour details[open] input[name=step]")
		return step.AttrOr("value", ""), html.Find("#tour .tour-done").Length()
	}
	if o, d := open(); o != "chat" || d != 0 {
		t.Fatalf("%s is open, %d done", o, d)
	}
	for _, step := range []string{"slow", "slow", "chat"} {
		res := b.Post(Update, url.Values{"step": {step}, "done": {"yes"}})
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.Home+"#tour" {
			t.Errorf("%s: %d", step, res.StatusCode)
		}
	}
	if o, d := open(); o != "people" || d != 2 {
		t.Errorf("after two: %s is open, %d done", o, d)
	}
	b = i.As("ana") // one of the steps is to sign out
	b.Post(Update, url.Values{"step": {"slow"}})
	if _, d := open(); d != 1 {
		t.Errorf("after one was taken back: %d done", d)
	}
	if res := b.Post(Update, url.Values{"step": {"no such"}, "done": {"yes"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown step: %d", res.StatusCode)
	}
	for _, name := range []string{"bea", "caio"} {
		b := i.As(name)
		if strings.Contains(b.Get(paths.Home).Body, "tour") {
			t.Errorf("%s is shown the tour", name)
		}
		if res := b.Post(Update, url.Values{"step": {"chat"}, "done": {"yes"}}); res.StatusCode != http.StatusNotFound {
			t.Errorf("a step of %s: %d", name, res.StatusCode)
		}
	}
}

func TestThereIsNoTourOutsideTheDemo(t *testing.T) {
	t.Parallel()
	b := webtest.New(t, Feature()).As("ana")
	if b.Get(paths.Home).HTML(t).Find("#tour").Length() != 0 {
		t.Error("the home page has a tour")
	}
	if res := b.Post(Update, url.Values{"step": {"chat"}, "done": {"yes"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("a step: %d", res.StatusCode)
	}
}

// Without the inspector, nothing leads there.
func TestTheTourDoesWithoutTheInspector(t *testing.T) {
	t.Parallel()
	i := webtest.NewWith(t, webtest.Options{SandboxPanel: "http://panel.example"}, Feature())
	b := i.As("ana")
	card := b.Get(paths.Home).HTML(t).Find("#tour")
	if card.Find(".tour-ways a").Length() != 1 || card.Find("li").Length() != 5 ||
		card.Find("[value=inspector]").Length() != 0 || card.Find("h2").Text() != i.Says("pt", "tour.title.short") {
		t.Error(card.Text())
	}
	res := b.Post(Update, url.Values{"step": {"inspector"}, "done": {"yes"}})
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("a step: %d", res.StatusCode)
	}
}

// Each server counts for itself.
func TestTwoServersHaveStepsOfTheirOwn(t *testing.T) {
	t.Parallel()
	one, other := Feature(), Feature()
	options := webtest.Options{SandboxPanel: "http://panel.example"}
	first, second := webtest.NewWith(t, options, one), webtest.NewWith(t, options, other)
	first.As("ana").Post(Update, url.Values{"step": {"chat"}, "done": {"yes"}})
	if first.As("ana").Get(paths.Home).HTML(t).Find(".tour-done").Length() != 1 ||
		second.As("ana").Get(paths.Home).HTML(t).Find(".tour-done").Length() != 0 {
		t.Error("a step is done in both, or in none")
	}
}
