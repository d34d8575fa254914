package forms

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
)

// AgainField is the field of a form with which somebody asks for one thing more of the same.
const AgainField = "form_again"

// SavedError says that the same person has made the very same thing a moment ago, with
// another page of the form: without scripts, a page that somebody goes back to is a new one.
type SavedError struct {
	At string // the path where it is shown
}

func (SavedError) Error() string { return "the same was saved before" }

// likeness is a fingerprint of what a person has typed into a form that is posted to a path.
// It is the same for a form that is sent and for its draft: browsers write the line ends of
// the two in different ways.
func likeness(s seal.Sealer, personID, path string, typed url.Values) []byte {
	text := strings.ReplaceAll(typed.Encode(), url.QueryEscape("\r\n"), url.QueryEscape("\n"))
	return s.Fingerprint(text, owner(personID, path))
}

// savedBefore looks for a form that has made the same as s would make. It is not done while
// that one is being answered. Of one that never was, nobody knows whether it was saved.
func (o Once) savedBefore(ctx context.Context, s Sent, personID string, like []byte) (done bool, err error) {
	var running, known bool
	var sealed string
	err = o.Pool.QueryRow(ctx, `
		SELECT state = 'running' AND claimed_at > now() - $3::interval, state = 'done', coalesce(shown_at, '')
		FROM sent_forms
		WHERE likeness = $1 AND key_hash <> $2 AND state <> 'moved' AND claimed_at > now() - $4::interval
		ORDER BY claimed_at DESC LIMIT 1`, like, store.HashToken(s.Key.text), lease, answerLife).
		Scan(&running, &known, &sealed)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return false, nil // released meanwhile
	case err != nil:
		return true, store.Wrap(err, "find a form like it")
	case running:
		return false, nil
	case !known:
		return true, ErrSent
	}
	at, err := o.Seal.Open(sealed, owner(personID, s.Path))
	if err != nil || at == "" {
		at = s.Path // the list of such things
	}
	return true, SavedError{at}
}
