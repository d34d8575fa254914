package accounts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
)

var (
	// ErrNoManager says that nobody has the manager's e-mail.
	ErrNoManager = errors.New("nobody has the manager's e-mail")
	// ErrOwnManager says that a person would be above themselves after the change.
	ErrOwnManager = errors.New("their own manager")
)

// Account is a person as administration sees them.
type Account struct {
	store.Person
	Written      store.PersonDetails `db:"-"`
	Version      int                 `db:"-"` // moves on with every change of what is written or of the role
	HasPassword  bool
	SecondFactor bool
	FactorBegun  bool                // one is being set up, and does not count yet
	InvitedUntil *time.Time          // when their one-time link expires; nil without one
	Sessions     []store.OpenSession `db:"-"` // living ones, the last seen first
	Departments  []store.Department  `db:"-"`
	Predecessors []Predecessor       `db:"-"` // who had their e-mail before
}

// Accounts are everybody's, in the database.
type Accounts struct{ *store.Store }

// Account returns anybody by id, the disabled too, in one round trip.
func (s Accounts) Account(ctx context.Context, lang, id string) (a Account, err error) {
	if !store.ValidID(id) {
		return a, store.Wrap(store.ErrNotFound, "find account")
	}
	batch := &pgx.Batch{}
	// One statement: a version goes with what was stored at that very moment. It comes
	// first, so that no other part of the page is older than the version.
	var written store.PersonDetails
	var version int
	store.QueueWritten(batch, id, &written, &version)
	batch.Queue(`SELECT `+store.PersonColumns+`, p.password_hash IS NOT NULL AS has_password,
			EXISTS (SELECT FROM second_factors f
				WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL) AS second_factor,
			EXISTS (SELECT FROM second_factors f
				WHERE f.person_id = p.id AND f.confirmed_at IS NULL) AS factor_begun,
			(SELECT expires_at FROM invitations i WHERE i.person_id = p.id AND i.expires_at > now()) AS invited_until`+
		store.PeopleJoin+`WHERE p.id = $2`, lang, id).Query(store.CollectOne(&a))
	store.QueueSessions(ctx, batch, id, &a.Sessions)
	store.QueueDepartments(batch, lang, &a.Departments)
	queuePredecessors(batch, id, &a.Predecessors)
	err = s.Send(ctx, batch, "find account "+id)
	a.Written, a.Version = written, version
	return a, err
}

// ID returns the id of whoever has that e-mail, disabled or not.
func (s Accounts) ID(ctx context.Context, email string) (id string, err error) {
	err = s.Pool.QueryRow(ctx, `SELECT id FROM people WHERE lower(email) = lower($1)`, store.Email(email)).Scan(&id)
	return id, store.Wrap(err, "find account")
}

// disabled is the name of whoever is disabled and has that e-mail; "" where it is nobody.
func (s Accounts) disabled(ctx context.Context, email string) (name string, err error) {
	rows, _ := s.Pool.Query(ctx, `SELECT name FROM people WHERE lower(email) = lower($1) AND NOT active`,
		store.Email(email))
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return strings.Join(names, ""), store.Wrap(err, "find account")
}

// Everybody returns all people, the disabled too, by name: for the command line,
// which has no pages.
func (s Accounts) Everybody(ctx context.Context) ([]store.Person, error) {
	rows, _ := s.Pool.Query(ctx, `SELECT `+store.PersonColumns+store.PeopleJoin+` ORDER BY p.name, p.id`, "en")
	people, err := pgx.CollectRows(rows, pgx.RowToStructByName[store.Person])
	return people, store.Wrap(err, "list accounts")
}

// managerID is nil for no e-mail.
func managerID(ctx context.Context, tx pgx.Tx, email string) (id *string, err error) {
	if email == "" {
		return nil, nil
	}
	err = tx.QueryRow(ctx, `SELECT id FROM people WHERE lower(email) = lower($1)`, store.Email(email)).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		err = ErrNoManager
	}
	return id, err
}

// Create adds a person and returns the new id; store.ErrConflict if somebody has
// that e-mail already, ErrNoManager if nobody has the manager's.
func (s Accounts) Create(ctx context.Context, actor *store.Person, p store.PersonDetails) (id string, err error) {
	err = s.Administer(ctx, actor, "add person", func(tx pgx.Tx) (store.Entry, error) {
		manager, err := managerID(ctx, tx, p.Manager)
		if err != nil {
			return store.Entry{}, err
		}
		args := p.Args()
		args["manager_id"], args["password_hash"] = manager, store.NullText(p.PasswordHash)
		err = tx.QueryRow(ctx, `INSERT INTO people (`+store.PersonFields.Columns("")+`, password_hash)
			VALUES (`+store.PersonFields.Columns("@")+`, @password_hash) RETURNING id`, args).Scan(&id)
		return store.Entry{Action: store.PersonCreated, SubjectID: id, Subject: p.Email, Detail: string(p.Role)}, err
	})
	return id, err
}

// Update changes what the form has of a person, who must still be of that version:
// store.ErrStale where somebody has changed them since, store.ErrConflict if somebody
// else has that e-mail, ErrNoManager and ErrOwnManager for a manager who cannot be
// theirs.
func (s Accounts) Update(
	ctx context.Context, actor *store.Person, id string, version int, p store.PersonDetails,
) error {
	const what = "change person"
	return s.AdministerPerson(ctx, actor, what, id, func(tx pgx.Tx, before store.Subject) (store.Entry, error) {
		if before.Version != version {
			return store.Entry{}, store.ErrStale
		}
		reportsTo, err := managerID(ctx, tx, p.Manager)
		if err != nil {
			return store.Entry{}, err
		}
		self, manager := strings.ToLower(before.Email), strings.ToLower(p.Manager)
		above, err := store.ManagersAbove(ctx, tx, manager)
		if err != nil {
			return store.Entry{}, err
		}
		if above[self] = manager; store.Circles(above)[self] {
			return store.Entry{}, ErrOwnManager
		}
		var was store.PersonDetails
		row := tx.QueryRow(ctx, `SELECT `+store.PersonFields.Read()+` FROM people p WHERE p.id = $1`, id)
		if err := row.Scan(was.Targets()...); err != nil {
			return store.Entry{}, err
		}
		fields, args := store.PersonFields.InForm(), p.Args()
		args["id"], args["manager_id"] = id, reportsTo
		_, err = tx.Exec(ctx, `UPDATE people
			SET (version, `+fields.Columns("")+`) = (version + 1, `+fields.Columns("@")+`) WHERE id = @id`, args)
		return store.Entry{Action: store.PersonChanged, Detail: changed(was, p)}, err
	})
}

// changed says which fields of the form are others now, and of the e-mail what it was.
func changed(was, is store.PersonDetails) string {
	if strings.EqualFold(was.Manager, is.Manager) {
		was.Manager = is.Manager
	}
	fields := store.PersonFields.InForm().Without(func(f store.Field) bool {
		return f.Name == "email" || *f.Of(&was) == *f.Of(&is)
	})
	parts := fields.Names()
	if was.Email != is.Email {
		parts = append(parts, fmt.Sprintf("e-mail: %s to %s", was.Email, is.Email))
	}
	return strings.Join(parts, ", ")
}

// SetRole changes what a person of that version may do and ends their sessions;
// store.ErrStale where somebody has changed them since.
func (s Accounts) SetRole(ctx context.Context, actor *store.Person, id string, version int, role store.Role) error {
	const what = "change role"
	return s.AdministerPerson(ctx, actor, what, id, func(tx pgx.Tx, before store.Subject) (store.Entry, error) {
		if before.Version != version {
			return store.Entry{}, store.ErrStale
		}
		entry := store.Entry{Action: store.RoleChanged, Detail: fmt.Sprintf("%s to %s", before.Role, role)}
		_, err := tx.Exec(ctx, `UPDATE people
			SET role = $2, version = version + 1, session_version = session_version + 1
			WHERE id = $1`, id, role)
		if err != nil {
			return entry, err
		}
		return entry, store.LeaveAnAdmin(ctx, tx, before)
	})
}

// SetActive enables or disables a person. Both end their sessions, for good.
func (s Accounts) SetActive(ctx context.Context, actor *store.Person, id string, active bool) error {
	const what = "enable or disable person"
	return s.AdministerPerson(ctx, actor, what, id, func(tx pgx.Tx, before store.Subject) (store.Entry, error) {
		if active {
			return store.Entry{Action: store.PersonEnabled}, signin.EnableIn(ctx, tx, id)
		}
		entry := store.Entry{Action: store.PersonDisabled}
		if err := signin.DisableIn(ctx, tx, id); err != nil {
			return entry, err
		}
		return entry, store.LeaveAnAdmin(ctx, tx, before)
	})
}

// SetPassword stores the hash of a new password and ends the person's sessions.
func (s Accounts) SetPassword(ctx context.Context, actor *store.Person, id, hash string) error {
	const what = "set password"
	return s.AdministerPerson(ctx, actor, what, id, func(tx pgx.Tx, _ store.Subject) (store.Entry, error) {
		return store.Entry{Action: store.PasswordChanged}, store.SetPasswordIn(ctx, tx, id, hash)
	})
}

// RevokeSessions ends all sessions of a person.
func (s Accounts) RevokeSessions(ctx context.Context, actor *store.Person, id string) error {
	const what = "end sessions"
	return s.AdministerPerson(ctx, actor, what, id, func(tx pgx.Tx, _ store.Subject) (store.Entry, error) {
		return store.Entry{Action: store.SessionsRevoked, Detail: "all"}, endSessions(ctx, tx, id)
	})
}

// RevokeAll ends the sessions of everybody: after a restore, or a failover to a standby that was
// behind, sessions are there again that had ended.
func (s Accounts) RevokeAll(ctx context.Context, actor *store.Person) error {
	return s.Administer(ctx, actor, "end all sessions", func(tx pgx.Tx) (store.Entry, error) {
		_, err := tx.Exec(ctx, `UPDATE sessions SET revoked_at = now() WHERE revoked_at IS NULL`)
		return store.Entry{Action: store.SessionsRevoked, Detail: "everybody's"}, err
	})
}

// ResetSecondFactor removes a person's second factor and ends their sessions: for
// whoever has lost their phone and their recovery codes. They are told by mail, if there is any.
func (s Accounts) ResetSecondFactor(ctx context.Context, actor *store.Person, id string, outbox *mail.Outbox) error {
	const what = "reset second factor"
	return s.AdministerPerson(ctx, actor, what, id, func(tx pgx.Tx, _ store.Subject) (store.Entry, error) {
		err := store.RemoveSecondFactorIn(ctx, tx, id)
		if err == nil {
			err = signin.TellOfReset(ctx, tx, outbox, id)
		}
		if err != nil {
			return store.Entry{}, err
		}
		return store.Entry{Action: store.SecondFactorRemoved}, endSessions(ctx, tx, id)
	})
}

func endSessions(ctx context.Context, tx pgx.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE people SET session_version = session_version + 1 WHERE id = $1`, id)
	return err
}
