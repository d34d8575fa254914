// Package pgbouncer starts PgBouncer for tests.
package pgbouncer

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carameloai/intranet/internal/webtest/lossy"
)

// Start starts PgBouncer before the database of dsn, and returns the database's address
// there. mode is "transaction" or "session": for how long it lends a connection. It has two.
// It ends with the test.
func Start(t testing.TB, dsn, mode string) string {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal("the test's database has no address")
	}
	dir, err := os.MkdirTemp("", "pgb") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	// The server's socket is in a folder that another user may not enter.
	network, address := pgconn.NetworkAddress(config.Host, config.Port)
	server := lossy.New(t, network, address)
	host, port, _ := net.SplitHostPort(server.Addr())
	password := ""
	if config.Password != "" {
		password = " password=" + config.Password
	}
	ini := filepath.Join(dir, "pgbouncer.ini")
	text := fmt.Sprintf("[databases]\nx = host=%s port=%s dbname=%s user=%s%s\n"+
		"[pgbouncer]\nlisten_addr=\nlisten_port=6432\nunix_socket_dir=%s\nauth_type=any\npool_mode=%s\n"+
		"default_pool_size=2\n", host, port, config.Database, config.User, password, dir, mode)
	args := []string{ini}
	if os.Getuid() == 0 { // it refuses to run as root
		args = []string{"-u", "nobody", ini}
	}
	// #nosec G302 G306 -- another user must read and write there
	if err := os.WriteFile(ini, []byte(text), 0o644); err != nil || os.Chmod(dir, 0o777) != nil {
		t.Fatal("its folder: ", err)
	}
	process := exec.CommandContext(t.Context(), program(t), args...)
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- process.Wait() }()
	t.Cleanup(func() { _ = process.Process.Kill(); <-ended })
	for {
		conn, err := net.Dial("unix", filepath.Join(dir, ".s.PGSQL.6432"))
		if err == nil {
			_ = conn.Close()
			break
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatal("pgbouncer ended: ", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	q := url.Values{"host": {dir}, "port": {"6432"}, "user": {"u"}, "dbname": {"x"}, "sslmode": {"disable"}}
	return "postgres:///?" + q.Encode()
}

func program(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("CI must run this, and there is no pgbouncer: apt-get install pgbouncer")
	}
	t.Skip("NOT CHECKED: there is no pgbouncer here; on Debian: apt-get install pgbouncer")
	return ""
}
