package store_test

import (
	"testing"

	"github.com/carameloai/intranet/internal/store"
)

const searchablePolicies = `WITH x AS (SELECT gen_random_uuid() AS id, title, word FROM unnest($2::text[], $3::text[]) AS x (title, word)),
	c AS (INSERT INTO policy_categories (slug, names) VALUES (left(md5(random()::text), 16), '{"en": "Work"}') RETURNING slug),
	n AS (INSERT INTO policies (id, slug, category, lang, review_on, published_at) SELECT id, left(md5(id::text), 16), c.slug, $1, now(), now() FROM x, c)
	INSERT INTO policies_texts (policy_id, lang, title, summary, body) SELECT id, $1, title, 'Summary.', word FROM x`

// A policy is found in the language in which it is shown, and only where its
// reader may see it.
func TestPoliciesAreFoundAsTheyAreRead(t *testing.T) {
	t.Parallel()
	conn := texts(t, "policies", "en Coffee")
	if _, err := conn.Exec(t.Context(), `INSERT INTO policies_texts (policy_id, lang, title, summary, body) SELECT id, 'pt', 'Café', 's', 'coffee shop' FROM policies`); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "Coffee", "es": "Coffee", "pt": "Café"} {
		got := hits(t, conn, "policies", store.Person{Lang: lang}, "coffee")
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q alone", lang, got, want)
		}
	}
	if got := hits(t, conn, "policies", store.Person{Lang: "en"}, "café"); len(got) != 0 {
		t.Errorf("found in a language that is not shown: %q", got)
	}
	if _, err := conn.Exec(t.Context(), `UPDATE policies SET published_at = NULL`); err != nil {
		t.Fatal(err)
	}
	if got := hits(t, conn, "policies", store.Person{Lang: "en", Role: store.Editor}, "coffee"); len(got) != 0 {
		t.Errorf("a draft is found: %q", got)
	}
}
