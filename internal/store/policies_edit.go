package store

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// What is recorded of policies. Who has read one is not: see mustRead.
const (
	PolicyCreated     Action = "policy.created"
	PolicyChanged     Action = "policy.changed"
	PolicyPublished   Action = "policy.published"
	PolicyUnpublished Action = "policy.unpublished"
	PolicyReviewed    Action = "policy.reviewed"
	PolicyDeleted     Action = "policy.deleted"
	PolicyExported    Action = "policy.exported" // who has confirmed it
	PolicyCategorySet Action = "policy.category" // added or renamed

	PolicyCategoryDeleted Action = "policy.category.deleted"
)

var PolicyActions = []Action{PolicyCreated, PolicyChanged, PolicyPublished, PolicyUnpublished, PolicyReviewed, PolicyDeleted, PolicyExported, PolicyCategorySet, PolicyCategoryDeleted}

// PolicySettings are what all languages of a policy share.
type PolicySettings struct {
	Category   string // slug
	OwnerEmail string // of somebody who works here
	ReviewOn   time.Time
	MustRead   bool
	AskAgain   bool // those who have confirmed it are asked once more
}

// Reviews are from the year 2000 on, and before 2200: another year is a typo.
var reviewsFrom, reviewsBefore = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// Invalid names the fields that cannot be stored: "owner" or "review_on". Whether
// owner and category are there only the database knows: see InvalidFields.
func (p PolicySettings) Invalid() (fields []string) {
	if !LooksLikeEmail(p.OwnerEmail) {
		fields = append(fields, "owner")
	}
	if !reviewable(p.ReviewOn) {
		fields = append(fields, "review_on")
	}
	return fields
}

func reviewable(day time.Time) bool { return !day.Before(reviewsFrom) && day.Before(reviewsBefore) }

// InvalidFields is an error: the fields that name something which is not there.
type InvalidFields []string

func (f InvalidFields) Error() string { return "invalid " + strings.Join(f, ", ") }

// PolicyEdit is a policy as those who write it see it.
type PolicyEdit struct {
	Policy     Policy    // in the language it was written in
	Texts      []Written // that of the policy first
	Categories []PolicyCategory
}

// PolicyEdit returns a policy to be edited, in one round trip.
func (s *Store) PolicyEdit(ctx context.Context, reader *Person, slug string) (edit PolicyEdit, err error) {
	batch := &pgx.Batch{}
	queuePolicy(batch, reader, slug, &edit.Policy)
	policyMustRead.queueTexts(batch, slug, &edit.Texts)
	queuePolicyCategories(batch, reader, &edit.Categories)
	if err := s.Pool.SendBatch(ctx, batch).Close(); err != nil {
		return edit, Wrap(err, "find policy")
	}
	original := edit.Texts[0]
	edit.Policy.Lang, edit.Policy.Title, edit.Policy.Summary, edit.Policy.Body = original.Lang, original.Title, original.Summary, original.Body
	return edit, nil
}

// CreatePolicy adds a draft in its first language and returns its slug, which is
// made of the title and never changes. It is InvalidFields where owner or category
// are not there.
func (s *Store) CreatePolicy(ctx context.Context, actor *Person, t Written, p PolicySettings) (slug string, err error) {
	err = s.Change(ctx, actor, "add policy", func(tx pgx.Tx) (event Event, err error) {
		owner, err := ownerOf(ctx, tx, p)
		if err != nil {
			return event, err
		}
		if slug, err = policyMustRead.newSlug(ctx, tx, t.Title); err != nil {
			return event, err
		}
		err = tx.QueryRow(ctx, `INSERT INTO policies (slug, lang, category, owner_id, review_on) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
			slug, t.Lang, p.Category, owner, p.ReviewOn).Scan(&event.SubjectID)
		if err != nil {
			return event, err
		}
		event.Action, event.Detail = PolicyCreated, t.Title
		return event, setPolicy(ctx, tx, event.SubjectID, owner, t, p)
	})
	return slug, err
}

// UpdatePolicy changes a policy's settings and its text in one language, which may
// be new. The policy must still be of that version: it is ErrConflict where
// somebody has changed it since, and InvalidFields as CreatePolicy is.
func (s *Store) UpdatePolicy(ctx context.Context, actor *Person, slug string, version int, t Written, p PolicySettings) error {
	return s.changeText(ctx, actor, policyMustRead, "change policy", slug, version, func(tx pgx.Tx, id, _ string) (Event, error) {
		owner, err := ownerOf(ctx, tx, p)
		if err != nil {
			return Event{}, err
		}
		return Event{Action: PolicyChanged, Detail: t.Title}, setPolicy(ctx, tx, id, owner, t, p)
	})
}

// ownerOf is the id of who is to answer for a policy.
func ownerOf(ctx context.Context, tx pgx.Tx, p PolicySettings) (id string, err error) {
	var owner *string
	var category bool
	err = tx.QueryRow(ctx, `SELECT (SELECT id FROM people WHERE lower(email) = lower($1) AND active), EXISTS (SELECT FROM policy_categories WHERE slug = $2)`,
		Plain(p.OwnerEmail), Plain(p.Category)).Scan(&owner, &category)
	if err != nil {
		return "", err
	}
	var missing InvalidFields
	if owner == nil {
		missing = append(missing, "owner")
	}
	if !category {
		missing = append(missing, "category")
	}
	if missing != nil {
		return "", missing
	}
	return *owner, nil
}

// setPolicy stores a text and the settings.
func setPolicy(ctx context.Context, tx pgx.Tx, id, owner string, t Written, p PolicySettings) error {
	if err := policyMustRead.setText(ctx, tx, id, t); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE policies SET category = $2, owner_id = $3, review_on = $4, must_read = $5, edition = edition + $6::boolean::int, updated_at = now() WHERE id = $1`,
		id, p.Category, owner, p.ReviewOn, p.MustRead, p.MustRead && p.AskAgain)
	return err
}

// PublishPolicy shows a policy to its readers. One that they see already stays as
// it is, and nothing is recorded.
func (s *Store) PublishPolicy(ctx context.Context, actor *Person, slug string, version int) error {
	return s.changeText(ctx, actor, policyMustRead, "publish policy", slug, version, func(tx pgx.Tx, id, title string) (event Event, err error) {
		tag, err := tx.Exec(ctx, `UPDATE policies SET published_at = now() WHERE id = $1 AND published_at IS NULL`, id)
		if tag.RowsAffected() > 0 {
			event = Event{Action: PolicyPublished, Detail: title}
		}
		return event, err
	})
}

// UnpublishPolicy makes a draft of a policy. Who has confirmed it has confirmed it
// still.
func (s *Store) UnpublishPolicy(ctx context.Context, actor *Person, slug string, version int) error {
	return s.changeText(ctx, actor, policyMustRead, "unpublish policy", slug, version, func(tx pgx.Tx, id, title string) (event Event, err error) {
		tag, err := tx.Exec(ctx, `UPDATE policies SET published_at = NULL WHERE id = $1 AND published_at IS NOT NULL`, id)
		if tag.RowsAffected() > 0 {
			event = Event{Action: PolicyUnpublished, Detail: title}
		}
		return event, err
	})
}

// ReviewPolicy records that a policy was looked at and still holds, and sets the
// day to look again: InvalidFields where that is not one behind today.
func (s *Store) ReviewPolicy(ctx context.Context, actor *Person, slug string, version int, next time.Time) error {
	if !reviewable(next) {
		return Wrap(InvalidFields{"review_on"}, "review policy")
	}
	return s.changeText(ctx, actor, policyMustRead, "review policy", slug, version, func(tx pgx.Tx, id, title string) (Event, error) {
		tag, err := tx.Exec(ctx, `UPDATE policies SET review_on = $2 WHERE id = $1 AND $2 > (now() AT TIME ZONE $3::text)::date`, id, next, actor.TimeZone)
		if err == nil && tag.RowsAffected() == 0 {
			err = InvalidFields{"review_on"}
		}
		return Event{Action: PolicyReviewed, Detail: title + ", next on " + next.Format(time.DateOnly)}, err
	})
}

// DeletePolicyTranslation removes one language of a policy, which is ErrNotFound
// for the one it was written in.
func (s *Store) DeletePolicyTranslation(ctx context.Context, actor *Person, slug string, version int, lang string) error {
	return s.deleteTranslation(ctx, actor, policyMustRead, PolicyChanged, slug, version, lang)
}

// DeletePolicy removes a policy with its texts and who has confirmed it.
func (s *Store) DeletePolicy(ctx context.Context, actor *Person, slug string, version int) error {
	return s.changeText(ctx, actor, policyMustRead, "delete policy", slug, version, func(tx pgx.Tx, id, title string) (Event, error) {
		_, err := tx.Exec(ctx, `DELETE FROM policies WHERE id = $1`, id)
		return Event{Action: PolicyDeleted, Detail: title}, err
	})
}

// ExportPolicyAcknowledgements records that it was asked for, and returns everybody
// who is asked to confirm a policy: see exportAcknowledgements.
func (s *Store) ExportPolicyAcknowledgements(ctx context.Context, actor *Person, lang, slug string) (iter.Seq2[Asked, error], error) {
	return s.exportAcknowledgements(ctx, actor, policyMustRead, PolicyExported, lang, slug)
}
