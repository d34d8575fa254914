package deploy_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/testdb"
)

// postgres runs a program that talks to the database of dsn, as libpq's environment names it.
func postgres(t *testing.T, dsn string, args ...string) (string, error) {
	t.Helper()
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal("the test's database has no address")
	}
	newest, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the programs of Debian's own versions
	slices.Reverse(newest)
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "PATH="+strings.Join(append(newest, os.Getenv("PATH")), ":"), "PGHOST="+c.Host,
		fmt.Sprint("PGPORT=", c.Port), "PGUSER="+c.User, "PGDATABASE="+c.Database, "PGPASSWORD="+c.Password)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// What was dumped while people worked is whole: they sign in where it was restored.
func TestADumpUnderLoadIsRestoredAndSignedInTo(t *testing.T) {
	t.Parallel()
	program(t, "pg_dump", "postgresql-client")
	dsn, dir := company(t), t.TempDir()
	from := start(t, dsn, "http://127.0.0.1:1", 0)
	signsIn := func(r *replica, who seed.Persona) *http.Response {
		form := url.Values{"email": {who.Email}, "password": {password}}
		res, err := http.DefaultTransport.RoundTrip(posted(t, "http://"+r.addr+"/login", form))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res
	}
	enough, stop := make(chan struct{}), make(chan struct{})
	var working sync.WaitGroup
	for _, who := range seed.Personas()[:2] {
		working.Go(func() {
			for n := 0; ; n++ {
				if n == 1 {
					enough <- struct{}{}
				}
				select {
				case <-stop:
					return
				default:
					_ = signsIn(from, who)
				}
			}
		})
	}
	<-enough
	<-enough
	if out, err := postgres(t, dsn, "psql", "--command=CREATE UNLOGGED TABLE noted AS SELECT 1"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := postgres(t, dsn, "./backup.sh", dir, "3")
	close(stop)
	working.Wait()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	dumps, _ := filepath.Glob(dir + "/*")
	if len(dumps) != 1 || !strings.HasSuffix(dumps[0], ".dump") {
		t.Fatalf("in the folder: %q", dumps)
	}
	if info, err := os.Stat(dumps[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read a dump: %v, %v", info.Mode(), err)
	}

	restored := testdb.Empty(t)
	config, _ := pgx.ParseConfig(restored)
	out, err = postgres(t, restored, "pg_restore", "--exit-on-error", "--no-owner", "--no-privileges",
		"--dbname="+config.Database, dumps[0])
	if err != nil {
		t.Fatalf("pg_restore: %v: %s", err, out)
	}
	conn, err := pgx.Connect(t.Context(), restored)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var sessions, events, noted int
	const all = `SELECT (SELECT count(*) FROM sessions WHERE person_id IS NOT NULL),
		(SELECT count(*) FROM audit WHERE action = 'session.created'), (SELECT count(*) FROM noted)`
	if err := conn.QueryRow(t.Context(), all).Scan(&sessions, &events, &noted); err != nil || sessions < 2 {
		t.Errorf("of the sign-ins until then there are %d, %v", sessions, err)
	}
	if noted != 0 {
		t.Error("what is kept for days only is in the dump")
	}
	if events < sessions || events > sessions+2 { // two were about to save their session
		t.Errorf("%d sign-ins, %d in the audit trail", sessions, events)
	}
	to := start(t, restored, "http://127.0.0.1:1", 0)
	res := signsIn(to, seed.Personas()[0])
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+to.addr+"/", nil)
	for _, cookie := range res.Cookies() {
		req.AddCookie(cookie)
	}
	home, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if _ = home.Body.Close(); res.StatusCode != http.StatusSeeOther || home.StatusCode != http.StatusOK {
		t.Errorf("a sign-in and a page where it was restored: %d, %d", res.StatusCode, home.StatusCode)
	}
}

// The newest dumps are kept; one that fails takes no older one away.
func TestBackupsAreKeptAndCounted(t *testing.T) {
	t.Parallel()
	program(t, "pg_dump", "postgresql-client")
	dsn, dir := testdb.Empty(t), t.TempDir()
	for _, day := range []string{"20260101", "20260102", "20260103"} {
		write(t, dir, "intranet-"+day+"T000000Z.dump", "")
	}
	write(t, dir, "intranet-20260104T000000Z.dump.part", "of a dump that was broken off")
	write(t, dir, "notes.txt", "of somebody else")
	left := func() string {
		names, _ := filepath.Glob(dir + "/*")
		for i := range names {
			names[i] = filepath.Base(names[i])
		}
		return strings.Join(names, " ")
	}
	if out, err := postgres(t, dsn, "./backup.sh", dir, "0"); err == nil {
		t.Errorf("keeps nothing: %s", out)
	}
	config, _ := pgx.ParseConfig(dsn)
	nowhere := strings.ReplaceAll(dsn, config.Database, "nowhere")
	if out, err := postgres(t, nowhere, "./backup.sh", dir, "1"); err == nil {
		t.Errorf("a dump of nothing is none: %s", out)
	}
	const old = "intranet-20260101T000000Z.dump intranet-20260102T000000Z.dump intranet-20260103T000000Z.dump"
	if got := left(); !strings.HasPrefix(got, old) || !strings.HasSuffix(got, " notes.txt") {
		t.Errorf("after one that failed: %s", got)
	}
	if out, err := postgres(t, dsn, "./backup.sh", dir, "2"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	today := "intranet-" + time.Now().UTC().Format("20060102")
	got := left()
	if !strings.HasPrefix(got, "intranet-20260103T000000Z.dump "+today) || strings.Contains(got, "part") ||
		!strings.HasSuffix(got, ".dump notes.txt") {
		t.Errorf("what is kept: %s", got)
	}
}

func posted(t *testing.T, address string, form url.Values) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", urlencoded)
	return req
}
