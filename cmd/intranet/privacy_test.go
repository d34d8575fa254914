package main

import (
	"archive/zip"
	"io"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest/pgbouncer"
)

// A copy of a person's data and their deletion from the command line, also where a pooler lends
// the connections.
func TestAPersonsDataFromTheCommandLine(t *testing.T) {
	for what, dsn := range map[string]func() string{
		"directly":         func() string { return testdb.Empty(t) },
		"through a pooler": func() string { return pgbouncer.Start(t, testdb.Empty(t), "transaction") },
	} {
		t.Setenv("DATABASE_URL", dsn())
		t.Setenv("SECRET_KEY", "")
		const password = "a password of some length"
		for email, flags := range map[string][]string{
			"zoe@example.com": {"--name=Zoë Ção", "--role=admin", "--lang=pt"}, "bea@example.com": {"--name=Bea Sá", "--lang=es"},
		} {
			args := append([]string{"user", "add", "--email=" + email}, flags...)
			if out, err := command(t, password+"\n", args...); err != nil {
				t.Fatalf("%s: %q, %v", what, out, err)
			}
		}
		for _, test := range []struct{ args, want string }{
			{"user export nobody@example.com", "nobody has"}, {"user delete nobody@example.com --yes", "nobody has"},
			{"user delete bea@example.com", "--yes"}, {"user delete zoe@example.com --yes", "last admin"},
		} {
			if out, err := command(t, "", strings.Fields(test.args)...); err == nil ||
				!strings.Contains(err.Error(), test.want) || out != "" {
				t.Errorf("%s, %s: %q, %v", what, test.args, out, err)
			}
		}
		out, err := command(t, "", "user", "export", "Bea@example.com")
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		in, err := zip.NewReader(strings.NewReader(out), int64(len(out)))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for name, want := range map[string]string{
			"README.txt": "Una copia de tus datos", "person.json": "bea@example.com", "audit.json": "person.created",
		} {
			file, err := in.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			if content, err := io.ReadAll(file); err != nil || !strings.Contains(string(content), want) ||
				strings.Contains(string(content), "zoe@example.com") {
				t.Errorf("%s, %s: %s, %v", what, name, content, err)
			}
		}
		out, err = command(t, "", "user", "delete", "bea@example.com", "--yes")
		if err != nil || !strings.Contains(out, "external_customer_id") || !strings.Contains(out, "bea@example.com") {
			t.Errorf("%s: %q, %v", what, out, err)
		}
		if out, err := command(t, "", "user", "list"); err != nil || strings.Contains(out, "bea@example.com") {
			t.Errorf("%s: %q, %v", what, out, err)
		}
	}
}

func TestACopyNeedsTheKeyThatIsSet(t *testing.T) {
	t.Setenv("DATABASE_URL", testdb.Empty(t))
	t.Setenv("SECRET_KEY", "canary short")
	if out, err := command(t, "", "user", "export", "bea@example.com"); err == nil ||
		!strings.Contains(err.Error(), "SECRET_KEY") || strings.Contains(out+err.Error(), "canary") {
		t.Errorf("%q, %v", out, err)
	}
}
