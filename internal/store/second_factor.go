package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// BeginSecondFactor keeps the secret (sealed, see package seal) of a second factor that the
// signed-in person is setting up, and returns it: the one from before where they
// had begun already, so that a page reloaded half-way shows the same. ErrConflict
// where one is in use.
func (s *Store) BeginSecondFactor(ctx context.Context, actor *Person, secret string) (string, error) {
	err := s.Change(ctx, actor, "begin second factor", func(tx pgx.Tx) (Event, error) {
		// The update changes nothing: it makes the row come back.
		err := tx.QueryRow(ctx, `
			INSERT INTO second_factors AS f (person_id, secret) VALUES ($1, $2)
			ON CONFLICT (person_id) DO UPDATE SET secret = f.secret WHERE f.confirmed_at IS NULL
			RETURNING secret`, actor.ID, secret).Scan(&secret)
		if errors.Is(err, pgx.ErrNoRows) {
			err = ErrConflict
		}
		return Event{}, err
	})
	return secret, err
}

// SecondFactor returns the secret of a person's second factor, and whether it is
// in use or still being set up.
func (s *Store) SecondFactor(ctx context.Context, personID string) (secret string, inUse bool, err error) {
	err = s.Pool.QueryRow(ctx, `SELECT secret, confirmed_at IS NOT NULL FROM second_factors WHERE person_id = $1`, personID).Scan(&secret, &inUse)
	return secret, inUse, Wrap(err, "find second factor")
}

// ConfirmSecondFactor puts the signed-in person's second factor into use and ends
// all their sessions, which were opened without it, and those that are being
// opened without it at this very moment. A session for the version that it
// returns goes on. step is that of the code they proved it with, which is used
// up. ErrConflict where one is in use.
func (s *Store) ConfirmSecondFactor(ctx context.Context, actor *Person, step int64, recoveryCodes []string) (version int, err error) {
	err = s.own(ctx, actor, "add second factor", func(tx pgx.Tx, id string) (Event, error) {
		tag, err := tx.Exec(ctx, `UPDATE second_factors SET confirmed_at = now(), last_step = $2 WHERE person_id = $1 AND confirmed_at IS NULL`, id, step)
		if err == nil && tag.RowsAffected() == 0 {
			err = ErrConflict
		}
		if err != nil {
			return Event{}, err
		}
		if err := tx.QueryRow(ctx, `UPDATE people SET session_version = session_version + 1 WHERE id = $1 RETURNING session_version`, id).Scan(&version); err != nil {
			return Event{}, err
		}
		return Event{Action: SecondFactorAdded}, replaceRecoveryCodes(ctx, tx, id, recoveryCodes)
	})
	return version, err
}

// UseStep uses a person's code up: it reports false for one of that step or an
// earlier one again.
func (s *Store) UseStep(ctx context.Context, personID string, step int64) (bool, error) {
	tag, err := s.Pool.Exec(ctx, `UPDATE second_factors SET last_step = $2 WHERE person_id = $1 AND confirmed_at IS NOT NULL AND last_step < $2`, personID, step)
	return tag.RowsAffected() == 1, Wrap(err, "use second factor")
}

// UseRecoveryCode uses up one of a person's recovery codes; ErrNotFound if it is
// none of theirs, or used already.
func (s *Store) UseRecoveryCode(ctx context.Context, actor *Person, personID, code string) error {
	return s.Change(ctx, actor, "use recovery code", func(tx pgx.Tx) (Event, error) {
		event := Event{Action: RecoveryCodeUsed, SubjectID: personID}
		err := tx.QueryRow(ctx, `DELETE FROM recovery_codes c USING people p WHERE c.code_hash = $1 AND c.person_id = $2 AND p.id = c.person_id RETURNING p.email`,
			HashToken(code), personID).Scan(&event.Subject)
		return event, err
	})
}

// ReplaceRecoveryCodes gives the signed-in person new ones and ends their other
// sessions; the codes from before stop working. ErrConflict without a second factor.
func (s *Store) ReplaceRecoveryCodes(ctx context.Context, actor *Person, codes []string) error {
	return s.own(ctx, actor, "replace recovery codes", func(tx pgx.Tx, id string) (Event, error) {
		var inUse bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM second_factors WHERE person_id = $1 AND confirmed_at IS NOT NULL)`, id).Scan(&inUse)
		if err == nil && !inUse {
			err = ErrConflict
		}
		if err != nil {
			return Event{}, err
		}
		if err := endOthers(ctx, tx, id); err != nil {
			return Event{}, err
		}
		return Event{Action: RecoveryCodesMade}, replaceRecoveryCodes(ctx, tx, id, codes)
	})
}

// RemoveSecondFactor removes the signed-in person's second factor and ends their
// other sessions.
func (s *Store) RemoveSecondFactor(ctx context.Context, actor *Person) error {
	return s.own(ctx, actor, "remove second factor", func(tx pgx.Tx, id string) (Event, error) {
		if err := endOthers(ctx, tx, id); err != nil {
			return Event{}, err
		}
		return Event{Action: SecondFactorRemoved}, removeSecondFactor(ctx, tx, id)
	})
}

func replaceRecoveryCodes(ctx context.Context, tx pgx.Tx, id string, codes []string) error {
	var hashes [][]byte
	for _, code := range codes {
		hashes = append(hashes, HashToken(code))
	}
	_, err := tx.Exec(ctx, `DELETE FROM recovery_codes WHERE person_id = $1`, id)
	if err == nil {
		_, err = tx.Exec(ctx, `INSERT INTO recovery_codes (code_hash, person_id) SELECT h, $1 FROM unnest($2::bytea[]) h`, id, hashes)
	}
	return err
}

func removeSecondFactor(ctx context.Context, tx pgx.Tx, id string) error {
	_, err := tx.Exec(ctx, `WITH codes AS (DELETE FROM recovery_codes WHERE person_id = $1) DELETE FROM second_factors WHERE person_id = $1`, id)
	return err
}
