package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/conformance"
)

// silentApp is a page without a chat, for people with the cookie a=b.
func silentApp(t *testing.T) *url.URL {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie("a"); err != nil || cookie.Value != "b" {
			http.Error(w, "sign in", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<title>App</title>")
	}))
	t.Cleanup(server.Close)
	page, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func TestWithoutANameTheCommandServes(t *testing.T) {
	for _, args := range [][]string{{"--project-id=p"}, {"serve", "--project-id=p"}, {"--healthcheck"}, {}} {
		var all commands
		parser, err := kong.New(&all)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.Parse(args)
		if err != nil || parsed.Command() != "serve" {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// The secret, cookies and passwords are in no flag: the list of processes shows those.
func TestTheCheckTakesNoSecretAsAFlag(t *testing.T) {
	parser, err := kong.New(&checkCmd{})
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range parser.Model.Flags {
		secretly := regexp.MustCompile(`secret|cookie|password|people`).MatchString(flag.Name)
		if secretly && !strings.HasSuffix(flag.Name, "-file") && flag.Name != "login-password" {
			t.Errorf("--%s may take a secret", flag.Name)
		}
	}
	if !strings.HasPrefix(flagHelp(parser, "login-password"), "The name of the form's field") {
		t.Error("--login-password is not the name of a field alone")
	}
}

func flagHelp(parser *kong.Kong, name string) string {
	for _, flag := range parser.Model.Flags {
		if flag.Name == name {
			return flag.Help
		}
	}
	return ""
}

func TestTheCheckReportsToPeopleAndToMachines(t *testing.T) {
	t.Setenv("CARAMELO_SECRET_TOKEN", secret)
	t.Setenv("CHECK_COOKIE", "a=b")
	t.Setenv("CHECK_COOKIE_OTHER", "")
	file := filepath.Join(t.TempDir(), "junit.xml")
	cmd := checkCmd{
		Listen: "127.0.0.1:0", URL: []*url.URL{silentApp(t)}, ProjectID: "p_demo", Budget: time.Second, JUnit: file,
	}
	var out bytes.Buffer
	err := cmd.run(t.Context(), &out)
	if err == nil || !strings.Contains(err.Error(), "1 of ") {
		t.Errorf("it ends with %v, and one check has failed", err)
	}
	for _, want := range []string{
		"failure  request.reaches: ", "\nBegin -> request.reaches: ",
		"skipped  token.page: see request.reaches",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
	var suite struct {
		Failures int `xml:"failures,attr"`
		Cases    []struct {
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
			} `xml:"failure"`
		} `xml:"testcase"`
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(data, &suite); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range suite.Cases {
		names = append(names, c.Name)
		if failed := c.Failure != nil && c.Failure.Message != ""; failed != (c.Name == "request.reaches") {
			t.Errorf("%s has failed in the file: %v", c.Name, failed)
		}
	}
	if suite.Failures != 1 || !slices.Equal(names, conformance.IDs()) {
		t.Errorf("%d failures of %v", suite.Failures, names)
	}

	cmd.JSON, cmd.JUnit = true, ""
	out.Reset()
	_ = cmd.run(t.Context(), &out)
	var document struct {
		Checks []checks.Check
		Counts map[checks.Level]int
	}
	if err := json.Unmarshal(out.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	if len(document.Checks) != len(names) || document.Counts[checks.Failure] != 1 {
		t.Errorf("the document has %d checks, %v", len(document.Checks), document.Counts)
	}
}

func TestTheCheckSaysWhatItCannotStartWith(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	page := silentApp(t)
	file := filepath.Join(t.TempDir(), "people")
	if err := os.WriteFile(file, []byte("ana\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(*checkCmd)
		cookie string
		want   string
	}{
		"no session":   {func(*checkCmd) {}, "", "set CHECK_COOKIE"},
		"no file":      {func(c *checkCmd) { c.CookieFile = file + "x" }, "", "read the people's sessions"},
		"no password":  {func(c *checkCmd) { c.Login, c.PeopleFile = page, file }, "", "neither a cookie nor"},
		"port taken":   {func(c *checkCmd) { c.Listen = taken.Addr().String() }, "a=b", "--listen"},
		"no address":   {func(c *checkCmd) { c.URL = []*url.URL{{Path: "page"}} }, "a=b", "is no address"},
		"wrong budget": {func(c *checkCmd) { c.Budget = time.Minute }, "a=b", "the budget must be"},
		"project":      {func(c *checkCmd) { c.ProjectID = "a/b" }, "a=b", "ProjectID must"},
	} {
		t.Setenv("CARAMELO_SECRET_TOKEN", secret)
		t.Setenv("CHECK_COOKIE", tt.cookie)
		cmd := checkCmd{Listen: "127.0.0.1:0", URL: []*url.URL{page}, ProjectID: "p_demo", Budget: time.Second}
		tt.change(&cmd)
		if err := cmd.run(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v does not say %q", name, err, tt.want)
		}
	}
}

func TestSessionsFromFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sessions")
	if err := os.WriteFile(file, []byte("a=b\r\n\nc=d; e=f\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := checkCmd{CookieFile: file}.people()
	if want := []conformance.Person{{Cookie: "a=b"}, {Cookie: "c=d; e=f"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("cookies: %v, %v", got, err)
	}
	if err := os.WriteFile(file, []byte("ana@example.com with a space\nbo x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err = checkCmd{Login: &url.URL{}, PeopleFile: file}.people()
	want := []conformance.Person{{Name: "ana@example.com", Password: "with a space"}, {Name: "bo", Password: "x"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("people: %v, %v", got, err)
	}
}

// docs/checking.md names every flag, and says what each line means.
func TestTheDocumentHasEveryFlagAndEveryLine(t *testing.T) {
	data, err := os.ReadFile("../../docs/checking.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	explained := regexp.MustCompile("(?m)^\\| `([a-z0-9_]+\\.[a-z0-9_-]+)` \\| [^|]{10,}")
	for _, row := range explained.FindAllSubmatch(data, -1) {
		documented = append(documented, string(row[1]))
	}
	slices.Sort(documented)
	if ids := slices.Sorted(slices.Values(conformance.IDs())); !slices.Equal(documented, ids) {
		t.Errorf("it explains %v, and the lines are %v", documented, ids)
	}
	parser, err := kong.New(&checkCmd{})
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range parser.Model.Flags {
		row := regexp.MustCompile("(?m)^\\| .*`--" + flag.Name + "`.*").FindString(string(data))
		if flag.Name != "help" && (row == "" || flag.Default != "" && !strings.Contains(row, "`"+flag.Default+"`")) {
			t.Errorf("it has no --%s, or not its default %q", flag.Name, flag.Default)
		}
	}
}
