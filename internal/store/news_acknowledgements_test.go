package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/store"
)

// mustRead is an article of yesterday that must be read.
func mustRead(slug string, departments ...string) store.NewArticle {
	a := written(slug, -24*time.Hour)
	a.MustRead, a.Departments = true, departments
	return a
}

// missing are the names of those who have yet to confirm an article, page by page,
// and how many of how many have.
func missing(t *testing.T, s *store.Store, reader *store.Person, slug string, limit int) (names []string, confirmed string) {
	t.Helper()
	f := store.AcknowledgementsFilter{Limit: limit}
	for {
		_, page, err := s.NewsAcknowledgements(t.Context(), reader, slug, f)
		if err != nil || len(page.Missing) > limit {
			t.Fatalf("%d of %d people, %v", len(page.Missing), limit, err)
		}
		for _, p := range page.Missing {
			name, _, _ := strings.Cut(p.Name, " ")
			names = append(names, name)
		}
		if f.After == "" {
			confirmed = fmt.Sprintf("%d of %d", page.Confirmed, page.Asked)
		}
		if f.After = page.Next; f.After == "" {
			return names, confirmed
		}
	}
}

func TestPeopleConfirmOnceWhatIsForThem(t *testing.T) {
	t.Parallel()
	draft, later := mustRead("draft"), mustRead("later")
	draft.PublishedAt, later.PublishedAt = time.Time{}, time.Now().Add(time.Hour)
	s, pool, people := newsReaders(t, mustRead("all"), mustRead("finance", "finance"), written("may", -time.Hour), draft, later)
	atila := as(t, s, pool, people["Átila"]) // in finance
	zoe := as(t, s, pool, people["Zoë"])     // in no department
	bea := as(t, s, pool, people["Bea"])     // edits, and is in it
	for range 2 {
		if err := s.AcknowledgeNews(atila, by(atila), "all", 1); err != nil {
			t.Fatal(err)
		}
	}
	article, err := s.Article(t.Context(), people["Átila"], "all")
	if err != nil || article.ConfirmedAt == nil || time.Since(*article.ConfirmedAt) > time.Minute || article.Due() {
		t.Fatalf("%+v, %v", article, err)
	}
	first := *article.ConfirmedAt
	if err := s.AcknowledgeNews(atila, by(atila), "all", 1); err != nil {
		t.Fatal(err)
	}
	if article, _ = s.Article(t.Context(), people["Átila"], "all"); !article.ConfirmedAt.Equal(first) {
		t.Error("the time of a second one counts")
	}
	if err := s.AcknowledgeNews(atila, by(atila), "finance", 1); err != nil {
		t.Errorf("of one's own department: %v", err)
	}
	for _, edition := range []int{0, 2, -1} {
		if err := s.AcknowledgeNews(zoe, by(zoe), "all", edition); !errors.Is(err, store.ErrConflict) {
			t.Errorf("edition %d: %v", edition, err)
		}
	}
	for what, err := range map[string]error{
		"another department's": s.AcknowledgeNews(zoe, by(zoe), "finance", 1), "another department's, as an editor": s.AcknowledgeNews(bea, by(bea), "finance", 1),
		"one that need not be read": s.AcknowledgeNews(zoe, by(zoe), "may", 1), "a draft": s.AcknowledgeNews(bea, by(bea), "draft", 1), "a scheduled one": s.AcknowledgeNews(bea, by(bea), "later", 1),
		"none": s.AcknowledgeNews(zoe, by(zoe), "no-such", 1), "nothing": s.AcknowledgeNews(zoe, by(zoe), "\x00", 1),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	var all int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM news_acknowledgements`).Scan(&all); err != nil || all != 2 {
		t.Errorf("%d are noted, %v", all, err)
	}
	if trail := recorded(t, s, people["Átila"].Email); len(trail) != 0 {
		t.Errorf("what people read is in the trail: %v", trail)
	}
}

func TestAnEditorSeesWhoHasYetToConfirm(t *testing.T) {
	t.Parallel()
	all, both := mustRead("all"), mustRead("both", "it", "finance")
	all.Acknowledged = []string{"zoe@aroeira.example"}
	s, pool, people := newsReaders(t, all, both, mustRead("finance", "finance"))
	check := func(slug, confirmed string, want ...string) {
		t.Helper()
		for limit := 1; limit <= 4; limit++ {
			if got, n := missing(t, s, people["Bea"], slug, limit); !slices.Equal(got, want) || n != confirmed {
				t.Errorf("%s, by %d: %q and %s, want %q and %s", slug, limit, got, n, want, confirmed)
			}
		}
	}
	check("all", "1 of 4", "Ana", "Átila", "Bea")
	check("both", "0 of 3", "Ana", "Átila", "Bea")
	check("finance", "0 of 2", "Ana", "Átila")
	if err := s.AcknowledgeNews(as(t, s, pool, people["Átila"]), by(as(t, s, pool, people["Átila"])), "finance", 1); err != nil {
		t.Fatal(err)
	}
	check("finance", "1 of 2", "Ana")
	if _, err := pool.Exec(t.Context(), `UPDATE people SET active = false WHERE id = $1`, people["Ana"].ID); err != nil { // who is gone is not waited for
		t.Fatal(err)
	}
	check("finance", "1 of 1")
	check("all", "1 of 3", "Átila", "Bea")
	for _, after := range []string{"x", "e30"} {
		if _, _, err := s.NewsAcknowledgements(t.Context(), people["Bea"], "all", store.AcknowledgementsFilter{After: after}); !errors.Is(err, store.ErrCursor) {
			t.Errorf("%q: %v", after, err)
		}
	}
	if _, _, err := s.NewsAcknowledgements(t.Context(), people["Bea"], "no-such", store.AcknowledgementsFilter{}); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}

	asked, err := s.ExportNewsAcknowledgements(t.Context(), by(t.Context()), "pt", "all")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for p, err := range asked {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, fmt.Sprint(p.Email, " ", p.Department, " ", p.ConfirmedAt != nil))
	}
	if want := []string{"atila@aroeira.example Financeiro false", "bea_o@aroeira.example IT false", "zoe@aroeira.example  true"}; !slices.Equal(rows, want) {
		t.Errorf("%q", rows)
	}
}

// Asked again, people confirm again; what they confirmed before stays on record.
func TestANewEditionIsConfirmedAnew(t *testing.T) {
	t.Parallel()
	s, pool, people := newsReaders(t, mustRead("all"))
	bea, zoe := as(t, s, pool, people["Bea"]), as(t, s, pool, people["Zoë"])
	if err := s.AcknowledgeNews(zoe, by(zoe), "all", 1); err != nil {
		t.Fatal(err)
	}
	for version, again := range []bool{false, true} {
		if err := s.UpdateArticle(bea, by(bea), "all", version+1, text("en", "All"), store.ArticleSettings{MustRead: true, Publish: store.Now, AskAgain: again}); err != nil {
			t.Fatal(err)
		}
		article, err := s.Article(t.Context(), people["Zoë"], "all")
		if err != nil || article.Due() != again {
			t.Errorf("asked again %v, due %v, %v", again, article.Due(), err)
		}
	}
	if err := s.AcknowledgeNews(zoe, by(zoe), "all", 1); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the text that they were shown is not the one that is there: %v", err)
	}
	if err := s.AcknowledgeNews(zoe, by(zoe), "all", 2); err != nil {
		t.Error(err)
	}
	var all int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM news_acknowledgements`).Scan(&all); err != nil || all != 2 {
		t.Errorf("%d are on record, %v", all, err)
	}
}

// It is evidence: the server can add one, and neither change nor remove it but
// with its article.
func TestTheApplicationsRoleCannotTakeBackAnAcknowledgement(t *testing.T) {
	t.Parallel()
	all := mustRead("all")
	all.Acknowledged = []string{"zoe@aroeira.example"}
	_, pool, _ := newsReaders(t, all)
	app := applicationsRole(t, pool)
	for _, sql := range []string{
		`UPDATE news_acknowledgements SET at = now() - interval '1 year'`, `DELETE FROM news_acknowledgements`, `TRUNCATE news_acknowledgements`,
		`INSERT INTO news_acknowledgements SELECT * FROM news_acknowledgements ON CONFLICT (news_id, edition, person_id) DO UPDATE SET at = now()`,
	} {
		refuses(t, app, sql)
	}
}

// However many people there are, a page of the list is a few steps of an index.
func TestTheListOfThoseWhoHaveYetToConfirmIsReadFromAnIndex(t *testing.T) {
	t.Parallel()
	s, pool, people := newsReaders(t, mustRead("all"), mustRead("both", "it", "finance"))
	for _, sql := range []string{
		`INSERT INTO people (name, email, department) SELECT 'Person ' || n, n || '@aroeira.example', (ARRAY['it', 'finance'])[1 + n % 2] FROM generate_series(1, 20000) n`,
		`INSERT INTO news_acknowledgements (news_id, edition, person_id) SELECT n.id, 1, p.id FROM news n, people p WHERE p.name LIKE '%7'`,
		`VACUUM ANALYZE people`, `VACUUM ANALYZE news_acknowledgements`,
	} {
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	inARow := func() (rows int) {
		t.Helper()
		for _, sql := range []string{`SELECT 1 FROM pg_stat_force_next_flush()`, `SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'people'`} {
			if err := pool.QueryRow(t.Context(), sql).Scan(&rows); err != nil {
				t.Fatal(err)
			}
		}
		return rows
	}
	for _, slug := range []string{"all", "both"} {
		before := inARow()
		_, first, err := s.NewsAcknowledgements(t.Context(), people["Bea"], slug, store.AcknowledgementsFilter{Limit: 50})
		if rows := inARow() - before; err != nil || len(first.Missing) != 50 || first.Asked != store.MaxAsked+1 || rows > 0 {
			t.Fatalf("%s: %d, %d of %d, %d rows of people read in a row, %v", slug, len(first.Missing), first.Confirmed, first.Asked, rows, err)
		}
		before = inARow()
		_, second, err := s.NewsAcknowledgements(t.Context(), people["Bea"], slug, store.AcknowledgementsFilter{After: first.Next, Limit: 50})
		if rows := inARow() - before; err != nil || len(second.Missing) != 50 || rows > 0 {
			t.Errorf("%s: %d rows of people read in a row for %d; %v", slug, rows, len(second.Missing), err)
		}
	}
}
