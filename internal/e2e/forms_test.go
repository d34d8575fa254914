package e2e

import (
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/store"
)

// form is a form of a page, with what a browser would send.
type form struct {
	page    sent
	method  string
	action  string
	values  url.Values
	typed   []string   // fields that people type into
	words   []string   // those of them that take any text
	buttons [][]string // name and value of each that sends it; the plain one has none
}

// formsOf are the forms of a page, in its order.
func formsOf(page sent, html *goquery.Document) (all []form) {
	html.Find("form").Each(func(_ int, e *goquery.Selection) {
		f := form{page: page, action: e.AttrOr("action", page.path), values: url.Values{}}
		f.method = strings.ToUpper(e.AttrOr("method", "get"))
		e.Find("input, textarea, select").Each(func(_ int, field *goquery.Selection) { f.add(field) })
		e.Find("button").Each(func(_ int, button *goquery.Selection) {
			if name := button.AttrOr("name", ""); name != "" {
				f.buttons = append(f.buttons, []string{name, button.AttrOr("value", "")})
			} else {
				f.buttons = append(f.buttons, nil)
			}
		})
		all = append(all, f)
	})
	return all
}

// add adds what a field would send.
func (f *form) add(field *goquery.Selection) {
	name, value, kind := field.AttrOr("name", ""), field.AttrOr("value", ""), field.AttrOr("type", "text")
	_, checked := field.Attr("checked")
	switch {
	case name == "" || kind == "file" || (kind == "checkbox" || kind == "radio") && !checked:
		return
	case field.Is("select"):
		value = field.Find("option[selected]").AttrOr("value", field.Find("option").AttrOr("value", ""))
	case field.Is("textarea"):
		value = field.Text()
		f.typed, f.words = append(f.typed, name), append(f.words, name)
	case kind == "text" || kind == "search" || kind == "email":
		f.typed, f.words = append(f.typed, name), append(f.words, name)
	case kind != "hidden" && kind != "checkbox" && kind != "radio":
		f.typed = append(f.typed, name)
	}
	f.values.Add(name, value)
}

// searches are the addresses that a form with method GET leads to.
func (f form) searches() (all []string) {
	for _, query := range queries {
		values := maps.Clone(f.values)
		set(values, f.words, query)
		all = append(all, f.action+"?"+values.Encode())
	}
	return all
}

// set sets some fields to the same text.
func set(values url.Values, names []string, text string) {
	for _, name := range names {
		values.Set(name, text)
	}
}

// longest is a word that is too long for many a field, and for a narrow screen.
var longest = strings.Repeat("Wolfeschlegelsteinhausenbergerdorff", 8)

// mistakes are what the form sends where somebody left out everything or wrote too
// much, and where it is one of an older version.
func (f form) mistakes() (all []url.Values) {
	late := f.values.Get("version") != ""
	for _, button := range f.buttons {
		with := func(change func(url.Values)) {
			values := maps.Clone(f.values)
			if len(button) > 0 {
				values.Set(button[0], button[1])
			}
			change(values)
			all = append(all, values)
		}
		if len(f.typed) > 0 {
			with(func(values url.Values) { set(values, f.typed, "") })
			with(func(values url.Values) { set(values, f.words, longest) })
		}
		if late {
			with(func(values url.Values) { values.Set("version", "0") })
		}
	}
	return all
}

// mistakes sends wrong forms, each kind of form once, and keeps the pages that say
// what is wrong.
func (c *crawl) mistakes(lang string, forms []form) {
	c.t.Helper()
	visitors, done := map[store.Role]*visitor{}, map[string]bool{}
	for _, f := range forms {
		route := c.route(http.MethodPost, f.action)
		key := route + " " + strings.Join(f.typed, " ")
		if route == "" || done[key] || f.action == "/logout" {
			continue
		}
		done[key] = true
		v := visitors[f.page.role]
		if v == nil || v.asked > perVisitor {
			v = c.in.visitor(c.t, lang, f.page.role)
			visitors[f.page.role] = v
		}
		for _, values := range f.mistakes() {
			page := v.post(f.action, values)
			if page.status >= http.StatusInternalServerError {
				c.t.Errorf("%s: status %d", page.name, page.status)
			}
			if page.isPage() {
				c.keep(route, page, page.html(c.t))
			}
		}
	}
}
