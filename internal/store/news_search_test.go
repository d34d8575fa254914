package store_test

import (
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/store"
)

const searchableNews = `WITH x AS (SELECT gen_random_uuid() AS id, title, word FROM unnest($2::text[], $3::text[]) AS x (title, word)),
	n AS (INSERT INTO news (id, slug, lang, published_at) SELECT id, left(md5(id::text), 16), $1, now() FROM x)
	INSERT INTO news_texts (news_id, lang, title, summary, body) SELECT id, $1, title, 'Summary.', word FROM x`

// An announcement is found in the language in which it is shown, and only where
// its reader may see it.
func TestAnnouncementsAreFoundAsTheyAreRead(t *testing.T) {
	t.Parallel()
	conn := texts(t, "news", "en Coffee")
	if _, err := conn.Exec(t.Context(), `INSERT INTO news_texts (news_id, lang, title, summary, body) SELECT id, 'pt', 'Café', 's', 'coffee shop' FROM news`); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "Coffee", "es": "Coffee", "pt": "Café"} {
		got := hits(t, conn, "news", store.Person{Lang: lang}, "coffee")
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q alone", lang, got, want)
		}
	}
	if got := hits(t, conn, "news", store.Person{Lang: "en"}, "café"); len(got) != 0 {
		t.Errorf("found in a language that is not shown: %q", got)
	}
	if _, err := conn.Exec(t.Context(), `UPDATE news SET published_at = $1`, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := hits(t, conn, "news", store.Person{Lang: "en"}, "coffee"); len(got) != 0 {
		t.Errorf("found before it is published: %q", got)
	}
	if _, err := conn.Exec(t.Context(), `INSERT INTO departments (slug, names) VALUES ('it', '{"en": "IT"}')`); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `WITH n AS (UPDATE news SET published_at = now() RETURNING id) INSERT INTO news_departments (news_id, department) SELECT id, 'it' FROM n`); err != nil {
		t.Fatal(err)
	}
	for department, want := range map[string]int{"": 0, "finance": 0, "it": 1} {
		if got := hits(t, conn, "news", store.Person{Lang: "en", Department: department}, "coffee"); len(got) != want {
			t.Errorf("of the department %q: %q", department, got)
		}
	}
}
