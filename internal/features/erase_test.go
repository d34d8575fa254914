package features_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/webtest"
)

// What docs/security.md says of erasing a person by hand leaves nothing of them but the trail.
func TestAPersonIsErasedByHand(t *testing.T) {
	t.Parallel()
	page, err := fs.ReadFile(root, "docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "#### Erasing a person\n")
	_, section, _ = strings.Cut(section, "```sql\n")
	sql, _, found := strings.Cut(section, "```")
	if !found {
		t.Fatal("docs/security.md does not say how")
	}
	i := webtest.Demo(t, features.All()...)
	if n := i.Count(`pg_constraint WHERE confrelid = 'people'::regclass AND conrelid <> confrelid
		AND confdeltype NOT IN ('c', 'n')`); n != 0 {
		t.Errorf("%d references to a person would keep them", n)
	}
	id := i.First(`SELECT manager_id::text FROM people WHERE manager_id IS NOT NULL LIMIT 1`)
	i.Exec(`UPDATE people SET name = 'Quetzalina Xochimilco', email = 'quetzalina@company.example' WHERE id = $1`, id)
	for _, own := range []string{
		`INSERT INTO sessions (token_hash, person_id, data, expires_at) VALUES ('t', $1, 'x', now())`,
		`INSERT INTO sent_forms (key_hash, person_id, sessions, content) VALUES ('k', $1, '{}', 'c')`,
		`INSERT INTO drafts (person_id, form, page, fields) VALUES ($1, '/x', '/x', 'x')`,
		`INSERT INTO invitations (person_id, code_hash, expires_at) VALUES ($1, 'c', now() + interval '1 day')`,
		`INSERT INTO second_factors (person_id, secret, confirmed_at) VALUES ($1, 'x', now())`,
		`INSERT INTO recovery_codes (person_id, code_hash) VALUES ($1, 'c')`,
	} {
		i.Exec(own, id)
	}
	there := func() (n int) {
		everything := strings.ToLower(i.Dump())
		for _, what := range []string{id, "quetzalina", "xochimilco"} {
			n += strings.Count(everything, what)
		}
		return n + i.Count(`sessions WHERE person_id = $1`, id) + i.Count(`sent_forms WHERE person_id = $1`, id)
	}
	if n := there(); n < 10 {
		t.Fatalf("there are %d traces of the person", n)
	}
	words := i.Count(`vocabulary`)
	i.Exec(strings.ReplaceAll(sql, ":'id'", "'"+id+"'"))
	if n := there(); n != 0 {
		t.Errorf("%d traces are left", n)
	}
	if left := i.Count(`vocabulary`); left < words-10 {
		t.Errorf("of %d words %d are left", words, left)
	}
}
