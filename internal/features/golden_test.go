package features_test

import (
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/signin/oidc"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

var update = flag.Bool("update", false, "write the golden files anew: make golden")

// golden compares a file of the tree with what it should hold.
func golden(t *testing.T, name, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile("../../"+name, []byte(want), 0o644); err != nil { // #nosec G306 -- a file of the tree
			t.Fatal(err)
		}
		return
	}
	got, err := fs.ReadFile(root, name)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the features say; look at what changed, and run make golden:\n%s",
			name, difference(string(got), want))
	}
}

// difference is the lines that are in one text alone.
func difference(got, want string) string {
	var b strings.Builder
	theirs, ours := strings.Split(got, "\n"), strings.Split(want, "\n")
	for _, line := range theirs {
		if !slices.Contains(ours, line) {
			fmt.Fprintln(&b, "-", line)
		}
	}
	for _, line := range ours {
		if !slices.Contains(theirs, line) {
			fmt.Fprintln(&b, "+", line)
		}
	}
	return b.String()
}

// everything is what an intranet is made of: its features, and the ways to sign in.
func everything() []web.Feature { return append(features.All(), oidc.New(oidc.Config{}).Feature()) }

// unserved is a server that nobody asks.
func unserved(t testing.TB, all ...web.Feature) *web.Server {
	t.Helper()
	public, _ := url.Parse("http://127.0.0.1")
	s, err := web.New(web.Config{
		Store: store.New(nil), Log: slog.New(slog.DiscardHandler), PublicURL: public,
		SignIn: signin.New(signin.Config{}).Plug,
	}, all...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// routesOf are the routes that a feature adds.
func routesOf(t testing.TB, f web.Feature) []web.Route {
	t.Helper()
	if f.Routes == nil {
		return nil
	}
	return f.Routes(unserved(t))
}

// The whole access table is reviewed on one page: a change to it is a change to
// routes.txt.
func TestGoldenRoutes(t *testing.T) {
	t.Parallel()
	s := unserved(t, everything()...)
	routes := slices.SortedFunc(slices.Values(s.Routes()), func(a, b web.Route) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	var out strings.Builder
	const line = "%-6s  %-44s  %-9s  %s\n"
	fmt.Fprintf(&out, line, "METHOD", "PATH", "WHO", "PROOF OF IDENTITY")
	for _, r := range routes {
		proof := "-"
		if r.Proof {
			proof = "lately"
		}
		if r.Enrolling {
			proof += ", also without a second factor that is required"
		}
		fmt.Fprintf(&out, line, r.Method, r.Path, r.Access, proof)
	}
	for _, f := range everything() {
		if f.Programs != nil {
			path, _ := f.Programs(s)
			fmt.Fprintf(&out, line, "any", path, "programs", "a token with each request: see "+f.Name)
		}
	}
	golden(t, "internal/features/routes.txt", out.String())
}

// What the application's role may do is reviewed on one page, too.
func TestGoldenGrants(t *testing.T) {
	t.Parallel()
	var grants strings.Builder
	for _, f := range everything() {
		if f.Grants != "" {
			fmt.Fprintf(&grants, "-- %s\n%s\n\n", strings.ToUpper(f.Name[:1])+f.Name[1:], strings.TrimSpace(f.Grants))
		}
	}
	added := strings.TrimSpace(grants.String()) + "\n"
	golden(t, "deploy/roles.sql", strings.ReplaceAll(store.Grants, "-- {features}\n", added))
}

var (
	declared  = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	namedTest = regexp.MustCompile("(?:, )?`((?:Test|Fuzz)\\w+)`")
	noTest    = regexp.MustCompile(`(?m)^(\| \d+\.\d+\.\d+ .*\|) *,? *\|$`)
)

// docs/security.md names no test that is gone. Where a feature was taken out, make
// golden says so in the rows that only its tests proved.
func TestGoldenSecurity(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	walk(t, ".", func(name, content string) {
		if strings.HasSuffix(name, "_test.go") {
			for _, match := range declared.FindAllStringSubmatch(content, -1) {
				there[match[1]] = true
			}
		}
	})
	page, err := fs.ReadFile(root, "docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	text := namedTest.ReplaceAllStringFunc(string(page), func(name string) string {
		if there[namedTest.FindStringSubmatch(name)[1]] {
			return name
		}
		return ""
	})
	text = strings.ReplaceAll(text, "| , `", "| `")
	golden(t, "docs/security.md", noTest.ReplaceAllString(text, "$1 by construction: its feature was taken out |"))
}
