package search

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/text/unicode/norm"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestASearchShowsWhereAndLeadsThere(t *testing.T) {
	t.Parallel()
	i := start(t)
	b := i.As("bea")
	page := b.Get(address(Filter{Query: "BOLD"})).HTML(t)
	links := page.Find(".found a")
	if links.Length() == 0 || page.Find("#results mark").Length() == 0 ||
		page.Find(".found script, .found b, .found i").Length() != 0 {
		html, _ := page.Find("#results").Html()
		t.Error(html)
	}
	links.Each(func(_ int, a *goquery.Selection) {
		if res := b.Get(a.AttrOr("href", "")); res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", a.AttrOr("href", ""), res.StatusCode)
		}
	})
	if got := page.Find("main input[name=q]").AttrOr("value", ""); got != "BOLD" {
		t.Errorf("the form forgets what was typed: %q", got)
	}
	for path, want := range map[string]int{
		address(Filter{Query: "x", Kind: "none"}):             http.StatusNotFound,
		address(Filter{Query: "x", Kind: "people"}):           http.StatusNotFound,
		address(Filter{Query: "x", After: "!"}):               http.StatusBadRequest,
		address(Filter{Query: "%00\x00\xff"}):                 http.StatusOK,
		address(Filter{Query: strings.Repeat("word ", 5000)}): http.StatusOK,
	} {
		if res := b.Get(path); res.StatusCode != want {
			t.Errorf("%.60s: %d, want %d", path, res.StatusCode, want)
		}
	}
	none := b.Get(address(Filter{Query: "nothing-like-this"})).HTML(t).Find("main")
	if none.Find("#results + [data-ask] .questions li").Length() != 3 || none.Find("#results > .empty").Length() != 1 ||
		!strings.Contains(none.Find("#results").Text(), "nothing-like-this") {
		t.Error("a search that finds nothing leads nowhere")
	}
	for _, query := range []string{"", "?!"} {
		html := b.Get(address(Filter{Query: query})).HTML(t)
		if html.Find("#results .empty").Length() != 1 || html.Find("main input[autofocus]").Length() != 1 ||
			html.Find(".tabs").Length() != 0 {
			t.Errorf("%q is searched for", query)
		}
	}
}

func TestASearchSaysWhomItTakesForWhoWasMeant(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`INSERT INTO people (name, email, title) VALUES ('Zuleide', 'z@company.example', 'Quality control')`)
	b := i.As("bea")
	for query, want := range map[string]string{"controk": "control", "control": ""} {
		people := b.Get(address(Filter{Query: query})).HTML(t).Find("[aria-labelledby=found-people]")
		if got := people.Find(".meant strong").Text(); got != want || !strings.Contains(people.Text(), "Zuleide") {
			t.Errorf("%s: %q, want %q, in %q", query, got, want, people.Text())
		}
	}
}

// The results alone are a part of a page, not one: no layout, no token.
func TestResultsWhileTypingCostNoToken(t *testing.T) {
	t.Parallel()
	i := start(t)
	b := i.As("bea")
	res := b.Get(Results + "?q=bold")
	if res.StatusCode != http.StatusOK || strings.Contains(res.Body, "<html") || i.Calls.Load() != 0 ||
		!strings.Contains(res.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%d, %d calls: %.200s", res.StatusCode, i.Calls.Load(), res.Body)
	}
	whole := b.Get(address(Filter{Query: "bold"}))
	want := strings.TrimSpace(whole.HTML(t).Find("#results").Text())
	if part := strings.TrimSpace(res.HTML(t).Find("body").Text()); part == "" || part != want {
		t.Errorf("the part is not that of the page: %q", part)
	}
	if res := i.Browser().Get(Results + "?q=bold"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("signed out: %d", res.StatusCode)
	}
}

// What is said to screen readers is how many there are, or that these are not all.
func TestACountOfHitsIsNotOfAPageAlone(t *testing.T) {
	t.Parallel()
	i := start(t)
	b := i.As("bea")
	said := func(path string) string {
		t.Helper()
		return strings.TrimSpace(b.Get(path).HTML(t).Find("[data-said]").Text())
	}
	put(i, "memos", "en", "Coffee", "")
	if got := said(address(Filter{Query: "coffee"})); got != "1 result" {
		t.Error(got)
	}
	for range 5 {
		put(i, "notes", "en", "Coffee", "")
	}
	if got := said(address(Filter{Query: "coffee"})); got != "6 results" {
		t.Error(got)
	}
	for range 16 {
		put(i, "notes", "en", "Coffee", "")
	}
	if got := said(address(Filter{Query: "coffee"})); got != "6 results on this page, and there are more" {
		t.Error(got)
	}
	first := address(Filter{Query: "coffee", Kind: "notes"})
	if got := said(first); got != "20 results on this page, and there are more" {
		t.Error(got)
	}
	second := b.Get(first).HTML(t).Find("a[rel=next]").AttrOr("href", "")
	if got := said(second); got != "1 result on this page, and there are more" {
		t.Error(got)
	}
	i.Exec(`INSERT INTO people (name, email)
		SELECT 'Robusta ' || n, n || '@robusta.example' FROM generate_series(1, 6) n`)
	people := address(Filter{Query: "robusta"})
	if got := said(people); got != "5 results on this page, and there are more" {
		t.Errorf("more people: %q", got)
	}
	if b.Get(people).HTML(t).Find(".found .way-on").Length() != 1 {
		t.Error("nothing leads to the other people")
	}
}

// The names of the kinds have the order of the features; what was found begins with
// the best hit.
func TestTheKindWithTheBestHitComesFirst(t *testing.T) {
	t.Parallel()
	i := start(t)
	put(i, "notes", "en", "Shoes", "coffee")
	put(i, "memos", "en", "Coffee", "coffee")
	page := i.As("bea").Get(address(Filter{Query: "coffee"})).HTML(t)
	text := func(_ int, e *goquery.Selection) string { return e.Text() }
	if got := strings.Join(page.Find("#results section h2").Map(text), " "); got != "Memos Notes" {
		t.Errorf("found: %s", got)
	}
	if got := strings.Join(page.Find(".tabs a").Map(text), " "); got != "Everything People Notes Memos" {
		t.Errorf("tabs: %s", got)
	}
}

// Every page of who is signed in has the field, and the script that shows what is
// found while somebody types. The form works without it.
func TestEveryPageHasTheField(t *testing.T) {
	t.Parallel()
	i := start(t)
	page := i.As("bea").Get("/").HTML(t)
	if page.Find("header form[role=search][method=get][action='"+Index+"'] input[name=q]").Length() != 1 ||
		page.Find("script[async][nonce][src^='/static/search.js']").Length() != 1 {
		t.Error("the home page has no search")
	}
	page = i.Browser().Get("/login").HTML(t)
	if page.Find("[role=search], script[src*='search.js']").Length() != 0 {
		t.Error("the sign-in page has a search")
	}
	without := webtest.New(t).As("bea").Get("/").Body
	if strings.Contains(without, Index) || strings.Contains(without, "search.js") {
		t.Error("without the feature, a page leads to it")
	}
}

// finds are the titles that a reader of English finds, and the page.
func finds(t *testing.T, i *webtest.Intranet, f Filter) (titles []string, page Page) {
	t.Helper()
	page, err := finderOf(i).find(t.Context(), &store.Person{ID: webtest.NobodysID, Lang: "en"}, f)
	if err != nil {
		t.Fatalf("%+v: %v", f, err)
	}
	for _, hits := range page.Found {
		for _, hit := range hits.All {
			titles = append(titles, hit.Title)
		}
	}
	return titles, page
}

func finderOf(i *webtest.Intranet) finder { return finder{Store: i.Store, sources: shelf().Search} }

// Postgres is asked for what is asked for, by index and once: for each language of each
// kind, and for the word of somebody that an unknown word is like.
func TestASearchAsksForNothingElse(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`INSERT INTO people (name, email, title) VALUES ('Zuleide', 'z@company.example', 'Quality control')`)
	one := testdb.App(t, i.Pool, func(config *pgxpool.Config) { config.MaxConns = 1 }) // which counts for itself
	f := finder{Store: store.New(one), sources: shelf().Search}
	scans := func() (all [4]int) {
		for range 2 { // the first time, what was counted before is flushed
			err := one.QueryRow(t.Context(), `
				SELECT sum(idx_scan) FILTER (WHERE indexrelname = 'shelf_search'),
					sum(idx_scan) FILTER (WHERE indexrelname = 'vocabulary_similar'),
					sum(idx_scan) FILTER (WHERE relname IN ('people', 'people_words')),
					(SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname <> 'departments')
				FROM pg_stat_force_next_flush(), pg_stat_user_indexes`).Scan(&all[0], &all[1], &all[2], &all[3])
			if err != nil {
				t.Fatal(err)
			}
		}
		return all
	}
	for _, test := range []struct {
		kind                    string
		texts, vocabulary, most int
	}{{"", 6, 1, 20}, {"notes", 3, 0, 0}, {"memos", 3, 0, 0}} {
		before := scans()
		page, err := f.find(t.Context(), &store.Person{ID: webtest.NobodysID, Lang: "en"},
			Filter{Query: "controk", Kind: test.kind})
		if found := len(page.People.People); err != nil || found != test.vocabulary {
			t.Errorf("%q: %d people, %v", test.kind, found, err)
		}
		after := scans()
		texts, vocabulary := after[0]-before[0], after[1]-before[1]
		people, whole := after[2]-before[2], after[3]-before[3]
		if texts != test.texts || vocabulary != test.vocabulary || people > test.most || whole != 0 {
			t.Errorf("%q: %d scans of texts, %d of the vocabulary, %d of people, %d of whole tables",
				test.kind, texts, vocabulary, people, whole)
		}
	}
}

// However a word is typed, inflected or begun, in the language of each text.
func TestTextsAreFoundByTheRulesOfTheirLanguage(t *testing.T) {
	t.Parallel()
	i := start(t)
	for n, text := range []string{
		"pt Informações sobre férias", "es Política de nómina y vacaciones", "en Our policies for running shoes",
		"pt Ação de inverno", "en O'Neill & 100% <Setor>",
	} {
		lang, title, _ := strings.Cut(text, " ")
		put(i, "notes", lang, title, fmt.Sprint("body", n))
	}
	for query, want := range map[string]string{
		"informacao": "Informações sobre férias", "INFORMAÇÃO": "Informações sobre férias",
		"inform": "Informações sobre férias", "ferias": "Informações sobre férias", "féria": "Informações sobre férias",
		"sobre férias": "Informações sobre férias",
		"as ferias":    "Informações sobre férias", // "as" is a word that Portuguese leaves out
		"politicas":    "Política de nómina y vacaciones", "nominas": "Política de nómina y vacaciones",
		"vacacion": "Política de nómina y vacaciones", "vacaciones de politica": "Política de nómina y vacaciones",
		"policy": "Our policies for running shoes", "run shoe": "Our policies for running shoes",
		"the policy": "Our policies for running shoes",
		"acao":       "Ação de inverno", "acoes": "Ação de inverno", "ações": "Ação de inverno",
		"oneill": "O'Neill & 100% <Setor>", "o'neill": "O'Neill & 100% <Setor>",
		"100": "O'Neill & 100% <Setor>", "setor": "O'Neill & 100% <Setor>",
		"policy férias": "", "body1": "Política de nómina y vacaciones", "zzz": "", "%": "", "'": "",
	} {
		if got, _ := finds(t, i, Filter{Query: query, Limit: 50}); strings.Join(got, ", ") != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

// What stands between words has no meaning of its own, in no part of a search.
func TestWhatIsTypedIsNoSyntax(t *testing.T) {
	t.Parallel()
	i := start(t)
	put(i, "notes", "en", "Coffee", "tea house")
	put(i, "notes", "en", "Tea", "5555-0100")
	for query, want := range map[string]string{
		"tea !coffee": "Coffee", "-coffee tea": "Coffee", "tea & !house": "Coffee", "(tea": "Tea, Coffee",
		"coffee | 5555": "", "tea <-> house": "Coffee", "cof:*": "Coffee", "co*e": "",
		"tea:D & 'house":   "", // a word "d" that nothing has
		"#0010555":         "", // how the index holds a number
		"'#0010555':*":     "",
		`"tea" or "xyz"`:   "",
		`tea\':* | coffee`: "Coffee",
		"%":                "", "t_a": "", "[a-z]+": "",
	} {
		got, _ := finds(t, i, Filter{Query: query, Limit: 50})
		if strings.Join(got, ", ") != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

func TestASearchIsContinuedBehindItsCursor(t *testing.T) {
	t.Parallel()
	i := start(t)
	for n := range 7 { // two of them with a rank of their own
		put(i, "notes", "en", fmt.Sprintf("Coffee%s %d", strings.Repeat(" coffee", n/5), n), "")
	}
	seen, f := map[string]bool{}, Filter{Query: "coffee", Kind: "notes", Limit: 2}
	for pages := 1; ; pages++ {
		titles, page := finds(t, i, f)
		for _, title := range titles {
			if seen[title] {
				t.Errorf("%s came twice", title)
			}
			seen[title] = true
		}
		if more := page.Found["notes"].More; more != (page.Next != "") {
			t.Errorf("more %v, next %q", more, page.Next)
		}
		if f.After = page.Next; f.After == "" {
			if pages != 4 || len(seen) != 7 {
				t.Errorf("%d pages, %d hits", pages, len(seen))
			}
			break
		}
	}
	titles, page := finds(t, i, Filter{Query: "coffee", Limit: 2})
	if len(titles) != 2 || !page.Found["notes"].More || page.Next != "" {
		t.Errorf("among everything: %q, %+v", titles, page)
	}
	reader := &store.Person{ID: webtest.NobodysID}
	for _, f := range []Filter{
		{Query: "x", After: "e30"}, {Query: "x", Kind: "notes", After: "!"}, {Query: "x", Kind: "notes", After: "e30"},
		{Query: "x", After: "eyJyIjoxLCJpIjoieCJ9"},
	} {
		if _, err := finderOf(i).find(t.Context(), reader, f); !errors.Is(err, store.ErrCursor) {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

// FuzzSearch asks Postgres for anything that can be typed.
func FuzzSearch(f *testing.F) {
	i := start(f)
	for _, query := range []string{
		"férias", "a' | b:*", "\x00\xff", "de", "हिन्दी ﬀ ǆ ß İ", "or and -not \"x\"", strings.Repeat("ção ", 60),
	} {
		f.Add(query, "")
	}
	f.Add("a", "eyJyIjoxLCJpIjoieCJ9")
	reader := &store.Person{ID: webtest.NobodysID, Lang: "pt"}
	f.Fuzz(func(t *testing.T, query, after string) {
		for _, kind := range []string{"", "notes", "memos"} {
			_, err := finderOf(i).find(t.Context(), reader, Filter{Query: query, Kind: kind, After: after, Limit: 5})
			if err != nil && !errors.Is(err, store.ErrCursor) {
				t.Fatalf("%q %q %q: %v", query, after, kind, err)
			}
		}
	})
}

// What is marked is folded as what is found: each letter is the same to Go and to Postgres.
func TestMarksAreFoldedAsTheIndexIs(t *testing.T) {
	t.Parallel()
	i := start(t)
	var letters []string
	for r := rune(0x20); r < 0x20000; r++ {
		if unicode.IsLetter(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Nd, r) {
			letters = append(letters, string(r))
		}
	}
	rows, _ := i.Pool.Query(t.Context(), `SELECT fold(letter) FROM unnest($1::text[]) WITH ORDINALITY l (letter, n)
		ORDER BY n`, letters)
	folded, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(folded) != len(letters) {
		t.Fatal(len(folded), err)
	}
	wrong := 0
	for n, letter := range letters {
		r := []rune(letter)[0]
		if got := norm.NFC.String(fold(r)); got != folded[n] {
			if wrong++; r < 0x2000 || wrong > 100 { // newer scripts may not be known to both
				t.Errorf("%s (%U): %q, and %q in Postgres", letter, r, got, folded[n])
			}
		}
	}
}

// FuzzWhatIsWrittenIsFound looks for each thing in a text that stands between blanks, and
// for two of them together.
func FuzzWhatIsWrittenIsFound(f *testing.F) {
	i := start(f)
	for text := range webtest.Written {
		f.Add(text[len("en "):])
	}
	f.Add("'a\\':1* ʼb’ <c> d\u200be ﷺ ½ ① ㎏ Ⅳ ŉ क़ ¨ ª" + strings.Repeat("ß", 300))
	f.Add("a1b2 1a2b 1-2-3 1.2.3.4 2026-03-04T05:06:07Z 研1究2 한1국 x²y ٣٤ 12٣ १२ 0 0१0")
	f.Fuzz(func(t *testing.T, text string) {
		text = string([]rune(store.Plain(text))[:min(2000, utf8.RuneCountInString(store.Plain(text)))])
		typed := strings.Fields(text)
		for n := range max(len(typed)-1, 0) {
			typed = append(typed, typed[n]+" "+typed[n+1])
		}
		rows, _ := i.Pool.Query(t.Context(), `SELECT typed FROM unnest($1::text[]) typed
			WHERE words_of(typed) <> '{}' AND char_length(typed) < 60 AND NOT (SELECT query FROM search_queries(typed)
				WHERE lang = 'pt') @@ search_vector('pt', '', $2)`, typed, text)
		lost, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(lost) > 0 {
			t.Fatalf("%q: %q is not found, %v", text, lost, err)
		}
	})
}
