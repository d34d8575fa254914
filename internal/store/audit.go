package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Action is what an audit event tells of: noun and deed.
type Action string

// The actions of accounts and of the server. Others stand with their noun; views
// have a text for each.
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
	PeopleImported      Action = "people.imported"
	PasswordChanged     Action = "password.changed"
	SecondFactorAdded   Action = "factor.added"
	SecondFactorRemoved Action = "factor.removed"
	RecoveryCodesMade   Action = "factor.codes"
	RecoveryCodeUsed    Action = "factor.recovered"
	AuditExported       Action = "audit.exported"
	SettingsChanged     Action = "settings.changed"
)

// Actions are all of them, in the order in which a filter offers them.
var Actions = slices.Concat(
	[]Action{
		SignedInAction, SignInFailed, SignedOut, SessionsRevoked, PersonCreated, PersonChanged, RoleChanged, PersonDisabled, PersonEnabled,
		PersonInvited, PeopleImported, PasswordChanged, SecondFactorAdded, SecondFactorRemoved, RecoveryCodesMade, RecoveryCodeUsed, AuditExported, SettingsChanged,
	},
	departmentActions,
	eventActions,
	newsActions,
	policyActions,
	linkActions,
)

// CommandLine is the actor of what a command does.
const CommandLine = "command line"

// Event is something to be recorded. Who did it, from where and in which request
// is taken from the context.
type Event struct {
	Action    Action
	SubjectID string // the person it was done to; "" for none
	Subject   string // their e-mail at that time, or what was typed as one
	Detail    string // never a secret

	// Who did it, where the context does not know yet: at a sign-in.
	ActorID, Actor string
}

// AuditEvent is one that was recorded.
type AuditEvent struct {
	ID        int64
	At        time.Time
	Action    Action
	Actor     string // e-mail at that time; "" for nobody, or CommandLine
	Subject   string
	Address   string
	RequestID string
	Detail    string
}

// ErrEnded says that the actor's session has ended, or their account changed,
// since the request began: what it wanted to do is not done.
var ErrEnded = errors.New("the session has ended")

// execer is a pool or a transaction.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// Record writes an event that no change goes with, such as a failed sign-in.
func (s *Store) Record(ctx context.Context, e Event) error {
	return wrap(record(ctx, s.pool, e), "record %s", e.Action)
}

func record(ctx context.Context, db execer, e Event) error {
	v := visitOf(ctx)
	switch {
	case e.Actor != "":
	case v.person != nil:
		e.Actor, e.ActorID = v.person.Email, v.person.ID
	case !inVisit(ctx):
		e.Actor = CommandLine
	}
	_, err := db.Exec(ctx, `INSERT INTO audit (action, actor_id, actor, subject_id, subject, address, request_id, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.Action, null(e.ActorID), e.Actor, null(e.SubjectID), clip(e.Subject, 254), clip(v.client.Address, 64), clip(v.client.RequestID, 64), clip(e.Detail, 1000))
	return err
}

// clip makes a text fit for a column: what Postgres can hold, on one line, at
// most limit characters.
func clip(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, plain(s))
	if runes := []rune(s); len(runes) > limit {
		s = string(runes[:limit])
	}
	return s
}

// change runs f and records the event that it describes, both or neither; one
// without an action is nobody's business, and is not recorded. Every
// change that a person makes goes through it: it holds on to the actor's
// session and account until the change is done, so that a request which was
// still in flight when they were disabled or signed out changes nothing.
func (s *Store) change(ctx context.Context, what string, f func(tx pgx.Tx) (Event, error)) error {
	return wrap(pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return changeIn(ctx, tx, f) }), "%s", what)
}

// administer is change for what is done to other people. One happens at a time:
// two admins who disable each other must not both succeed, nor wait for each
// other.
func (s *Store) administer(ctx context.Context, what string, f func(tx pgx.Tx) (Event, error)) error {
	return wrap(pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(administrationLock)); err != nil {
			return err
		}
		return changeIn(ctx, tx, f)
	}), "%s", what)
}

// administrationLock is the key of its advisory lock: "people" as bytes.
const administrationLock = 0x70656f706c65

func changeIn(ctx context.Context, tx pgx.Tx, f func(tx pgx.Tx) (Event, error)) error {
	if v := visitOf(ctx); v.person != nil {
		err := tx.QueryRow(ctx, `SELECT FROM people p JOIN sessions s ON s.person_id = p.id
			WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND p.id = $2 AND p.active AND p.session_version = s.version
			FOR NO KEY UPDATE`, v.tokenHash, v.person.ID).Scan()
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrEnded
		}
		if err != nil {
			return err
		}
	}
	event, err := f(tx)
	if err != nil || event.Action == "" {
		return err
	}
	return record(ctx, tx, event)
}

// AuditFilter narrows and continues the audit trail.
type AuditFilter struct {
	Action Action
	Person string // e-mail of the actor or the subject
	Since  time.Time
	Before time.Time
	After  string // the cursor of the page before; "" is the first page
	Limit  int    // rows a page, 1 to 100
}

// AuditPage is one page of the audit trail, the newest first.
type AuditPage struct {
	Events []AuditEvent
	Next   string // the cursor of the next page; "" on the last one
}

func (f AuditFilter) sql() (sql string, args []any, err error) {
	where := []string{"true"}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if f.Action != "" {
		where = append(where, "action = "+arg(f.Action))
	}
	if f.Person != "" {
		person := arg(plain(f.Person))
		where = append(where, "(lower(actor) = lower("+person+") OR lower(subject) = lower("+person+"))")
	}
	if !f.Since.IsZero() {
		where = append(where, "at >= "+arg(f.Since))
	}
	if !f.Before.IsZero() {
		where = append(where, "at < "+arg(f.Before))
	}
	if f.After != "" {
		id, err := parseCursor(f.After, func(id int64) bool { return id > 0 })
		if err != nil {
			return "", nil, err
		}
		where = append(where, "id < "+arg(id))
	}
	return `SELECT id, at, action, actor, subject, address, request_id, detail FROM audit
		WHERE ` + strings.Join(where, " AND ") + ` ORDER BY id DESC`, args, nil
}

// Audit returns a page of the audit trail.
func (s *Store) Audit(ctx context.Context, f AuditFilter) (page AuditPage, err error) {
	f.Limit = min(max(f.Limit, 1), 100)
	sql, args, err := f.sql()
	if err != nil {
		return page, fmt.Errorf("read the audit trail: %w", err)
	}
	rows, _ := s.pool.Query(ctx, sql+fmt.Sprintf(" LIMIT %d", f.Limit+1), args...)
	page.Events, err = pgx.CollectRows(rows, pgx.RowToStructByName[AuditEvent])
	if len(page.Events) > f.Limit {
		page.Events = page.Events[:f.Limit]
		page.Next = cursorOf(page.Events[f.Limit-1].ID)
	}
	return page, wrap(err, "read the audit trail")
}

// ExportAudit records that the trail was exported and returns all that the
// filter lets through, the newest first, row by row. After, Limit and an error
// behind the first row end it.
func (s *Store) ExportAudit(ctx context.Context, f AuditFilter, detail string) (iter.Seq2[AuditEvent, error], error) {
	f.After = ""
	sql, args, err := f.sql()
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, "export the audit trail", func(pgx.Tx) (Event, error) {
		return Event{Action: AuditExported, Detail: detail}, nil
	})
	if err != nil {
		return nil, err
	}
	return stream[AuditEvent](ctx, s, "export the audit trail", sql, args...), nil
}

// MinAuditRetention is how long the database keeps events whoever asks for less.
const MinAuditRetention = 90 * 24 * time.Hour

// ExpireAudit removes what is older than retention.
func (s *Store) ExpireAudit(ctx context.Context, retention time.Duration) error {
	_, err := s.pool.Exec(ctx, `SELECT expire_audit(now() - $1::interval)`, retention)
	return wrap(err, "expire the audit trail")
}

// RecordSettings records the settings a server starts with where they differ
// from those of the start before.
func (s *Store) RecordSettings(ctx context.Context, settings string) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO audit (action, actor, detail)
		SELECT $1, $2, $3 WHERE $3 IS DISTINCT FROM (SELECT detail FROM audit WHERE action = $1 ORDER BY id DESC LIMIT 1)`,
		SettingsChanged, CommandLine, clip(settings, 1000))
	return wrap(err, "record the settings")
}
