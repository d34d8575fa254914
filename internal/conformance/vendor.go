package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/carameloai/intranet/internal/sandbox"
)

// lenient lets an app go on whose body has not all five fields: what is wrong with the
// body is said once, and the rest is looked at all the same.
var lenient = sandbox.Faults{Lenient: true}

// maxCall is the largest body that is kept of a call, in bytes.
const maxCall = 64 << 10

// call is what the app sent to the API, and what it got.
type call struct {
	method, path, query, contentType string
	header                           http.Header
	body                             []byte
	status                           int    // 0 while a fault is set
	problem                          string // the sandbox's own words
	token                            string // "" for none
}

// isAuth reports whether it came to the documented address, of any project.
func (c call) isAuth() bool {
	return strings.HasPrefix(c.path, "/api/chatbox/project/") && strings.HasSuffix(c.path, "/intranet-auth")
}

// field is one of the body, or "".
func (c call) field(name string) string {
	var fields map[string]any
	_ = json.Unmarshal(c.body, &fields)
	text, _ := fields[name].(string)
	return text
}

// vendor is the sandbox with a door in front of it that notes what the app sends.
type vendor struct {
	sandbox *sandbox.Sandbox
	handler http.Handler
	secret  []byte

	mu    sync.Mutex
	calls []call
	hung  []net.Conn // on which a call came while a fault was set
	fault bool       // one is set that answers in a way of its own
	token string     // answered in place of the sandbox's; "" for the sandbox's
}

func newVendor(s *sandbox.Sandbox, secret string) *vendor {
	return &vendor{sandbox: s, handler: s.Handler(), secret: []byte(secret)}
}

// set makes the next answers those of a fault, which the catalogue has.
func (v *vendor) set(f sandbox.Fault) {
	with := lenient
	f.Set(&with)
	if err := v.sandbox.Set(with); err != nil {
		panic("conformance: " + err.Error()) // a fault of the catalogue is within its bounds
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fault, v.hung = f.Group == sandbox.Answers, nil
}

// heal makes the next answers good ones.
func (v *vendor) heal() { v.set(sandbox.Fault{}) }

// cut ends the calls that a fault keeps waiting: an app that makes one page after the other
// could not go on.
func (v *vendor) cut() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, conn := range v.hung {
		_ = conn.Close()
	}
	v.hung = nil
}

// connection is the key of a call's connection in its context.
type connection struct{}

func keepConnection(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connection{}, conn)
}

// answer makes the next good answers hold this token; "" for the sandbox's own.
func (v *vendor) answer(token string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.token = token
}

// mark is a place in the list of calls, for since.
func (v *vendor) mark() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.calls)
}

// since returns the calls that began after mark.
func (v *vendor) since(mark int) []call {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]call(nil), v.calls[mark:]...)
}

// ServeHTTP serves what the app and its pages need, without the sandbox's panel: an app
// that is examined must not be disturbed meanwhile.
func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && !strings.HasPrefix(r.URL.Path, "/api/") {
		if r.URL.Path == "/ws" || r.URL.Path == "/healthz" || strings.HasPrefix(r.URL.Path, "/sdk/") {
			v.handler.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
		return
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxCall)) // what came until the caller left
	r.Body = io.NopCloser(bytes.NewReader(body))
	conn, _ := r.Context().Value(connection{}).(net.Conn)
	at, fault, token := v.note(conn, call{
		method:      r.Method,
		path:        r.URL.Path,
		query:       r.URL.RawQuery,
		contentType: r.Header.Get("Content-Type"),
		header:      r.Header.Clone(),
		body:        body,
	})
	switch {
	case strings.HasPrefix(r.URL.Path, "/sandbox/") && !(fault && r.Method == http.MethodPost):
		http.NotFound(w, r) // the panel's API; a redirect leads to one of its addresses
	case fault:
		v.handler.ServeHTTP(w, r)
	default:
		v.serve(w, r, at, token)
	}
}

// note keeps a call. It returns its place, whether a fault is set, and the token to answer.
func (v *vendor) note(conn net.Conn, c call) (at int, fault bool, token string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls = append(v.calls, c)
	if v.fault && conn != nil {
		v.hung = append(v.hung, conn)
	}
	return len(v.calls) - 1, v.fault, v.token
}

// serve passes the sandbox's answer on, and notes the token in it.
func (v *vendor) serve(w http.ResponseWriter, r *http.Request, at int, token string) {
	held := answer{header: http.Header{}, status: http.StatusOK}
	v.handler.ServeHTTP(&held, r)
	body := held.body.Bytes()
	var fields map[string]any
	problem := ""
	if json.Unmarshal(body, &fields) == nil {
		if inner, ok := fields["error"].(map[string]any); ok {
			problem, _ = inner["message"].(string)
		}
	}
	if held.status == http.StatusOK && token != "" {
		fields["real_time_access_token"] = token
		body, _ = json.Marshal(fields) // what came out of JSON goes into it
	}
	if held.status != http.StatusOK {
		token = ""
	} else if token == "" {
		token, _ = fields["real_time_access_token"].(string)
	}
	v.mu.Lock()
	v.calls[at].status, v.calls[at].problem, v.calls[at].token = held.status, problem, token
	v.mu.Unlock()
	maps.Copy(w.Header(), held.header)
	w.WriteHeader(held.status)
	_, _ = w.Write(body)
}

// given is the first of the tokens given so far that is in an answer of the app, and for whom
// the app asked for it. Both are "" where none is.
func (v *vendor) given(body []byte) (token, customer string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range v.calls {
		if c.token != "" && bytes.Contains(body, []byte(c.token)) {
			return c.token, c.field("external_customer_id")
		}
	}
	return "", ""
}

// strayed reports whether one of the calls took the secret to another address.
func (v *vendor) strayed(calls []call) bool {
	for _, c := range calls {
		if !c.isAuth() && bytes.Contains(c.body, v.secret) {
			return true
		}
	}
	return false
}

// answer is one of the sandbox that is held back.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }
