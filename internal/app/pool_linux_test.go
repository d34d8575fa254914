package app

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sys/unix"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest/lossy"
)

// distantPool is the intranet's pool to a new database, behind a proxy that can forget.
func distantPool(t *testing.T) (*pgxpool.Pool, *lossy.Proxy) {
	t.Helper()
	direct, err := pgxpool.ParseConfig(testdb.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	c := direct.ConnConfig
	network, address := "tcp", net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))
	if strings.HasPrefix(c.Host, "/") {
		network, address = "unix", fmt.Sprintf("%s/.s.PGSQL.%d", c.Host, c.Port)
	}
	var pool *pgxpool.Pool
	t.Cleanup(func() { pool.Close() }) // after the proxy: it says goodbye on each connection
	proxy := lossy.New(t, network, address)
	dsn := url.URL{
		Scheme: "postgres", User: url.UserPassword(c.User, c.Password), Host: proxy.Addr(), Path: "/" + c.Database,
		RawQuery: "sslmode=disable&pool_max_conns=8",
	}
	pool, err = OpenPool(t.Context(), caramelo.NewSecret(dsn.String()))
	if err != nil {
		t.Fatal(err)
	}
	return pool, proxy
}

// fill makes the pool keep so many connections.
func fill(t *testing.T, pool *pgxpool.Pool, n int) {
	t.Helper()
	var all []*pgxpool.Conn
	for range n {
		c, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	for _, c := range all {
		c.Release()
	}
}

// A firewall that forgot the connections costs the next request one ping, however many
// they were.
func TestForgottenConnectionsToTheDatabaseCostOnePing(t *testing.T) {
	t.Parallel()
	pool, proxy := distantPool(t)
	fill(t, pool, 6)
	if n := proxy.Forget(); n != 6 {
		t.Fatalf("%d connections", n)
	}
	<-time.After(pingAfter + 100*time.Millisecond) // they count as alive before
	for n := range 8 {
		ctx, cancel := context.WithTimeout(t.Context(), 4*pingTimeout)
		_, err := pool.Exec(ctx, `SELECT 1`)
		cancel()
		if err != nil {
			t.Fatalf("query %d: %v", n, err)
		}
	}
	// Many requests at once wait for their pings at the same time.
	fill(t, pool, 6)
	_ = proxy.Forget()
	<-time.After(pingAfter + 100*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 9*pingTimeout) // less than a request may take
	defer cancel()
	failed := make(chan error, 6)
	for range cap(failed) {
		go func() {
			_, err := pool.Exec(ctx, `SELECT 1`)
			failed <- err
		}()
	}
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Errorf("many at once: %v", err)
		}
	}
}

// Between two requests of a busy site there is no ping. Who is signed in is found in time
// all the same.
func TestASessionIsFoundAlthoughItsConnectionWasForgotten(t *testing.T) {
	t.Parallel()
	pool, proxy := distantPool(t)
	fill(t, pool, 1)
	_ = proxy.Forget()
	ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
	defer cancel()
	if session, err := store.New(pool).Session(ctx, "nobody's"); err != nil || session.Person != nil {
		t.Error(err)
	}
}

// A connection that works stays.
func TestPingsCloseNoConnectionThatWorks(t *testing.T) {
	t.Parallel()
	pool, proxy := distantPool(t)
	fill(t, pool, 3)
	<-time.After(pingAfter + 100*time.Millisecond)
	fill(t, pool, 3)
	if n := proxy.Opened(); n != 3 {
		t.Errorf("%d connections were opened for 3", n)
	}
	// Nor is it taken for dead because whoever wanted it has left.
	c, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	ctx, leave := context.WithCancel(t.Context())
	leave()
	asked := pgxpool.ShouldPingParams{Conn: c.Conn(), IdleDuration: 2 * pingAfter}
	if new(liveness).shouldPing(ctx, asked) || c.Conn().IsClosed() {
		t.Error("somebody left, and the connection is closed")
	}
}

// The system keeps a firewall from forgetting.
func TestConnectionsToTheDatabaseAreKeptAlive(t *testing.T) {
	t.Parallel()
	pool, _ := distantPool(t)
	c, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	raw, err := c.Conn().PgConn().Conn().(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var on, idle, interval, count, unanswered int
	if err := raw.Control(func(fd uintptr) {
		on, _ = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_KEEPALIVE)
		idle, _ = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE)
		interval, _ = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL)
		count, _ = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT)
		unanswered, _ = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
	}); err != nil {
		t.Fatal(err)
	}
	if on == 0 || idle <= 0 || idle+interval*count > 60 {
		t.Errorf("keepalive %d, after %d s, every %d s, %d times", on, idle, interval, count)
	}
	if unanswered <= 0 || unanswered > 60_000 {
		t.Errorf("what is sent may stay without an answer for %d ms", unanswered)
	}
}
