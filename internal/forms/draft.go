package forms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
)

// Limits of drafts. A draft lasts for a week: see store.Sweep.
const (
	maxDrafts = 20  // of one person: the oldest goes first
	maxPath   = 500 // bytes
)

// Draft is what somebody has typed into a form and not saved.
type Draft struct {
	Form    string // the path that the form is posted to, with its query
	Page    string // the path of the page with the form; "" if it is not known
	Title   string // of that page; "" if it is not known
	Fields  url.Values
	SavedAt time.Time
	Anew    bool // typed after the form with that key was saved
	Known   bool // the page has sent it before: it replaces nothing, because another may have sent a newer one
	Turn    Turn
}

// Turn is when a page has sent a draft, among all that it sends. The network may change their
// order.
type Turn struct {
	Page   string // what the browser calls the page; "" if it is not known
	Number int
}

// inTurn makes who saves a draft wait for who saves the form, and the other way round.
const inTurn = `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`

// Drafts keeps what people type, each for themselves alone.
type Drafts struct {
	*store.Store
	Seal seal.Sealer
}

// owner is whose draft a sealed text is, and of which form.
func owner(personID, form string) string { return "draft " + personID + " " + form }

// Owner returns whose draft a form with that key is: of the person who is signed in, or else
// of the person for whom the form was made, as long as their session is known, even if it
// has ended. store.ErrNotFound for anybody else: nobody writes a draft of another person.
func (d Drafts) Owner(ctx context.Context, k Key) (personID string, err error) {
	if p := store.SessionOf(ctx).Person; p != nil && p.ID == k.Person {
		return p.ID, nil
	}
	rows, _ := d.Pool.Query(ctx, `
		SELECT s.token_hash
		FROM sessions s
			JOIN people p ON p.id = s.person_id
		WHERE s.person_id = $1 AND p.active
		ORDER BY s.created_at DESC
		LIMIT 50`, store.NullText(k.Person))
	hashes, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return "", store.Wrap(err, "find whose form it is")
	}
	for _, hash := range hashes {
		if k.madeFor(hash) {
			return k.Person, nil
		}
	}
	return "", store.Wrap(store.ErrNotFound, "find whose form it is")
}

// Save keeps a draft in place of the one before, unless the same page has sent that one later.
// What was saved as a form meanwhile is no draft any more, with that page of the form or with
// another, unless it is new: typed after somebody has gone back to that form.
//
// Two pages of one form may have a text each. That of the page which was typed in last is the
// draft of the form; that of another page which is left is listed beside it.
func (d Drafts) Save(ctx context.Context, k Key, personID string, draft Draft) error {
	if len(draft.Form) > maxPath {
		return store.Wrap(store.ErrNotFound, "save a draft")
	}
	if len(draft.Page) > maxPath {
		draft.Page, _, _ = strings.Cut(draft.Page, "?")
		draft.Page = draft.Page[:min(len(draft.Page), maxPath)]
	}
	text, err := json.Marshal(draft.Fields)
	if err != nil {
		return fmt.Errorf("save a draft: %w", err)
	}
	like := likeness(d.Seal, personID, draft.Form, draft.Fields)
	if draft.Known {
		newer, err := d.Of(ctx, personID, draft.Form)
		if err != nil {
			return err
		}
		if len(newer) > 0 && !bytes.Equal(likeness(d.Seal, personID, draft.Form, newer[0].Fields), like) {
			draft.Form += "#" + draft.Turn.Page
		}
	}
	batch := &pgx.Batch{}
	batch.Queue(inTurn, owner(personID, draft.Form))
	batch.Queue(`
		INSERT INTO drafts (person_id, form, page, title, fields, sent_by, turn)
		SELECT $1, $2, $3, $6, $4, $9, $10
		WHERE $7 OR NOT EXISTS (SELECT FROM sent_forms WHERE state = 'done' AND (key_hash = $5 OR likeness = $8))
		ON CONFLICT (person_id, form) DO UPDATE
		SET page = coalesce(nullif(excluded.page, ''), drafts.page), title = excluded.title,
			fields = excluded.fields, sent_by = excluded.sent_by, turn = excluded.turn, saved_at = now()
		WHERE NOT $11 AND (drafts.sent_by <> excluded.sent_by OR drafts.turn <= excluded.turn)`,
		personID, draft.Form, draft.Page, d.Seal.Seal(string(text), owner(personID, draft.Form)),
		store.HashToken(k.text), draft.Title, draft.Anew, like,
		draft.Turn.Page, draft.Turn.Number, draft.Known)
	batch.Queue(`
		DELETE FROM drafts
		WHERE person_id = $1 AND form NOT IN (
			SELECT form FROM drafts WHERE person_id = $1 ORDER BY saved_at DESC LIMIT $2
		)`, personID, maxDrafts)
	return d.Send(ctx, batch, "save a draft")
}

// All returns a person's drafts. The one that was saved last comes first.
func (d Drafts) All(ctx context.Context, personID string) ([]Draft, error) {
	return d.find(ctx, personID, nil)
}

// Of returns a person's drafts of these forms.
func (d Drafts) Of(ctx context.Context, personID string, forms ...string) ([]Draft, error) {
	return d.find(ctx, personID, append([]string{}, forms...))
}

// find returns a person's drafts of these forms, or of all for nil.
func (d Drafts) find(ctx context.Context, personID string, forms []string) ([]Draft, error) {
	rows, _ := d.Pool.Query(ctx, `
		SELECT form, page, title, fields, saved_at
		FROM drafts
		WHERE person_id = $1 AND ($2::text[] IS NULL OR form = ANY ($2)) AND saved_at > now() - $3::interval
		ORDER BY saved_at DESC`, personID, forms, draftLife)
	var found []Draft
	var draft Draft
	var sealed string
	columns := []any{&draft.Form, &draft.Page, &draft.Title, &sealed, &draft.SavedAt}
	_, err := pgx.ForEachRow(rows, columns, func() error {
		next := draft
		var err error
		next.Fields, err = Opened(d.Seal, personID, draft.Form, sealed)
		if errors.Is(err, seal.ErrSealed) {
			return nil // the key was replaced: nobody can read it any more
		}
		found = append(found, next)
		return err
	})
	return found, store.Wrap(err, "find drafts")
}

// Opened are the fields of a person's draft of a form, as they are stored. It is
// seal.ErrSealed where they were sealed with another key.
func Opened(key seal.Sealer, personID, form, sealed string) (fields url.Values, err error) {
	text, err := key.Open(sealed, owner(personID, form))
	if err == nil {
		err = json.Unmarshal([]byte(text), &fields)
	}
	return fields, err
}

// Drop removes a person's draft of a form, if there is one.
func (d Drafts) Drop(ctx context.Context, personID, form string) error {
	_, err := d.Pool.Exec(ctx, `DELETE FROM drafts WHERE person_id = $1 AND form = $2`, personID, form)
	return store.Wrap(err, "drop a draft")
}
