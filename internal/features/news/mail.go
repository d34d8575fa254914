package news

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/content"
)

// mustRead tells people of an article that they have to confirm: those of its departments, once
// it is published.
var mustRead = content.ToConfirm{
	Name: "news", Show: Show,
	Recipients: `
		SELECT p.id FROM news n JOIN people p ON p.active AND p.id > $2
		WHERE n.id = split_part($1, ' ', 1)::uuid AND n.edition = split_part($1, ' ', 2)::int
			AND n.must_read AND n.published_at <= now()
			AND (NOT EXISTS (SELECT FROM news_departments t WHERE t.news_id = n.id)
				OR EXISTS (SELECT FROM news_departments t WHERE t.news_id = n.id AND t.department = p.department))
			AND NOT EXISTS (SELECT FROM news_acknowledgements a
				WHERE a.news_id = n.id AND a.edition = n.edition AND a.person_id = p.id)
		ORDER BY p.id LIMIT $3`,
	Told: `
		SELECT n.slug, t.title, t.summary
		FROM news n JOIN people p ON p.id = $2
			JOIN LATERAL (
				SELECT * FROM news_texts x WHERE x.news_id = n.id AND x.lang IN ($3, n.lang)
				ORDER BY (x.lang = $3) DESC LIMIT 1
			) t ON true
		WHERE n.id = split_part($1, ' ', 1)::uuid AND n.edition = split_part($1, ' ', 2)::int
			AND n.must_read AND n.published_at <= now()
			AND (NOT EXISTS (SELECT FROM news_departments t WHERE t.news_id = n.id)
				OR EXISTS (SELECT FROM news_departments t WHERE t.news_id = n.id AND t.department = p.department))
			AND NOT EXISTS (SELECT FROM news_acknowledgements a
				WHERE a.news_id = n.id AND a.edition = n.edition AND a.person_id = p.id)`,
}.Mail()

// tell tells those who have to confirm an article of it, from when it is published. anew says that
// it is published, or asked of people, only now; a correction of what they know is no news.
func (a articles) tell(ctx context.Context, tx pgx.Tx, id string, anew bool) error {
	if a.Mail == nil {
		return nil
	}
	var edition string
	var must bool
	var at *time.Time
	err := tx.QueryRow(ctx, `SELECT edition::text, must_read, published_at FROM news WHERE id = $1`, id).
		Scan(&edition, &must, &at)
	switch {
	case err != nil:
		return err
	case !must || at == nil:
		return a.Mail.CallOff(ctx, tx, mustRead, content.About(id, edition))
	case anew:
		return a.Mail.Round(ctx, tx, mustRead, content.About(id, edition), *at)
	}
	return nil
}
