package store

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Action is what was done, as noun.verb.
type Action string

// The actions of accounts and of the server. Those of a feature are in its folder. There
// is a text for each.
const (
	SignedInAction      Action = "session.created"
	SignInFailed        Action = "session.failed"
	SignedOut           Action = "session.ended"
	SessionsRevoked     Action = "session.revoked"
	PersonCreated       Action = "person.created"
	PersonChanged       Action = "person.changed"
	RoleChanged         Action = "person.role"
	PersonDisabled      Action = "person.disabled"
	PersonEnabled       Action = "person.enabled"
	PersonInvited       Action = "person.invited"
	PasswordChanged     Action = "password.changed"
	SecondFactorAdded   Action = "factor.added"
	SecondFactorRemoved Action = "factor.removed"
	RecoveryCodesMade   Action = "factor.codes"
	RecoveryCodeUsed    Action = "factor.recovered"
	AuditExported       Action = "audit.exported"
	SettingsChanged     Action = "settings.changed"
)

// CoreActions are those that no feature adds, in the order in which a filter offers
// them.
var CoreActions = []Action{
	SignedInAction, SignInFailed, SignedOut, SessionsRevoked,
	PersonCreated, PersonChanged, RoleChanged, PersonDisabled, PersonEnabled, PersonInvited,
	PasswordChanged, SecondFactorAdded, SecondFactorRemoved, RecoveryCodesMade, RecoveryCodeUsed,
	AuditExported, SettingsChanged,
}

// Entry is something to be recorded. From where and in which request it was done is
// taken from the context.
type Entry struct {
	Action    Action
	SubjectID string // the person it was done to; "" for none
	Subject   string // their e-mail at that time, or what was typed as one
	Detail    string // never a secret

	// Who did it, where they are not signed in yet: at a sign-in.
	ActorID, Actor string
}

// These two change something without being signed in.
var (
	// CommandLine is whoever runs one of the intranet's commands.
	CommandLine = &Person{Email: "command line"}
	// Visitor is somebody who is not signed in, and has shown in another way that
	// they may: with a one-time link, or with the second step of a sign-in.
	Visitor = &Person{}
)

// execer is a pool or a transaction.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// Record writes an entry that belongs to no change, such as a failed sign-in.
func (s *Store) Record(ctx context.Context, actor *Person, e Entry) error {
	return Wrap(RecordIn(ctx, s.Pool, actor, e), "record %s", e.Action)
}

// RecordIn records an entry in a transaction, or by itself on a pool.
func RecordIn(ctx context.Context, db execer, actor *Person, e Entry) error {
	if actor == nil {
		return ErrNoActor
	}
	if e.Actor == "" {
		e.Actor, e.ActorID = actor.Email, actor.ID
	}
	request := RequestOf(ctx)
	_, err := db.Exec(ctx, `
		INSERT INTO audit (action, actor_id, actor, subject_id, subject, address, request_id, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.Action, NullText(e.ActorID), e.Actor, NullText(e.SubjectID), Clip(e.Subject, 254),
		Clip(request.Address, 64), Clip(request.ID, 64), Clip(e.Detail, 1000))
	return err
}

// Clip makes a text fit for a column: what Postgres can hold, on one line, at
// most limit characters.
func Clip(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, Plain(s))
	if runes := []rune(s); len(runes) > limit {
		s = string(runes[:limit])
	}
	return s
}

// Change runs f and records the entry that it returns: both are done, or neither.
// An entry without an action is not recorded.
//
// Every change that a person makes goes through it. It locks the actor's session and
// account until the change is done. If the actor was disabled or signed out since the
// request began, it changes nothing and returns ErrEnded.
func (s *Store) Change(ctx context.Context, actor *Person, what string, f func(tx pgx.Tx) (Entry, error)) error {
	err := pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error { return changeIn(ctx, tx, actor, f) })
	return Wrap(err, "%s", what)
}

// ChangeOwn is Change for what people do to their own account: they are the subject
// of its event.
func (s *Store) ChangeOwn(ctx context.Context, actor *Person, what string, f func(tx pgx.Tx) (Entry, error)) error {
	return s.Change(ctx, actor, what, func(tx pgx.Tx) (Entry, error) {
		event, err := f(tx)
		event.SubjectID, event.Subject = actor.ID, actor.Email
		return event, err
	})
}

// Administer is Change for what is done to other people. There is one such change at a
// time, so that two admins who disable each other neither both succeed nor wait for each
// other.
func (s *Store) Administer(ctx context.Context, actor *Person, what string, f func(tx pgx.Tx) (Entry, error)) error {
	return Wrap(pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
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
	event, err := f(tx)
	if err != nil || event.Action == "" {
		return err
	}
	return RecordIn(ctx, tx, actor, event)
}

// holdSession locks the session and the account of who makes a change, and checks that
// both are still valid.
func holdSession(ctx context.Context, tx pgx.Tx, actor *Person) error {
	switch actor {
	case nil:
		return ErrNoActor
	case CommandLine, Visitor:
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
