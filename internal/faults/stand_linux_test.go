package faults_test

import (
	"bytes"
	"cmp"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/sandbox"
)

// The host of the example configurations.
const host = "intranet.example.com"

// A stand is an intranet as it is deployed.
type stand struct {
	t        *testing.T
	primary  *cluster
	database string // of the pooler; "" for the one with everybody
	standby  *cluster
	pooler   *process // nil: the replicas know both servers of Postgres
	poolerAt string
	replicas [2]*replica
	balancer *process
	addr     string // of the balancer
	vendor   string // URL of the sandbox
}

type replica struct {
	*process
	addr string
}

// newStand starts one. Its replicas reach Postgres through PgBouncer, or directly.
func newStand(t *testing.T, pooled bool) *stand {
	t.Helper()
	program(t, "haproxy", "haproxy")
	s := &stand{t: t, primary: newCluster(t, folder(t)), addr: free(t)}
	s.standby = s.primary.follow(t)
	if pooled {
		s.poolerAt = free(t)
		s.startPooler()
	}
	s.serve()
	return s
}

// smallStand starts one whose Postgres is alone, on a disk of its own that is small.
func smallStand(t *testing.T) *stand {
	t.Helper()
	program(t, "haproxy", "haproxy")
	dir := folder(t)
	// Nothing that could be installed gives the right to mount one: .ci/run says so, too.
	if err := syscall.Mount("faults", dir, "tmpfs", 0, "size=160m"); err != nil {
		t.Skip("NOT CHECKED: a full disk: no small disk can be mounted here: " + err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	own(t, dir)
	s := &stand{t: t, primary: newCluster(t, dir), addr: free(t)}
	s.serve()
	return s
}

// fillDisk fills the disk of the first server, and returns the file that does.
func (s *stand) fillDisk() (ballast string) {
	s.t.Helper()
	ballast = filepath.Join(s.primary.dir, "ballast")
	file, err := os.Create(ballast)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for err == nil {
		_, err = file.Write(make([]byte, 64<<10))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		s.t.Fatal(err)
	}
	return ballast
}

// serve starts the replicas, and what is before and behind them.
func (s *stand) serve() {
	s.t.Helper()
	s.startVendor()
	for i := range s.replicas {
		s.replicas[i] = &replica{addr: free(s.t)}
	}
	for _, r := range s.replicas {
		s.start(r)
	}
	dir := s.t.TempDir()
	page, err := filepath.Abs("../../deploy/unavailable.html")
	if err != nil {
		s.t.Fatal(err)
	}
	config := strings.ReplaceAll(edited(s.t, "haproxy.cfg",
		"bind :443 ssl crt /etc/haproxy/intranet.example.com.pem alpn h2,http/1.1", "bind "+s.addr,
		"    bind :80\n", "", "unless { ssl_fc }", "if { dst_port 80 }", // what ends TLS is before it
		"server one 10.0.0.11:8080", "server one "+s.replicas[0].addr,
		"server two 10.0.0.12:8080", "server two "+s.replicas[1].addr), "/etc/haproxy/unavailable.html", page)
	if err := os.WriteFile(filepath.Join(dir, "haproxy.cfg"), []byte(config), 0o600); err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(program(s.t, "haproxy", "haproxy"), "-db", "-f", filepath.Join(dir, "haproxy.cfg"))
	s.balancer = run(s.t, "HAProxy", cmd)
	s.balancer.listens(s.t, s.addr)
}

// dsn is how the replicas connect.
func (s *stand) dsn() string {
	const more = "&pool_max_conns=6"
	switch {
	case s.poolerAt != "":
		return "postgres://intranet@" + s.poolerAt + "/intranet?sslmode=disable" + more
	case s.standby != nil:
		return "postgres://intranet@" + s.primary.addr + "," + s.standby.addr +
			"/intranet?sslmode=disable&target_session_attrs=read-write" + more
	}
	return s.primary.url("intranet") + more
}

// start starts a replica, and waits until it is ready.
func (s *stand) start(r *replica) {
	s.t.Helper()
	r.process = run(s.t, "the replica at "+r.addr, s.intranet("serve", "--addr="+r.addr, "--drain=4s"))
	r.ready(s.t)
}

func (r *replica) ready(t *testing.T) {
	t.Helper()
	until(t, "a replica is ready", 30*time.Second, func() bool {
		select {
		case <-r.ended:
			t.Fatalf("it ended:\n%s", r.output.last(30))
		default:
		}
		res, err := http.Get("http://" + r.addr + "/readyz")
		if err == nil {
			_ = res.Body.Close()
		}
		return err == nil && res.StatusCode == http.StatusOK
	})
}

// intranet is a command of the intranet, with the settings of this stand.
func (s *stand) intranet(args ...string) *exec.Cmd {
	cmd := intranet(s.t, s.dsn(), args...)
	cmd.Env = append(cmd.Env, "PUBLIC_URL=https://"+host, "TRUSTED_PROXIES=127.0.0.1",
		"CARAMELO_PROJECT_ID=p_faults", "CARAMELO_SECRET_TOKEN=sk_faults", "CARAMELO_API_URL="+s.vendor,
		"CARAMELO_SDK_URL="+s.vendor+"/sdk/latest/authenticated.js", "SECRET_KEY="+strings.Repeat("ab", 32))
	return cmd
}

func (s *stand) startVendor() {
	s.t.Helper()
	v, err := sandbox.New(sandbox.Config{
		ProjectID: "p_faults", SecretToken: "sk_faults", Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	server := httptest.NewServer(v.Handler())
	s.t.Cleanup(func() { v.Close(); server.CloseClientConnections(); server.Close() })
	s.vendor = server.URL
}

// vendorDoes makes the sandbox do something else: nothing unusual where it is "".
func (s *stand) vendorDoes(faults string) {
	method := http.MethodPut
	if faults == "" {
		method = http.MethodDelete
	}
	req, _ := http.NewRequest(method, s.vendor+"/sandbox/faults", strings.NewReader(faults))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Error(err)
		return
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		s.t.Errorf("the sandbox takes no fault: %d", res.StatusCode)
	}
}

// startPooler starts PgBouncer before the first server, with the example's configuration.
func (s *stand) startPooler() {
	s.t.Helper()
	dir := folder(s.t)
	ini, users := filepath.Join(dir, "pgbouncer.ini"), filepath.Join(dir, "users")
	host, port, _ := net.SplitHostPort(s.poolerAt)
	config := edited(s.t, "pgbouncer.ini", "listen_addr = *", "listen_addr = "+host, "listen_port = 6432",
		"listen_port = "+port, "auth_type = scram-sha-256", "auth_type = trust",
		"/run/secrets/pgbouncer_users", users, "host=postgres port=5432", s.primary.words(),
		"dbname=intranet", "dbname="+cmp.Or(s.database, "intranet"))
	for name, text := range map[string]string{ini: config, users: `"intranet" ""` + "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	cmd := exec.Command(program(s.t, "pgbouncer", "pgbouncer"), ini)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: postgres(s.t, "postgres").SysProcAttr.Credential}
	s.pooler = run(s.t, "PgBouncer", cmd)
	s.pooler.listens(s.t, s.poolerAt)
}

// words are where a cluster is, for PgBouncer.
func (c *cluster) words() string {
	host, port, _ := net.SplitHostPort(c.addr)
	return "host=" + host + " port=" + port
}

// leadPooler leads PgBouncer to the standby, as docs/operations.md says.
func (s *stand) leadPooler() {
	s.t.Helper()
	ini := s.pooler.cmd.Args[1]
	config, err := os.ReadFile(ini)
	if err == nil {
		config = bytes.Replace(config, []byte(s.primary.words()), []byte(s.standby.words()), 1)
		err = os.WriteFile(ini, config, 0o644)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.pooler.signal(syscall.SIGHUP)
}

// built is the program, made once.
var built struct {
	sync.Once
	dir string
	err error
}

// intranet is a command of the intranet that knows of a database alone.
func intranet(t *testing.T, dsn string, args ...string) *exec.Cmd {
	t.Helper()
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "faults"); built.err == nil {
			built.err = build(filepath.Join(built.dir, "intranet"), "../..")
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return command(filepath.Join(built.dir, "intranet"), dsn, args...)
}

func command(program, dsn string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Env = []string{"DATABASE_URL=" + dsn, "PATH=" + os.Getenv("PATH"), "LOG_FORMAT=json"}
	return cmd
}

// build builds cmd/intranet of a tree.
func build(program, tree string) error {
	cmd := exec.Command("go", "build", "-o", program, "./cmd/intranet")
	cmd.Dir = tree
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(err, errors.New(string(out)))
	}
	return nil
}
