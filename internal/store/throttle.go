package store

import (
	"context"
	"crypto/sha256"
	"time"
)

// Rate is how often something may happen: Burst times at once, then once every
// Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// Allow takes one from the rate of key, on whichever replica it happens. It
// returns 0, or how long to wait. A refused attempt takes nothing, so that
// trying on does not prolong the wait.
//
// It is the generic cell rate algorithm in one statement: tat is the time at
// which the bucket would be full again.
func (s *Store) Allow(ctx context.Context, key string, rate Rate) (wait time.Duration, err error) {
	sum := sha256.Sum256([]byte(key))
	// The row lock of the upsert lets concurrent attempts see each other.
	var seconds float64
	err = s.pool.QueryRow(ctx, `WITH attempt AS (
			INSERT INTO throttles AS t (key, tat) VALUES ($1, clock_timestamp() + $2::interval)
			ON CONFLICT (key) DO UPDATE SET tat = greatest(t.tat, clock_timestamp()) + $2::interval
			WHERE greatest(t.tat, clock_timestamp()) + $2::interval <= clock_timestamp() + $3::interval
			RETURNING 1
		)
		SELECT CASE WHEN EXISTS (SELECT FROM attempt) THEN 0 ELSE
			greatest(0.001, coalesce((SELECT extract(epoch FROM tat + $2::interval - $3::interval - clock_timestamp()) FROM throttles WHERE key = $1), 0.001)) END::float8`,
		sum[:], rate.Every, rate.Every*time.Duration(rate.Burst)).Scan(&seconds)
	return time.Duration(seconds * float64(time.Second)), wrap(err, "throttle")
}
