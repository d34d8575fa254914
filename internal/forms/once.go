package forms

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
)

// lease is longer than any form may take to be answered. Of one that takes as long, because
// its replica died, nobody knows whether it was done.
const lease = 3 * time.Minute

// ErrSent says that the form was sent before, and that its answer cannot be given once
// more: it is too old, or something else was sent, or from another session.
var ErrSent = errors.New("the form was sent before")

// Answer is what the browser got for a form.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// moved reports whether the browser sends the same form to the same address once more: with
// a new session, after its person has confirmed who they are.
func (a Answer) moved() bool { return a.Status == http.StatusTemporaryRedirect }

// Sent is a form that a request has sent.
type Sent struct {
	Key    Key
	Path   string
	Fields url.Values
	Typed  url.Values // those of the fields that may be kept: no secrets
	// Creates is for a form that makes something new, of which nobody wants two of the same
	// unless they ask for it.
	Creates bool
	// Deletes is for a form that deletes something, after which its person may make the same again.
	Deletes bool
	// Long is for a form that may take long, such as an import. It is not taken over.
	Long bool
}

// Once makes forms that are sent more than once count once, on all replicas.
type Once struct {
	*store.Store
	Seal seal.Sealer
}

// Claim is the right to answer a form: whoever has it does what the form asks for, and then
// calls Keep or Release.
type Claim struct {
	Made    bool // it was done before, which nobody knew: there is nothing left to do but to say so
	key     Key
	id      string
	path    string
	person  string   // ID of who was signed in; "" for nobody
	deletes bool     // the form deletes something
	cookies []string // set by the answer before, which a browser may have thrown away
}

// Begin claims a form for the request of ctx. If the form was answered before, or is being
// answered, it returns that answer instead, for which it waits. The answer goes only to who
// has sent the same from the same session, even if that has ended since.
func (o Once) Begin(ctx context.Context, s Sent) (Claim, *Answer, error) {
	wait := 10 * time.Millisecond
	limit := store.TimeLimitOf(ctx) // whoever has waited for the first answer has less time left
	for {
		claim, answer, done, err := o.try(ctx, s)
		if err != nil || done {
			return claim, answer, err
		}
		select {
		case <-ctx.Done():
			return Claim{}, nil, fmt.Errorf("wait for the first answer: %w", ErrSent)
		case <-time.After(wait):
			limit.Spend(wait)
			wait = min(2*wait, 200*time.Millisecond)
		}
	}
}

// try is one step of Begin. It is not done while somebody else has the claim.
func (o Once) try(ctx context.Context, s Sent) (claim Claim, answer *Answer, done bool, err error) {
	session := store.SessionOf(ctx)
	hash, token, content := store.HashToken(s.Key.text), session.TokenHash(), s.Key.content(s.Path, s.Fields)
	if token == nil {
		token = []byte{}
	}
	personID, like := "", []byte(nil)
	if session.Person != nil {
		personID = session.Person.ID
		like = likeness(o.Seal, personID, s.Path, s.Typed)
	}
	person, alone := store.NullText(personID), s.Creates && !s.Fields.Has(AgainField)
	claim = Claim{key: s.Key, id: rand.Text()[:16], path: s.Path, person: personID, deletes: s.Deletes}
	if settled, done, err := o.settle(ctx, s, claim, personID, token); done {
		return settled, nil, true, err
	}
	var sealed string
	err = o.Pool.QueryRow(ctx, `
		INSERT INTO sent_forms AS f (key_hash, person_id, sessions, content, likeness, claim)
		SELECT $1, $2, ARRAY[$3::bytea], $4, $5, $8
		WHERE NOT $6 OR NOT EXISTS (
			SELECT FROM sent_forms
			WHERE likeness = $5 AND key_hash <> $1 AND state <> 'moved' AND claimed_at > now() - $7::interval)
		ON CONFLICT (key_hash) DO UPDATE
		SET state = 'running', sessions = f.sessions || $3::bytea, content = $4, claimed_at = now(), claim = $8
		WHERE f.state = 'moved' AND $3 <> ALL (f.sessions)
		RETURNING coalesce(answer, '')`, hash, person, token, content, like, alone, answerLife, claim.id).Scan(&sealed)
	if err == nil {
		if before, err := open(s.Key, sealed); err == nil {
			claim.cookies = before.Header["Set-Cookie"]
		}
		return claim, nil, true, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return Claim{}, nil, true, store.Wrap(err, "claim a form")
	}

	var before struct{ running, slow, same, fromHere, theirs bool }
	err = o.Pool.QueryRow(ctx, `
		SELECT state = 'running' AND claimed_at > now() - $5::interval, claimed_at < now() - $7::interval,
			content = $4, $3 = ANY (sessions), coalesce(person_id = $2, false),
			CASE WHEN answered_at > now() - $6::interval THEN coalesce(answer, '') ELSE '' END
		FROM sent_forms WHERE key_hash = $1`, hash, person, token, content, lease, answerLife, patience).
		Scan(&before.running, &before.slow, &before.same, &before.fromHere, &before.theirs, &sealed)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		done, err := o.savedBefore(ctx, s, personID, like)
		return Claim{}, nil, done, err
	case err != nil:
		return Claim{}, nil, true, store.Wrap(err, "find a form")
	case !before.fromHere && !before.theirs:
		return Claim{}, nil, true, nil // somebody else's
	case before.running && before.slow && before.same && !s.Long:
		done, err := o.takeOver(ctx, claim)
		return claim, nil, done, err
	case before.running:
		return Claim{}, nil, false, nil
	case before.fromHere && before.same && sealed != "":
		kept, err := open(s.Key, sealed)
		return Claim{}, &kept, true, err
	case person == nil:
		return Claim{}, nil, true, nil // their session has ended, which they are told
	}
	return Claim{}, nil, true, ErrSent
}

// Keep keeps the answer to a form that was done. newToken is the session's token that the
// answer sets, or "".
func (o Once) Keep(ctx context.Context, c Claim, answer Answer, newToken string) error {
	if c.key.text == "" {
		return nil
	}
	for _, cookie := range c.cookies {
		name, _, _ := strings.Cut(cookie, "=")
		again := func(line string) bool { return strings.HasPrefix(line, name+"=") }
		if !slices.ContainsFunc(answer.Header["Set-Cookie"], again) {
			answer.Header.Add("Set-Cookie", cookie)
		}
	}
	sealed, err := sealAnswer(c.key, answer)
	if err != nil {
		return err
	}
	state, token := "done", []byte(nil)
	if answer.moved() {
		state = "moved"
	} else if newToken != "" {
		token = store.HashToken(newToken)
	}
	shownAt := any(nil)
	if to := answer.Header.Get("Location"); to != "" {
		shownAt = o.Seal.Seal(to, owner(c.person, c.path))
	}
	batch := &pgx.Batch{}
	batch.Queue(inTurn, owner(c.person, c.path))
	batch.Queue(`
		UPDATE sent_forms
		SET state = $2, answer = $3, answered_at = now(), sessions = array_remove(sessions || $4::bytea, NULL),
			shown_at = $5
		WHERE key_hash = $1 AND claim = $6`, store.HashToken(c.key.text), state, sealed, token, shownAt, c.id)
	if state == "done" && c.person != "" { // what was saved is no draft any more
		batch.Queue(`DELETE FROM drafts WHERE person_id = $1 AND form = $2`, c.person, c.path)
	}
	batch.Queue(forget, answerLife)
	if state == "done" && c.deletes {
		batch.Queue(maybeGone, c.person, store.HashToken(c.key.text), answerLife)
	}
	return o.Send(ctx, batch, "keep an answer")
}

// Release gives a form back that was not done, so that it can be sent again.
func (o Once) Release(ctx context.Context, c Claim) error {
	if c.key.text == "" {
		return nil
	}
	_, err := o.Pool.Exec(ctx, `DELETE FROM sent_forms WHERE key_hash = $1 AND state = 'running' AND claim = $2`,
		store.HashToken(c.key.text), c.id)
	return store.Wrap(err, "release a form")
}

// The answer is sealed with the form's key, which is not in the database.

func sealAnswer(k Key, a Answer) (string, error) {
	text, err := json.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("keep an answer: %w", err)
	}
	sealer, err := seal.New(k.text)
	return sealer.Seal(string(text), "answer"), err
}

func open(k Key, sealed string) (a Answer, err error) {
	if sealed == "" {
		return a, nil
	}
	sealer, err := seal.New(k.text)
	if err != nil {
		return a, err
	}
	text, err := sealer.Open(sealed, "answer")
	if err != nil {
		return a, fmt.Errorf("open an answer: %w", err)
	}
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return a, fmt.Errorf("open an answer: %w", err)
	}
	return a, nil
}

// Write gives the answer once more.
func (a Answer) Write(w http.ResponseWriter) {
	for name, lines := range a.Header {
		w.Header()[name] = lines
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // fails only where the client has left
}
