package store

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
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
	ConsentGiven        Action = "consent.given"
	ConsentWithdrawn    Action = "consent.withdrawn"
	AuditExported       Action = "audit.exported"
	SettingsChanged     Action = "settings.changed"
)

// CoreActions are those that no feature adds, in the order in which a filter offers
// them.
var CoreActions = []Action{
	SignedInAction, SignInFailed, SignedOut, SessionsRevoked,
	PersonCreated, PersonChanged, RoleChanged, PersonDisabled, PersonEnabled, PersonInvited,
	PasswordChanged, SecondFactorAdded, SecondFactorRemoved, RecoveryCodesMade, RecoveryCodeUsed,
	ConsentGiven, ConsentWithdrawn, AuditExported, SettingsChanged,
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

// These change something without being signed in.
var (
	// Retention is whoever deletes people that have been disabled for long enough.
	Retention = &Person{Email: "retention"}
	// CommandLine is whoever runs one of the intranet's commands.
	CommandLine = &Person{Email: "command line"}
	// Visitor is somebody who is not signed in, and has shown in another way that
	// they may: with a one-time link, or with the second step of a sign-in.
	Visitor = &Person{}
)

// Record writes an entry that belongs to no change, such as a failed sign-in.
func (s *Store) Record(ctx context.Context, actor *Person, e Entry) error {
	recorded, err := insertEntry(ctx, s.Pool, actor, e)
	if err == nil {
		s.tell(recorded)
	}
	return Wrap(err, "record %s", e.Action)
}

// RecordIn records an entry in a transaction that Begin has begun.
func RecordIn(ctx context.Context, tx pgx.Tx, actor *Person, e Entry) error {
	recorded, err := insertEntry(ctx, tx, actor, e)
	if err != nil {
		return err
	}
	return note(tx, recorded)
}

// insertEntry records an entry with a pool or a transaction.
func insertEntry(ctx context.Context, db interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}, actor *Person, e Entry,
) (r Recorded, err error) {
	if actor == nil {
		return r, ErrNoActor
	}
	if e.Actor == "" {
		e.Actor, e.ActorID = actor.Email, actor.ID
	}
	request := RequestOf(ctx)
	rows, _ := db.Query(ctx, `
		INSERT INTO audit (action, actor_id, actor, subject_id, subject, address, request_id, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		RETURNING `+RecordedColumns,
		e.Action, NullText(e.ActorID), e.Actor, NullText(e.SubjectID), Clip(e.Subject, 254),
		Clip(request.Address, 64), Clip(request.ID, 64), Clip(e.Detail, 1000))
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Recorded])
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
