package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	service = regexp.MustCompile(`(?m)^  ([\w-]+):\n((?:    .*\n|\n)*)`)
	pairs   = regexp.MustCompile(`(?m)^      (\w+): (.*)$`)
)

// services are those of a compose file, by name.
func services(t *testing.T, file string) map[string]string {
	t.Helper()
	_, text, _ := strings.Cut(edited(t, file), "\nservices:\n")
	text, _, _ = strings.Cut(text, "\nsecrets:\n")
	all := map[string]string{}
	for _, found := range service.FindAllStringSubmatch(text+"\n", -1) {
		all[found[1]] = found[2]
	}
	return all
}

// What runs in production may do nothing but its work, takes a bounded part of the machine, and
// says whether it is well (OWASP ASVS 5.0, 13.2.2 and 13.4).
func TestContainersOfProductionMayDoNothingButTheirWork(t *testing.T) {
	t.Parallel()
	known := services(t, "compose.yml")
	if len(known) != 6 {
		t.Fatalf("services of compose.yml: %d", len(known))
	}
	added := services(t, "compose.replicas.yml")
	if len(added) != 7 {
		t.Fatalf("services of compose.replicas.yml: %d", len(added))
	}
	for _, all := range []map[string]string{known, added} {
		for name, text := range all {
			for _, forbidden := range strings.Fields("privileged devices network_mode pid ipc cap_add ports") {
				proxys := name == "caddy" && (forbidden == "cap_add" || forbidden == "ports")
				if strings.Contains(text, "\n    "+forbidden+":") && !proxys {
					t.Errorf("%s has %s", name, forbidden)
				}
			}
			if strings.Contains(text, "/var/run/docker.sock") {
				t.Errorf("%s may start containers", name)
			}
			if !strings.Contains(text, "    image: ") {
				continue // it changes a service of the other file
			}
			job := name == "migrate" || name == "rights"
			want := []string{
				"\n    read_only: true\n", "\n    cap_drop: [ALL]\n",
				"\n    security_opt: [\"no-new-privileges:true\"]\n", "\n    mem_limit: ",
				"\n    pids_limit: ", "\n    logging: *log\n",
			}
			if !job {
				want = append(want, "\n    restart: unless-stopped\n", "\n    healthcheck:")
			}
			for _, line := range want {
				if !strings.Contains(text, line) {
					t.Errorf("%s lacks %q", name, strings.TrimSpace(line))
				}
			}
			image := regexp.MustCompile(`(?m)^    image: (\S+)$`).FindStringSubmatch(text)[1]
			if !strings.HasPrefix(image, "intranet") && !regexp.MustCompile(`:\d`).MatchString(image) {
				t.Errorf("%s is of no version: %s", name, image)
			}
			// The volume of the dumps is root's, who may nothing else without capabilities.
			if strings.Contains(image, "postgres:") && !strings.Contains(text, "\n    user: postgres\n") && name != "backup" {
				t.Errorf("%s runs as root", name)
			}
		}
	}
	if !strings.Contains(known["caddy"], "cap_add: [NET_BIND_SERVICE]\n") {
		t.Error("caddy may more than listen at 443")
	}
}

// Secrets are in files and in the containers that need them: not in the environment, which
// "docker inspect" shows.
func TestSecretsOfProductionAreFiles(t *testing.T) {
	t.Parallel()
	secret := regexp.MustCompile(`PASSWORD|SECRET|TOKEN|KEY|DATABASE_URL`)
	needed := map[string]string{
		"postgres": "[owner_password]", "intranet": "[app_url, caramelo_secret_token, secret_key]",
		"rights": "[app_password]", "standby": "[replicator_password]", "pgbouncer": "[pgbouncer_users]",
		"intranet-two": "[app_url_pgbouncer, caramelo_secret_token, secret_key]",
	}
	added := map[string]string{"rights": "[replicator_password]", "intranet": "[app_url_pgbouncer]"}
	for _, file := range []string{"compose.yml", "compose.replicas.yml"} {
		for name, text := range services(t, file) {
			for _, pair := range pairs.FindAllStringSubmatch(text, -1) {
				switch {
				case !secret.MatchString(pair[1]):
				case strings.HasSuffix(pair[1], "_FILE") && strings.HasPrefix(pair[2], "/run/secrets/"):
				case pair[0] == "      DATABASE_URL: postgres:///intranet?host=/run/postgresql&user=intranet":
				default:
					t.Errorf("%s: %s has a secret in %s", file, name, pair[1])
				}
			}
			want := needed[name]
			if file != "compose.yml" && added[name] != "" {
				want = added[name]
			}
			got := regexp.MustCompile(`(?m)^    secrets: (.*)$`).FindStringSubmatch(text)
			if want != "" && strings.Contains(text, "image:") && got == nil || got != nil && got[1] != want {
				t.Errorf("%s: %s has the secrets %v, want %s", file, name, got, want)
			}
			// Whoever has the socket's folder is the owner of the database.
			mounts := strings.Contains(text, "socket:/run/postgresql")
			may := slices.Contains([]string{"postgres", "migrate", "rights", "backup"}, name)
			if mounts && !may || !mounts && may && file == "compose.yml" {
				t.Errorf("%s: %s has the socket of Postgres: %t", file, name, mounts)
			}
			// Each has an address of its own in the network of the proxy, which none can get instead.
			front := regexp.MustCompile(`(?m)^      front:\n        ipv4_address: 172\.30\.77\.\d`).MatchString(text)
			serves := name == "caddy" || strings.HasPrefix(name, "intranet")
			if strings.Contains(text, "front") != front || front != serves && strings.Contains(text, "image:") {
				t.Errorf("%s: %s is in the network of the proxy, or is not and should be", file, name)
			}
		}
	}
}

// The intranet believes the proxy and nobody else, has the application's role, and gets the time
// that it needs to shut down.
func TestTheIntranetsOfProductionAreServedRight(t *testing.T) {
	t.Parallel()
	known, added := services(t, "compose.yml"), services(t, "compose.replicas.yml")
	address := regexp.MustCompile(`ipv4_address: (\S+) `).FindStringSubmatch(known["caddy"])
	if address == nil {
		t.Fatal("the proxy has no address of its own")
	}
	for name, text := range map[string]string{"intranet": known["intranet"], "intranet-two": added["intranet-two"]} {
		for _, line := range []string{
			"      TRUSTED_PROXIES: " + address[1] + "\n", `    command: ["serve", "--migrate=false", "--drain=5s"]`,
			"    stop_grace_period: 20s", "      PUBLIC_URL: https://",
		} {
			if !strings.Contains(text, line) {
				t.Errorf("%s lacks %q", name, line)
			}
		}
	}
	upstreams := strings.Fields(regexp.MustCompile(`INTRANET_UPSTREAMS: (.*)`).FindStringSubmatch(added["caddy"])[1])
	if !slices.Equal(upstreams, []string{"intranet:8080", "intranet-two:8080"}) {
		t.Errorf("the proxy knows %q", upstreams)
	}
}

// A second run makes nothing anew, and nobody else can come to the files.
func TestSecretsAreMadeOnce(t *testing.T) {
	t.Parallel()
	program(t, "openssl", "openssl")
	dir := t.TempDir()
	script := filepath.Join(dir, "secrets.sh")
	if err := os.WriteFile(script, []byte(edited(t, "secrets.sh")), 0o700); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(dir, "secrets", name))
		if err != nil {
			t.Error(err)
		}
		return string(content)
	}
	var first string
	for range 2 {
		out, err := exec.CommandContext(t.Context(), script).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		app := strings.TrimSpace(read("app_password"))
		if len(app) != 48 || strings.Contains(string(out), app) || first != "" && first != app {
			t.Fatal("a password that is short, shown, or another than before")
		}
		if first = app; !strings.Contains(read("app_url"), "://intranet_app:"+app+"@postgres/intranet?") ||
			!strings.Contains(read("app_url_pgbouncer"), ":"+app+"@pgbouncer:6432/") ||
			read("pgbouncer_users") != "\"intranet_app\" \""+app+"\"\n" {
			t.Error("the files do not have the same password")
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "secrets")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info.Mode(), err)
	}
	entries, _ := os.ReadDir(filepath.Join(dir, "secrets"))
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Mode().Perm() != 0o444 {
			t.Errorf("%s: %v, %v", entry.Name(), info.Mode(), err)
		}
	}
	ignored := edited(t, "../.gitignore")
	if !strings.Contains(ignored, "\n/deploy/secrets/\n") || !strings.Contains(ignored, "\n.env\n") {
		t.Error("git may take the secrets")
	}
	if !strings.Contains(edited(t, "../.dockerignore"), "\ndeploy\n") {
		t.Error("the build gets the secrets")
	}
}
