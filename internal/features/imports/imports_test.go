package imports

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/webtest"
)

const newcomers = "name,email,manager\n" +
	"\"Dora <i>\"\"x\"\"</i>\",dora@company.example,eva@company.example\n" +
	"Eva,eva@company.example,ana@company.example\nBea,BEA@company.example,\n"

// upload sends a file as a browser does.
func upload(b *webtest.Browser, name, content, typed string) webtest.Answer {
	b.I.T.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, _ := form.CreateFormFile("file", name)
	_, _ = io.WriteString(part, content)
	_ = form.WriteField("csv", typed)
	_ = form.Close()
	req, err := http.NewRequestWithContext(b.I.T.Context(), http.MethodPost, b.I.URL+Index, &body)
	if err != nil {
		b.I.T.Fatal(err)
	}
	return b.Send(req, "Content-Type", form.FormDataContentType())
}

func TestPeopleAreImportedOnceTheyWereShown(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	before := i.Dump()
	for name, res := range map[string]webtest.Answer{
		"chosen":            upload(ana, "people.csv", newcomers, "not this"),
		"typed":             upload(ana, "", "", newcomers),
		"without multipart": ana.Post(Index, url.Values{"csv": {newcomers}}),
	} {
		html := res.HTML(t)
		if res.StatusCode != http.StatusOK || html.Find(".import-lines > li").Length() != 3 ||
			html.Find(".tag-ok").Length() != 2 || !strings.Contains(html.Find("#csv").Text(), "dora@company.example") {
			t.Errorf("%s: %d, %q", name, res.StatusCode, html.Find("main").Text())
		}
	}
	if i.Dump() != before {
		t.Fatal("a trial changed something")
	}
	html := upload(ana, "people.csv", newcomers, "").HTML(t)
	form := url.Values{}
	for _, field := range html.Find("form[action='" + Apply + "'] input").EachIter() {
		form.Set(field.AttrOr("name", ""), field.AttrOr("value", ""))
	}
	// Another one is not imported, nor this one once people have changed.
	other := url.Values{"csv": {strings.Replace(newcomers, "Eva,", "Eve,", 1)}, "shown": form["shown"]}
	res := ana.Post(Apply, other)
	if res.StatusCode != http.StatusConflict || res.HTML(t).Find("[role=alert]").Length() != 1 || i.Dump() != before {
		t.Errorf("another file: %d", res.StatusCode)
	}
	res = i.AsAfter("ana", time.Hour).Post(Apply, form)
	if res.StatusCode != http.StatusForbidden || res.HTML(t).Find("input[name=csv]").AttrOr("value", "") == "" {
		t.Errorf("without a proof: %d", res.StatusCode)
	}
	res = ana.Post(Apply, form)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.AdminPeople {
		t.Fatalf("%d: %s", res.StatusCode, res.HTML(t).Find("main").Text())
	}
	want := []string{
		"person.created import", "person.created import", "person.changed import: name, email",
		"people.imported 2 added, 1 changed, 0 unchanged",
	}
	if got := i.Recorded(); !slices.Equal(got, want) {
		t.Errorf("recorded %q", got)
	}
	const reporting = `people p JOIN people m ON m.id = p.manager_id
		WHERE p.email = 'dora@company.example' AND m.email = 'eva@company.example' AND p.password_hash IS NULL`
	if n := i.Count(reporting); n != 1 {
		t.Error("Dora does not report to Eva")
	}
}

// Of whoever is there a trial says which fields change, and to what.
func TestATrialSaysWhatChanges(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Exec(`UPDATE people SET phone = '+55 81 1', skills = $2, department = NULL, lang = 'es' WHERE id = $1`,
		i.IDs["bea"], strings.Repeat("long ", 20))
	page := upload(i.As("ana"), "people.csv", "name,email,phone,skills,department,lang,title\n"+
		"Bea,bea@company.example,+55 81 2,Go <b>,finance,en,\nEva,eva@company.example,1,,,,\n", "").HTML(t)
	var got []string
	for _, field := range page.Find(".import-lines li li").EachIter() {
		got = append(got, field.Text())
	}
	want := []string{
		"Idioma: English (até agora: Español)", "Área: Financeiro (até agora: (vazio))",
		"Telefone: +55 81 2 (até agora: +55 81 1)", "Conhecimentos: Go <b>",
	}
	for _, field := range want {
		if !slices.Contains(got, field) {
			t.Errorf("it says %q, without %q", got, field)
		}
	}
	// Of one who is new it says all, so that swapped columns are seen.
	anew := page.Find(".import-lines > li").Last().Find("li").Map(func(_ int, field *goquery.Selection) string {
		return field.Text()
	})
	want = []string{"Perfil de acesso: Leitura", "Idioma: Português", "Telefone: 1", "Fuso horário: UTC"}
	for _, field := range want {
		if !slices.Contains(anew, field) {
			t.Errorf("of one who is new it says %q", anew)
		}
	}
}

// What is wrong is said in the reader's language, line by line, and the text is
// there to be mended.
func TestAFilesProblemsAreShown(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	file := "name,email,role,department\n,dora@company.example,admin,Nowhere\nEva,eva,employee,finance\n" +
		"\"<script>alert(1)</script>\",x,,\n"
	res := upload(ana, "people.csv", file, "")
	html := res.HTML(t)
	var rows []string
	for _, row := range html.Find(".table tbody tr").EachIter() {
		rows = append(rows, strings.Join(strings.Fields(row.Text()), " "))
	}
	if res.StatusCode != http.StatusUnprocessableEntity || len(rows) != 5 ||
		!strings.HasPrefix(rows[0], "2nameEste campo está vazio") ||
		!strings.Contains(rows[2], "Não existe a área “Nowhere”") ||
		html.Find("form[action='"+Apply+"']").Length() != 0 {
		t.Errorf("%d, %q", res.StatusCode, rows)
	}
	shown := html.Find("#csv").Text()
	if strings.Contains(res.Body, "<script>alert") || strings.TrimSpace(shown) != strings.TrimSpace(file) {
		t.Error("the text is not what was sent")
	}
	for name, content := range map[string]string{
		"a picture": "\x89PNG\r\n\x1a\n\x00", "a spreadsheet": "PK\x03\x04\xff",
		"too large": strings.Repeat("x", maxBytes+1),
	} {
		res := upload(ana, "../../people.csv", content, "")
		if res.StatusCode != http.StatusUnprocessableEntity || res.HTML(t).Find(".table tbody tr").Length() != 1 {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	if len(i.Recorded()) != 0 || strings.Contains(i.Log.String(), "level=ERROR") {
		t.Error("something was recorded, or failed")
	}
}

// The larger body is for the import alone.
func TestOnlyTheImportTakesALargeBody(t *testing.T) {
	t.Parallel()
	i := start(t)
	ana := i.As("ana")
	large := url.Values{"csv": {"name,email\n" + strings.Repeat("A,a@x.example\n", 20_000)}}
	if res := ana.Post(Index, large); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the import: %d", res.StatusCode)
	}
	for _, path := range []string{paths.AdminPeople, paths.Login, Index + "/"} {
		res := ana.Post(path, large)
		if res.StatusCode != http.StatusRequestEntityTooLarge && res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	beyond := url.Values{"csv": {strings.Repeat("x", maxBody)}}
	if res := ana.Post(Index, beyond); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a body beyond the bound: %d", res.StatusCode)
	}
}

// An upload stays in memory: nothing of it is on disk, under whatever name.
func TestAnUploadTouchesNoDisk(t *testing.T) {
	i := start(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	upload(i.As("ana"), "../../people.csv", "name,email\n"+strings.Repeat("A,a@x.example\n", 100_000), "")
	left, err := os.ReadDir(temp)
	if err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
