package web

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

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

var importNoun = aNoun{
	company: func(*store.Company) {},
	pages:   func(*intranet) []string { return []string{paths.AdminPeopleImport} },
	changes: func(i *intranet) map[string]url.Values {
		return map[string]url.Values{paths.AdminPeopleImportApply: {"csv": {newcomers}, "shown": {i.trial(newcomers)}}}
	},
	seeds: func(i *intranet, add func(pattern paths.Pattern, id, body string)) {
		add(paths.AdminPeopleImport, "", "csv=name,email%0aA,a@x.example")
		add(paths.AdminPeopleImport, "", "csv=%ef%bb%bfname;email;role%0d%0a%22;a@x.example;admin")
		add(paths.AdminPeopleImportApply, "", url.Values{"csv": {newcomers}, "shown": {i.trial(newcomers)}}.Encode())
	},
	again: func(*intranet, *pgx.Batch) {},
}

const newcomers = "name,email,manager\n\"Dora <i>\"\"x\"\"</i>\",dora@aroeira.example,eva@aroeira.example\nEva,eva@aroeira.example,ana@aroeira.example\nBea,BEA@aroeira.example,\n"

// trial is the digest that a trial of file shows.
func (i *intranet) trial(file string) string {
	tried, err := i.handlers.Store.ImportPeople(i.t.Context(), store.CommandLine, file, func(store.Import) bool { return false })
	if err != nil {
		i.t.Fatal(err)
	}
	return tried.Digest()
}

// upload sends a file as a browser does.
func (b *browser) upload(name, content, typed string) answer {
	b.i.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, _ := form.CreateFormFile("file", name)
	_, _ = io.WriteString(part, content)
	_ = form.WriteField("csv", typed)
	_ = form.Close()
	req, err := http.NewRequestWithContext(b.i.t.Context(), http.MethodPost, b.i.url+paths.AdminPeopleImport, &body)
	if err != nil {
		b.i.t.Fatal(err)
	}
	return b.send(req, "Content-Type", form.FormDataContentType())
}

func TestPeopleAreImportedOnceTheyWereShown(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana := i.enter("ana", 0)
	before := i.dump()
	for name, res := range map[string]answer{"chosen": ana.upload("people.csv", newcomers, "not this"), "typed": ana.upload("", "", newcomers), "without multipart": ana.post(paths.AdminPeopleImport, url.Values{"csv": {newcomers}})} {
		html := res.html(t)
		if res.StatusCode != http.StatusOK || html.Find(".import-lines > li").Length() != 3 || html.Find(".tag-ok").Length() != 2 || !strings.Contains(html.Find("#csv").Text(), "dora@aroeira.example") {
			t.Errorf("%s: %d, %q", name, res.StatusCode, html.Find("main").Text())
		}
	}
	if i.dump() != before {
		t.Fatal("a trial changed something")
	}
	html := ana.upload("people.csv", newcomers, "").html(t)
	form := url.Values{}
	for _, field := range html.Find("form[action='" + paths.AdminPeopleImportApply + "'] input").EachIter() {
		form.Set(field.AttrOr("name", ""), field.AttrOr("value", ""))
	}
	// Another one is not imported, nor this one once people have changed.
	other := url.Values{"csv": {strings.Replace(newcomers, "Eva,", "Eve,", 1)}, "shown": form["shown"]}
	if res := ana.post(paths.AdminPeopleImportApply, other); res.StatusCode != http.StatusConflict || res.html(t).Find("[role=alert]").Length() != 1 || i.dump() != before {
		t.Errorf("another file: %d", res.StatusCode)
	}
	if res := i.enter("ana", time.Hour).post(paths.AdminPeopleImportApply, form); res.StatusCode != http.StatusForbidden || res.html(t).Find("input[name=csv]").AttrOr("value", "") == "" {
		t.Errorf("without a proof: %d", res.StatusCode)
	}
	if res := ana.post(paths.AdminPeopleImportApply, form); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != paths.AdminPeople {
		t.Fatalf("%d: %s", res.StatusCode, res.html(t).Find("main").Text())
	}
	if got := i.events(); !slices.Equal(got, []string{"person.created import", "person.created import", "person.changed import", "people.imported 2 added, 1 changed, 0 unchanged"}) {
		t.Errorf("recorded %q", got)
	}
	if n := i.count(`people p JOIN people m ON m.id = p.manager_id WHERE p.email = 'dora@aroeira.example' AND m.email = 'eva@aroeira.example' AND p.password_hash IS NULL`); n != 1 {
		t.Error("Dora does not report to Eva")
	}
}

// Of whoever is there a trial says which fields change, and to what.
func TestATrialSaysWhatChanges(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.exec(`UPDATE people SET phone = '+55 81 1', skills = $2, department = NULL, lang = 'es' WHERE id = $1`, i.ids["bea"], strings.Repeat("long ", 20))
	page := i.enter("ana", 0).upload("people.csv", "name,email,phone,skills,department,lang,title\nBea,bea@aroeira.example,+55 81 2,Go <b>,finance,en,\nEva,eva@aroeira.example,1,,,,\n", "").html(t)
	var got []string
	for _, field := range page.Find(".import-lines li li").EachIter() {
		got = append(got, field.Text())
	}
	want := []string{"Idioma: English (até agora: Español)", "Área: Financeiro (até agora: (vazio))", "Telefone: +55 81 2 (até agora: +55 81 1)", "Conhecimentos: Go <b>"}
	for _, field := range want {
		if !slices.Contains(got, field) {
			t.Errorf("it says %q, without %q", got, field)
		}
	}
	if page.Find(".import-lines > li").Last().Find("li").Length() != 0 {
		t.Error("it says so of one who is new")
	}
}

// What is wrong is said in the reader's language, line by line, and the text is
// there to be mended.
func TestAFilesProblemsAreShown(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana := i.enter("ana", 0)
	file := "name,email,role,department\n,dora@aroeira.example,admin,Nowhere\nEva,eva,employee,finance\n\"<script>alert(1)</script>\",x,,\n"
	res := ana.upload("people.csv", file, "")
	html := res.html(t)
	var rows []string
	for _, row := range html.Find(".table tbody tr").EachIter() {
		rows = append(rows, strings.Join(strings.Fields(row.Text()), " "))
	}
	if res.StatusCode != http.StatusUnprocessableEntity || len(rows) != 5 || !strings.HasPrefix(rows[0], "2name“”") || !strings.Contains(rows[2], "Não existe a área “Nowhere”") || html.Find("form[action='"+paths.AdminPeopleImportApply+"']").Length() != 0 {
		t.Errorf("%d, %q", res.StatusCode, rows)
	}
	if strings.Contains(res.body, "<script>alert") || strings.TrimSpace(html.Find("#csv").Text()) != strings.TrimSpace(file) {
		t.Error("the text is not what was sent")
	}
	for name, content := range map[string]string{"a picture": "\x89PNG\r\n\x1a\n\x00", "too large": strings.Repeat("x", store.MaxImportBytes+1), "a spreadsheet": "PK\x03\x04\xff"} {
		if res := ana.upload("../../people.csv", content, ""); res.StatusCode != http.StatusUnprocessableEntity || res.html(t).Find(".table tbody tr").Length() != 1 {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	if len(i.events()) != 0 || strings.Contains(i.log.String(), "level=ERROR") {
		t.Error("something was recorded, or failed")
	}
}

// The larger body is for the import alone.
func TestOnlyTheImportTakesALargeBody(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	ana := i.enter("ana", 0)
	large := url.Values{"csv": {"name,email\n" + strings.Repeat("A,a@x.example\n", 20_000)}}
	if res := ana.post(paths.AdminPeopleImport, large); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the import: %d", res.StatusCode)
	}
	for _, path := range []string{paths.AdminPeople, paths.AccountProfile, paths.Login, paths.AdminPeopleImport + "/"} {
		if res := ana.post(path, large); res.StatusCode != http.StatusRequestEntityTooLarge && res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if res := ana.post(paths.AdminPeopleImport, url.Values{"csv": {strings.Repeat("x", maxImportBody)}}); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a body beyond the bound: %d", res.StatusCode)
	}
}

// An upload stays in memory: nothing of it is on disk, under whatever name.
func TestAnUploadTouchesNoDisk(t *testing.T) {
	i := newIntranet(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	i.enter("ana", 0).upload("../../people.csv", "name,email\n"+strings.Repeat("A,a@x.example\n", 100_000), "")
	left, err := os.ReadDir(temp)
	if err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
