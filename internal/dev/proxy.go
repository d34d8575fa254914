package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// The paths of the proxy itself.
const (
	scriptPath = "/dev/reload.js"
	eventsPath = "/dev/events"
)

//go:embed reload.js
var script []byte

// state is what the pages are told of the program.
type state struct {
	mu      sync.Mutex
	version int
	errors  string
	running bool
	changed chan struct{} // closed when something else is true
}

func newState() *state { return &state{changed: make(chan struct{})} }

func (s *state) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

// broke says what is wrong with what was changed.
func (s *state) broke(errors string) { s.change(func() { s.errors = errors }) }

// away says that the program is being started: what is asked for waits.
func (s *state) away() { s.change(func() { s.running, s.errors = false, "" }) }

// up says that a new program answers, and returns the how manieth it is.
func (s *state) up() (version int) {
	s.change(func() {
		s.running, s.errors, s.version = true, "", s.version+1
		version = s.version
	})
	return version
}

// now is the state, with what tells when it is another one.
func (s *state) now() (version int, errors string, running bool, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version, s.errors, s.running, s.changed
}

// newProxy passes requests on to an address, and puts the script into pages.
func newProxy(state *state, addr string) http.Handler {
	program := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: addr})
			r.Out.Host = r.In.Host                          // or a form would seem to be another site's
			r.Out.Header.Set("Accept-Encoding", "identity") // a script is put into the page
			r.Out.Header["X-Forwarded-For"] = nil           // it is this machine
		},
		FlushInterval: -1, // pages are sent in two parts
		ModifyResponse: func(res *http.Response) error {
			version, _, _, _ := state.now()
			withScript(res, version)
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil {
				notThere(w, state, "It does not answer: "+err.Error())
			}
		},
	}
	mux := http.NewServeMux()
	mux.HandleFunc(scriptPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(script)
	})
	mux.HandleFunc(eventsPath, func(w http.ResponseWriter, r *http.Request) { tell(w, r, state) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		for {
			_, errors, running, changed := state.now()
			if running {
				program.ServeHTTP(w, r)
				return
			}
			if errors != "" {
				notThere(w, state, errors)
				return
			}
			select {
			case <-changed:
			case <-r.Context().Done():
				return
			}
		}
	})
	return mux
}

// tell sends the state to a page, and every other one that follows.
func tell(w http.ResponseWriter, r *http.Request, state *state) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	for {
		version, errors, _, changed := state.now()
		event, _ := json.Marshal(map[string]any{"version": version, "errors": errors}) // it cannot fail
		if _, err := fmt.Fprintf(w, "retry: 300\ndata: %s\n\n", event); err != nil || out.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

// notThere is a page that says why there is none, and comes back when there is one.
func notThere(w http.ResponseWriter, state *state, why string) {
	version, _, _, _ := state.now()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusBadGateway)
	fmt.Fprintf(w, `<!doctype html><html lang="en"><meta name="color-scheme" content="light dark">`+
		`<title>make dev</title>%s<pre id="dev-errors">%s</pre>`, tag(version, ""), html.EscapeString(why))
}

func tag(version int, nonce string) string {
	return `<script async src="` + scriptPath + `" data-version="` + strconv.Itoa(version) +
		`" nonce="` + nonce + `"></script>`
}

var nonceOf = regexp.MustCompile(`'nonce-([^']+)'`)

// withScript puts the script at the start of a page's head, with the nonce that the page's own
// policy asks for, so that the policy stays as it is.
func withScript(res *http.Response, version int) {
	nonce := nonceOf.FindStringSubmatch(res.Header.Get("Content-Security-Policy"))
	if nonce == nil || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") ||
		res.Header.Get("Content-Encoding") != "" || res.Request.Method == http.MethodHead {
		return
	}
	res.Header.Del("Content-Length")
	res.ContentLength = -1 // so that nothing is kept back
	res.Body = &inserted{ReadCloser: res.Body, tag: []byte(tag(version, html.EscapeString(nonce[1])))}
}

// inserted is a page with a tag behind its <head>. It reads no further than that before it passes
// on what is there: what the page sends later comes when it is sent.
type inserted struct {
	io.ReadCloser
	tag   []byte
	begin []byte // read, and not passed on yet
	done  bool
}

// headWithin is how far from its start a page has its head.
const headWithin = 4 << 10

func (i *inserted) Read(p []byte) (int, error) {
	for !i.done {
		chunk := make([]byte, headWithin)
		n, err := i.ReadCloser.Read(chunk)
		i.begin = append(i.begin, chunk[:n]...)
		if before, after, found := bytes.Cut(i.begin, []byte("<head>")); found {
			i.begin = bytes.Join([][]byte{before, []byte("<head>"), i.tag, after}, nil)
			i.done = true
		}
		i.done = i.done || err != nil || len(i.begin) > headWithin // the error comes again
	}
	if len(i.begin) > 0 {
		n := copy(p, i.begin)
		i.begin = i.begin[n:]
		return n, nil
	}
	return i.ReadCloser.Read(p)
}
