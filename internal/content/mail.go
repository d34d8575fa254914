package content

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/paths"
)

// ToConfirm is what a kind needs so that its readers are told by mail of what they have to
// confirm. What it is about is an id and an edition, with a blank between them: see About.
type ToConfirm struct {
	Name string // of the kind of mail
	Show paths.Pattern
	// Recipients are the ids of those who have yet to confirm it: see mail.Kind.
	Recipients string
	// Told is the slug, title and summary of $1 in the language $3, or else the one that it was
	// written with: nothing, where the person $2 has not to confirm it any more.
	Told string
}

// Mail is the kind of mail about what must be read.
func (c ToConfirm) Mail() mail.Kind {
	return mail.Kind{
		Name: c.Name, Life: 7 * 24 * time.Hour, Recipients: c.Recipients,
		Compose: func(ctx context.Context, m mail.Mail) (mail.Letter, error) {
			var slug, title, summary string
			rows, _ := m.Store.Pool.Query(ctx, c.Told, m.About, m.To.ID, i18n.Lang(ctx))
			tag, err := pgx.ForEachRow(rows, []any{&slug, &title, &summary}, func() error { return nil })
			if err == nil && tag.RowsAffected() == 0 {
				err = mail.ErrNeedless
			}
			return mail.Letter{
				Subject:    i18n.T(ctx, "mail.mustread.subject", "Title", title),
				Paragraphs: []string{summary, i18n.T(ctx, "mail.mustread.text")},
				Button:     mail.Button{Text: i18n.T(ctx, "mail.mustread.button"), URL: m.Link(c.Show.Of(slug))},
			}, err
		},
	}
}

// About is what a mail about a text of that id and edition is about.
func About(id, edition string) string { return id + " " + edition }
