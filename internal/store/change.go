package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// Change runs f and records the entry that it returns: both are done, or neither.
// An entry without an action is not recorded.
//
// Every change that a person makes goes through it. It locks the actor's session and
// account until the change is done. If the actor was disabled or signed out since the
// request began, it changes nothing and returns ErrEnded.
func (s *Store) Change(ctx context.Context, actor *Person, what string, f func(tx pgx.Tx) (Entry, error)) error {
	err := pgx.BeginFunc(ctx, s, func(tx pgx.Tx) error { return changeIn(ctx, tx, actor, f) })
	return Wrap(err, "%s", what)
}

// Begin begins a transaction. Where the connection broke, it begins it on another: nothing
// was changed by then. What is recorded in it is told once it is committed.
func (s *Store) Begin(ctx context.Context) (pgx.Tx, error) {
	var options pgx.TxOptions
	if name := requestName(ctx); name != "" { // in the same round trip
		options.BeginQuery = "BEGIN; SET LOCAL application_name TO '" + name + "'"
	}
	tx, err := s.Pool.BeginTx(ctx, options)
	if err != nil && s.Readable(ctx, meaning(err)) {
		tx, err = s.Pool.BeginTx(ctx, options)
	}
	if err != nil {
		return nil, err
	}
	return &transaction{Tx: tx, store: s}, nil
}

// ChangeOwn is Change for what people do to their own account: they are the subject
// of its entry.
func (s *Store) ChangeOwn(ctx context.Context, actor *Person, what string, f func(tx pgx.Tx) (Entry, error)) error {
	return s.Change(ctx, actor, what, func(tx pgx.Tx) (Entry, error) {
		entry, err := f(tx)
		entry.SubjectID, entry.Subject = actor.ID, actor.Email
		return entry, err
	})
}

// Administer is Change for what is done to other people. There is one such change at a
// time, so that two admins who disable each other neither both succeed nor wait for each
// other.
func (s *Store) Administer(ctx context.Context, actor *Person, what string, f func(tx pgx.Tx) (Entry, error)) error {
	return Wrap(pgx.BeginFunc(ctx, s, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(administrationLock)); err != nil {
			return err
		}
		return changeIn(ctx, tx, actor, f)
	}), "%s", what)
}

// administrationLock is the key of its advisory lock: "people" as bytes.
const administrationLock = 0x70656f706c65

func changeIn(ctx context.Context, tx pgx.Tx, actor *Person, f func(tx pgx.Tx) (Entry, error)) error {
	if err := holdSession(ctx, tx, actor); err != nil {
		return err
	}
	entry, err := f(tx)
	if err != nil || entry.Action == "" {
		return err
	}
	return RecordIn(ctx, tx, actor, entry)
}

// holdSession locks the session and the account of who makes a change, and checks that
// both are still valid.
func holdSession(ctx context.Context, tx pgx.Tx, actor *Person) error {
	switch actor {
	case nil:
		return ErrNoActor
	case CommandLine, Visitor, Retention:
		return nil
	}
	err := tx.QueryRow(ctx, `
		SELECT FROM people p JOIN sessions s ON s.person_id = p.id
		WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND p.id = $2 AND p.active AND p.session_version = s.version
		FOR NO KEY UPDATE`, SessionOf(ctx).tokenHash, actor.ID).Scan()
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrEnded
	}
	return err
}
