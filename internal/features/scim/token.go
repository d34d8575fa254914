package scim

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// prefix is what each token begins with, so that it is known for what it is wherever it is left.
const prefix = "intranet_scim_"

// client is a program that may change people.
type client struct {
	hash []byte
	Name string
}

// actor is what the audit trail calls it.
func (c client) actor() string { return "SCIM " + c.Name }

// Token is what is known of a client's token, which itself is stored nowhere.
type Token struct {
	Name              string
	MadeAt, ExpiresAt time.Time
	UsedAt            *time.Time // within an hour; nil: never
}

// tokens are those in the database.
type tokens struct{ *store.Store }

var (
	errUnknown = errors.New("no such token")
	errExpired = errors.New("the token has expired")
)

// add makes a token for a new client; store.ErrConflict if there is one of that name.
func (s tokens) add(ctx context.Context, actor *store.Person, name string, life time.Duration) (string, error) {
	token := prefix + rand.Text()
	err := s.Change(ctx, actor, "allow client", func(tx pgx.Tx) (store.Entry, error) {
		_, err := tx.Exec(ctx, `INSERT INTO scim_tokens (token_hash, name, expires_at) VALUES ($1, $2, now() + $3)`,
			store.HashToken(token), name, life)
		return store.Entry{Action: Allowed, Detail: name}, err
	})
	return token, err
}

// revoke takes a client's token back: store.ErrNotFound where there is none. What it changes at
// this moment is done first, and nothing afterwards.
func (s tokens) revoke(ctx context.Context, actor *store.Person, name string) error {
	return s.Change(ctx, actor, "revoke client", func(tx pgx.Tx) (store.Entry, error) {
		err := tx.QueryRow(ctx, `DELETE FROM scim_tokens WHERE name = $1 RETURNING name`, name).Scan(&name)
		return store.Entry{Action: Revoked, Detail: name}, err
	})
}

// list returns all, by name.
func (s tokens) list(ctx context.Context) ([]Token, error) {
	rows, _ := s.Pool.Query(ctx, `SELECT name, made_at, expires_at, used_at FROM scim_tokens ORDER BY name`)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Token])
	return all, store.Wrap(err, "list clients")
}

// find returns whose token it is, and notes the hour. It looks for the hash, so that the time
// which that takes tells nothing of the tokens there are.
func (s tokens) find(ctx context.Context, token string) (c client, left time.Duration, err error) {
	random, ours := strings.CutPrefix(token, prefix)
	if !ours || len(random) != len(rand.Text()) {
		return c, 0, errUnknown
	}
	c.hash = store.HashToken(token)
	var note bool
	err = s.Pool.QueryRow(ctx, `SELECT name, expires_at - now(), used_at IS NULL OR used_at < now() - interval '1 hour'
		FROM scim_tokens WHERE token_hash = $1`, c.hash).Scan(&c.Name, &left, &note)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return c, 0, errUnknown
	case err != nil:
		return c, 0, store.Wrap(err, "find client")
	case left <= 0:
		return c, 0, fmt.Errorf("%w: %s", errExpired, c.Name)
	case note:
		_, err = s.Pool.Exec(ctx, `UPDATE scim_tokens SET used_at = now() WHERE token_hash = $1`, c.hash)
	}
	return c, left, store.Wrap(err, "note a client's use")
}

// hold checks in the transaction of a change that the client still has its token, and keeps it
// until the change is done.
func (c client) hold(ctx context.Context, tx pgx.Tx) error {
	err := tx.QueryRow(ctx, `SELECT FROM scim_tokens WHERE token_hash = $1 AND expires_at > now() FOR KEY SHARE`,
		c.hash).Scan()
	if errors.Is(err, pgx.ErrNoRows) {
		return errUnknown
	}
	return err
}
