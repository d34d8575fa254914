package imports

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// An import gives people an e-mail too. Who is there already keeps their own.
func TestAnImportSaysWhoGetsAnEmailThatSomebodyHad(t *testing.T) {
	t.Parallel()
	const csv = "name,email\nDora,Old@company.example\nEva,eva@company.example\nBea,bea@company.example\n"
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(csv), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, noChat := range []bool{false, true} {
		i := fixture.Start(t, webtest.Options{NoChat: noChat})
		for _, email := range []string{"old@company.example", "bea@company.example"} {
			entry := store.Entry{Action: store.PersonChanged, SubjectID: i.IDs["caio"], Subject: email}
			if err := i.Store.Record(t.Context(), store.CommandLine, entry); err != nil {
				t.Fatal(err)
			}
		}
		said := i.Says("pt", "people.import.predecessor")
		var warned []string
		tried := i.As("ana").Post(Index, url.Values{"csv": {csv}}).HTML(t)
		for _, line := range tried.Find(".import-lines > li").EachIter() {
			if strings.Contains(line.Text(), said) {
				warned = append(warned, line.Find("strong").Text())
			}
		}
		want := "Dora"
		if noChat {
			want = ""
		}
		if got := strings.Join(warned, " "); got != want {
			t.Errorf("warned of %q, want %q", got, want)
		}
		var out, problems bytes.Buffer
		err := (&command{File: file}).Run(t.Context(), web.Command{
			Out: &out, Err: &problems,
			Store: func(ctx context.Context, f func(context.Context, *store.Store) error) error {
				return f(ctx, i.Store)
			},
		})
		if err != nil || strings.Count(problems.String(), "\n") != 1 ||
			!strings.HasPrefix(problems.String(), "Old@company.example: Somebody else had") {
			t.Errorf("%v, %q, %q", err, problems.String(), out.String())
		}
	}
}
