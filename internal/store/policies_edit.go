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

var policyActions = []Action{PolicyCreated, PolicyChanged, PolicyPublished, PolicyUnpublished, PolicyReviewed, PolicyDeleted, PolicyExported, PolicyCategorySet, PolicyCategoryDeleted}

// MaxPolicy is how many characters a text that is written in a form may have. It
// leaves room for what a form adds to them on the way.
const MaxPolicy = 20000

// PolicyText is a policy in one language.
type PolicyText struct {
	Lang, Title, Summary string
	Body                 string // Markdown
}

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

// Invalid names the fields that cannot be stored: "lang", "title", "summary" or
// "body".
func (t PolicyText) Invalid() (fields []string) {
	if t.Lang != "en" && t.Lang != "pt" && t.Lang != "es" {
		fields = append(fields, "lang")
	}
	if t.Title == "" || !visible(t.Title, 200) {
		fields = append(fields, "title")
	}
	if t.Summary == "" || !visible(t.Summary, 500) {
		fields = append(fields, "summary")
	}
	if !prose(t.Body, MaxPolicy) {
		fields = append(fields, "body")
	}
	return fields
}

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
	Policy     Policy       // in the language it was written in
	Texts      []PolicyText // that of the policy first
	Categories []PolicyCategory
}

// PolicyEdit returns a policy to be edited, in one round trip.
func (s *Store) PolicyEdit(ctx context.Context, reader *Person, slug string) (edit PolicyEdit, err error) {
	batch := &pgx.Batch{}
	queuePolicy(batch, reader, slug, &edit.Policy)
	batch.Queue(`SELECT t.lang, t.title, t.summary, t.body FROM policies n JOIN policies_texts t ON t.policy_id = n.id WHERE n.slug = $1 ORDER BY t.lang <> n.lang, t.lang`, plain(slug)).Query(collect(&edit.Texts))
	queuePolicyCategories(batch, reader, &edit.Categories)
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return edit, wrap(err, "find policy")
	}
	original := edit.Texts[0]
	edit.Policy.Lang, edit.Policy.Title, edit.Policy.Summary, edit.Policy.Body = original.Lang, original.Title, original.Summary, original.Body
	return edit, nil
}

// policySlug is SQL that makes a slug of a text: "Férias: o que muda" becomes
// ferias-o-que-muda, and a title in another script what it is instead.
func policySlug(text, instead string) string {
	return `coalesce(nullif(trim(BOTH '-' FROM left(trim(BOTH '-' FROM regexp_replace(fold(` + text + `), '[^a-z0-9]+', '-', 'g')), 80)), ''), '` + instead + `')`
}

// CreatePolicy adds a draft in its first language and returns its slug, which is
// made of the title and never changes. It is InvalidFields where owner or category
// are not there.
func (s *Store) CreatePolicy(ctx context.Context, t PolicyText, p PolicySettings) (slug string, err error) {
	err = s.change(ctx, "add policy", func(tx pgx.Tx) (event Event, err error) {
		owner, err := ownerOf(ctx, tx, p)
		if err != nil {
			return event, err
		}
		// One at a time: two of the same title must not get the same slug.
		if _, err := tx.Exec(ctx, `LOCK TABLE policies IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return event, err
		}
		err = tx.QueryRow(ctx, `WITH made AS (SELECT `+policySlug("$1", "policy")+` AS slug)
			INSERT INTO policies (slug, lang, category, owner_id, review_on)
			SELECT c.slug, $2, $3, $4, $5 FROM (
				SELECT 1 AS i, slug FROM made UNION ALL
				SELECT i, slug || '-' || i FROM made, generate_series(2, 3 + (SELECT count(*) FROM policies p WHERE p.slug LIKE made.slug || '-%')) i
			) c WHERE c.slug <> 'new' AND NOT EXISTS (SELECT FROM policies p WHERE p.slug = c.slug) ORDER BY c.i LIMIT 1 RETURNING id, slug`,
			t.Title, t.Lang, p.Category, owner, p.ReviewOn).Scan(&event.SubjectID, &slug)
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
func (s *Store) UpdatePolicy(ctx context.Context, slug string, version int, t PolicyText, p PolicySettings) error {
	return s.changePolicy(ctx, "change policy", slug, version, func(tx pgx.Tx, id, _ string) (Event, error) {
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
		plain(p.OwnerEmail), plain(p.Category)).Scan(&owner, &category)
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
func setPolicy(ctx context.Context, tx pgx.Tx, id, owner string, t PolicyText, p PolicySettings) error {
	_, err := tx.Exec(ctx, `INSERT INTO policies_texts (policy_id, lang, title, summary, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (policy_id, lang) DO UPDATE SET title = excluded.title, summary = excluded.summary, body = excluded.body`, id, t.Lang, t.Title, t.Summary, t.Body)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE policies SET category = $2, owner_id = $3, review_on = $4, must_read = $5, edition = edition + $6::boolean::int, updated_at = now() WHERE id = $1`,
		id, p.Category, owner, p.ReviewOn, p.MustRead, p.MustRead && p.AskAgain)
	return err
}

// PublishPolicy shows a policy to its readers. One that they see already stays as
// it is, and nothing is recorded.
func (s *Store) PublishPolicy(ctx context.Context, slug string, version int) error {
	return s.changePolicy(ctx, "publish policy", slug, version, func(tx pgx.Tx, id, title string) (event Event, err error) {
		tag, err := tx.Exec(ctx, `UPDATE policies SET published_at = now() WHERE id = $1 AND published_at IS NULL`, id)
		if tag.RowsAffected() > 0 {
			event = Event{Action: PolicyPublished, Detail: title}
		}
		return event, err
	})
}

// UnpublishPolicy makes a draft of a policy. Who has confirmed it has confirmed it
// still.
func (s *Store) UnpublishPolicy(ctx context.Context, slug string, version int) error {
	return s.changePolicy(ctx, "unpublish policy", slug, version, func(tx pgx.Tx, id, title string) (event Event, err error) {
		tag, err := tx.Exec(ctx, `UPDATE policies SET published_at = NULL WHERE id = $1 AND published_at IS NOT NULL`, id)
		if tag.RowsAffected() > 0 {
			event = Event{Action: PolicyUnpublished, Detail: title}
		}
		return event, err
	})
}

// ReviewPolicy records that a policy was looked at and still holds, and sets the
// day to look again: InvalidFields where that is not one behind today.
func (s *Store) ReviewPolicy(ctx context.Context, slug string, version int, next time.Time) error {
	if !reviewable(next) {
		return wrap(InvalidFields{"review_on"}, "review policy")
	}
	self := SignedIn(ctx)
	return s.changePolicy(ctx, "review policy", slug, version, func(tx pgx.Tx, id, title string) (Event, error) {
		tag, err := tx.Exec(ctx, `UPDATE policies SET review_on = $2 WHERE id = $1 AND $2 > (now() AT TIME ZONE $3::text)::date`, id, next, self.TimeZone)
		if err == nil && tag.RowsAffected() == 0 {
			err = InvalidFields{"review_on"}
		}
		return Event{Action: PolicyReviewed, Detail: title + ", next on " + next.Format(time.DateOnly)}, err
	})
}

// DeletePolicyTranslation removes one language of a policy, which is ErrNotFound
// for the one it was written in.
func (s *Store) DeletePolicyTranslation(ctx context.Context, slug string, version int, lang string) error {
	return s.changePolicy(ctx, "delete translation", slug, version, func(tx pgx.Tx, id, _ string) (event Event, err error) {
		event.Action = PolicyChanged
		err = tx.QueryRow(ctx, `DELETE FROM policies_texts t USING policies n WHERE n.id = $1 AND t.policy_id = n.id AND t.lang = $2 AND t.lang <> n.lang RETURNING t.title || ' (' || t.lang || ')'`,
			id, plain(lang)).Scan(&event.Detail)
		return event, err
	})
}

// DeletePolicy removes a policy with its texts and who has confirmed it.
func (s *Store) DeletePolicy(ctx context.Context, slug string, version int) error {
	return s.changePolicy(ctx, "delete policy", slug, version, func(tx pgx.Tx, id, title string) (Event, error) {
		_, err := tx.Exec(ctx, `DELETE FROM policies WHERE id = $1`, id)
		return Event{Action: PolicyDeleted, Detail: title}, err
	})
}

// changePolicy is change for a policy of that version, which stays as it is
// meanwhile and is of the next one then. title is the one it was written with.
func (s *Store) changePolicy(ctx context.Context, what, slug string, version int, f func(tx pgx.Tx, id, title string) (Event, error)) error {
	return s.change(ctx, what, func(tx pgx.Tx) (Event, error) {
		var id, title string
		var stored int
		if err := tx.QueryRow(ctx, `SELECT n.id, t.title, n.version FROM policies n JOIN policies_texts t ON t.policy_id = n.id AND t.lang = n.lang
			WHERE n.slug = $1 FOR UPDATE OF n`, plain(slug)).Scan(&id, &title, &stored); err != nil {
			return Event{}, err
		}
		if stored != version {
			return Event{}, ErrConflict
		}
		if _, err := tx.Exec(ctx, `UPDATE policies SET version = version + 1 WHERE id = $1`, id); err != nil {
			return Event{}, err
		}
		event, err := f(tx, id, title)
		event.SubjectID = id
		return event, err
	})
}

// ExportPolicyAcknowledgements records that it was asked for, and returns everybody
// who is asked to confirm a policy: see exportAcknowledgements.
func (s *Store) ExportPolicyAcknowledgements(ctx context.Context, lang, slug string) (iter.Seq2[Asked, error], error) {
	err := s.change(ctx, "export acknowledgements", func(tx pgx.Tx) (event Event, err error) {
		event.Action = PolicyExported
		err = tx.QueryRow(ctx, `SELECT n.id, t.title FROM policies n JOIN policies_texts t ON t.policy_id = n.id AND t.lang = n.lang WHERE n.slug = $1 AND n.must_read`,
			plain(slug)).Scan(&event.SubjectID, &event.Detail)
		return event, err
	})
	if err != nil {
		return nil, err
	}
	return s.exportAcknowledgements(ctx, policyMustRead, lang, plain(slug)), nil
}
