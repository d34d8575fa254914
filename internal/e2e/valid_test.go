package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
)

// sources are pages as they were sent.
type sources struct {
	dir string

	mu    sync.Mutex
	names []string // of the files, in their order
}

func newSources(t *testing.T) *sources { return &sources{dir: t.TempDir()} }

func (s *sources) file(i int) string { return filepath.Join(s.dir, fmt.Sprintf("%d.html", i)) }

// add keeps the page that the tab shows: not what a browser has made of it.
func (s *sources) add(b *tab, name string) {
	b.t.Helper()
	// A page's request has the name of its loader.
	loader := command(b, page.GetFrameTree, struct{}{}).FrameTree.Frame.LoaderID
	body := command(b, network.GetResponseBody, network.GetResponseBodyParams{RequestID: network.RequestID(loader)}).Body
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.WriteFile(s.file(len(s.names)), body, 0o600); err != nil {
		b.t.Fatal(err)
	}
	s.names = append(s.names, b.t.Name()+", "+name)
}

// valid has the Nu checker read all of it at once: it takes longer to start than
// to read a page. Warnings count. It reads what is in static, too.
func (s *sources) valid(t *testing.T) {
	jar := fromNpm("vnu-jar/build/dist/vnu.jar")
	if _, err := os.Stat(jar); err != nil {
		missing(t, noNpm)
	}
	java, err := exec.LookPath("java")
	if err != nil {
		missing(t, "java is not on PATH; on Debian: apt-get install default-jre-headless")
	}
	if len(s.names) == 0 {
		t.Fatal("there is nothing to check")
	}
	files := []string{"../../static/app.css", "../../static/brand/brand.css", "../../static/brand/logo.svg"}
	for i := range s.names {
		files = append(files, s.file(i))
	}
	checker := exec.CommandContext(t.Context(), java, append([]string{"-jar", jar, "--also-check-css", "--also-check-svg", "--format", "json", "--stdout", "--exit-zero-always"}, files...)...)
	checker.Stderr = t.Output()
	out, err := checker.Output()
	if err != nil {
		t.Fatalf("vnu: %v\n%s", err, out)
	}
	var said struct {
		Messages []struct {
			URL, Type, SubType, Message, Extract string
			LastLine                             int
		}
	}
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatalf("vnu: %v\n%s", err, out)
	}
	for _, m := range said.Messages {
		// It is a list anyway, but not to WebKit where its style sheet takes the
		// bullets away, unless the page says so.
		if m.SubType == "warning" && strings.HasPrefix(m.Message, "The “list” role is unnecessary for element ") {
			continue
		}
		name := m.URL
		if i := slices.IndexFunc(files, func(file string) bool { return "file:"+file == m.URL }); i >= 2 {
			name = s.names[i-2]
		}
		t.Errorf("%s, line %d: %s %s: %s\n%s", name, m.LastLine, m.Type, m.SubType, m.Message, m.Extract)
	}
}
