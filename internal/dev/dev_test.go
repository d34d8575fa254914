package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/carameloai/intranet/internal/webtest"
)

// A program as the demo is one, with a text, a style, a template and a page in two parts.
const source = `package main

import (
	"embed"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
)

//go:embed words.json style.css 1.sql
var files embed.FS

func main() {
	addr := flag.String("addr", "", "")
	flag.String("public-url", "", "")
	flag.Parse()
	policy := func(w http.ResponseWriter) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'; script-src 'nonce-N0NCE'")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		policy(w)
		words, _ := files.ReadFile("words.json")
		fmt.Fprintf(w, "<!doctype html><html><head><title>%s %s</title></head><body>", words, "said in Go")
		page().Render(r.Context(), w)
	})
	http.Handle("/files/", http.StripPrefix("/files/", http.FileServerFS(files)))
	next := make(chan bool)
	http.HandleFunc("/halves", func(w http.ResponseWriter, r *http.Request) {
		policy(w)
		fmt.Fprintln(w, "<html><head>\nfirst half")
		w.(http.Flusher).Flush()
		<-next
		fmt.Fprintln(w, "second half")
	})
	http.HandleFunc("/next", func(http.ResponseWriter, *http.Request) { next <- true })
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		panic(err)
	}
	go http.Serve(l, nil)
	fmt.Println("Intranet ready at http://" + *addr)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	<-stop
}
`

// A module of the same requirements as ours, so that everything is there already.
func module(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, root, name, string(content))
	}
	write(t, root, "cmd/demo/main.go", source)
	write(t, root, "cmd/demo/page.templ", "package main\n\ntempl page() {\n\t<p>said in templ</p>\n}\n")
	write(t, root, "cmd/demo/words.json", `{"words": "said in JSON"}`)
	write(t, root, "cmd/demo/style.css", "body { color: red }")
	write(t, root, "cmd/demo/1.sql", "SELECT 1")
	return root
}

func write(t *testing.T, root, name, content string) {
	t.Helper()
	name = filepath.Join(root, name)
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err == nil {
		err = os.WriteFile(name, []byte(content), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// dev is one that runs, with an open page.
type dev struct {
	t      *testing.T
	root   string
	url    string
	events *bufio.Scanner
}

func start(t *testing.T) *dev {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &dev{t: t, root: module(t), url: "http://" + l.Addr().String()}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	c := config{root: d.root, program: "./cmd/demo", every: 20 * time.Millisecond, out: t.Output()}
	go func() { ended <- run(ctx, c, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	d.events = bufio.NewScanner(d.open("/dev/events"))
	return d
}

// open asks for a path, and gives up with the test.
func (d *dev) open(path string) io.Reader {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute) // what hangs fails
	d.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = res.Body.Close() })
	return res.Body
}

func (d *dev) get(path string) string {
	d.t.Helper()
	body, err := io.ReadAll(d.open(path))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(body)
}

// event waits until the page is told of this version, and of what is wrong with it or not.
func (d *dev) event(version int, broken bool) (errors string) {
	d.t.Helper()
	for d.events.Scan() {
		data, is := strings.CutPrefix(d.events.Text(), "data: ")
		if !is {
			continue
		}
		var said struct {
			Version int
			Errors  string
		}
		if err := json.Unmarshal([]byte(data), &said); err != nil {
			d.t.Fatal(err)
		}
		if said.Version == version && (said.Errors != "") == broken {
			return said.Errors
		}
	}
	d.t.Fatalf("the page was never told of version %d: %v", version, d.events.Err())
	return ""
}

// Whatever a change is in, the page is told of it when the new program answers, which has it.
func TestAChangeIsOnThePage(t *testing.T) {
	t.Parallel()
	d := start(t)
	d.event(1, false)
	first := d.get("/")
	for _, said := range []string{"said in JSON", "said in Go", "<p>said in templ</p>"} {
		if !strings.Contains(first, said) {
			t.Errorf("nothing is %s: %s", said, first)
		}
	}
	// Only with the page's nonce does its policy let the script run.
	const tag = `<head><script async src="/dev/reload.js" data-version="1" nonce="N0NCE"></script><title>`
	if !strings.Contains(first, tag) || !strings.Contains(d.get("/dev/reload.js"), "location.reload()") {
		t.Errorf("the page does not reload: %s", first)
	}
	for i, change := range []struct{ file, content, path, want string }{
		{"words.json", `{"words": "another text"}`, "/", "another text"},
		{"style.css", "body { color: blue }", "/files/style.css", "blue"},
		{"1.sql", "SELECT 2", "/files/1.sql", "SELECT 2"},
		{"page.templ", "package main\n\ntempl page() {\n\t<p>another template</p>\n}\n", "/", "<p>another template</p>"},
		{"main.go", strings.ReplaceAll(source, "said in Go", "another program"), "/", "another program"},
	} {
		write(t, d.root, "cmd/demo/"+change.file, change.content)
		d.event(2+i, false)
		if got := d.get(change.path); !strings.Contains(got, change.want) {
			t.Errorf("%s was changed: %s", change.file, got)
		}
	}
}

// Where a change does not build, the page is told why, and the program before goes on. What does
// not start says so in its place.
func TestWhatDoesNotBuildIsSaidAndTheOldOneGoesOn(t *testing.T) {
	t.Parallel()
	d := start(t)
	d.event(1, false)
	write(t, d.root, "cmd/demo/main.go", source+"\nfunc half( {")
	if errors := d.event(1, true); !strings.Contains(errors, "main.go:") || !strings.Contains(errors, "syntax error") {
		t.Errorf("the page is told %q", errors)
	}
	if got := d.get("/"); !strings.Contains(got, "said in Go") {
		t.Errorf("the old one is gone: %s", got)
	}
	write(t, d.root, "cmd/demo/main.go", strings.Replace(source, "flag.Parse()", `panic("it <fell> over")`, 1))
	d.event(1, true)
	if got := d.get("/"); !strings.Contains(got, "it &lt;fell&gt; over") || !strings.Contains(got, scriptPath) {
		t.Errorf("what does not start: %s", got)
	}
	write(t, d.root, "cmd/demo/main.go", source)
	d.event(2, false)
	if got := d.get("/"); !strings.Contains(got, "said in Go") {
		t.Errorf("it is mended: %s", got)
	}
}

// The page in a browser becomes the new one by itself, under its policy.
func TestTheBrowserReloads(t *testing.T) {
	t.Parallel()
	path := webtest.Chromium()
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no Chromium on PATH")
		}
		t.Skip("NOT CHECKED: whether the browser reloads: no Chromium on PATH")
	}
	d := start(t)
	d.event(1, false)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	defer stop()
	ctx, leave := chromedp.NewContext(ctx)
	defer leave()
	if err := chromedp.Do(ctx, chromedp.Navigate(d.url), chromedp.WaitReady("body p")); err != nil {
		t.Fatal(err)
	}
	write(t, d.root, "cmd/demo/page.templ", "package main\n\ntempl page() {\n\t<p>half a template\n}\n")
	if err := chromedp.Do(ctx, chromedp.WaitReady("#dev-errors")); err != nil {
		t.Fatalf("what does not build is not shown: %v", err)
	}
	write(t, d.root, "cmd/demo/page.templ", "package main\n\ntempl page() {\n\t<p id=\"another\"></p>\n}\n")
	if err := chromedp.Do(ctx, chromedp.WaitReady("#another")); err != nil {
		t.Fatalf("the page is still the old one: %v", err)
	}
}

// A page comes in two parts here, too: its first part does not wait for the second.
func TestThePageStreams(t *testing.T) {
	t.Parallel()
	d := start(t)
	d.event(1, false)
	lines := bufio.NewScanner(d.open("/halves"))
	for lines.Scan() && lines.Text() != "first half" {
	}
	d.get("/next")
	if !lines.Scan() || lines.Text() != "second half" {
		t.Errorf("then came %q, %v", lines.Text(), lines.Err())
	}
}

// Files that are made, or those of tests and editors, build nothing anew.
func TestWhatIsWatched(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, name := range []string{
		"a.go", "a.templ", "x/en.json", "x/demo/a.md", "x/1.sql", "x/brand/a.png",
		"a_templ.go", "a_test.go", ".a.go.swp", "a.go~", ".git/HEAD", "node_modules/a.js", "docs/a.md", "x/testdata/a.json",
	} {
		write(t, root, name, "x")
	}
	before := look(root)
	if len(before) != 6 {
		t.Errorf("these are watched: %v", before)
	}
	if err := os.Remove(filepath.Join(root, "a.templ")); err != nil {
		t.Fatal(err)
	}
	write(t, root, "x/new.css", "x")
	changed := look(root).since(before)
	if len(changed) != 2 || !anyTempl(changed) {
		t.Errorf("these have changed: %v", changed)
	}
}
