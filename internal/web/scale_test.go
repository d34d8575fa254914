package web

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
// session, lists, handshake and HTML, over real HTTP. The figures are the median
// of 100, taken by turns: make scale.
func BenchmarkScale(b *testing.B) {
	var pages [2][]scalePage
	var sessions [2]*http.Cookie
	for size, people := range []int{1_000, 1_000_000} {
		began := time.Now()
		pool, address, session := benchCompany(b, 0, seed.CompanyOf(time.Now(), people))
		fmt.Printf("%d people were there after %v\n", people, time.Since(began).Round(time.Second))
		if _, err := pool.Exec(b.Context(), `VACUUM ANALYZE`); err != nil { // as autovacuum would, some minutes later
			b.Fatal(err)
		}
		var id string // of somebody in the middle
		if err := pool.QueryRow(b.Context(), `SELECT id FROM people WHERE active ORDER BY name, id OFFSET $1 LIMIT 1`, people/2).Scan(&id); err != nil {
			b.Fatal(err)
		}
		pages[size], sessions[size] = scalePages(b, address, id, session), session
	}
	fmt.Printf("%-44s %10s %10s %7s\n", "", "1,000", "1,000,000", "ratio")
	for n, page := range pages[0] {
		var took [2][]time.Duration
		for run := range 110 { // by turns, so that what else the machine does slows both
			for size := range pages {
				began := time.Now()
				scaleGet(b, pages[size][n].address, sessions[size])
				if run >= 10 { // warm
					took[size] = append(took[size], time.Since(began))
				}
			}
		}
		slices.Sort(took[0])
		slices.Sort(took[1])
		small, large := took[0][50], took[1][50]
		fmt.Printf("%-44s %10v %10v %7.2f\n", page.name, small.Round(10*time.Microsecond), large.Round(10*time.Microsecond), float64(large)/float64(small))
	}
}

type scalePage struct{ name, address string }

func scaleGet(b *testing.B, address string, session *http.Cookie) []byte {
	req, _ := http.NewRequestWithContext(b.Context(), http.MethodGet, address, nil)
	req.AddCookie(session)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.Fatalf("%s: status %d, %v", address, res.StatusCode, err)
	}
	return body
}

func scaleDocument(b *testing.B, address string, session *http.Cookie) *goquery.Document {
	page, err := goquery.NewDocumentFromReader(bytes.NewReader(scaleGet(b, address, session)))
	if err != nil {
		b.Fatal(err)
	}
	return page
}

// scalePages are the pages that list people, and others that might mind how many
// there are.
func scalePages(b *testing.B, address, person string, session *http.Cookie) (all []scalePage) {
	add := func(name, path string) { all = append(all, scalePage{name, address + path}) }
	next := func(path string) string {
		href, found := scaleDocument(b, address+path, session).Find(".pager a[rel=next]").Attr("href")
		if !found {
			b.Fatalf("%s has no next page", path)
		}
		return href
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
	add("a profile", paths.Person.Of(person))
	for _, query := range []string{"maria", "souza", "maria souza", "souza maria", "mar", "m", "analista", "analista souza", "latte", "finanzas", "vendas maria", "mraia", "xyzzyq", "maria garcia lopez"} {
		add("directory, "+query, paths.People+"?q="+url.QueryEscape(query))
	}
	add("directory, analista, second page", next(paths.People+"?q=analista"))
	add("directory, souza in a department", paths.People+"?department=finance&q=souza")
	add("directory, maria souza in a department", paths.People+"?department=finance&q=maria+souza")
	add("search, maria", "/search?q=maria")
	add("search, coffee", "/search?q=coffee")
	add("accounts", paths.AdminPeople)
	add("accounts, souza", paths.AdminPeople+"?q=souza")
	add("departments", paths.AdminDepartments)
	// The lists of the navigation, and who has yet to confirm one of their texts.
	scaleDocument(b, address+paths.Home, session).Find(".site-nav a").Each(func(_ int, a *goquery.Selection) {
		list := a.AttrOr("href", "")
		add("the list "+list, list)
		scaleDocument(b, address+list, session).Find("main a[href^='" + list + "/']").EachWithBreak(func(_ int, a *goquery.Selection) bool {
			missing, found := scaleDocument(b, address+a.AttrOr("href", ""), session).Find("main a[href*=acknowledgements]").Attr("href")
			if found {
				add("who has yet to confirm one of "+list, missing)
			}
			return !found
		})
	})
	return all
}
