package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/testdb"
)

// target is an intranet as Start runs it, with its real limits, without the
// vendor.
type target struct {
	t       *testing.T
	address string
	log     bytes.Buffer
	end     func()
}

// attacked starts one. Its people are p0@x.example and so on, all admins with the
// same password.
func attacked(t *testing.T, people int) *target {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := complete()
	s.PublicURL, s.DatabaseURL = "http://"+listener.Addr().String(), caramelo.NewSecret(testdb.URL(t))
	s.ProjectID, s.SecretToken = "", caramelo.Secret{}
	before := goleak.IgnoreCurrent()
	target := &target{t: t, address: listener.Addr().String()}
	a, err := Start(t.Context(), s, Options{Listener: listener}, NewLog(&target.log, Settings{LogLevel: "info"}))
	if err != nil {
		t.Fatal(err)
	}
	passwords, err := password.NewHasher()
	if err != nil {
		t.Fatal(err)
	}
	hash, err := passwords.Hash(t.Context(), theirPassword)
	if err != nil {
		t.Fatal(err)
	}
	const everybody = `INSERT INTO people (name, email, role, password_hash)
		SELECT 'P' || n, 'p' || n || '@x.example', 'admin', $2 FROM generate_series(0, $1 - 1) n`
	if _, err := a.pool.Exec(t.Context(), everybody, people, hash); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx) }()
	target.end = func() {
		t.Helper()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := goleak.Find(before); err != nil {
			t.Error(err)
		}
		if log := strings.ToLower(target.log.String()); strings.Contains(log, "msg=panic") ||
			strings.Contains(log, "goroutine ") {
			t.Errorf("the log has a panic: %.4000s", log[max(strings.Index(log, "msg=panic")-500, 0):])
		}
	}
	return target
}

const theirPassword = "correct horse battery"

func (a *target) dial() net.Conn {
	conn, err := net.Dial("tcp", a.address)
	if err != nil {
		a.t.Error(err)
		a.t.FailNow()
	}
	return conn
}

// signIn returns the cookie of one of its people.
func (a *target) signIn(n int) string {
	a.t.Helper()
	res := a.post(fmt.Sprintf("p%d@x.example", n), theirPassword, time.Minute)
	session := slices.IndexFunc(res.cookies, func(c *http.Cookie) bool { return c.Name == "session" })
	if res.status != http.StatusSeeOther || session < 0 {
		a.t.Fatalf("sign in: %+v", res)
	}
	return "session=" + res.cookies[session].Value
}

type signedIn struct {
	status  int
	cookies []*http.Cookie
	took    time.Duration
	again   time.Duration // until another try, from Retry-After
	err     error
}

// post signs in, by hand: five hundred of net/http's clients would take more
// memory than the server that is measured.
func (a *target) post(email, secret string, patience time.Duration) (s signedIn) {
	began := time.Now()
	conn, err := net.Dial("tcp", a.address)
	if err != nil {
		return signedIn{err: err}
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(began.Add(patience))
	body := url.Values{
		forms.KeyField: {forms.NewKey(a.t.Context())}, "email": {email}, "password": {secret},
	}.Encode()
	if _, err = io.WriteString(conn, form("/login", body, "Connection: close")); err != nil {
		return signedIn{err: err}
	}
	res, err := http.ReadResponse(bufio.NewReaderSize(conn, 512), nil)
	if err != nil {
		return signedIn{err: err}
	}
	_, err = io.Copy(io.Discard, res.Body)
	seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	return signedIn{
		status: res.StatusCode, cookies: res.Cookies(), took: time.Since(began),
		again: time.Duration(seconds) * time.Second, err: err,
	}
}

// malformed is a request that is its sender's mistake.
type malformed struct {
	kind   string
	raw    string
	method string // as the server reads it: an answer to HEAD has no body
	ends   bool   // the sender stops sending behind it
	silent bool   // it is not whole, and may be closed without a word (RFC 9112, 8)
	want   int    // 0: any 4xx
}

// garbler makes malformed requests, the same ones from the same seed.
type garbler struct {
	*rand.Rand
	sessions []string // of enough people: each may ask for so many pages at once
}

func (g garbler) session() string { return "Cookie: " + pick(g, g.sessions...) }

// masked is a request without the sessions, for the test's output.
func (g garbler) masked(raw string) string {
	for _, session := range g.sessions {
		raw = strings.ReplaceAll(raw, session, "session=[secret]")
	}
	return raw
}

func pick[T any](g garbler, of ...T) T { return of[g.IntN(len(of))] }

// noise is up to limit bytes of an alphabet; of any bytes where it is empty.
func (g garbler) noise(alphabet string, limit int) string {
	b := make([]byte, 1+g.IntN(limit))
	for i := range b {
		if b[i] = byte(g.Uint32()); alphabet != "" {
			b[i] = alphabet[g.IntN(len(alphabet))]
		}
	}
	return string(b)
}

const (
	letters  = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	controls = "\x00\x01\x02\x07\x08\x0b\x0c\x0e\x1b\x1f\x7f"
	noTokens = "\x00\x01\x7f()<>@,;\\\"/[]?={}\x80\xff"
)

// escaped writes every byte as %XX, some in lower case.
func (g garbler) escaped(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, pick(g, "%%%02X", "%%%02x"), c)
	}
	return b.String()
}

// request is a well-formed one but for what its parts bring along.
func request(line string, headers []string, body string) string {
	return line + "\r\nHost: x\r\n" + strings.Join(append(headers, ""), "\r\n") + "\r\n" + body
}

// login is a POST of the sign-in form without a password: what its headers do not
// spoil is a 422.
func login(headers ...string) string {
	return request(
		"POST /login HTTP/1.1", append(headers, "Content-Type: application/x-www-form-urlencoded", "Content-Length: 7"),
		"email=a",
	)
}

func form(path, body string, headers ...string) string {
	return request(
		"POST "+path+" HTTP/1.1",
		append(
			headers, "Content-Type: application/x-www-form-urlencoded", fmt.Sprintf("Content-Length: %d", len(body)),
		),
		body,
	)
}

// kinds of malformed requests. Two of the answers are 5xx by the rules of HTTP
// itself: a version (505) and a transfer coding (501) that a server does not know.
var kinds = map[string]func(g garbler) malformed{
	"request line": func(g garbler) malformed {
		line := strings.NewReplacer("\n", "x", "\r", "y").Replace(g.noise("", 200))
		return malformed{
			raw: pick(
				g, "GET", "GET /login", "GET  /login HTTP/1.1", " GET /login HTTP/1.1", "\x16\x03\x01"+line, line, "",
				"SSH-2.0-x",
			) + "\r\nHost: x\r\n\r\n",
		}
	},
	"method": func(g garbler) malformed {
		method := pick(
			g, g.noise(letters, 200), g.noise(letters, 5)+g.noise(noTokens, 5), "PUT", "DELETE", "PATCH", "TRACE",
			"PROPFIND", "get", "CONNECT", "QUERY",
		)
		return malformed{raw: request(method+" /login HTTP/1.1", nil, ""), method: method}
	},
	"version": func(g garbler) malformed {
		if g.IntN(4) == 0 {
			return malformed{
				raw:  request("GET /login HTTP/"+pick(g, "0.9", "2.0", "3.0", "9.9"), nil, ""),
				want: http.StatusHTTPVersionNotSupported,
			}
		}
		return malformed{
			raw: request(
				"GET /login "+pick(
					g, "HTTP/1", "HTTP/1.", "HTTP/11", "http/1.1", "HTTP/1.1 ", "HTTP/-1.1", "HTTP/1.1.1",
					"HTTP/\xd9\xa1.1", "HTTPS/1.1", g.noise(letters, 8),
				),
				nil, "",
			),
		}
	},
	"target": func(g garbler) malformed {
		target := pick(
			g, "*", "?", "login", "%", "http://[::1/", "http://%zz/", "://", "/%", "/%z", "/%2", "/login?\x00", "/\x7f",
			"/a\x01b", "http://a b/", "/"+g.noise(controls, 20), "/%"+g.noise("ghijklmnop", 2),
		)
		return malformed{raw: request("GET "+target+" HTTP/1.1", nil, "")}
	},
	"host": func(g garbler) malformed {
		hosts := pick(
			g, "", "Host: a\r\nHost: b\r\n", "Host: a\r\nhost: a\r\n", "Host: a b\r\n",
			"Host: "+g.noise(controls, 5)+"\r\n", "Host: \xff\xfe\r\n", "Host: <script>\r\n", "Host : x\r\n",
		)
		return malformed{raw: "GET /login HTTP/1.1\r\n" + hosts + "\r\n"}
	},
	"header name": func(g garbler) malformed {
		return malformed{
			raw: login(pick(g, g.noise(noTokens, 20), "a b", "", " "+g.noise(letters, 9), "x\ty", "\xc3\xa9") + ": x"),
		}
	},
	"header value": func(g garbler) malformed {
		return malformed{
			raw: login(
				g.noise(letters, 20) + "Z: " + g.noise(letters, 20) + pick(
					g, g.noise(controls, 5), "\r", "\r\n folded", "\r\n\tfolded\r\n again", g.noise("\x80\xff\xfe", 40),
				),
			),
		}
	},
	"no colon": func(g garbler) malformed { return malformed{raw: login(g.noise(letters, 40))} },
	"huge header": func(g garbler) malformed {
		many := strings.Repeat("X-"+g.noise(letters, 3)+": y\r\n", 8000) + "Z: z"
		return malformed{
			raw: login(
				pick(g, "X: "+strings.Repeat("x", 40_000+g.IntN(20_000)), strings.Repeat("y", 40_000)+": x", many),
			),
			want: http.StatusRequestHeaderFieldsTooLarge,
		}
	},
	"expectation": func(g garbler) malformed {
		return malformed{raw: login("Expect: " + g.noise(letters, 30)), want: http.StatusExpectationFailed}
	},
	"content length": func(g garbler) malformed {
		length := pick(
			g, "-1", "+7", "7, 8", "0x7", "7e1", "7.0", " ", "99999999999999999999", "\xd9\xa7",
			"7\r\nContent-Length: 8", g.noise(letters, 6),
		)
		return malformed{raw: request("POST /login HTTP/1.1", []string{"Content-Length: " + length}, "email=a")}
	},
	"transfer encoding": func(g garbler) malformed {
		coding := pick(
			g, "gzip", "chunked, chunked", "identity", "\x0bchunked", "chunked\r\nTransfer-Encoding: chunked",
			"x"+g.noise(letters, 10),
		)
		m := malformed{
			raw:  request("POST /login HTTP/1.1", []string{"Transfer-Encoding: " + coding}, "0\r\n\r\n"),
			want: http.StatusNotImplemented,
		}
		if strings.HasPrefix(coding, "\x0b") {
			m.want = http.StatusBadRequest
		}
		return m
	},
	"length and coding": func(g garbler) malformed {
		return malformed{
			raw: request(
				"POST /login HTTP/1.1",
				[]string{"Content-Length: " + pick(g, "0", "3", "900"), "Transfer-Encoding: chunked"}, "0\r\n\r\n",
			),
		}
	},
	"chunks": func(g garbler) malformed {
		chunks := pick(
			g, "zz\r\nemail=a\r\n0\r\n\r\n", "-7\r\nemail=a\r\n0\r\n\r\n", "7\r\nemail=ab\r\n0\r\n\r\n",
			"fffffffffffffffff\r\nx", "7\nemail=a", "7\r\nemail", "",
			"7;"+strings.Repeat("x", 10_000)+"\r\nemail=a\r\n0\r\n\r\n", g.noise("", 50),
		)
		return malformed{
			raw: request(
				"POST /login HTTP/1.1",
				[]string{"Content-Type: application/x-www-form-urlencoded", "Transfer-Encoding: chunked"}, chunks,
			),
			ends:   true,
			silent: true,
		}
	},
	"short body": func(g garbler) malformed {
		path := pick(g, "/login", "/invitation")
		return malformed{
			ends:   true,
			silent: true,
			raw: request(
				"POST "+path+" HTTP/1.1",
				[]string{
					"Content-Type: application/x-www-form-urlencoded",
					fmt.Sprintf("Content-Length: %d", pick(g, 9, 1000, 1<<20, 1<<40)),
				},
				g.noise(letters, 8),
			),
		}
	},
	"cut off": func(g garbler) malformed {
		whole := login()
		return malformed{ends: true, silent: true, raw: whole[:1+g.IntN(strings.Index(whole, "\r\n\r\n"))]}
	},
	"huge body": func(g garbler) malformed {
		return malformed{
			raw:  form("/login", "email="+strings.Repeat("x", 257<<10+g.IntN(50_000))),
			want: http.StatusRequestEntityTooLarge,
		}
	},
	"content type": func(g garbler) malformed {
		kind := pick(
			g, "application/json", "text/plain", ";;;", "multipart/form-data",
			"multipart/form-data; boundary="+g.noise(letters, 90), "application/x-www-form-urlencoded; charset=\"",
			g.noise(letters, 20)+"/", "/",
		)
		body := pick(
			g, `{"email":"a","password":"b"}`,
			"--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na\r\n--x--", g.noise("", 300),
		)
		return malformed{
			raw: request(
				"POST /login HTTP/1.1", []string{"Content-Type: " + kind, fmt.Sprintf("Content-Length: %d", len(body))},
				body,
			),
		}
	},
	"escapes": func(g garbler) malformed {
		field := pick(g, "%", "%z", "%zz", "%u0041", "%\xff\xff", "%%", "a;b=c", ";", "%0")
		return malformed{
			raw:  form("/login", "email="+g.noise(letters, 20)+"&password="+field),
			want: http.StatusBadRequest,
		}
	},
	"sign-in form": func(g garbler) malformed {
		long := strings.Repeat("x", 1100+g.IntN(5000))
		body := pick(
			g, "email="+long+"&password=x", "email=a@b.example&password="+long, "email=a&email=b",
			"email[]=a&password[]=b", "=&=&=", "", "email="+g.escaped(g.noise("", 60)),
			"password=x&next=//evil.example", "email=%00%0d%0a&next=%ff", "next="+g.escaped(g.noise("", 100)),
		)
		return malformed{
			raw:  form(pick(g, "/login", "/login?email=a&password=b"), body),
			want: http.StatusUnprocessableEntity,
		}
	},
	"one-time link": func(g garbler) malformed {
		return malformed{
			raw: form("/invitation", "code="+g.escaped(g.noise("", 200))+"&new_password="+g.escaped(g.noise("", 100))),
		}
	},
	"report": func(g garbler) malformed {
		kind := pick(g, "application/csp-report", "application/reports+json", "text/plain", "")
		body := pick(
			g, "", "{", "null", `"x"`, "[1]", "{}", `{"csp-report":null}`, `{"csp-report":[]}`,
			`{"csp-report":{"blocked-uri":1}}`, strings.Repeat("[", 15_000), "x"+g.noise("", 300),
			strings.Repeat(" ", 20_000),
		)
		return malformed{
			raw: request(
				"POST /csp-reports HTTP/1.1",
				[]string{"Content-Type: " + kind, fmt.Sprintf("Content-Length: %d", len(body))}, body,
			),
		}
	},
	"cookie": func(g garbler) malformed {
		value := pick(
			g, g.noise(letters, 43), g.noise("!#$%&'*+-.^_`|~;,= \"\\\x80\xff", 100), strings.Repeat("x", 20_000),
			strings.Repeat(g.noise(letters, 4)+"=x; ", 300)+"y", `"`, "=", "x; session=y; session=z",
		)
		return malformed{
			raw:  login("Cookie: " + pick(g, "session=", "lang=", "session=x; lang=", "") + value),
			want: http.StatusUnprocessableEntity,
		}
	},
	"wrong password": func(g garbler) malformed {
		if g.IntN(12) > 0 { // each of the others costs a hash
			return malformed{
				raw:  form("/login", "email="+g.escaped(g.noise("", 100))),
				want: http.StatusUnprocessableEntity,
			}
		}
		email := pick(g, "p1@x.example", g.escaped("e"+g.noise("", 100)))
		return malformed{raw: form("/login", "email="+email+"&password="+g.escaped(g.noise("", 100)))}
	},
	"id in a path": func(g garbler) malformed {
		id := g.escaped(g.noise("", 60))
		path := pick(
			g, "/people/", "/admin/people/", "/static/", "/no/such/", "/admin/audit/",
			"/account/sessions/x/",
		) + id
		return malformed{raw: request("GET "+path+" HTTP/1.1", []string{g.session()}, "")}
	},
	"id in a form's path": func(g garbler) malformed {
		id := pick(
			g, g.escaped(g.noise("", 60)), "7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11", "7d9a4a529e0f4a578d0c0f4f4bde9c11",
			"%7B7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c%7D",
		)
		path := pick(
			g, "/account/sessions/%s", "/admin/people/%s", "/admin/people/%s/role", "/admin/people/%s/disable",
			"/admin/people/%s/enable", "/admin/people/%s/sessions", "/admin/people/%s/invitation",
			"/admin/people/%s/second-factor",
		)
		return malformed{
			raw: form(
				strings.Replace(path, "%s", id, 1),
				pick(g, "role=employee", "role="+g.escaped(g.noise("", 20)), "name=x&email=x@y.example&lang=en", ""),
				g.session(),
			),
		}
	},
	"cursor": func(g garbler) malformed {
		cursor := pick(
			g, g.escaped(g.noise("", 100)), g.noise(letters, 400), "bnVsbA", "e30", "eyJuIjoiXHUwMDAwIiwiaSI6IiJ9",
			"LTE", strings.Repeat("A", 5000),
		)
		return malformed{
			raw:  request("GET "+pick(g, lists...)+"?q=x&after=%00"+cursor+" HTTP/1.1", []string{g.session()}, ""),
			want: http.StatusBadRequest,
		}
	},
	"audit filter": func(g garbler) malformed {
		field := pick(g, "action=", "from=", "to=", "from=2020-01-01&to=")
		query, want := field+"x"+g.escaped(g.noise("", 40)), http.StatusUnprocessableEntity
		if field == "action=" { // which is chosen, not typed
			want = http.StatusBadRequest
		}
		if g.IntN(2) == 0 {
			return malformed{raw: form("/admin/audit/export", query, g.session()), want: want}
		}
		return malformed{raw: request("GET /admin/audit?"+query+" HTTP/1.1", []string{g.session()}, ""), want: want}
	},
	"account form": func(g garbler) malformed {
		body := pick(g, "lang=", "lang="+g.escaped(g.noise("", 30)), "lang=EN", "lang[]=en", "lang=xx&lang=en",
			"lang=en&time_zone="+g.escaped(g.noise("", 30)), "lang=en&time_zone=Local",
			"lang=en&time_zone=UTC&theme=") +
			pick(g, "", "&theme=auto", "&time_zone=UTC")
		return malformed{
			raw: form(
				pick(g, "/account/preferences", "/account/preferences?lang=en&time_zone=UTC&theme=auto"), body,
				g.session(),
			),
			want: http.StatusUnprocessableEntity,
		}
	},
	"department form": malformedDepartment,
	"profile form":    malformedProfile,
	"password form": func(g garbler) malformed {
		body := pick(
			g, "password=&new_password=x", "new_password="+g.escaped(g.noise("", 100)),
			"password="+strings.Repeat("x", 2000), "",
		)
		return malformed{raw: form("/account/password", body, g.session()), want: http.StatusUnprocessableEntity}
	},
	"person form": func(g garbler) malformed {
		field := func() string { return g.escaped(g.noise("", 300)) }
		body := pick(g,
			"",
			"name="+field()+"&email=x",
			"name=A&email="+field(),
			"name=A&email=a@b.example&lang=en&role="+field(),
			"name=A&email=a@b.example&role=admin&lang="+field(),
			"name=A&email=a@b.example&lang=en&role=admin&department=x"+field(),
			"name=A&email=a@b.example&lang=en&role=admin&title=%00"+field(),
			"name=%00&email=p0@x.example&lang=en&role=admin",
			"name=A&email=p0@x.example&lang=en&role=admin")
		return malformed{raw: form("/admin/people", body, g.session()), want: http.StatusUnprocessableEntity}
	},
}

// Whatever is sent, it is a 4xx: the sender's mistake and not a failure of ours,
// and nobody waits. The connection goes on, or is closed.
func TestMalformedRequestsAreTheSendersMistake(t *testing.T) {
	a := attacked(t, 20)
	g := garbler{Rand: rand.New(rand.NewPCG(4, 23))}
	for n := range 20 {
		g.sessions = append(g.sessions, a.signIn(n))
	}
	names := slices.Sorted(maps.Keys(kinds)) // in one order, so that a seed is a set of requests
	all := make([]malformed, 10_000)
	for i := range all {
		name := names[i%len(names)]
		all[i] = kinds[name](g)
		all[i].kind = name
	}
	work, wait := make(chan malformed), sync.WaitGroup{}
	for range 32 {
		wait.Go(func() {
			for m := range work {
				if problem := a.send(m); problem != nil {
					t.Errorf("%s: %v: %.300q", m.kind, problem, g.masked(m.raw))
				}
			}
		})
	}
	for _, m := range all {
		work <- m
	}
	close(work)
	wait.Wait()
	a.end()
	if log := a.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("something failed: %.2000s", log[strings.Index(log, "level=ERROR"):])
	}
}

// send sends m and says what is wrong with what comes back.
func (a *target) send(m malformed) error {
	conn := a.dial()
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(unanswered))
	// A server that has seen enough may close before all is sent.
	_, _ = io.WriteString(conn, m.raw)
	if m.ends {
		_ = conn.(*net.TCPConn).CloseWrite()
	}
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, &http.Request{Method: m.method})
	if err != nil {
		if timeout, ok := errors.AsType[net.Error](err); m.silent && !(ok && timeout.Timeout()) {
			return nil
		}
		return fmt.Errorf("no answer: %w", err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("half an answer: %w", err)
	}
	if m.want == 0 && res.StatusCode/100 != 4 || m.want != 0 && res.StatusCode != m.want {
		return fmt.Errorf("answered %s", res.Status)
	}
	for _, inside := range []string{"goroutine ", ".go:", "panic", "runtime error", "SQLSTATE"} {
		if bytes.Contains(body, []byte(inside)) {
			return fmt.Errorf("the answer shows %q", inside)
		}
	}
	if m.ends {
		return nil
	}
	_, _ = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if res, err = http.ReadResponse(in, nil); err != nil {
		if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
			return errors.New("the connection hangs")
		}
		return nil
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("afterwards %s", res.Status)
	}
	return nil
}

// unanswered is when a request counts as hanging: a busy machine is slower than
// this never.
const unanswered = 15 * time.Second

// lists are the pages that are continued behind a cursor.
var lists = []string{
	"/people",
	"/admin/people",
	"/admin/audit",
}
