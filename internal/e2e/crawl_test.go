package e2e

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// crawl goes through a running intranet: it follows every link of every page, from
// the home page and the sign-in page on, and sends every form. It keeps one page of
// each kind, as it was sent.
type crawl struct {
	t       *testing.T
	in      *Intranet
	table   *http.ServeMux
	reached map[string]bool            // routes
	kinds   map[string]map[string]bool // of elements, by language and route
	pages   []sent
}

func (in *Intranet) crawl(t *testing.T) *crawl {
	c := &crawl{
		t: t, in: in, table: http.NewServeMux(), reached: map[string]bool{}, kinds: map[string]map[string]bool{},
	}
	for _, route := range in.web.Routes() {
		c.table.Handle(route.Method+" "+route.Path, http.NotFoundHandler())
	}
	return c
}

const (
	perRoute   = 12  // pages of one route that one person asks for
	perVisitor = 200 // pages that one person asks for before the next one comes
)

// starts are where nobody who is signed out is led to by a link.
var starts = []string{
	paths.Home, paths.Session, paths.SessionOther, paths.DraftsKept, paths.Login,
	paths.LoginEnded(paths.People, paths.EndedLost), paths.LoginEnded(paths.People, paths.EndedKept), paths.Invitation,
}

// queries are what is typed into the field of a search: nothing, a word of the demo
// company, one with a typing error, and one that nobody writes.
var queries = []string{"", "cafe", "conceisao", "something-that-nobody-writes-about"}

// follow follows the links of what somebody with a role sees, and returns the forms
// that lead to an action.
func (c *crawl) follow(lang string, role store.Role) (forms []form) {
	c.t.Helper()
	v, asked, count := c.in.visitor(c.t, lang, role), map[string]bool{}, map[string]int{}
	for queue := slices.Clone(starts); len(queue) > 0; queue = queue[1:] {
		path := queue[0]
		route := c.route(http.MethodGet, path)
		if route == "" || asked[path] || count[route] == perRoute {
			continue
		}
		asked[path] = true
		count[route]++
		if v.asked == perVisitor {
			v.arrive()
		}
		page := v.get(path)
		if page.status == http.StatusSeeOther {
			if to, err := url.Parse(page.header.Get("Location")); err == nil {
				queue = append(queue, to.RequestURI())
			}
			continue
		}
		if page.status != http.StatusOK {
			c.t.Errorf("%s is linked to, and has status %d", page.name, page.status)
		}
		c.reached[route] = true
		if !page.isPage() {
			continue
		}
		html := page.html(c.t)
		c.keep(route, page, html)
		queue = append(queue, addresses(html)...)
		for _, f := range formsOf(page, html) {
			if f.method == http.MethodGet {
				queue = append(queue, f.searches()...)
			} else {
				forms = append(forms, f)
			}
		}
	}
	return forms
}

// route is the route that answers a path, "" for none.
func (c *crawl) route(method, path string) string {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	_, route := c.table.Handler(req)
	return route
}

// keep keeps a page, unless pages of its route that are kept already have all kinds
// of elements that it has. What is around a page's own part is of no route. In a
// browser we look at the first page of each route, and in one language also at those
// with something that no page at all had before.
func (c *crawl) keep(route string, page sent, html *goquery.Document) {
	own, around := html.Find("main *"), html.Find("body *").Not("main *")
	first := c.kinds[page.lang+" "+route] == nil
	inRoute, inMain := c.isNew(page.lang+" "+route, own), c.isNew(page.lang, own)
	inFrame := c.isNew(page.lang+" around", around)
	page.look, page.frame = first || page.lang == main && (inMain || inFrame), inFrame
	if inRoute || page.look {
		c.pages = append(c.pages, page)
	}
}

// isNew reports whether one of the elements is of a kind that was not met at a place
// before.
func (c *crawl) isNew(place string, elements *goquery.Selection) bool {
	if c.kinds[place] == nil {
		c.kinds[place] = map[string]bool{}
	}
	before := len(c.kinds[place])
	elements.Not("svg *, option").Each(func(_ int, e *goquery.Selection) {
		c.kinds[place][kind(e.Parent())+" > "+kind(e)] = true
	})
	return len(c.kinds[place]) > before
}

// kind is what looks or behaves alike: the name of the element, its classes, and
// what it says of its state.
func kind(e *goquery.Selection) string {
	node, words := e.Get(0), []string{}
	for _, a := range node.Attr {
		switch a.Key {
		case "class":
			words = append(words, strings.Fields(a.Val)...)
		case "type", "role", "aria-current", "aria-invalid":
			words = append(words, a.Key+"="+a.Val)
		case "disabled", "required", "readonly", "open":
			words = append(words, a.Key)
		}
	}
	slices.Sort(words)
	return node.Data + " " + strings.Join(words, " ")
}

// addresses are all of this site that a page names: those of its links, and
// those that its scripts ask for.
func addresses(html *goquery.Document) (all []string) {
	html.Find("body *").Each(func(_ int, e *goquery.Selection) {
		for _, a := range e.Get(0).Attr {
			if u, err := url.Parse(a.Val); err == nil && (a.Key == "href" || strings.HasPrefix(a.Key, "data-")) &&
				u.Host == "" && strings.HasPrefix(u.Path, "/") {
				all = append(all, u.RequestURI())
			}
		}
	})
	return all
}

// everywhere crawls the demo as every role in some languages.
func (c *crawl) everywhere(languages []string) {
	c.t.Helper()
	c.in.report(c.t)
	for _, lang := range languages {
		forms := c.follow(lang, store.Admin)
		for _, role := range []store.Role{store.Editor, store.Employee, ""} {
			forms = append(forms, c.follow(lang, role)...)
		}
		c.mistakes(lang, forms)
		c.states(lang)
	}
}

// unreached are the pages of the route table that nothing led to.
func (c *crawl) unreached() (all []string) {
	for _, route := range c.in.web.Routes() {
		pattern := route.Method + " " + route.Path
		// Without a provider these are pages for no address: internal/signin/oidc/browser looks at them.
		provided := strings.HasPrefix(route.Path, "/login/oidc/{provider}")
		if route.Method == http.MethodGet && !provided && !c.reached[pattern] {
			all = append(all, pattern)
		}
	}
	return all
}
