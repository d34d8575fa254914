package faults_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Whoever starts a deployment starts all its replicas at once, on a database that is empty.
func TestEightStartsOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	s := &stand{t: t, primary: newCluster(t, folder(t)), poolerAt: free(t), database: "empty"}
	s.primary.exec(t, `CREATE DATABASE empty OWNER intranet`)
	s.startPooler()
	s.startVendor()
	var all []*replica
	for range 8 {
		r := &replica{addr: free(t)}
		r.process = run(t, "the replica at "+r.addr, s.intranet("serve", "--addr="+r.addr))
		all = append(all, r)
	}
	for _, r := range all {
		r.ready(t)
		res, err := http.Get("http://" + r.addr + "/login")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK || strings.Contains(r.output.String(), `"level":"ERROR"`) {
			t.Errorf("the sign-in page: %d", res.StatusCode)
		}
	}
	var twice int
	const sql = `SELECT count(*) - count(DISTINCT version_id) FROM goose_db_version`
	conn, err := pgx.Connect(t.Context(), s.primary.url("empty"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if err := conn.QueryRow(t.Context(), sql).Scan(&twice); err != nil || twice != 0 {
		t.Errorf("%d migrations were applied twice: %v", twice, err)
	}
}

// later is what a release that is yet to come might do to the tables.
const later = `
	ALTER TABLE people ADD COLUMN later text NOT NULL DEFAULT '';
	ALTER TABLE sessions ADD COLUMN later timestamptz;
	CREATE TABLE later (id bigint PRIMARY KEY, person_id uuid NOT NULL REFERENCES people (id));
	INSERT INTO goose_db_version (version_id, is_applied, sha256) VALUES (89999, true, 'of a file to come')`

// While a new release is rolled out, the one before goes on with the new tables, and is started
// again on them. It is the newest tag of the repository; before the first it is this tree, and the
// new tables are made up.
func TestTheReleaseBeforeWorksOnTheNewerSchema(t *testing.T) {
	t.Parallel()
	s := &stand{t: t, primary: newCluster(t, folder(t))}
	must(t, intranet(t, s.dsn(), "migrate"))
	s.primary.exec(t, later)
	s.startVendor()
	r := &replica{addr: free(t)}
	cmd := s.intranet("serve", "--addr="+r.addr)
	if before := releaseBefore(t); before != "" {
		cmd.Path, cmd.Args[0] = before, before
	}
	r.process = run(t, "the release before", cmd)
	r.ready(t)
	s.addr = r.addr
	c := newCrowd(t, s, 4, 20*time.Millisecond, allowance{})
	c.come()
	until(t, "each has written and signed out", time.Minute, func() bool { return c.wrote(5 * len(c.all)) })
	c.leave(time.Minute)
	c.verify(s.primary)
	if strings.Contains(r.output.String(), `"level":"ERROR"`) {
		t.Error("its log has errors")
	}
}

// releaseBefore builds the newest release, and returns the program: "" where there is none yet.
func releaseBefore(t *testing.T) string {
	t.Helper()
	git := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", "../.."}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	tags, err := git("tag", "--list", "v*", "--sort=-version:refname")
	if err != nil || tags == "" {
		return "" // or this is no repository
	}
	tag, _, _ := strings.Cut(tags, "\n")
	dir := t.TempDir()
	tree, before := filepath.Join(dir, "tree"), filepath.Join(dir, "intranet")
	if _, err := git("worktree", "add", "--detach", tree, tag); err != nil {
		t.Fatalf("check %s out: %v", tag, err)
	}
	t.Cleanup(func() {
		_ = os.RemoveAll(tree)
		_, _ = git("worktree", "prune")
	})
	if err := build(before, tree); err != nil {
		t.Fatalf("build %s: %v", tag, err)
	}
	return before
}
