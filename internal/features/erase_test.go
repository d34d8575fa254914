package features_test

import (
	"archive/zip"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
)

// held is what all features say of their tables.
func held() (all []personal.Table) {
	for _, f := range everything() {
		all = append(all, f.Personal...)
	}
	return all
}

// A column of a table.
type column struct{ Table, Name, Type string }

// columns are all that can hold something of a person.
func columns(i *webtest.Intranet, where string) []column {
	i.T.Helper()
	rows, _ := i.Pool.Query(i.T.Context(), `SELECT c.relname::text AS table, a.attname::text AS name, t.typname::text AS type
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
			AND `+where+` ORDER BY 1, 2`)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[column])
	if err != nil {
		i.T.Fatal(err)
	}
	return all
}

// quetzalina is somebody of the demo company, with a row in each table that can hold one, and
// texts that nobody else has.
func quetzalina(i *webtest.Intranet) (id string) {
	i.T.Helper()
	id = i.First(`SELECT manager_id::text FROM people WHERE manager_id IS NOT NULL LIMIT 1`)
	i.Exec(`UPDATE people SET name = 'Quetzalina Xochimilco' WHERE id = $1`, id)
	i.Exec(`UPDATE people SET name = 'Tlaloc Xochimilco', email = 'quetzalina@company.example', phone = '+55 99 87878787',
		title = 'Quetzalhandler', skills = 'quetzalcraft' WHERE id = $1`, id)
	for _, own := range []string{
		`INSERT INTO sessions (token_hash, person_id, data, expires_at) VALUES ('t', $1, 'x', now())`,
		`INSERT INTO sent_forms (key_hash, person_id, sessions, content) VALUES ('k', $1, '{}', 'c')`,
		`INSERT INTO drafts (person_id, form, page, fields) VALUES ($1, '/x', '/x', 'a quetzal draft')`,
		`INSERT INTO invitations (person_id, code_hash, expires_at) VALUES ($1, 'c', now() + interval '1 day')`,
		`INSERT INTO second_factors (person_id, secret, confirmed_at) VALUES ($1, 'x', now())`,
		`INSERT INTO recovery_codes (person_id, code_hash) VALUES ($1, 'c')`,
		`INSERT INTO identities (person_id, issuer, subject) VALUES ($1, 'https://x.example', 'quetzal-87')`,
		`INSERT INTO proof_forms (person_id, name_hash, sealed) VALUES ($1, 'n', 'a quetzal form')`,
		`INSERT INTO audit (action, actor_id, actor, subject_id, subject, address, detail)
			VALUES ('person.changed', $1, 'quetzalina@company.example', $1, 'quetzal.old@company.example', '203.0.113.87',
			'e-mail: quetzal.old@company.example to quetzalina@company.example')`,
	} {
		i.Exec(own, id)
	}
	i.Exec(`INSERT INTO audit (action, subject, address) VALUES ('session.failed', 'Quetzal.Old@company.example', '203.0.113.87')`)
	// Of what the demo company has of others, one thing of each kind is hers.
	for _, table := range held() {
		for _, name := range table.Person {
			if i.Count(table.Table+` WHERE `+name+` = $1`, id) == 0 {
				i.Exec(`UPDATE `+table.Table+` SET `+name+` = $1 WHERE ctid = (SELECT ctid FROM `+table.Table+` LIMIT 1)`, id)
			}
		}
	}
	return id
}

// Each table that holds something of people is claimed by a feature, which so brings it into the
// copy and says what becomes of it.
func TestEveryTableWithPeopleIsClaimed(t *testing.T) {
	t.Parallel()
	i := webtest.Demo(t, everything()...)
	id := quetzalina(i)
	claimed := func(c column) bool {
		return slices.ContainsFunc(held(), func(p personal.Table) bool {
			return p.Table == c.Table && (c.Type != "uuid" || slices.Contains(p.Person, c.Name) || c.Name == "id")
		})
	}
	referring := columns(i, `EXISTS (SELECT FROM pg_constraint k WHERE k.confrelid = 'people'::regclass
		AND k.conrelid = c.oid AND a.attnum = ANY (k.conkey))`)
	if len(referring) < 7 {
		t.Fatalf("%v refer to people: does the test still find them?", referring)
	}
	for _, c := range referring {
		if !slices.ContainsFunc(held(), func(p personal.Table) bool {
			return p.Table == c.Table && slices.Contains(p.Person, c.Name)
		}) {
			t.Errorf("no feature says what %s.%s holds of people", c.Table, c.Name)
		}
	}
	found := 0
	for _, c := range columns(i, `true`) {
		n := i.Count(c.Table+` WHERE `+c.Name+`::text ~* $1`, id+"|quetzal|xochimilco|tlaloc")
		found += min(n, 1)
		// The words for typing errors belong to nobody.
		if n > 0 && !claimed(c) && c.Table != "vocabulary" {
			t.Errorf("no feature says what %s.%s holds of people", c.Table, c.Name)
		}
	}
	if found < 20 {
		t.Errorf("there are traces in %d columns", found)
	}
	names := map[string]bool{}
	for _, p := range held() {
		if names[p.Name] {
			t.Errorf("%s is there twice", p.Name)
		}
		names[p.Name] = true
	}
}

// After a deletion a search through every column of the database finds nothing of the person but
// their id in the trail.
func TestADeletedPersonLeavesNothing(t *testing.T) {
	t.Parallel()
	i := webtest.Demo(t, everything()...)
	id := quetzalina(i)
	words := i.Count(`vocabulary`)
	known, err := personal.Erase(t.Context(), i.Store, store.CommandLine, id)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"quetzal.old@company.example", "quetzalina@company.example"}; known.ID != id ||
		!slices.Equal(known.Emails, want) || known.Since.IsZero() {
		t.Errorf("Caramelo would be asked for %+v", known)
	}
	for _, c := range columns(i, `true`) {
		what := id + "|quetzal|xochimilco|tlaloc|87878787|203.0.113.87"
		if c.Table == "audit" && (c.Name == "actor_id" || c.Name == "subject_id") {
			continue
		}
		if n := i.Count(c.Table+` WHERE `+c.Name+`::text ~* $1`, what); n > 0 {
			t.Errorf("%s.%s has %d traces", c.Table, c.Name, n)
		}
	}
	for _, table := range []string{"sessions", "sent_forms", "drafts", "invitations", "second_factors", "recovery_codes",
		"identities", "proof_forms"} {
		if n := i.Count(table); n != 0 {
			t.Errorf("%s has %d rows", table, n)
		}
	}
	if left := i.Count(`vocabulary`); left < words-10 {
		t.Errorf("of %d words %d are left", words, left)
	}
	if n := i.Count(`audit WHERE subject_id = $1 AND action = 'person.deleted'`, id); n != 1 {
		t.Errorf("the trail says %d times that they were deleted", n)
	}
}

// A copy has two files for each table with something to read, and none of them is forgotten.
func TestACopyHasTheTablesOfAllFeatures(t *testing.T) {
	t.Parallel()
	i := webtest.New(t, everything()...)
	res := i.As("bea").Post(paths.AccountData, nil)
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.StatusCode)
	}
	in, err := zip.NewReader(strings.NewReader(res.Body), int64(len(res.Body)))
	if err != nil {
		t.Fatal(err)
	}
	there, readme := map[string]bool{}, ""
	for _, file := range in.File {
		there[file.Name] = true
		if file.Name == "README.txt" {
			content, err := file.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(content)
			readme = string(text)
		}
	}
	for _, table := range held() {
		for _, kind := range []string{"json", "csv"} {
			if name := table.Name + "." + kind; there[name] != (table.Export != "") {
				t.Errorf("%s is in the copy: %t", name, there[name])
			}
		}
		if table.Export != "" && !strings.Contains(readme, i.Says("en", "personal."+table.Name)) {
			t.Errorf("README.txt does not say what %s is", table.Name)
		}
		for _, lang := range []string{"en", "pt", "es"} {
			for _, key := range []string{"personal." + table.Name, "personal." + table.Name + ".stays"} {
				if says := i.Says(lang, key); (says == key) != (strings.HasSuffix(key, ".stays") && !table.Stays) {
					t.Errorf("%s: %s is %q", lang, key, says)
				}
			}
		}
	}
	if len(there) < 15 {
		t.Errorf("the copy has %d files", len(there))
	}
}
