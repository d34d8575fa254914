package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/testdb"
)

// TestMain is the program itself where a test starts it as a process of its own,
// with an environment of its own.
func TestMain(m *testing.M) {
	if os.Getenv("INTRANET_TEST_RUNS_MAIN") != "" {
		main()
		return
	}
	testdb.Main(m)
}

// command runs one as a shell would: arguments, standard input, and back what
// it printed.
func command(t *testing.T, input string, args ...string) (string, error) {
	t.Helper()
	return commandIn(t.Context(), t, input, args...)
}

func commandIn(ctx context.Context, t *testing.T, input string, args ...string) (string, error) {
	t.Helper()
	in, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	if _, err := w.WriteString(input); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	var out bytes.Buffer
	err = run(ctx, args, streams{in, &out, &out})
	return out.String(), err
}

func TestPeopleFromTheCommandLine(t *testing.T) {
	t.Setenv("DATABASE_URL", testdb.Empty(t))
	const password = "a password of some length"
	out, err := command(t, password+"\n",
		"user", "add", "--email=zoe@example.com", "--name=Zoë Ção", "--role=admin", "--lang=pt")
	if err != nil || !strings.Contains(out, "zoe@example.com") || strings.Contains(out, password) {
		t.Fatalf("%q, %v", out, err)
	}
	for _, test := range []struct {
		input string
		args  []string
		want  string
	}{
		{password, []string{"user", "add", "--email=ZOE@example.com", "--name=Other"}, "already"},
		{"short\n", []string{"user", "add", "--email=a@example.com", "--name=A"}, "at least 15"},
		{"", []string{"user", "add", "--email=a@example.com", "--name=A"}, "at least 15"},
		{password, []string{"user", "add", "--email=not an address", "--name=A"}, "e-mail"},
		{password, []string{"user", "add", "--email=a@example.com", "--name= "}, "name"},
		{password, []string{"user", "add", "--email=a@example.com", "--name=A", "--role=king"}, "role"},
		{password, []string{"user", "add", "--email=a@example.com", "--name=A", "--lang=fr"}, "lang"},
		{password, []string{"user", "add", "--email=a@example.com", "--name=A", "--password=x"}, "unknown flag"},
		{"", []string{"user", "disable", "nobody@example.com"}, "nobody has"},
		{"", []string{"user", "disable", "zoe@example.com"}, "last admin"},
		{"", []string{"user", "role", "zoe@example.com", "employee"}, "last admin"},
		{"", []string{"user", "role", "zoe@example.com", "king"}, "role"},
		{"", []string{"user", "link", "zoe@example.com"}, "PUBLIC_URL"},
		{"", []string{"user", "link", "nobody@example.com", "--public-url=https://intranet.example.com"}, "nobody has"},
		{"", []string{"user", "edit", "zoe@example.com", "--department=none"}, "department"},
		{"", []string{"user", "edit", "zoe@example.com", "--new-email=x"}, "e-mail"},
		{password, []string{"user", "password", "nobody@example.com"}, "nobody has"},
		{"short", []string{"user", "password", "zoe@example.com"}, "at least 15"},
		{"", []string{"user", "signout"}, "--all"},
		{"", []string{"user", "signout", "zoe@example.com", "--all"}, "--all"},
		{"", []string{"fly"}, "--help"},
	} {
		if out, err := command(t, test.input, test.args...); err == nil || !strings.Contains(err.Error(), test.want) ||
			strings.Contains(err.Error()+out, password) {
			t.Errorf("%v: %q, %v", test.args, out, err)
		}
	}
	succeeds := func(input string, args ...string) string {
		t.Helper()
		out, err := command(t, input, args...)
		if err != nil || strings.Contains(out, password) {
			t.Errorf("%v: %q, %v", args, out, err)
		}
		return out
	}
	link := succeeds(
		"", "user", "add", "--email=ana@example.com", "--name=Ana", "--role=admin", "--link",
		"--public-url=https://intranet.example.com/",
	)
	if !strings.Contains(link, "https://intranet.example.com/invitation#") {
		t.Errorf("no link: %q", link)
	}
	// Ana has no password yet, so that Zoë is the last admin still.
	if _, err := command(t, "", "user", "disable", "zoe@example.com"); err == nil {
		t.Error("the last admin who can sign in was disabled")
	}
	succeeds(password, "user", "password", "ana@example.com")
	succeeds("", "user", "disable", "zoe@example.com")
	if out := succeeds("", "user", "list"); !strings.Contains(out, "Zoë Ção") || !strings.Contains(out, "disabled") ||
		!strings.Contains(out, "admin") {
		t.Errorf("%q", out)
	}
	_, err = command(t, "", "user", "link", "zoe@example.com", "--public-url=https://intranet.example.com")
	if err == nil || !strings.Contains(err.Error(), "user enable") {
		t.Errorf("a link for somebody who is disabled: %v", err)
	}
	succeeds("", "user", "enable", "Zoe@example.com")
	succeeds(password, "user", "password", "zoe@example.com")
	succeeds("", "user", "role", "zoe@example.com", "editor")
	succeeds("", "user", "edit", "zoe@example.com", "--new-email=zoe.cao@example.com", "--title=Editor", "--lang=es")
	succeeds("", "user", "signout", "zoe.cao@example.com")
	succeeds("", "user", "signout", "--all")
	succeeds("", "user", "factor", "zoe.cao@example.com")
	if out := succeeds("", "user", "list"); !strings.Contains(out, "zoe.cao@example.com") ||
		!strings.Contains(out, "editor") || !strings.Contains(out, "es") {
		t.Errorf("%q", out)
	}
}

func TestSeedOnlyWhatIsEmptyAndOnThisMachine(t *testing.T) {
	t.Setenv("DATABASE_URL", testdb.Empty(t))
	t.Setenv("PUBLIC_URL", "https://intranet.example.com")
	if out, err := command(t, "", "seed"); err == nil || !strings.Contains(err.Error(), "--force") || out != "" {
		t.Errorf("a public host: %q, %v", out, err)
	}
	t.Setenv("PUBLIC_URL", "http://localhost:8080")
	out, err := command(t, "", "seed")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err != nil || len(lines) < 5 || len(strings.Fields(lines[0])) != 3 {
		t.Errorf("%q, %v", out, err)
	}
	if out, err := command(t, "", "seed"); err == nil || !strings.Contains(err.Error(), "already") || out != "" {
		t.Errorf("a second time: %q, %v", out, err)
	}
	if _, err := command(t, "", "migrate"); err != nil {
		t.Error(err)
	}
}

func TestServeNamesEverySettingThatIsWrong(t *testing.T) {
	for _, name := range []string{"DATABASE_URL", "PUBLIC_URL", "CARAMELO_PROJECT_ID", "CARAMELO_SECRET_TOKEN"} {
		t.Setenv(name, "")
	}
	t.Setenv("CARAMELO_SECRET_TOKEN", "canary")
	_, err := command(t, "", "serve", "--caramelo-timeout=1h")
	for _, want := range []string{"DATABASE_URL", "PUBLIC_URL", "CARAMELO_PROJECT_ID", "CARAMELO_TIMEOUT"} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestServeAndHealthcheck(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	_ = free.Close()
	t.Setenv("ADDR", addr)
	if _, err := command(t, "", "healthcheck"); err == nil {
		t.Error("healthy before it runs")
	}
	t.Setenv("DATABASE_URL", testdb.Empty(t))
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- run(
			ctx, []string{"serve", "--public-url=http://" + addr, "--log-format=json"},
			streams{os.Stdin, &bytes.Buffer{}, &bytes.Buffer{}},
		)
	}()
	for {
		if _, err := command(t, "", "healthcheck"); err == nil {
			break
		}
		select {
		case err := <-served:
			t.Fatal(err)
		default:
		}
	}
	res, err := http.PostForm("http://"+addr+"/login", url.Values{})
	if err != nil || res.StatusCode != http.StatusUnprocessableEntity {
		t.Error(res, err)
	}
	_ = res.Body.Close()
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
