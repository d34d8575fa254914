package features_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
)

// How long whole pages take in a company of 1,000 people and in one of 1,000,000:
// session, lists, handshake and HTML, over real HTTP. The figures are the median of 100,
// taken by turns: make scale.
func BenchmarkScale(b *testing.B) {
	var companies [2]*benchmark
	var pages [2][]scalePage
	for size, people := range []int{1_000, 1_000_000} {
		began := time.Now()
		i := newBenchmark(b, 0, seed.CompanyOf(time.Now(), people))
		fmt.Printf("%d people were there after %v\n", people, time.Since(began).Round(time.Second))
		// As autovacuum would, some minutes later.
		if _, err := i.pool.Exec(b.Context(), `VACUUM ANALYZE`); err != nil {
			b.Fatal(err)
		}
		companies[size], pages[size] = i, i.scalePages(b, people)
	}
	fmt.Printf("%-44s %10s %10s %7s\n", "", "1,000", "1,000,000", "ratio")
	for n, page := range pages[0] {
		var took [2][]time.Duration
		for run := range 110 { // by turns, so that what else the machine does slows both
			for size, i := range companies {
				began := time.Now()
				i.get(b, pages[size][n].path)
				if run >= 10 { // warm
					took[size] = append(took[size], time.Since(began))
				}
			}
		}
		slices.Sort(took[0])
		slices.Sort(took[1])
		small, large := took[0][50], took[1][50]
		ratio, unit := float64(large)/float64(small), 10*time.Microsecond
		fmt.Printf("%-44s %10v %10v %7.2f\n", page.name, small.Round(unit), large.Round(unit), ratio)
	}
}

type scalePage struct{ name, path string }

func (i *benchmark) get(b *testing.B, path string) []byte {
	b.Helper()
	req, _ := http.NewRequestWithContext(b.Context(), http.MethodGet, i.address+path, nil)
	req.AddCookie(i.session())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.Fatalf("%s: status %d, %v", path, res.StatusCode, err)
	}
	return body
}

func (i *benchmark) html(b *testing.B, path string) *goquery.Document {
	b.Helper()
	page, err := goquery.NewDocumentFromReader(bytes.NewReader(i.get(b, path)))
	if err != nil {
		b.Fatal(err)
	}
	return page
}

// scaleSearches are what people look for: names, words of one, of some and of everybody,
// and what nobody has.
var scaleSearches = []string{
	"maria", "souza", "maria souza", "souza maria", "mar", "m", "analista", "analista souza", "latte", "finanzas",
	"vendas maria", "mraia", "xyzzyq", "maria garcia lopez",
}

// scalePages are the pages that list people, and others that might mind how many there
// are.
func (i *benchmark) scalePages(b *testing.B, people int) (all []scalePage) {
	add := func(name, path string) { all = append(all, scalePage{name, path}) }
	next := func(path string) string {
		href, found := i.html(b, path).Find(".pager a[rel=next]").Attr("href")
		if !found {
			b.Fatalf("%s has no next page", path)
		}
		return href
	}
	var middle string // somebody in the middle of the directory
	err := i.pool.QueryRow(b.Context(),
		`SELECT id FROM people WHERE active ORDER BY name, id OFFSET $1 LIMIT 1`, people/2).Scan(&middle)
	if err != nil {
		b.Fatal(err)
	}
	add("home", paths.Home)
	add("directory", paths.People)
	second := next(paths.People)
	add("directory, second page", second)
	for range 8 {
		second = next(second)
	}
	add("directory, tenth page", second)
	add("directory, a department", paths.People+"?department=sales")
	add("a profile", paths.Person.Of(middle))
	for _, query := range scaleSearches {
		add("directory, "+query, paths.People+"?q="+url.QueryEscape(query))
	}
	add("directory, analista, second page", next(paths.People+"?q=analista"))
	add("directory, souza in a department", paths.People+"?department=finance&q=souza")
	add("directory, maria souza in a department", paths.People+"?department=finance&q=maria+souza")
	if search, found := i.html(b, paths.Home).Find("form[role=search]").Attr("action"); found {
		add("search, maria", search+"?q=maria")
		add("search, coffee", search+"?q=coffee")
	}
	add("accounts", paths.AdminPeople)
	add("accounts, souza", paths.AdminPeople+"?q=souza")
	add("departments", paths.AdminDepartments)
	// The lists of the navigation, and who has yet to confirm one of their texts.
	i.html(b, paths.Home).Find(".site-nav a").Each(func(_ int, a *goquery.Selection) {
		list := a.AttrOr("href", "")
		add("the list "+list, list)
		entries := i.html(b, list).Find("main a[href^='" + list + "/']")
		entries.EachWithBreak(func(_ int, a *goquery.Selection) bool {
			missing, found := i.html(b, a.AttrOr("href", "")).Find("main a[href*=acknowledgements]").Attr("href")
			if found {
				add("who has yet to confirm one of "+list, missing)
			}
			return !found
		})
	})
	return all
}
