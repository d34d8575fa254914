package conformance_test

import (
	"bufio"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/conformance"
)

// The guide's own example works, and has the faults that the README tells of: no time limit,
// no status check, nothing escaped, redirects followed, and what it leaves to its reader.
func TestTheGuidesExampleHasItsKnownFaults(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("CI must run this, and there is no node")
		}
		t.Skip("NOT CHECKED: there is no node to run the guide's example")
	}
	vendor, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	example := exec.CommandContext(t.Context(), node, "testdata/guide.mjs")
	example.Env = append(os.Environ(),
		"CARAMELO_SECRET_TOKEN="+secret, "CARAMELO_API_URL=http://"+vendor.Addr().String())
	example.Stderr = t.Output()
	out, err := example.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := example.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = example.Process.Kill()
		_ = example.Wait()
	}()
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	all, err := conformance.Run(t.Context(), conformance.Config{
		Listener: vendor, ProjectID: project, SecretToken: secret, Budget: 3 * time.Second,
		Pages:  []*url.URL{{Scheme: "http", Host: "127.0.0.1:" + strings.TrimSpace(port), Path: "/my-intranet"}},
		People: []conformance.Person{{Cookie: "session=one"}, {Cookie: "session=two"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := append([]string{"token.head", "token.prefetch", "page.no_store", "page.escaped", "page.names"},
		named(statuses+" error-200 blank-token"+ // no status check
			" hang-before hang-within hang-after drip"+ // no time limit
			" reset malformed truncated empty html redirect")...) // nothing is caught, redirects are followed
	got := at(all, checks.Failure)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("it finds %v, and should find %v", got, want)
	}
	if got := at(all, checks.Warning); !slices.Equal(got, []string{"request.fields", "time.first_byte", "fault.huge"}) {
		t.Errorf("it warns of %v", got)
	}
}
