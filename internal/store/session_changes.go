package store

import (
	"context"
	"strconv"
	"time"
)

// Visit notes that the person of a session was here: it lasts for another IdleTimeout, but
// never longer than its deadline.
func (s *Store) Visit(ctx context.Context, session Session) error {
	deadline, _, err := SessionCodec{}.Decode(session.data)
	expires := idleEnd(deadline)
	if err != nil || expires.Sub(session.expiresAt) < visitStep {
		return err
	}
	_, err = s.Pool.Exec(ctx, `
		UPDATE sessions SET expires_at = $2, address = $3, seen_at = now() WHERE token_hash = $1`,
		session.tokenHash, expires, Clip(RequestOf(ctx).Address, 64))
	return Wrap(err, "note a visit")
}

// idleEnd is when a session ends that has this deadline and gets no further visit.
func idleEnd(deadline time.Time) time.Time {
	if idle := time.Now().Add(IdleTimeout); idle.Before(deadline) {
		return idle
	}
	return deadline
}

// CommitCtx stores a session whose values were changed. A session that has ended stays
// ended, and one that was read in this request is updated, never inserted.
func (s *Sessions) CommitCtx(ctx context.Context, token string, data []byte, deadline time.Time) error {
	hash, was, request := HashToken(token), SessionOf(ctx), RequestOf(ctx)
	if was.valid && was.is(hash) {
		// Whose session it is never changes: signing in makes a new one.
		_, err := s.store.Pool.Exec(ctx, `UPDATE sessions SET data = $2 WHERE token_hash = $1`, hash, data)
		return Wrap(err, "update session")
	}
	id, version := personIn(data)
	_, err := s.store.Pool.Exec(ctx, `
		INSERT INTO sessions (token_hash, data, person_id, version, expires_at, address, agent)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (token_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`,
		hash, data, id, version, idleEnd(deadline), Clip(request.Address, 64), Clip(request.Agent, 300))
	return Wrap(err, "create session")
}

// personIn returns the id of the person signed in to a session and the version
// of their credentials, or nils.
func personIn(data []byte) (id, version any) {
	_, values, err := SessionCodec{}.Decode(data)
	if err != nil {
		return nil, nil
	}
	person, _ := values[SessionPersonKey].(string)
	text, _ := values[SessionVersionKey].(string)
	number, err := strconv.Atoi(text)
	if err != nil || !ValidID(person) {
		return nil, nil
	}
	return person, number
}

// DeleteCtx ends a session. Its row stays until it would have expired, so that the token
// cannot be used again.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	if token == "" {
		return nil // a visitor who has no session yet
	}
	_, err := s.store.Pool.Exec(ctx, `UPDATE sessions SET revoked_at = now()
		WHERE token_hash = $1 AND revoked_at IS NULL`, HashToken(token))
	return Wrap(err, "end session")
}

// Commit is CommitCtx without a context.
func (s *Sessions) Commit(token string, data []byte, expiresAt time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiresAt)
}

// Delete is DeleteCtx without a context.
func (s *Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
