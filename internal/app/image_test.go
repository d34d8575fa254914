package app

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// An image holds a program and nothing else, runs it as an account without rights, and
// contains no secret (OWASP ASVS 5.0, 13.3.1).
func TestImagesHoldAProgramThatNobodyRuns(t *testing.T) {
	type stage struct {
		name, from, user string
		shipped          bool
		files            []string
	}
	var stages []*stage
	last := &stage{}
	named := func(name string) *stage {
		if i := slices.IndexFunc(stages, func(s *stage) bool { return s.name == name }); i >= 0 {
			return stages[i]
		}
		return nil
	}
	secret := regexp.MustCompile(`(?i)token|secret|passw|key|credential|database_url`)
	for line := range strings.Lines(strings.ReplaceAll(read(t, "../../Dockerfile"), "\\\n", " ")) {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		switch words[0] {
		case "FROM":
			s := &stage{from: words[1], shipped: true}
			if parent := named(s.from); parent != nil {
				*s = *parent
			} else if s.from != "scratch" && (!strings.Contains(s.from, ":") || strings.HasSuffix(s.from, ":latest")) {
				t.Errorf("of no version: %s", line)
			}
			if s.name = ""; len(words) == 4 {
				s.name = words[3]
			}
			last, stages = s, append(stages, s)
		case "USER":
			last.user = words[1]
		case "ENV", "ARG":
			if secret.MatchString(line) {
				t.Errorf("a secret in the image: %s", line)
			}
		case "COPY", "ADD":
			if name, ok := strings.CutPrefix(words[1], "--from="); !ok {
				last.files = append(last.files, line)
			} else if source := named(name); source != nil {
				source.shipped = false
			}
		}
	}
	for _, s := range stages {
		if !s.shipped {
			continue
		}
		if s.from != "scratch" {
			t.Errorf("%s is built on %s", s.name, s.from)
		}
		if !regexp.MustCompile(`^[1-9]\d*(:[1-9]\d*)?$`).MatchString(s.user) {
			t.Errorf("%s runs as %q: want the number of a user that is not root", s.name, s.user)
		}
		if len(s.files) > 0 {
			t.Errorf("%s holds files of the tree: %q", s.name, s.files)
		}
	}
	for _, target := range []string{"intranet", "sandbox"} {
		if s := named(target); s == nil || !s.shipped {
			t.Errorf("no image %s", target)
		}
	}
	if !slices.Contains(strings.Split(read(t, "../../.dockerignore"), "\n"), ".env") {
		t.Error("the secrets of .env reach the build")
	}
}

// In compose, our programs cannot write files or gain rights, and no port is open to other
// machines.
func TestContainersMayDoNothingButServe(t *testing.T) {
	_, services, _ := strings.Cut(read(t, "../../docker-compose.yml"), "\nservices:\n")
	services, _, _ = strings.Cut(services, "\nvolumes:\n")
	var ours []string
	block := regexp.MustCompile(`(?m)^  (\w+):\n((?:    .*\n|\n)*)`)
	for _, service := range block.FindAllStringSubmatch(services+"\n", -1) {
		name, lines := service[1], strings.Split(service[2], "\n")
		key := ""
		for _, line := range lines {
			if !strings.HasPrefix(line, "     ") {
				key, _, _ = strings.Cut(strings.TrimSpace(line), ":")
			}
			switch key {
			case "ports":
				if line != "    ports:" && !strings.HasPrefix(line, `      - "127.0.0.1:`) {
					t.Errorf("%s is open to the network: %s", name, line)
				}
			case "image":
				if version := strings.Split(line, ":"); len(version) < 3 || version[2] == "latest" {
					t.Errorf("%s is of no version: %s", name, line)
				}
			case "privileged", "cap_add", "user", "devices", "network_mode", "pid", "ipc", "userns_mode":
				t.Errorf("%s may more than serve: %s", name, line)
			}
		}
		if !slices.Contains(lines, "    build:") {
			continue
		}
		ours = append(ours, name)
		for _, line := range []string{
			`    read_only: true`,
			`    cap_drop: [ALL]`,
			`    security_opt: ["no-new-privileges:true"]`,
		} {
			if !slices.Contains(lines, line) {
				t.Errorf("%s lacks %q", name, strings.TrimSpace(line))
			}
		}
	}
	if slices.Sort(ours); !slices.Equal(ours, []string{"intranet", "migrate", "sandbox"}) {
		t.Errorf("services of ours: %v", ours)
	}
}

// What serves has the lesser role and not the owner's password, and leaves migrating to the
// service that has it; it waits for both of those that prepare the database.
func TestComposeServesWithTheApplicationsRole(t *testing.T) {
	block := regexp.MustCompile(`(?m)^  (\w+):\n((?:    .*\n|\n)*)`)
	services := map[string]string{}
	for _, service := range block.FindAllStringSubmatch(read(t, "../../docker-compose.yml"), -1) {
		services[service[1]] = service[2]
	}
	has := func(service string, want bool, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if strings.Contains(services[service], text) != want {
				t.Errorf("%s: has %q: %t", service, text, !want)
			}
		}
	}
	has("intranet", true, "postgres://intranet_app:${POSTGRES_APP_PASSWORD", `command: ["serve", "--migrate=false"]`,
		"migrate:\n        condition: service_completed_successfully",
		"rights:\n        condition: service_completed_successfully")
	has("intranet", false, "${POSTGRES_PASSWORD", "postgres://intranet:")
	has("sandbox", false, "${POSTGRES_PASSWORD", "${POSTGRES_APP_PASSWORD")
	has("migrate", true, "postgres://intranet:${POSTGRES_PASSWORD", `command: ["migrate"]`)
	has("rights", true, "PGUSER: intranet\n", "--file=/deploy/compose.sql", "--file=/deploy/roles.sql",
		"migrate:\n        condition: service_completed_successfully", "./deploy/roles.sql:/deploy/roles.sql:ro")
	for _, name := range []string{"intranet", "rights"} {
		has(name, false, "POSTGRES_USER")
	}
}
