package faults_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/localpg"
	"github.com/carameloai/intranet/internal/password"
)

// A cluster is a Postgres that may be killed and started again on its data.
type cluster struct {
	*process
	dir  string
	addr string // host and port
}

// connections is max_connections of a cluster. At most 14 of them are the replicas'.
const connections = 40

// settings make a server fast, and keep what was committed when it is killed: not when the power fails.
var settings = []string{
	"fsync=off", "full_page_writes=off", "autovacuum=off", "wal_level=replica", "max_wal_senders=4",
	"wal_keep_size=64MB", "min_wal_size=32MB", "max_wal_size=128MB", "wal_init_zero=off", "hot_standby=on",
	"wal_retrieve_retry_interval=100ms", "shared_buffers=64MB", "dynamic_shared_memory_type=mmap",
	"unix_socket_directories=", "logging_collector=off", "log_destination=stderr", "log_min_messages=warning",
	fmt.Sprintf("max_connections=%d", connections),
}

// postgres is a program of Postgres.
func postgres(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd, err := localpg.Program(context.Background(), name, args...)
	if err != nil {
		unchecked(t, err.Error()+"; on Debian: apt-get install postgresql")
	}
	return cmd
}

// folder makes one of the user that Postgres runs as. Its path is short, and it goes with the test.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "faults")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	own(t, dir)
	return dir
}

// own gives a folder to the user that Postgres runs as.
func own(t *testing.T, dir string) {
	t.Helper()
	if c := postgres(t, "postgres").SysProcAttr.Credential; c != nil {
		if err := os.Chown(dir, int(c.Uid), int(c.Gid)); err != nil {
			t.Fatal(err)
		}
	}
}

// must runs a program to its end.
func must(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

// start starts a cluster on its data, also after it was killed: its children may live on for a moment.
func (c *cluster) start(t *testing.T) {
	t.Helper()
	host, port, _ := net.SplitHostPort(c.addr)
	args := []string{"-D", filepath.Join(c.dir, "data"), "-c", "listen_addresses=" + host, "-c", "port=" + port}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	until(t, "Postgres answers", 30*time.Second, func() bool {
		if c.process == nil {
			c.process = run(t, "Postgres in "+c.dir, postgres(t, "postgres", args...))
		}
		select {
		case <-c.ended:
			c.process = nil
			return false
		default:
		}
		conn, err := c.dial()
		if err == nil {
			_ = conn.Close(context.Background())
		}
		return err == nil
	})
}

// dial connects as the superuser.
func (c *cluster) dial() (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return pgx.Connect(ctx, "postgres://postgres@"+c.addr+"/intranet?sslmode=disable")
}

// connect is dial for the test, until it ends.
func (c *cluster) connect(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := c.dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// exec runs statements as the superuser.
func (c *cluster) exec(t *testing.T, statements ...string) {
	t.Helper()
	conn, err := c.dial()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// follow makes a standby of c. With it nothing that c commits is lost: c waits for it.
func (c *cluster) follow(t *testing.T) *cluster {
	t.Helper()
	standby := &cluster{dir: folder(t), addr: free(t)}
	must(t, postgres(t, "pg_basebackup", "--dbname=postgres://postgres@"+c.addr+"/?application_name=standby",
		"--pgdata="+filepath.Join(standby.dir, "data"), "--checkpoint=fast", "--wal-method=stream", "--no-sync",
		"--write-recovery-conf"))
	standby.start(t)
	conn := c.connect(t)
	until(t, "the standby follows", 10*time.Second, func() (follows bool) {
		const asked = `SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'`
		return conn.QueryRow(t.Context(), asked).Scan(&follows) == nil && follows
	})
	c.exec(t, `ALTER SYSTEM SET synchronous_standby_names = '*'`, `SELECT pg_reload_conf()`)
	return standby
}

// promote makes a standby the server that takes changes, and returns when it does.
func (c *cluster) promote(t *testing.T) {
	t.Helper()
	c.exec(t, `SELECT pg_promote()`)
}

// crash kills the postmaster. Its children see that, and end.
func (c *cluster) crash() {
	c.kill()
	c.process = nil
}

// die kills the postmaster and its children, as the loss of its machine does.
func (c *cluster) die() {
	for _, pid := range c.family() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-c.ended
}

// secret is the password of everybody.
const secret = "a password of tests alone"

// people are as many as the largest crowd.
const people = 240

// filled is the folder of a cluster that holds everybody, made once.
var filled struct {
	sync.Once
	dir string
	err error
}

// TestMain removes it.
func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range []string{filled.dir, built.dir} {
		if dir != "" {
			_ = os.RemoveAll(dir)
		}
	}
	os.Exit(code)
}

// newCluster starts a cluster that holds the intranet's tables and everybody, in dir.
func newCluster(t *testing.T, dir string) *cluster {
	t.Helper()
	filled.Do(func() {
		filled.err = errors.New("a test before could not make it")
		filled.dir = fill(t)
		filled.err = nil
	})
	if filled.err != nil {
		t.Fatal(filled.err)
	}
	must(t, exec.Command("cp", "-a", filepath.Join(filled.dir, "data"), filepath.Join(dir, "data")))
	c := &cluster{dir: dir, addr: free(t)}
	c.start(t)
	return c
}

func fill(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "faults")
	if err != nil {
		t.Fatal(err)
	}
	own(t, dir)
	must(t, postgres(t, "initdb", "--locale=C", "--lc-ctype=C.UTF-8", "--encoding=UTF8", "--auth=trust",
		"--username=postgres", "--no-sync", "--wal-segsize=1", "--pgdata="+filepath.Join(dir, "data")))
	c := &cluster{dir: dir, addr: free(t)}
	c.create(t)
	must(t, intranet(t, c.url("intranet"), "migrate"))
	hasher, err := password.NewHasher()
	if err != nil {
		t.Fatal(err)
	}
	hash, err := hasher.Hash(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	c.exec(t, fmt.Sprintf(`INSERT INTO people (name, email, role, password_hash)
		SELECT 'Person ' || n, 'person' || n || '@faults.example', 'admin', '%s' FROM generate_series(0, %d) n`,
		strings.ReplaceAll(hash, "'", ""), people-1), `ANALYZE`)
	c.signal(syscall.SIGINT)
	<-c.ended
	return dir
}

// create starts a cluster that is new, and makes its database and role.
func (c *cluster) create(t *testing.T) {
	t.Helper()
	single := postgres(t, "postgres", "--single", "-D", filepath.Join(c.dir, "data"), "-c", "fsync=off", "postgres")
	single.Stdin = strings.NewReader("CREATE ROLE intranet LOGIN;\nCREATE DATABASE intranet OWNER intranet;\n")
	must(t, single)
	c.start(t)
}

// url is the address of a database, for the intranet's role.
func (c *cluster) url(database string) string {
	return "postgres://intranet@" + c.addr + "/" + database + "?sslmode=disable"
}
