package app

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Limits that find out in time that a connection to Postgres is dead, although nobody has
// said so: firewalls and balancers forget connections that were idle for minutes.
const (
	pingAfter   = time.Second // of rest, before which a connection counts as alive
	pingTimeout = time.Second
)

// keepAlive makes the system ask in between, so that a firewall does not forget a
// connection, and one that is dead is closed within a minute.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 10 * time.Second, Count: 3}

// livePool makes a pool leave connections that have died in silence. A page then waits for
// one short ping, and not for each dead connection until its time is over.
func livePool(config *pgxpool.Config) {
	dialer := net.Dialer{KeepAliveConfig: keepAlive, Control: limitUnanswered}
	config.ConnConfig.DialFunc = dialer.DialContext // ConnectTimeout bounds it
	config.PingTimeout = pingTimeout
	config.ShouldPing = new(liveness).shouldPing
}

// liveness is what the pings of a pool's connections have shown.
type liveness struct {
	trouble atomic.Int64 // when one was not answered last, in Unix nanoseconds
}

// shouldPing asks a connection that had a rest for a sign of life. It returns true for one
// that is dead: it is closed, so that the pool's own ping fails at once, and the pool goes
// on to another. Where one is dead, those that were used last before that are closed
// without being asked, because mostly they have died together.
func (l *liveness) shouldPing(ctx context.Context, c pgxpool.ShouldPingParams) bool {
	if time.Now().Add(-c.IdleDuration).UnixNano() < l.trouble.Load() {
		_ = c.Conn.PgConn().Conn().Close()
		return true
	}
	if c.IdleDuration <= pingAfter {
		return false
	}
	// A person who leaves meanwhile must not make a connection look dead, and one whose time is
	// over does not wait for it.
	patience := pingTimeout
	if end, limited := ctx.Deadline(); limited {
		patience = min(patience, time.Until(end))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if c.Conn.Ping(ctx) == nil {
		return false
	}
	if patience == pingTimeout {
		l.trouble.Store(time.Now().UnixNano())
	}
	return true
}
