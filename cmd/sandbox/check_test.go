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
	empty := filepath.Join(t.TempDir(), "nobody")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(*checkCmd)
		cookie string
		want   string
	}{
		"no session":   {func(*checkCmd) {}, "", "set CHECK_COOKIE"},
		"no file":      {func(c *checkCmd) { c.CookieFile = file + "x" }, "", "read the people's sessions"},
		"no password":  {func(c *checkCmd) { c.Login, c.PeopleFile = page, file }, "", "line 1 of --people-file"},
		"nobody":       {func(c *checkCmd) { c.Login, c.PeopleFile = page, empty }, "", "--people-file is empty"},
		"no name":      {func(c *checkCmd) { c.Login = page }, "", "set CHECK_USER and CHECK_PASSWORD"},
		"port taken":   {func(c *checkCmd) { c.Listen = taken.Addr().String() }, "a=b", "--listen"},
		"no address":   {func(c *checkCmd) { c.URL = []*url.URL{{Path: "page"}} }, "a=b", "is no address"},
		"wrong budget": {func(c *checkCmd) { c.Budget = time.Minute }, "a=b", "the budget must be"},
		"project":      {func(c *checkCmd) { c.ProjectID = "a/b" }, "a=b", "ProjectID must"},
	} {
		t.Setenv("CARAMELO_SECRET_TOKEN", secret)
		t.Setenv("CHECK_USER", "")
		t.Setenv("CHECK_COOKIE", tt.cookie)
		cmd := checkCmd{Listen: "127.0.0.1:0", URL: []*url.URL{page}, ProjectID: "p_demo", Budget: time.Second}
		tt.change(&cmd)
		if err := cmd.run(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v does not say %q", name, err, tt.want)
		}
	}
}

func TestTheCheckNamesTheVariableThatIsMissing(t *testing.T) {
	for _, tt := range []struct{ secret, user, password, other, passwordOther, want string }{
		{"", "ana", "x", "bo", "y", "set CARAMELO_SECRET_TOKEN"},
		{secret, "ana", "", "bo", "y", "set CHECK_USER and CHECK_PASSWORD"},
		{secret, "", "x", "bo", "y", "set CHECK_USER and CHECK_PASSWORD"},
		{secret, "ana", "x", "bo", "", "CHECK_PASSWORD_OTHER"},
		{secret, "ana", "x", "", "y", "CHECK_USER_OTHER"},
	} {
		t.Setenv("CARAMELO_SECRET_TOKEN", tt.secret)
		t.Setenv("CHECK_USER", tt.user)
		t.Setenv("CHECK_PASSWORD", tt.password)
		t.Setenv("CHECK_USER_OTHER", tt.other)
		t.Setenv("CHECK_PASSWORD_OTHER", tt.passwordOther)
		page := silentApp(t)
		cmd := checkCmd{
			Listen: "127.0.0.1:0", URL: []*url.URL{page}, Login: page, ProjectID: "p_demo", Budget: time.Second,
		}
		if err := cmd.run(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v does not say %q", err, tt.want)
		}
	}
}

func TestAnAddressIsWhole(t *testing.T) {
	for address, good := range map[string]bool{
		"http://127.0.0.1:3000/page": true, "https://app.example": true,
		"127.0.0.1:3000/page": false, "localhost:3000/page": false, "/page": false, "http:///page": false,
	} {
		var all commands
		parser, err := kong.New(&all, options()...)
		if err != nil {
			t.Fatal(err)
		}
		_, err = parser.Parse([]string{"check", "--project=p", "--url", address, "--login", address})
		if (err == nil) != good || err != nil && !strings.Contains(err.Error(), "such as http://") {
			t.Errorf("%s: %v", address, err)
		}
		if good && (len(all.Check.URL) != 1 || all.Check.URL[0].String() != address ||
			all.Check.Login.String() != address) {
			t.Errorf("%s became %v and %v", address, all.Check.URL, all.Check.Login)
		}
	}
}

// Whoever asks for help without a command sees the flags of serving, too, and those of check
// with their variables where they ask for check.
func TestHelpHasTheFlags(t *testing.T) {
	for args, want := range map[string][]string{
		"--help":       {"check --url=URL", "--fault=SLUG", "--token-lifetime"},
		"serve --help": {"--fault=SLUG"},
		"check --help": {`--listen="127.0.0.1:8081"`, "CHECK_COOKIE_OTHER", "CHECK_PASSWORD_OTHER"},
	} {
		var out bytes.Buffer
		parser, err := kong.New(&commands{}, append(options(), kong.Writers(&out, &out), kong.Exit(func(int) {}))...)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = parser.Parse(strings.Fields(args)) // it goes on behind the help, where it does not exit
		for _, text := range want {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%s has no %s:\n%s", args, text, out.String())
			}
		}
		if strings.Contains(args, "check") && strings.Contains(out.String(), "--fault") {
			t.Errorf("%s has the flags of serving", args)
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
