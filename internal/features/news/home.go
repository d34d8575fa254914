package news

import (
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// home adds the newest announcements to the home page, and what the reader has yet
// to confirm.
func home(batch *store.Batch, p *store.Person) func(*views.HomeProps) {
	found := queueHome(batch, p)
	return func(home *views.HomeProps) {
		articles, due := found()
		home.Main = append(home.Main, views.Card{Order: 300, Body: homeCard(articles, web.Zone(p))})
		for _, a := range due {
			home.Due = append(home.Due, views.DueItem{
				Title: a.Title, Lang: a.Lang, Path: Show.Of(a.Slug), Kind: "news.one",
			})
		}
	}
}

// queueHome asks for what the home page shows.
func queueHome(batch *store.Batch, p *store.Person) func() ([]Article, []unconfirmed) {
	var articles []Article
	var due []unconfirmed
	newest.Queue(batch, &articles, p.Lang, p.Department)
	confirmed := queueConfirmed(batch, p, articles)
	batch.Queue(listDue, args(p)...).Query(store.Collect(&due))
	return func() ([]Article, []unconfirmed) {
		mine := slices.Clone(articles)
		for i, a := range mine {
			if at, ok := confirmed[a.edition()]; ok {
				mine[i].ConfirmedAt = &at
			}
		}
		return mine, due
	}
}

// inOrder are the announcements of the home page: the pinned first, then the newest.
const inOrder = visible + ` ORDER BY n.pinned DESC, n.published_at DESC, n.id DESC LIMIT 6`

// newest are those for a language and a department. There are others when one is to be
// published.
var newest = &store.Remembered[Article]{
	Rows:  `SELECT ` + everyones + `, '' AS body, NULL::timestamptz AS confirmed_at` + from + inOrder,
	Until: `SELECT min(published_at) FROM news WHERE published_at > now()`,
}

// edition is what somebody confirms.
type edition struct {
	ID      string
	Edition int
}

func (a Article) edition() edition { return edition{a.ID, a.Edition} }

// queueConfirmed asks when the reader has confirmed the newest. articles are those, where
// they are remembered: mostly nobody has to confirm one of them.
func queueConfirmed(batch *store.Batch, reader *store.Person, articles []Article) map[edition]time.Time {
	confirmed := map[edition]time.Time{}
	if articles != nil && !slices.ContainsFunc(articles, func(a Article) bool { return a.MustRead }) {
		return confirmed
	}
	batch.Queue(`SELECT n.id, n.edition, a.at
		FROM (SELECT n.id, n.edition FROM news n WHERE `+inOrder+`) n
		JOIN news_acknowledgements a ON a.news_id = n.id AND a.edition = n.edition AND a.person_id = $3
		WHERE $1::text IS NOT NULL -- whatever their language`, args(reader)...).Query(func(rows pgx.Rows) error {
		var of edition
		var at time.Time
		_, err := pgx.ForEachRow(rows, []any{&of.ID, &of.Edition, &at}, func() error {
			confirmed[of] = at
			return nil
		})
		return err
	})
	return confirmed
}

// unconfirmed is what the reader has yet to confirm.
type unconfirmed struct{ Slug, Lang, Title string }

// listDue are those, the oldest first.
const listDue = `SELECT n.slug, t.lang, t.title` + translated + `
	WHERE n.must_read AND ` + visible + ` AND NOT EXISTS (
		SELECT FROM news_acknowledgements a WHERE a.news_id = n.id AND a.edition = n.edition AND a.person_id = $3
	) ORDER BY n.published_at, n.id LIMIT 6`
