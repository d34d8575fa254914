package policies

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/mail"
)

// mustRead tells everybody of a policy that they have to confirm.
var mustRead = content.ToConfirm{
	Name: "policies", Show: Show,
	Recipients: `
		SELECT p.id FROM policies n JOIN people p ON p.active AND p.id > $2
		WHERE n.id = split_part($1, ' ', 1)::uuid AND n.edition = split_part($1, ' ', 2)::int
			AND n.must_read AND n.published_at IS NOT NULL
			AND NOT EXISTS (SELECT FROM policies_acknowledgements a
				WHERE a.policy_id = n.id AND a.edition = n.edition AND a.person_id = p.id)
		ORDER BY p.id LIMIT $3`,
	Told: `
		SELECT n.slug, t.title, t.summary
		FROM policies n JOIN LATERAL (
			SELECT * FROM policies_texts x WHERE x.policy_id = n.id AND x.lang IN ($3, n.lang)
			ORDER BY (x.lang = $3) DESC LIMIT 1
		) t ON true
		WHERE n.id = split_part($1, ' ', 1)::uuid AND n.edition = split_part($1, ' ', 2)::int
			AND n.must_read AND n.published_at IS NOT NULL
			AND NOT EXISTS (SELECT FROM policies_acknowledgements a
				WHERE a.policy_id = n.id AND a.edition = n.edition AND a.person_id = $2)`,
}.Mail()

// tell tells those who have to confirm a policy of it, if it is published. anew says that it is
// published, or asked of people, only now.
func (h handbook) tell(ctx context.Context, tx pgx.Tx, id string, anew bool) error {
	if h.Mail == nil {
		return nil
	}
	var edition string
	var asked bool
	err := tx.QueryRow(ctx, `SELECT edition::text, must_read AND published_at IS NOT NULL FROM policies WHERE id = $1`,
		id).Scan(&edition, &asked)
	switch {
	case err != nil:
		return err
	case !asked:
		return h.Mail.CallOff(ctx, tx, mustRead, content.About(id, edition))
	case anew:
		return h.Mail.Round(ctx, tx, mustRead, content.About(id, edition), time.Now())
	}
	return nil
}

// reviewDue tells who answers for a published policy, 30 days before its review, as the pages do:
// once for each day that was set.
var reviewDue = mail.Kind{
	Name: "policies_review", Life: 7 * 24 * time.Hour, Compose: composeReview,
	Due: `SELECT n.id || ' ' || n.review_on FROM policies n JOIN people o ON o.id = n.owner_id
		WHERE n.published_at IS NOT NULL AND o.active AND n.review_on <= (now() AT TIME ZONE o.time_zone)::date + 30`,
	Recipients: `SELECT o.id FROM policies n JOIN people o ON o.id = n.owner_id
		WHERE n.id = split_part($1, ' ', 1)::uuid AND n.review_on = split_part($1, ' ', 2)::date
			AND n.published_at IS NOT NULL AND o.active AND o.id > $2 LIMIT $3`,
}

func composeReview(ctx context.Context, m mail.Mail) (mail.Letter, error) {
	var slug, title string
	var on time.Time
	rows, _ := m.Store.Pool.Query(ctx, `
		SELECT n.slug, t.title, n.review_on
		FROM policies n JOIN LATERAL (
			SELECT * FROM policies_texts x WHERE x.policy_id = n.id AND x.lang IN ($3, n.lang)
			ORDER BY (x.lang = $3) DESC LIMIT 1
		) t ON true
		WHERE n.id = split_part($1, ' ', 1)::uuid AND n.review_on = split_part($1, ' ', 2)::date
			AND n.published_at IS NOT NULL AND n.owner_id = $2`, m.About, m.To.ID, i18n.Lang(ctx))
	tag, err := pgx.ForEachRow(rows, []any{&slug, &title, &on}, func() error { return nil })
	if err == nil && tag.RowsAffected() == 0 {
		err = mail.ErrNeedless
	}
	return mail.Letter{
		Subject:    i18n.T(ctx, "mail.review.subject", "Title", title),
		Paragraphs: []string{i18n.T(ctx, "mail.review.text", "Date", i18n.Date(ctx, on))},
		Button:     mail.Button{Text: i18n.T(ctx, "mail.review.button"), URL: m.Link(Show.Of(slug))},
	}, err
}
