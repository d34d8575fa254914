package policies

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/store"
)

// Settings are what all languages of a policy share.
type Settings struct {
	Category   string // slug
	OwnerEmail string // of somebody who works here, or of who answered for it before; "" is nobody, as before
	ReviewOn   time.Time
	MustRead   bool
	AskAgain   bool // those who have confirmed it are asked once more
}

// Reviews are from the year 2000 on, and before 2200: another year is a typo.
var (
	reviewsFrom   = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	reviewsBefore = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Invalid names the fields that cannot be stored: "owner" or "review_on". Whether
// owner and category are there only the database knows: see content.InvalidFields.
func (s Settings) Invalid() (fields []string) {
	if s.OwnerEmail != "" && !store.LooksLikeEmail(s.OwnerEmail) {
		fields = append(fields, "owner")
	}
	if !reviewable(s.ReviewOn) {
		fields = append(fields, "review_on")
	}
	return fields
}

func reviewable(day time.Time) bool { return !day.Before(reviewsFrom) && day.Before(reviewsBefore) }

// Stored is a policy as those who write it see it.
type Stored struct {
	Policy     Policy
	Texts      []content.Text // that which it was written in first
	Categories []Category
}

// stored returns a policy to be edited, in one round trip.
func (h handbook) stored(ctx context.Context, reader *store.Person, slug string) (s Stored, err error) {
	batch := &pgx.Batch{}
	queuePolicy(batch, reader, slug, &s.Policy)
	h.QueueTexts(batch, slug, &s.Texts)
	queueCategories(batch, reader, &s.Categories)
	return s, h.Send(ctx, batch, "find policy")
}

// create adds a draft in its first language and returns its slug, which is made of
// the title and never changes. It is content.InvalidFields where the owner or the
// category is not there.
func (h handbook) create(
	ctx context.Context, actor *store.Person, t content.Text, s Settings,
) (slug string, err error) {
	err = h.Change(ctx, actor, "add policy", func(tx pgx.Tx) (entry store.Entry, err error) {
		change := change{tx: tx}
		if err := change.findOwner(ctx, s); err != nil {
			return entry, err
		}
		if slug, err = h.NewSlug(ctx, tx, t.Title); err != nil {
			return entry, err
		}
		err = tx.QueryRow(ctx, `INSERT INTO policies (slug, lang, category, owner_id, review_on)
			VALUES ($1, $2, $3, $4, $5) RETURNING id`,
			slug, t.Lang, s.Category, change.owner, s.ReviewOn).Scan(&change.id)
		if err != nil {
			return entry, err
		}
		entry = store.Entry{Action: Created, SubjectID: change.id, Detail: t.Title}
		return entry, h.set(ctx, change, t, s)
	})
	return slug, err
}

// update changes a policy's settings and its text in one language, which may be
// new. The policy must still be of that version: it is store.ErrConflict where
// somebody has changed it since, and content.InvalidFields as create is.
func (h handbook) update(
	ctx context.Context, actor *store.Person, at content.Version, t content.Text, s Settings,
) error {
	return h.ChangeText(ctx, actor, "change policy", at, func(tx pgx.Tx, held content.Held) (store.Entry, error) {
		change := change{tx: tx, id: held.ID}
		if err := change.findOwner(ctx, s); err != nil {
			return store.Entry{}, err
		}
		return store.Entry{Action: Changed, Detail: t.Title}, h.set(ctx, change, t, s)
	})
}

// change is one to a policy, in a transaction.
type change struct {
	tx    pgx.Tx
	id    string  // of the policy; "" for a new one
	owner *string // the id of who is to answer for it; nil is nobody
}

// findOwner finds who is to answer for a policy: somebody who works here. Who answered for
// it before may stay after they have left, or nobody, so that the rest can be changed.
func (c *change) findOwner(ctx context.Context, s Settings) error {
	var nobody, category bool
	err := c.tx.QueryRow(ctx, `
		WITH was AS (SELECT owner_id FROM policies WHERE id = $3)
		SELECT (SELECT id FROM people WHERE lower(email) = lower($1)
				AND (active OR id = (SELECT owner_id FROM was))),
			$1 = '' AND EXISTS (SELECT FROM was WHERE owner_id IS NULL),
			EXISTS (SELECT FROM policy_categories WHERE slug = $2)`,
		store.Plain(s.OwnerEmail), store.Plain(s.Category), store.NullText(c.id)).Scan(&c.owner, &nobody, &category)
	if err != nil {
		return err
	}
	var missing content.InvalidFields
	if c.owner == nil && !nobody {
		missing = append(missing, "owner")
	}
	if !category {
		missing = append(missing, "category")
	}
	if missing != nil {
		return missing
	}
	return nil
}

// set stores a text and the settings.
func (h handbook) set(ctx context.Context, c change, t content.Text, s Settings) error {
	if err := h.SetText(ctx, c.tx, c.id, t); err != nil {
		return err
	}
	var asks bool // those who were not asked before
	err := c.tx.QueryRow(ctx, `UPDATE policies n SET category = $2, owner_id = $3, review_on = $4, must_read = $5,
			edition = n.edition + $6::boolean::int, updated_at = now()
		FROM (SELECT must_read FROM policies WHERE id = $1) b
		WHERE n.id = $1 RETURNING n.must_read AND ($6 OR NOT b.must_read)`,
		c.id, s.Category, c.owner, s.ReviewOn, s.MustRead, s.MustRead && s.AskAgain).Scan(&asks)
	if err != nil {
		return err
	}
	return h.tell(ctx, c.tx, c.id, asks)
}

// publish shows a policy to its readers. One that they see already stays as it is,
// and nothing is recorded.
func (h handbook) publish(ctx context.Context, actor *store.Person, at content.Version) error {
	return h.ChangeText(ctx, actor, "publish policy", at, func(tx pgx.Tx, held content.Held) (store.Entry, error) {
		tag, err := tx.Exec(ctx, `
			UPDATE policies SET published_at = now() WHERE id = $1 AND published_at IS NULL`, held.ID)
		if tag.RowsAffected() == 0 {
			return store.Entry{}, err
		}
		return store.Entry{Action: Published, Detail: held.Title}, h.tell(ctx, tx, held.ID, true)
	})
}

// unpublish makes a draft of a policy. Who has confirmed it has confirmed it still.
func (h handbook) unpublish(ctx context.Context, actor *store.Person, at content.Version) error {
	return h.ChangeText(ctx, actor, "unpublish policy", at, func(tx pgx.Tx, held content.Held) (store.Entry, error) {
		tag, err := tx.Exec(ctx, `
			UPDATE policies SET published_at = NULL WHERE id = $1 AND published_at IS NOT NULL`, held.ID)
		if tag.RowsAffected() == 0 {
			return store.Entry{}, err
		}
		return store.Entry{Action: Unpublished, Detail: held.Title}, h.tell(ctx, tx, held.ID, false)
	})
}

// review records that a policy was looked at and still holds, and sets the day to
// look again: content.InvalidFields where that is not one behind today.
func (h handbook) review(ctx context.Context, actor *store.Person, at content.Version, next time.Time) error {
	if !reviewable(next) {
		return store.Wrap(content.InvalidFields{"review_on"}, "review policy")
	}
	return h.ChangeText(ctx, actor, "review policy", at, func(tx pgx.Tx, held content.Held) (store.Entry, error) {
		tag, err := tx.Exec(ctx, `UPDATE policies SET review_on = $2
			WHERE id = $1 AND $2 > (now() AT TIME ZONE $3::text)::date`, held.ID, next, actor.TimeZone)
		if err == nil && tag.RowsAffected() == 0 {
			err = content.InvalidFields{"review_on"}
		}
		return store.Entry{Action: Reviewed, Detail: held.Title + ", next on " + next.Format(time.DateOnly)}, err
	})
}

// delete removes a policy with its texts and who has confirmed it.
func (h handbook) delete(ctx context.Context, actor *store.Person, at content.Version) error {
	return h.ChangeText(ctx, actor, "delete policy", at, func(tx pgx.Tx, held content.Held) (store.Entry, error) {
		_, err := tx.Exec(ctx, `DELETE FROM policies WHERE id = $1`, held.ID)
		return store.Entry{Action: Deleted, Detail: held.Title}, err
	})
}
