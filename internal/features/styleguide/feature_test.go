package styleguide

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of the page.
var fixture = webtest.Fixture{
	Feature: Feature,
	Options: func(o *webtest.Options) { o.SandboxPanel = "http://panel.example" },
	Pages:   func(*webtest.Intranet) []string { return []string{paths.Home} },
}

func TestStyleguide(t *testing.T) { webtest.Check(t, fixture) }

// In production, where there is no sandbox, there is no page and nothing leads to it.
func TestThereIsNoStyleguideInProduction(t *testing.T) {
	t.Parallel()
	i := webtest.New(t, Feature())
	ana := i.As("ana")
	if res := ana.Get(Index); res.StatusCode != http.StatusNotFound {
		t.Errorf("the page: %d", res.StatusCode)
	}
	if ana.Get(paths.Home).HTML(t).Find(`[href="`+Index+`"]`).Length() != 0 {
		t.Error("the home page leads to it")
	}
	if demo := fixture.Start(t, webtest.Options{}).As("ana"); demo.Get(Index).StatusCode != http.StatusOK ||
		demo.Get(paths.Home).HTML(t).Find(`[href="`+Index+`"]`).Length() != 1 {
		t.Error("it is not in the demo")
	}
}

// elsewhere are components that are whole pages, or nothing that anybody sees.
var elsewhere = map[string]string{
	"Layout": "around this page", "Tail": "at its end", "FormKey": "hidden", "VersionField": "hidden", "Kept": "hidden",
	"Home": "a page", "AssistantPage": "a page", "DraftsPage": "a page",
}

// What package views exports is shown: whoever adds a component adds a sample of it.
func TestEveryComponentIsShown(t *testing.T) {
	t.Parallel()
	page := fixture.Start(t, webtest.Options{}).As("ana").Get(Index).HTML(t)
	shown := map[string]bool{}
	page.Find("h3 code").Each(func(_ int, name *goquery.Selection) {
		shown[strings.TrimPrefix(name.Text(), "views.")] = true
	})
	files, err := filepath.Glob("../../../views/*.templ")
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("page.templ")
	if err != nil {
		t.Fatal(err)
	}
	component := regexp.MustCompile(`(?m)^(?:templ ([A-Z]\w*)\(|func ([A-Z]\w*)\(.*\) (?:drawn|avatar) \{|` +
		`func \(\w+ ([A-Z]\w*)\) Render\()`)
	found := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range component.FindAllStringSubmatch(string(content), -1) {
			found++
			name := m[1] + m[2] + m[3]
			inSample := regexp.MustCompile(`@views\.` + name + `[({]`).Match(own)
			if !shown[name] && !inSample && elsewhere[name] == "" {
				t.Errorf("views.%s is not on the page: add a sample of it", name)
			}
		}
	}
	if found < 30 {
		t.Errorf("found only %d components: does the test still read them?", found)
	}
	// Each in both schemes, and each id once.
	page.Find(".guide-schemes").Each(func(_ int, s *goquery.Selection) {
		name := s.Parent().Find("h3").First().Text()
		light, dark := s.Find(".guide-light > *").Length(), s.Find(".guide-dark > *").Length()
		if light != dark || light == 0 && name != "views.OpenChat" { // the tests' chat cannot be opened by a button
			t.Errorf("%s is not there in both schemes", name)
		}
	})
	ids := map[string]bool{}
	page.Find("[id]").Each(func(_ int, e *goquery.Selection) {
		if id := e.AttrOr("id", ""); ids[id] {
			t.Errorf("the id %s is there twice", id)
		} else {
			ids[id] = true
		}
	})
	// No sample does anything.
	if forms := page.Find("main form[method=post], main input[type=hidden], main [autofocus]"); forms.Length() != 0 {
		t.Errorf("a sample sends or takes something: %s", forms.First().Text())
	}
}
