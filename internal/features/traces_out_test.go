package features_test

import (
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Traces are taken out with the commands of docs/operations.md. What is left builds, and holds
// nothing of OpenTelemetry.
func TestTracesAreTakenOut(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("../trace"); err != nil {
		return // they are
	}
	inCopies(t, "CI", "NIGHTLY")
	operations, err := fs.ReadFile(root, "docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, found := strings.Cut(string(operations), "### Take traces out")
	_, commands, shell := strings.Cut(part, "```sh\n")
	commands, _, closed := strings.Cut(commands, "```")
	if !found || !shell || !closed {
		t.Fatal("docs/operations.md does not say how")
	}
	tree := copyTree(t)
	tree.run(t, "sh", "-e", "-c", commands)
	tree.run(t, "go", "vet", "./...")
	tree.run(t, "go", "test", "-run", "^TestDoctorListsEveryCheck$", "./cmd/intranet")
	tree.run(t, "go", "test", "-run", "Settings|Warning|OneWay|Production", "./internal/app", "./internal/features")
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "gofmt -l . && go list -deps ./... && cat go.mod")
	cmd.Dir = string(tree)
	out, err := cmd.Output()
	if err != nil || strings.Contains(string(out), "opentelemetry") || strings.Contains(string(out), "intranet/internal/trace") {
		t.Errorf("%v: what is left is not formatted, or holds traces:\n%s", err, out)
	}
}
