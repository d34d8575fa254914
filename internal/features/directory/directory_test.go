package directory

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestTheDirectorySaysWhatItUnderstood(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE people SET name = 'Caio Gonçalves', skills = 'latte art' WHERE id = $1`, i.IDs["caio"])
	bea := i.As("bea")
	page := bea.Get(paths.PeopleList("gonsalves", "", "")).HTML(t)
	meant := page.Find(".meant")
	if !strings.Contains(meant.Text(), "gonsalves") || meant.Find("strong").Text() != "goncalves" {
		t.Errorf("%q", page.Find("main").Text())
	}
	if page.Find(".person-row").Length() != 1 || !strings.Contains(page.Find(".person-skills").Text(), "latte art") {
		t.Errorf("%q", page.Find("main").Text())
	}
	page = bea.Get(paths.PeopleList("goncal", "", "")).HTML(t)
	if page.Find(".meant").Length() != 0 || page.Find(".person-row").Length() != 1 {
		t.Errorf("%q", page.Find("main").Text())
	}
}

func TestTheDirectoryKeepsTheSearchAndLeadsOn(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`INSERT INTO people (name, email, department)
		SELECT 'Pessoa "<b>' || n, 'p' || n || '@company.example', 'finance'
		FROM generate_series(1, 60) n`)
	bea := i.As("bea")
	const query = `pessoa "<b>`
	first := bea.Get(paths.PeopleList(query, "finance", "")).HTML(t)
	next := first.Find("a[rel=next]").AttrOr("href", "")
	if u, err := url.Parse(next); err != nil || next != paths.PeopleList(query, "finance", u.Query().Get("after")) {
		t.Fatalf("the next page is %q", next)
	}
	doc := bea.Get(next).HTML(t)
	if got := doc.Find("main form[method=get] input[name=q]").AttrOr("value", ""); got != query {
		t.Errorf("the search is %q", got)
	}
	if got := doc.Find("select[name=department] option[selected]").AttrOr("value", ""); got != "finance" {
		t.Errorf("the department is %q", got)
	}
	start := strings.ReplaceAll(paths.PeopleList(query, "finance", ""), `"`, `\"`)
	if doc.Find(`.pager a[href="`+start+`"]`).Length() != 1 {
		t.Error("there is no way back to the start")
	}
	if n := doc.Find("main li").Length(); n != perPage {
		t.Errorf("%d people", n)
	}
	empty := bea.Get(paths.PeopleList("xyz", "", "")).HTML(t)
	if !strings.Contains(empty.Find(".empty").Text(), "xyz") || empty.Find(`.empty a[href="/people"]`).Length() != 1 {
		t.Error("an empty result does not say what was searched for, or leads nowhere")
	}
}

func TestBadInputIsNeverAFailureOfOurs(t *testing.T) {
	t.Parallel()
	i := start(t)
	b := i.As("ana")
	long := strings.Repeat("%C3%A1", 5000)
	for path, want := range map[string]int{
		"/people?q=" + long:                            200,
		"/people?q=%00":                                200,
		"/people?q=%ff%fe":                             200,
		"/people?q=%25_%5C'\"":                         200,
		"/people?q=a&q=b;c=d":                          200,
		"/people?department=%00":                       200,
		"/people?department=no-such":                   200,
		"/people?after=%00":                            400,
		"/people?after=" + long:                        400,
		"/people?%zz":                                  200,
		"/people/%00":                                  404,
		"/people/%ff":                                  404,
		"/people/" + long:                              404,
		"/people/..%2f..%2fetc":                        404,
		"/people/00000000-0000-0000-0000-00000000000g": 404,
	} {
		res := b.Get(path)
		if res.StatusCode != want || res.HTML(t).Find("h1").Length() != 1 {
			t.Errorf("%.60s: %d, want %d", path, res.StatusCode, want)
		}
	}
	q := b.Get("/people?q="+strings.Repeat("a+", 10_000)).HTML(t).Find("main input[name=q]").AttrOr("value", "")
	if len(q) > web.MaxQuery {
		t.Errorf("a search of %d bytes was taken", len(q))
	}
}

func TestAProfileShowsContactAndPlace(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE people
		SET manager_id = $2, phone = '+44 20 7946 0123', skills = 'Go, latte art', time_zone = 'Asia/Tokyo'
		WHERE id = $1`, i.IDs["bea"], i.IDs["ana"])
	i.Exec(`UPDATE people SET manager_id = $2, phone = 'ramal <b>1</b>' WHERE id = $1`, i.IDs["caio"], i.IDs["bea"])
	caio := i.As("caio")
	page := caio.Get(paths.Person.Of(i.IDs["bea"])).HTML(t)
	for selector, want := range map[string]string{
		"a[href='tel:+442079460123']":                   "+44 20 7946 0123",
		".facts .tag-link":                              "Golatte art",
		".chain li:last-child strong":                   `Bea <i>"O'Neill"</i>`,
		".chain a":                                      `Ana <i>"O'Neill"</i>`,
		"section[aria-labelledby=reports] .person-name": `Caio <i>"O'Neill"</i>`,
		`dd [lang="en"]`:                                "English",
	} {
		if got := page.Find(selector).Text(); got != want {
			t.Errorf("%s is %q, want %q", selector, got, want)
		}
	}
	if !strings.Contains(page.Find(".facts").Text(), "Asia/Tokyo") {
		t.Error("no local time")
	}
	page = caio.Get(paths.Person.Of(i.IDs["caio"])).HTML(t)
	if page.Find("a[href^=tel]").Length() != 0 || page.Find(".chain li").Length() != 3 {
		t.Errorf("%q", page.Find("main").Text())
	}
	for _, href := range []string{
		"mailto:caio@company.example", paths.PeopleList("", "finance", ""), paths.Person.Of(i.IDs["bea"]), paths.People,
	} {
		if page.Find(`main a[href="`+href+`"]`).Length() == 0 {
			t.Errorf("no link to %s", href)
		}
	}
	if page.Find(".profile .tag").Text() != i.Says("es", "person.self") {
		t.Error("one's own profile does not say so")
	}
	page = caio.Get(paths.PeopleReports(i.IDs["bea"], "")).HTML(t)
	if page.Find(".person-row").Length() != 1 || !strings.Contains(page.Find("h1").Text(), "Bea") {
		t.Errorf("%q", page.Find("main").Text())
	}
	for _, id := range []string{"x", webtest.NobodysID} {
		if res := caio.Get(paths.PeopleReports(id, "")); res.StatusCode != http.StatusNotFound {
			t.Errorf("reports of nobody: %d", res.StatusCode)
		}
	}
}

func TestTheHomePageGreetsWhoCameLast(t *testing.T) {
	t.Parallel()
	i := start(t)
	for name, ago := range map[string]string{"ana": "1 day", "bea": "59 days", "caio": "61 days"} {
		i.Exec(`UPDATE people SET created_at = now() - $2::interval, name = $3 WHERE id = $1`, i.IDs[name], ago, name)
	}
	for reader, want := range map[string]string{"caio": "ana bea", "ana": "bea", "bea": "ana"} {
		var got []string
		page := i.As(reader).Get(paths.Home).HTML(t)
		for _, row := range page.Find("[aria-labelledby=colleagues] .person-row .person-name").EachIter() {
			got = append(got, row.Text())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("for %s: %q, want %q", reader, got, want)
		}
		if page.Find(`a.way-on[href="`+paths.PeopleList("", "finance", "")+`"]`).Length() != 1 {
			t.Errorf("for %s: nothing leads to their department", reader)
		}
	}
}

// The home page remembers them, and yet nobody is new for a moment longer.
func TestTheHomePageGreetsNobodyTooLong(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE people SET created_at = now() - interval '60 days' + interval '2 seconds' WHERE id = $1`, i.IDs["ana"])
	i.ByTheClock(paths.Person.Of(i.IDs["ana"]), false)
}

// A number is dialled from everywhere: without the zero that is for callers at home.
func TestNumbersAreDialledRight(t *testing.T) {
	t.Parallel()
	for phone, want := range map[string]string{
		"+44 (0)20 7946 0123": "+442079460123", "+44(0) 20 7946-0123": "+442079460123",
		"+49 ( 0 ) 89 1234": "+49891234",
		"+41 (0)44.123":     "+4144123", "+39 (0)6 1234": "+39061234", "+378 (0)549 1": "+37805491",
		"+1 (650) 555-0100": "+16505550100", "+55 (11) 5555-0100": "+551155550100", "+44 20 0": "+44200",
		"(0)20 7946": "", "ramal 12": "", "": "", "+44 20 ext. 5": "",
		"+44 (020) 7946 0123": "+442079460123", "+55 (011) 5555-0100": "+551155550100",
		"+49 ( 089 ) 1234": "+49891234", "+34 ( 0 91 ) 1": "+34911", "+1 (201) 555-0100": "+12015550100",
		"+39 (06) 6982": "+39066982", "+225 (07) 12 34 56 78 90": "+225071234567890",
		"+55 11 5555-0100 +55 11 5555-0101": "", "+55 11 5555-0100 / 5555-0101": "",
		"+55 11 5555-0100 5555-0101": "", "+55 11 5555-0100 x123": "", "+55 11 5555-0100 #123": "",
		"+55 11 5555-0100 r. 123": "", "+ 55 11 5555-0100": "+551155550100", "+": "",
	} {
		if got := dialled(phone); got != want {
			t.Errorf("%s: %q, want %q", phone, got, want)
		}
	}
}
