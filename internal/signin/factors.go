package signin

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/signin/letters"
	"github.com/carameloai/intranet/internal/store"
)

// factors are people's second factors and recovery codes.
type factors struct {
	*store.Store
	mail *mail.Outbox
}

// factor is a person's second one.
type factor struct {
	sealed string // its secret: see package seal
	inUse  bool   // it is not being set up any more
}

// setupFor is how long a second factor may be set up. A secret that was shown and
// never confirmed is worth nothing afterwards.
const setupFor = 10 * time.Minute

// begin keeps the sealed secret of a second factor that the signed-in person is
// setting up, in the place of one that was begun before: no secret is shown in two
// pages. store.ErrConflict where one is in use.
func (f factors) begin(ctx context.Context, actor *store.Person, sealed string) error {
	return f.Change(ctx, actor, "begin second factor", func(tx pgx.Tx) (store.Entry, error) {
		tag, err := tx.Exec(ctx, `
			INSERT INTO second_factors AS f (person_id, secret) VALUES ($1, $2)
			ON CONFLICT (person_id) DO UPDATE SET secret = excluded.secret, begun_at = now()
				WHERE f.confirmed_at IS NULL`, actor.ID, sealed)
		if err == nil && tag.RowsAffected() == 0 {
			err = store.ErrConflict
		}
		return store.Entry{}, err
	})
}

// of returns a person's second factor; store.ErrNotFound without one, and where the
// time to confirm it is over.
func (f factors) of(ctx context.Context, personID string) (found factor, err error) {
	err = f.Pool.QueryRow(ctx, `
		SELECT secret, confirmed_at IS NOT NULL FROM second_factors
		WHERE person_id = $1 AND (confirmed_at IS NOT NULL OR begun_at > now() - $2::interval)`,
		personID, setupFor).Scan(&found.sealed, &found.inUse)
	return found, store.Wrap(err, "find second factor")
}

// confirmed is a second factor whose code was right.
type confirmed struct {
	sealed string   // its secret
	step   int64    // of that code, which is used up
	codes  []string // for recovery
}

// confirm puts the signed-in person's second factor into use and ends all their
// sessions, which were opened without it, and those that are being opened without
// it at this very moment. A session for the version that it returns goes on.
// store.ErrConflict where one is in use, or another was begun meanwhile.
func (f factors) confirm(ctx context.Context, actor *store.Person, p confirmed) (version int, err error) {
	err = f.ChangeOwn(ctx, actor, "add second factor", func(tx pgx.Tx) (store.Entry, error) {
		tag, err := tx.Exec(ctx, `
			UPDATE second_factors SET confirmed_at = now(), last_step = $3
			WHERE person_id = $1 AND secret = $2 AND confirmed_at IS NULL`, actor.ID, p.sealed, p.step)
		if err == nil && tag.RowsAffected() == 0 {
			err = store.ErrConflict
		}
		if err != nil {
			return store.Entry{}, err
		}
		err = tx.QueryRow(ctx, `
			UPDATE people SET session_version = session_version + 1 WHERE id = $1
			RETURNING session_version`, actor.ID).Scan(&version)
		if err != nil {
			return store.Entry{}, err
		}
		if err := letters.Notify(ctx, tx, f.mail, letters.Factor, actor.ID, letters.FactorAdded); err != nil {
			return store.Entry{}, err
		}
		return store.Entry{Action: store.SecondFactorAdded}, putCodes(ctx, tx, actor.ID, p.codes)
	})
	return version, err
}

// useStep uses a person's code up: it reports false for one of that step or an
// earlier one again.
func (f factors) useStep(ctx context.Context, personID string, step int64) (bool, error) {
	tag, err := f.Pool.Exec(ctx, `
		UPDATE second_factors SET last_step = $2
		WHERE person_id = $1 AND confirmed_at IS NOT NULL AND last_step < $2`, personID, step)
	return tag.RowsAffected() == 1, store.Wrap(err, "use second factor")
}

// useCode uses up one of a person's recovery codes; store.ErrNotFound if it is none
// of theirs, or used already.
func (f factors) useCode(ctx context.Context, actor *store.Person, personID, code string) error {
	return f.Change(ctx, actor, "use recovery code", func(tx pgx.Tx) (store.Entry, error) {
		entry := store.Entry{Action: store.RecoveryCodeUsed, SubjectID: personID}
		err := tx.QueryRow(ctx, `
			DELETE FROM recovery_codes c
			USING people p
			WHERE c.code_hash = $1 AND c.person_id = $2 AND p.id = c.person_id
			RETURNING p.email`, store.HashToken(code), personID).Scan(&entry.Subject)
		return entry, err
	})
}

// replaceCodes gives the signed-in person new recovery codes and ends their other
// sessions; the codes from before stop working. store.ErrConflict without a second
// factor.
func (f factors) replaceCodes(ctx context.Context, actor *store.Person, codes []string) error {
	return f.ChangeOwn(ctx, actor, "replace recovery codes", func(tx pgx.Tx) (store.Entry, error) {
		var inUse bool
		err := tx.QueryRow(ctx, `
			SELECT EXISTS (SELECT FROM second_factors WHERE person_id = $1 AND confirmed_at IS NOT NULL)`,
			actor.ID).Scan(&inUse)
		if err == nil && !inUse {
			err = store.ErrConflict
		}
		if err == nil {
			err = store.EndOtherSessionsIn(ctx, tx, actor.ID)
		}
		if err != nil {
			return store.Entry{}, err
		}
		if err := letters.Notify(ctx, tx, f.mail, letters.Factor, actor.ID, letters.FactorCodes); err != nil {
			return store.Entry{}, err
		}
		return store.Entry{Action: store.RecoveryCodesMade}, putCodes(ctx, tx, actor.ID, codes)
	})
}

// remove removes the signed-in person's second factor and ends their other
// sessions.
func (f factors) remove(ctx context.Context, actor *store.Person) error {
	return f.ChangeOwn(ctx, actor, "remove second factor", func(tx pgx.Tx) (store.Entry, error) {
		if err := store.EndOtherSessionsIn(ctx, tx, actor.ID); err != nil {
			return store.Entry{}, err
		}
		if err := letters.Notify(ctx, tx, f.mail, letters.Factor, actor.ID, letters.FactorRemoved); err != nil {
			return store.Entry{}, err
		}
		return store.Entry{Action: store.SecondFactorRemoved}, store.RemoveSecondFactorIn(ctx, tx, actor.ID)
	})
}

// putCodes puts a person's recovery codes in the place of those from before.
func putCodes(ctx context.Context, tx pgx.Tx, personID string, codes []string) error {
	var hashes [][]byte
	for _, code := range codes {
		hashes = append(hashes, store.HashToken(code))
	}
	_, err := tx.Exec(ctx, `DELETE FROM recovery_codes WHERE person_id = $1`, personID)
	if err == nil {
		_, err = tx.Exec(ctx, `
			INSERT INTO recovery_codes (code_hash, person_id)
			SELECT h, $1 FROM unnest($2::bytea[]) h`, personID, hashes)
	}
	return err
}
