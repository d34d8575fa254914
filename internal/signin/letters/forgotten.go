package letters

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
)

// asked is a link that somebody asks for, until it is answered by mail.
type asked struct {
	Email   string            `json:"email"`
	Request store.RequestInfo `json:"request"`
}

// askedOwner is for whom it is sealed.
const askedOwner = "forgotten password"

// Ask notes that somebody asks for a link to that e-mail. It is the same statement for each
// e-mail, whether anybody has it or not.
func Ask(ctx context.Context, s *store.Store, sealer seal.Sealer, email string) error {
	a := asked{Email: email, Request: store.RequestOf(ctx)}
	a.Request.Agent = store.Clip(a.Request.Agent, 500)
	content, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = s.Pool.Exec(ctx, `INSERT INTO forgotten_passwords (sealed) VALUES ($1)`,
		sealer.Seal(string(content), askedOwner))
	return store.Wrap(err, "note a forgotten password")
}

// Answers answers what was asked.
type Answers struct {
	Store  *store.Store
	Outbox *mail.Outbox
	Seal   seal.Sealer
	// Link reports whether somebody of that role gets a link, who has a password or has none.
	// Anybody else is told where they sign in.
	Link func(role store.Role, hasPassword bool) bool
}

// All answers all that was asked. Of several replicas each answers what no other one does.
func (a Answers) All(ctx context.Context) error {
	for {
		found := false
		err := pgx.BeginFunc(ctx, a.Store, func(tx pgx.Tx) error {
			var sealed string
			err := tx.QueryRow(ctx, `DELETE FROM forgotten_passwords WHERE id = (
					SELECT id FROM forgotten_passwords ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
				) RETURNING sealed`).Scan(&sealed)
			if errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			if found = err == nil; !found {
				return err
			}
			var link asked
			content, err := a.Seal.Open(sealed, askedOwner)
			if err != nil || json.Unmarshal([]byte(content), &link) != nil {
				return nil // another key: they ask again
			}
			return a.answer(store.WithRequest(ctx, link.Request), tx, link.Email)
		})
		if err != nil || !found {
			return store.Wrap(err, "answer a forgotten password")
		}
	}
}

// answer queues the mail to whoever has that e-mail, if anybody does.
func (a Answers) answer(ctx context.Context, tx pgx.Tx, email string) error {
	var id string
	var role store.Role
	var hasPassword bool
	err := tx.QueryRow(ctx, `SELECT id, email, role, password_hash IS NOT NULL FROM people
		WHERE active AND lower(email) = lower($1) FOR NO KEY UPDATE`, email).Scan(&id, &email, &role, &hasPassword)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	m := mail.Queued{PersonID: id}
	if a.Link(role, hasPassword) {
		m.Secret = rand.Text()
	}
	queued, err := a.Outbox.Queue(ctx, tx, Forgotten, m)
	if err != nil || !queued || m.Secret == "" {
		return err
	}
	if err := PutCode(ctx, tx, id, m.Secret, ForgottenLife); err != nil {
		return err
	}
	return store.RecordIn(ctx, tx, store.Visitor, store.Entry{
		Action: store.PersonInvited, SubjectID: id, Subject: email, Detail: "forgotten password",
	})
}

// PutCode stores the code of a one-time link in the place of the one that somebody had. It is
// stored as a hash.
func PutCode(ctx context.Context, tx pgx.Tx, personID, code string, life time.Duration) error {
	_, err := tx.Exec(ctx, `INSERT INTO invitations (person_id, code_hash, expires_at)
		VALUES ($1, $2, now() + $3::interval)
		ON CONFLICT (person_id) DO UPDATE SET code_hash = excluded.code_hash, expires_at = excluded.expires_at`,
		personID, store.HashToken(code), life)
	return err
}
