package features_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// A workflow of GitHub Actions calls what runs anywhere: targets of the Makefile and scripts of
// .ci. It may read, but for the release, and what others made is named by the commit.
func TestWorkflowsCallWhatIsThere(t *testing.T) {
	t.Parallel()
	makefile, err := fs.ReadFile(root, "Makefile")
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(root, ".github/workflows/*.yml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	run := regexp.MustCompile(`(?m)^\s*(?:- )?run: *(.*)$`)
	pinned := regexp.MustCompile(`^[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+(\.\d+)*$`)
	uses := regexp.MustCompile(`(?m)^\s*(?:- )?uses: *(.*)$`)
	for _, name := range names {
		content, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(content)
		commands := run.FindAllStringSubmatch(text, -1)
		if len(commands) == 0 {
			t.Errorf("%s runs nothing", name)
		}
		for _, m := range commands {
			words := strings.Fields(m[1])
			switch {
			case len(words) == 2 && words[0] == "make":
				if !strings.Contains(string(makefile), "\n"+words[1]+":") {
					t.Errorf("%s: the Makefile has no %s", name, words[1])
				}
			case len(words) > 0 && strings.HasPrefix(words[0], ".ci/"):
				if info, err := fs.Stat(root, words[0]); err != nil || info.Mode()&0o111 == 0 {
					t.Errorf("%s: %s cannot be run: %v", name, words[0], err)
				}
			case strings.HasPrefix(m[1], "git config --global --add safe.directory "):
			case strings.HasPrefix(m[1], "gh release create ") && name == ".github/workflows/release.yml":
			default:
				t.Errorf("%s runs %q, which nobody can run elsewhere", name, m[1])
			}
		}
		for _, m := range uses.FindAllStringSubmatch(text, -1) {
			if !pinned.MatchString(m[1]) {
				t.Errorf("%s uses %q, want a commit with its version behind it", name, m[1])
			}
		}
		if !strings.Contains(text, "\npermissions:\n  contents: read\n") ||
			strings.Count(text, ": write") > strings.Count(text, "contents: write # the release itself") {
			t.Errorf("%s may do more than it needs", name)
		}
		if strings.Contains(text, "secrets.") || strings.Contains(text, "pull_request_target") {
			t.Errorf("%s has a secret, which a change could print", name)
		}
	}
}
