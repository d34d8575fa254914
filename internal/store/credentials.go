package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// SetPasswordIn stores the hash of a new password, and ends the person's sessions.
// It also takes back a one-time link: that was for the password before.
func SetPasswordIn(ctx context.Context, tx pgx.Tx, personID, hash string) error {
	_, err := tx.Exec(ctx, `
		WITH gone AS (DELETE FROM invitations WHERE person_id = $1)
		UPDATE people SET password_hash = $2, session_version = session_version + 1 WHERE id = $1`, personID, hash)
	return err
}

// RemoveSecondFactorIn removes a person's second factor and its recovery codes.
func RemoveSecondFactorIn(ctx context.Context, tx pgx.Tx, personID string) error {
	_, err := tx.Exec(ctx, `
		WITH codes AS (DELETE FROM recovery_codes WHERE person_id = $1)
		DELETE FROM second_factors WHERE person_id = $1`, personID)
	return err
}
