package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Rate is how often something may happen: Burst times at once, then once every
// Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// Limit is a rate for whatever Key names. It does not count as long as Unless, if it is
// not empty, is remembered.
type Limit struct {
	Key    string
	Rate   Rate
	Unless string
}

// Allow takes one from every limit, or from none if one of them is reached. All replicas
// share the limits. It returns 0, or how long to wait. A refused attempt takes nothing, so
// that further attempts do not make the wait longer.
func (s *Store) Allow(ctx context.Context, limits ...Limit) (wait time.Duration, err error) {
	keys, every, burst, unless := throttleArgs(limits)
	err = s.Pool.QueryRow(ctx, `SELECT throttle($1, $2, $3, $4)`, keys, every, burst, unless).Scan(&wait)
	return wait, Wrap(err, "throttle")
}

// Refund gives back what Allow took. Each Unless is remembered for the given time, which
// is 0 if the attempt did not succeed.
func (s *Store) Refund(ctx context.Context, remember time.Duration, limits ...Limit) error {
	keys, every, _, unless := throttleArgs(limits)
	batch := &pgx.Batch{}
	// Locked in the order of the keys, as throttle does.
	batch.Queue(`WITH locked AS (SELECT key FROM throttles WHERE key = ANY ($1) ORDER BY key FOR UPDATE)
		UPDATE throttles t SET tat = t.tat - l.every
		FROM unnest($1::bytea[], $2::interval[]) AS l (key, every) JOIN locked USING (key)
		WHERE t.key = l.key`, keys, every)
	if remember > 0 {
		batch.Queue(`INSERT INTO throttles (key, tat)
			SELECT k, now() + $2::interval FROM unnest($1::bytea[]) k WHERE k IS NOT NULL
			ON CONFLICT (key) DO UPDATE SET tat = excluded.tat`, unless, remember)
	}
	return Wrap(s.Pool.SendBatch(ctx, batch).Close(), "refund a throttle")
}

// Remember keeps a key for some time: see Remembers.
func (s *Store) Remember(ctx context.Context, d time.Duration, key string) error {
	_, err := s.Pool.Exec(ctx, `INSERT INTO throttles (key, tat) VALUES ($1, now() + $2::interval)
		ON CONFLICT (key) DO UPDATE SET tat = excluded.tat`, HashToken(key), d)
	return Wrap(err, "remember")
}

// Remembers reports whether the key is remembered.
func (s *Store) Remembers(ctx context.Context, key string) (found bool, err error) {
	err = s.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM throttles WHERE key = $1 AND tat > clock_timestamp())`,
		HashToken(key)).Scan(&found)
	return found, Wrap(err, "remember")
}

// throttleArgs are limits as columns. The keys are hashed, because they hold addresses.
func throttleArgs(limits []Limit) (keys [][]byte, every []time.Duration, burst []int, unless [][]byte) {
	for _, l := range limits {
		keys = append(keys, HashToken(l.Key))
		every = append(every, l.Rate.Every)
		burst = append(burst, l.Rate.Burst)
		unless = append(unless, nil)
		if l.Unless != "" {
			unless[len(unless)-1] = HashToken(l.Unless)
		}
	}
	return keys, every, burst, unless
}
